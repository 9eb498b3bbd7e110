import sys

import numpy as np
import pytest

from wenmai.apps.neighbor_index import NeighborIndex
from wenmai.apps.word_vectors import WordVectors
from wenmai.core.errors import MissingExtraError, UsageError


@pytest.fixture(scope="module")
def vectors():
    table = np.random.default_rng(0).standard_normal((400, 8)).astype(np.float32)
    table[7] = 0
    return WordVectors([f"w{row}" for row in range(400)], table)


def test_nearly_all_of_the_nearest_are_found(vectors):
    pytest.importorskip("usearch", reason="needs usearch")
    index = NeighborIndex(vectors)
    assert len(index) == 399
    asked = [f"w{row}" for row in range(20, 60)]
    hits = 0
    for word, found in zip(asked, index.neighbors_of_words(asked, 5), strict=True):
        exact = {one.word: one.score for one in vectors.neighbors(word, 5)}
        assert len(found) == 5
        assert word not in {one.word for one in found}
        for one in found:
            if one.word in exact:
                hits += 1
                assert one.score == pytest.approx(exact[one.word], abs=1e-5)
    assert hits >= 0.95 * 5 * len(asked)
    assert index.neighbors("w3", 2) == index.neighbors_of_words(["w3"], 2)[0]


def test_what_cannot_be_asked_is_refused(vectors):
    pytest.importorskip("usearch", reason="needs usearch")
    index = NeighborIndex(vectors)
    with pytest.raises(UsageError, match="0 neighbours"):
        index.neighbors("w1", 0)
    with pytest.raises(UsageError, match="no vector of the word 'x'"):
        index.neighbors("x")
    with pytest.raises(UsageError, match="all vectors are zeros"):
        NeighborIndex(WordVectors(["a"], np.zeros((1, 2), np.float32)))


def test_without_the_package_the_extra_is_named(vectors, monkeypatch):
    monkeypatch.setitem(sys.modules, "usearch.index", None)
    with pytest.raises(MissingExtraError, match=r"wenmai\[neighbors\]"):
        NeighborIndex(vectors)
