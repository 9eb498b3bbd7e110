"""Approximate neighbours: a graph over word vectors that finds nearly all of the nearest in a fraction of the time.

- Malkov, Y. A., Yashunin, D. A. (2020). Efficient and robust approximate nearest neighbor search using hierarchical
  navigable small world graphs. IEEE TPAMI 42(4).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from wenmai.apps.word_vectors import Neighbor, WordVectors
from wenmai.core.errors import MissingExtraError, UsageError


class NeighborIndex:
    """The vectors of all words in a graph. Building it takes far longer than one exact query: it pays for thousands.

    Args:
        vectors: whose words; those whose vector is zeros have no direction and are left out.
        connections: edges of a word in the graph: more find more, and take more time and memory.
        threads: how many compute at a time; another number may give another graph.

    Raises:
        MissingExtraError: without usearch; UsageError: when all vectors are zeros.
    """

    def __init__(self, vectors: WordVectors, *, connections: int = 16, threads: int = 1) -> None:
        try:
            from usearch.index import Index
        except ImportError:
            raise MissingExtraError("approximate search", "neighbors") from None
        self.vectors = vectors
        rows = np.flatnonzero(vectors.norms)
        if not len(rows):
            raise UsageError("all vectors are zeros", where=vectors.name)
        self._index: Any = Index(ndim=vectors.width, metric="cos", dtype="f32", connectivity=connections)
        self._index.add(rows.astype(np.uint64), vectors.vectors[rows], threads=threads)

    def __len__(self) -> int:
        return len(self._index)

    def neighbors(self, word: str, count: int = 10) -> list[Neighbor]:
        """The words with nearly the greatest cosines with a word, which itself is left out.

        Raises:
            UsageError: when there is no vector of the word, or ``count`` is not positive.
        """
        (found,) = self.neighbors_of_words([word], count)
        return found

    def neighbors_of_words(self, words: Sequence[str], count: int = 10) -> list[list[Neighbor]]:
        """What `neighbors` gives of several words at a time."""
        if count < 1:
            raise UsageError(f"{count} neighbours", remedy="Ask for at least 1")
        queries = [self.vectors.vector(word) for word in words]
        wanted = min(count + 1, len(self))
        answers = [self._index.search(query, wanted) for query in queries]
        return [self._named(word, answer, count) for word, answer in zip(words, answers, strict=True)]

    def _named(self, word: str, answer: Any, count: int) -> list[Neighbor]:
        found = [
            Neighbor(self.vectors.words[int(key)], 1.0 - float(distance))
            for key, distance in zip(answer.keys, answer.distances, strict=True)
        ]
        return [one for one in found if one.word != word][:count]
