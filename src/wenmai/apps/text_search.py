"""Search by meaning: the texts whose vectors point most nearly the way of a query's.

Letters of the shapes: N texts, Q queries, D numbers in a vector.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from wenmai.apps.nearest import Floats, lengths, nearest, unit
from wenmai.core.errors import MissingExtraError, UsageError
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Source


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that was found: its row, from 0, its cosine with the query, and itself."""

    row: int
    score: float
    text: str


class TextSearch:
    """Texts and their vectors, to be asked.

    Args:
        source: what turns queries into vectors, as it did the texts.
        texts: N of them; vectors: [N, D].
        approximate: whether a graph is built, which finds nearly all of the nearest in a fraction of the time; building
            it takes longer than hundreds of exact queries.
        threads: how many build it at a time; another number may give another graph.

    Raises:
        MissingExtraError: for a graph without usearch; UsageError: when no text has a vector that is not all zeros.
    """

    def __init__(
        self, source: Source, texts: Sequence[str], vectors: Floats, *, approximate: bool = False, threads: int = 1
    ) -> None:
        self.source, self.texts, self.vectors = source, texts, vectors
        self.norms = lengths(vectors)
        if not self.norms.any():
            raise UsageError(
                "nothing of the texts is known to the vectors", remedy="Give vectors that were learnt in their language"
            )
        self._graph: Any = self._built(threads) if approximate else None

    def find(self, queries: Sequence[str], count: int = 10) -> list[list[Hit]]:
        """The nearest texts of each query, best first.

        Raises:
            UsageError: when nothing of a query is known to the vectors, or ``count`` is not positive.
        """
        if count < 1:
            raise UsageError(f"{count} texts", remedy="Ask for at least 1")
        asked = unit(np.asarray(self.source.outputs(Inputs(list(queries))), np.float32))
        for query, vector in zip(queries, asked, strict=True):
            if not vector.any():
                raise UsageError(f"nothing of the query {query!r} is known to the vectors", remedy="Ask in other words")
        if self._graph is None:
            rows, scores = nearest(self.vectors, self.norms, asked, count)
            pairs = [list(zip(*one, strict=True)) for one in zip(rows.tolist(), scores.tolist(), strict=True)]
        else:
            pairs = [self._asked(vector, count) for vector in asked]
        return [[Hit(row, score, self.texts[row]) for row, score in found if self.norms[row] > 0] for found in pairs]

    def _asked(self, vector: Floats, count: int) -> list[tuple[int, float]]:
        answer = self._graph.search(vector, min(count, len(self._graph)))
        return [(int(key), 1.0 - float(far)) for key, far in zip(answer.keys, answer.distances, strict=True)]

    def _built(self, threads: int) -> Any:
        try:
            from usearch.index import Index
        except ImportError:
            raise MissingExtraError("approximate search", "neighbors") from None
        rows = np.flatnonzero(self.norms)
        graph = Index(ndim=self.vectors.shape[1], metric="cos", dtype="f32", connectivity=16)
        graph.add(rows.astype(np.uint64), self.vectors[rows], threads=threads)
        return graph
