"""The rows of a table that point most nearly the way of a vector: exact, block by block.

Letters of the shapes: V words, D width of a vector, Q queries, K rows found.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]

_BLOCK_CELLS = 1 << 24
"""Scores held at a time: 64 MiB of float32."""


def lengths(vectors: Floats) -> Floats:
    """The Euclidean lengths [V] of rows [V, D]."""
    found: Floats = np.sqrt(np.einsum("vd,vd->v", vectors, vectors))
    return found


def unit(vectors: Floats) -> Floats:
    """Rows [Q, D] brought to length 1; zeros stay zeros."""
    scale = np.linalg.norm(vectors.astype(np.float64), axis=-1, keepdims=True)
    scaled: Floats = np.divide(vectors, scale, out=np.zeros(vectors.shape), where=scale > 0).astype(np.float32)
    return scaled


def cosines(vectors: Floats, norms: Floats, queries: Floats) -> Floats:
    """The cosines [Q, V] of unit vectors [Q, D] with rows [V, D] of lengths [V]; 0 for a row of zeros."""
    products = queries @ vectors.T
    found: Floats = np.divide(products, norms, out=np.zeros_like(products), where=norms > 0)
    return found


def nearest(
    vectors: Floats, norms: Floats, queries: Floats, count: int, left_out: Sequence[Sequence[int]] = ()
) -> tuple[Rows, Floats]:
    """The rows with the greatest cosines, for several queries at a time.

    Args:
        vectors: [V, D]; norms: [V], their lengths; queries: [Q, D] of length 1.
        count: how many rows are wanted.
        left_out: [Q], the rows that a query shall not be answered with; () leaves out none.

    Returns:
        rows [Q, K] and cosines [Q, K], best first, of equal ones the earlier row; K is ``count``, or all there are.
    """
    excluded = [set(rows) for rows in left_out] or [set[int]()] * len(queries)
    wanted = min(count + max(map(len, excluded), default=0), len(vectors))
    size = max(wanted, _BLOCK_CELLS // max(len(queries), 1))
    rows, scores = np.zeros((len(queries), 0), np.int64), np.zeros((len(queries), 0), np.float32)
    for start in range(0, len(vectors), size):
        block = cosines(vectors[start : start + size], norms[start : start + size], queries)
        best = _greatest(block, wanted)
        rows = np.concatenate([rows, best + start], axis=1)
        scores = np.concatenate([scores, np.take_along_axis(block, best, axis=1)], axis=1)
        kept = _greatest(scores, wanted)
        rows, scores = np.take_along_axis(rows, kept, axis=1), np.take_along_axis(scores, kept, axis=1)
    order = np.lexsort((rows, -scores), axis=1)
    rows, scores = np.take_along_axis(rows, order, axis=1), np.take_along_axis(scores, order, axis=1)
    most = max(min(count, len(vectors) - max(map(len, excluded), default=0)), 0)
    chosen = [
        [at for at, row in enumerate(found) if row not in without][:most]
        for found, without in zip(rows.tolist(), excluded, strict=True)
    ]
    places = np.array(chosen, np.int64).reshape(len(queries), -1)
    return np.take_along_axis(rows, places, axis=1), np.take_along_axis(scores, places, axis=1)


def _greatest(scores: Floats, count: int) -> Rows:
    """The columns of the greatest scores [Q, …] of each row, in no order."""
    if scores.shape[1] <= count:
        return np.broadcast_to(np.arange(scores.shape[1]), scores.shape)
    return np.argpartition(-scores, count - 1, axis=1)[:, :count]
