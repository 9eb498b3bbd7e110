"""k-means: as many centres as are asked for, each the mean of the vectors that are nearest to it.

- Lloyd, S. P. (1982). Least squares quantization in PCM. IEEE Transactions on Information Theory 28(2).
- Arthur, D., Vassilvitskii, S. (2007). k-means++: the advantages of careful seeding. SODA.

Letters of the shapes: V vectors, D numbers in each, K centres.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]

_BLOCK = 1 << 13
_SAME = 1e-6
"""Squared distances below this share of the lengths are rounding: the vectors are the same."""


def unit_rows(vectors: Floats) -> Floats:
    """The vectors at length 1, so that distances tell what cosines do; zeros stay zeros."""
    lengths = np.sqrt(_squares(vectors))
    lengths[lengths == 0] = 1.0
    return (vectors / lengths[:, None]).astype(np.float32)


def cluster(
    vectors: Floats, count: int, *, seed: int, iterations: int = 20, check: Callable[[], object] = bool
) -> Floats:
    """Centres [K, D] of vectors [V, D]; fewer than ``count`` where fewer vectors differ.

    Args:
        iterations: after which to stop even if some vectors still change their centre.
        check: called before each, and may raise to end the work.
    """
    centres = _first_centres(vectors, count, np.random.default_rng(seed))
    nearest = np.full(len(vectors), -1, np.int32)
    for _ in range(iterations):
        check()
        before, nearest = nearest, nearest_centres(vectors, centres)
        if (before == nearest).all():
            break
        centres = _means(vectors, nearest, centres)
    return centres


def nearest_centres(vectors: Floats, centres: Floats) -> NDArray[np.int32]:
    """The number of the nearest centre [V]; of equally near ones the first."""
    nearest = np.empty(len(vectors), np.int32)
    halves = 0.5 * _squares(centres).astype(np.float32)
    for start in range(0, len(vectors), _BLOCK):
        block = vectors[start : start + _BLOCK]
        nearest[start : start + _BLOCK] = np.argmax(block @ centres.T - halves, axis=1)
    return nearest


def _squares(vectors: Floats) -> NDArray[np.float64]:
    """The squared lengths [V]."""
    squares: NDArray[np.float64] = np.square(vectors, dtype=np.float64).sum(axis=1)
    return squares


def _first_centres(vectors: Floats, count: int, generator: np.random.Generator) -> Floats:
    """Vectors drawn one after the other, the likelier the further they are from those that are drawn already."""
    chosen: list[int] = []
    lengths, distances = _squares(vectors), np.ones(len(vectors))
    while len(chosen) < min(count, len(vectors)):
        cumulative = np.cumsum(distances)
        if not cumulative[-1] > 0:
            break
        drawn = int(np.searchsorted(cumulative, generator.random() * cumulative[-1], side="right"))
        chosen.append(min(drawn, len(vectors) - 1))
        squares = lengths + lengths[chosen[-1]] - 2.0 * (vectors @ vectors[chosen[-1]])
        squares[squares < _SAME * (lengths + lengths[chosen[-1]])] = 0.0
        distances = squares if len(chosen) == 1 else np.minimum(distances, squares)
    return vectors[chosen].copy()


def _means(vectors: Floats, nearest: NDArray[np.int32], centres: Floats) -> Floats:
    """The mean of each centre's vectors; a centre that has none stays where it is."""
    order = np.argsort(nearest, kind="stable")
    present, starts = np.unique(nearest[order], return_index=True)
    sums = np.add.reduceat(vectors[order].astype(np.float64), starts)
    moved = centres.copy()
    moved[present] = sums / np.diff([*starts.tolist(), len(nearest)])[:, None]
    return moved
