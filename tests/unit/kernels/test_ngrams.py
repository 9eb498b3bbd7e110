from collections import Counter, deque

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from wenmai.batches.arena import Arena
from wenmai.batches.ngram_keys import SYMBOL_LIMIT, ngram_keys, pack_keys, unpack_key, unpack_keys
from wenmai.kernels.ngrams import count_ngrams, distinct_ngrams

symbol = st.one_of(st.integers(0, 4), st.integers(1, SYMBOL_LIMIT))
documents = st.lists(st.lists(symbol, max_size=12), max_size=8)
orders = st.tuples(st.integers(1, 3), st.integers(1, 3)).map(sorted)


def arena_of(rows):
    offsets = np.cumsum([0, *map(len, rows)]).astype(np.int64)
    return Arena(np.array([symbol for row in rows for symbol in row], np.int32), offsets)


def blocks_of(rows, size=3):
    arenas = [arena_of(rows[start : start + size]) for start in range(0, len(rows), size)]
    return [(arena.symbols, arena.offsets) for arena in arenas]


def plain_counts(row, low, high):
    """The definition, by Python's own means: n-grams without a 0 in them."""
    grams = [tuple(row[at : at + order]) for order in range(low, high + 1) for at in range(len(row) - order + 1)]
    return Counter(gram for gram in grams if 0 not in gram)


@given(documents, orders, st.sampled_from([1, 2, 3]))
def test_counts_are_those_of_the_definition(rows, order, threads):
    expected = [plain_counts(row, *order) for row in rows]
    keys, frequencies = distinct_ngrams(blocks_of(rows), *order, threads=threads)
    grams = [unpack_key(int(key)) for key in keys]
    assert list(keys) == sorted(set(keys.tolist()))
    assert dict(zip(grams, frequencies.tolist(), strict=True)) == dict(
        Counter(gram for row in expected for gram in row)
    )
    pointers, columns, counts = count_ngrams(deque(blocks_of(rows)), *order, keys, threads=threads)
    for row, gram_counts in enumerate(expected):
        cells = slice(pointers[row], pointers[row + 1])
        assert_array_equal(columns[cells], np.sort(columns[cells]))
        assert {
            grams[column]: count for column, count in zip(columns[cells], counts[cells], strict=True)
        } == gram_counts


@given(documents, orders)
def test_numpy_and_the_kernel_find_the_same_keys(rows, order):
    arena = arena_of(rows)
    keys, positions, lengths = ngram_keys(arena.symbols, arena.offsets, *order)
    assert_array_equal(np.unique(keys), distinct_ngrams(blocks_of(rows), *order)[0])
    for key, position, length in zip(keys.tolist(), positions, lengths, strict=True):
        assert unpack_key(key) == tuple(arena.symbols[position : position + length])


@given(st.lists(st.lists(st.integers(1, SYMBOL_LIMIT), min_size=1, max_size=3), max_size=20))
def test_keys_are_exact(grams):
    padded = np.array([[0] * (3 - len(gram)) + gram for gram in grams], np.int32).reshape(-1, 3)
    assert_array_equal(unpack_keys(pack_keys(padded)), padded)


def test_an_ngram_that_is_not_known_is_not_counted():
    blocks = deque(blocks_of([[1, 2, 3], [3, 3]]))
    pointers, columns, counts = count_ngrams(blocks, 1, 1, np.array([3], np.uint64))
    assert not blocks
    assert pointers.tolist() == [0, 1, 2]
    assert columns.tolist() == [0, 0]
    assert counts.tolist() == [1, 2]


def test_the_table_grows_past_its_first_size():
    symbols = np.arange(1, 200_001, dtype=np.int32)
    keys, frequencies = distinct_ngrams([(symbols, np.array([0, len(symbols)]))], 1, 1)
    assert_array_equal(keys, symbols.astype(np.uint64))
    assert (frequencies == 1).all()


@pytest.mark.parametrize(("times", "kind"), [(255, np.uint8), (256, np.uint16), (70_000, np.uint32)])
def test_counts_are_exact_however_large(times, kind):
    blocks = deque(blocks_of([[1], [2] * times, [1, 2]]))
    _, columns, counts = count_ngrams(blocks, 1, 1, np.array([1, 2], np.uint64))
    assert columns.tolist() == [0, 1, 0, 1]
    assert counts.tolist() == [1, times, 1, 1]
    assert counts.dtype == kind
