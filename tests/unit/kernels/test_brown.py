"""Brown's clusters: the merges of a search that recomputes everything, and classes that mean something."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.core.errors import FitError
from wenmai.kernels.association import SparseRows
from wenmai.kernels.brown import brown


def sparse(matrix):
    """How often each word (row) has each other before it, from a matrix [before, word]."""
    turned = matrix.T
    rows, columns = np.nonzero(turned)
    pointers = np.searchsorted(rows, np.arange(len(turned) + 1)).astype(np.int64)
    return SparseRows(pointers, columns.astype(np.int32), turned[rows, columns].astype(np.float32))


def information(pairs, single):
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = pairs * np.log(pairs / np.outer(single, single))
    return float(np.where(pairs > 0, terms, 0).sum())


def merged(pairs, single, one, other):
    keep = [at for at in range(len(single)) if at != other]
    pairs, single = pairs.copy(), single.copy()
    pairs[one] += pairs[other]
    pairs[:, one] += pairs[:, other]
    single[one] += single[other]
    return pairs[np.ix_(keep, keep)], single[keep]


def cheapest(pairs, single):
    options = list(itertools.combinations(range(len(single)), 2))
    return max(options, key=lambda pair: information(*merged(pairs, single, *pair)))


def plainly(matrix, counts, classes):
    """The same search over plain sets of words."""
    total = counts.sum()
    groups = []
    for word in range(len(counts)):
        groups.append([word])
        if len(groups) > classes:
            pairs = np.array([[matrix[np.ix_(a, b)].sum() for b in groups] for a in groups]) / total
            single = np.array([counts[a].sum() for a in groups]) / total
            one, other = cheapest(pairs, single)
            groups[one] += groups.pop(other)
    return {frozenset(group) for group in groups}


@pytest.mark.parametrize("classes", [1, 2, 4, 7])
@settings(deadline=None, max_examples=10)
@given(seed=st.integers(0, 1000), words=st.integers(1, 12))
def test_the_classes_are_those_of_a_plain_search(classes, seed, words):
    generator = np.random.default_rng(seed)
    matrix = generator.integers(0, 1000, (words, words)) * (generator.random((words, words)) < 0.7)
    counts = np.sort(generator.integers(2000, 9000, words))[::-1].copy()
    found = brown(sparse(matrix), counts, classes)
    groups = {frozenset(np.flatnonzero(found.classes == number).tolist()) for number in range(min(classes, words))}
    assert groups == plainly(matrix, counts, classes)
    assert len(set(found.paths)) == len(found.paths) == min(classes, words)
    assert not any(one != other and other.startswith(one) for one, other in itertools.permutations(found.paths, 2))


def test_words_that_stand_in_the_same_places_come_into_one_class():
    """Words 0-3 are followed by 4-7 and those by 0-3: two classes."""
    matrix = np.zeros((8, 8))
    generator = np.random.default_rng(0)
    matrix[:4, 4:] = generator.integers(5, 30, (4, 4))
    matrix[4:, :4] = generator.integers(5, 30, (4, 4))
    found = brown(sparse(matrix), np.full(8, 100), 2)
    assert {tuple(found.classes[:4]), tuple(found.classes[4:])} == {(0,) * 4, (1,) * 4}
    assert sorted(found.paths) == ["0", "1"]


def test_it_tells_how_far_it_is_and_ends_when_it_must():
    told = []
    brown(sparse(np.ones((300, 300))), np.full(300, 10), 3, advance=told.append)
    assert sum(told) == 300

    def spent():
        raise FitError("the budget was spent")

    with pytest.raises(FitError, match="budget"):
        brown(sparse(np.ones((3, 3))), np.ones(3, np.int64), 2, check=spent)
