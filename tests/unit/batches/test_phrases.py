"""Phrases: the score of the paper, joined from the left, within rows."""

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.batches.corpus import read_corpus
from wenmai.batches.phrases import Phrases, with_phrases
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import GivenSegment

GIVEN = Pipeline(PipelineConfig(clean=CleanConfig.minimal(), segment=GivenSegment()))


def corpus_of(rows):
    return read_corpus([rows], GIVEN)


def rows_of(corpus):
    words = [corpus.words[number] for number in corpus.token_ids]
    return [words[start:stop] for start, stop in zip(corpus.offsets[:-1], corpus.offsets[1:], strict=True)]


def expected(rows, threshold, discount):
    counts, pairs = Counter(word for row in rows for word in row), Counter()
    for row in rows:
        pairs.update(pairwise(row))
    total = counts.total()
    joined = {
        pair for pair in pairs if (pairs[pair] - discount) * total > threshold * counts[pair[0]] * counts[pair[1]]
    }
    found = []
    for row in rows:
        new, at = [], 0
        while at < len(row):
            two = tuple(row[at : at + 2])
            new.append("_".join(two) if two in joined else row[at])
            at += 2 if two in joined else 1
        found.append(new)
    return found


words = st.lists(st.sampled_from("abc"), max_size=9)


@given(st.lists(words, max_size=5), st.floats(0.1, 3), st.sampled_from([0.0, 1.0]))
def test_pairs_are_joined_as_the_paper_has_it(rows, threshold, discount):
    found = with_phrases(corpus_of([" ".join(row) for row in rows]), Phrases(threshold=threshold, discount=discount))
    assert rows_of(found) == expected(rows, threshold, discount)
    assert found.counts.tolist() == np.bincount(found.token_ids, minlength=len(found.words)).tolist()
    assert list(found.words) == sorted(found.words, key=lambda one: (-found.counts[found.words.index(one)], one))


def test_pairs_are_counted_block_by_block(monkeypatch):
    rows = ["new york is big", "new york", "york new", "big new york"] * 3
    whole = with_phrases(corpus_of(rows), Phrases(threshold=1, discount=1))
    monkeypatch.setattr("wenmai.batches.phrases._PAIRS_AT_A_TIME", 2)
    assert with_phrases(corpus_of(rows), Phrases(threshold=1, discount=1)).words == whole.words
    assert "new_york" in whole.words


def test_two_passes_join_longer_phrases_and_rare_ones_go():
    rows = ["a new york times", "b new york times", "c new york times says"] * 4
    found = with_phrases(corpus_of(rows), Phrases(threshold=2, discount=4, passes=2, joiner="-"), min_count=12)
    assert found.words == ("new-york-times",)
    assert rows_of(found) == [["new-york-times"]] * 12


@pytest.mark.parametrize("rows", [[], [""], ["a"]])
def test_without_pairs_nothing_is_joined(rows):
    assert rows_of(with_phrases(corpus_of(rows), Phrases())) == [row.split() for row in rows]
