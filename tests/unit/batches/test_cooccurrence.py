"""Counting what stands near what: the same as a dictionary does, whatever the memory and the threads."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.batches.cooccurrence import count_cooccurrences
from wenmai.core.errors import FitError
from wenmai.kernels.cooccurrence import Window

WINDOWS = [Window(size, both, near) for size in (1, 3, 40) for both in (True, False) for near in (True, False)]


def by_dictionary(rows, words, window):
    counts = Counter()
    for row in rows:
        for at, word in enumerate(row):
            for distance in range(1, min(window.size, at) + 1):
                weight = 1 / distance if window.by_distance else 1
                counts[word, row[at - distance]] += weight
                if window.both_sides:
                    counts[row[at - distance], word] += weight
    matrix = np.zeros((words, words))
    for cell, count in counts.items():
        matrix[cell] = count
    return matrix


def arena(rows):
    offsets = np.concatenate([[0], np.cumsum([len(row) for row in rows])]).astype(np.int64)
    return np.array([word for row in rows for word in row], np.int32), offsets


@pytest.mark.parametrize("window", WINDOWS, ids=str)
@settings(deadline=None, max_examples=25)
@given(
    rows=st.lists(st.lists(st.integers(0, 9), max_size=12), max_size=8),
    memory=st.sampled_from([64, 300, 1 << 20]),
    threads=st.sampled_from([1, 3]),
)
def test_the_counts_are_those_of_a_dictionary(window, rows, memory, threads):
    counted = count_cooccurrences(*arena(rows), 10, window, memory=memory, threads=threads)
    np.testing.assert_allclose(counted.to_csr().toarray(), by_dictionary(rows, 10, window), rtol=1e-6)
    assert counted.symmetric == window.both_sides
    assert (counted.values > 0).all()
    within = np.diff(counted.rows()) == 0
    assert (np.diff(counted.columns)[within] > 0).all()


def frequent_words(count, words=5000, seed=0):
    generator = np.random.default_rng(seed)
    tokens = (words * generator.random(count) ** 2).astype(np.int32)
    return tokens, np.unique(np.concatenate([[0], generator.integers(0, count, count // 30), [count]]))


@pytest.mark.parametrize("both_sides", [True, False])
def test_threads_and_files_change_no_bit(both_sides, tmp_path):
    tokens, offsets = frequent_words(60_000)
    window = Window(5, both_sides)
    plain = count_cooccurrences(tokens, offsets, 5000, window)
    threaded = count_cooccurrences(tokens, offsets, 5000, window, threads=3)
    spilled = count_cooccurrences(tokens, offsets, 5000, window, memory=1_000_000, folder=tmp_path, threads=2)
    assert isinstance(spilled.values, np.memmap)
    for other in (threaded, spilled):
        np.testing.assert_array_equal(other.pointers, plain.pointers)
        np.testing.assert_array_equal(other.columns, plain.columns)
        np.testing.assert_array_equal(other.values, plain.values)
    assert list(tmp_path.iterdir()) == []


def test_a_text_may_be_mapped_from_a_file(tmp_path):
    tokens, offsets = frequent_words(2000)
    tokens.tofile(tmp_path / "tokens")
    mapped = np.memmap(tmp_path / "tokens", np.int32, "r")
    found, plain = (count_cooccurrences(text, offsets, 5000, Window(3)) for text in (mapped, tokens))
    np.testing.assert_array_equal(found.values, plain.values)


def test_a_text_in_many_stretches_is_counted_like_one():
    tokens, offsets = frequent_words(60_000)
    whole = count_cooccurrences(tokens, offsets, 5000, Window(5))
    parts = count_cooccurrences(tokens, offsets, 5000, Window(5), memory=200_000, threads=2)
    np.testing.assert_array_equal(parts.columns, whole.columns)
    np.testing.assert_allclose(parts.values, whole.values, rtol=1e-6)


def test_nothing_is_counted_in_nothing():
    empty = count_cooccurrences(np.zeros(0, np.int32), np.zeros(1, np.int64), 3, Window(2))
    assert (len(empty), empty.words) == (0, 3)
    assert empty.to_csr().shape == (3, 3)


def test_it_ends_when_the_budget_is_spent():
    def spent():
        raise FitError("the budget was spent")

    with pytest.raises(FitError, match="budget"):
        count_cooccurrences(*arena([[0, 1]]), 2, Window(1), check=spent)
