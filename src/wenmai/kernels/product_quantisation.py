"""Product quantisation: rows cut into parts, and each part replaced by the number of the nearest of 256 centres.

- Jégou, H., Douze, M., Schmid, C. (2011). Product quantization for nearest neighbor search. IEEE TPAMI 33(1).

Letters of the shapes: M rows, D numbers in a row, S parts of a row, P numbers in a part (in the last, maybe fewer).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from wenmai.kernels.kmeans import Floats, cluster, nearest_centres

CENTRES = 256
_SAMPLE = 1 << 16
"""Rows that centres are found from; more are drawn from, as the official program of fastText does."""
_ITERATIONS = 25


def product_quantised(
    rows: Floats, size: int, *, seed: int, check: Callable[[], object] = bool
) -> tuple[NDArray[np.uint8], tuple[Floats, ...]]:
    """Codes [M, S] and the centres of each part, S arrays [256, P]; the same seed gives the same.

    Where fewer than 256 parts differ, the centres that are left over are zeros, and no code is theirs.

    Args:
        rows: [M, D]; size: P.
        check: called now and then, and may raise to end the work.
    """
    count, width = rows.shape
    generator = np.random.default_rng(seed)
    codes = np.empty((count, -(-width // size)), np.uint8)
    centres = []
    for at, start in enumerate(range(0, width, size)):
        part = np.ascontiguousarray(rows[:, start : start + size])
        drawn = part if count <= _SAMPLE else part[np.sort(generator.choice(count, _SAMPLE, replace=False))]
        found = cluster(drawn, CENTRES, seed=seed, iterations=_ITERATIONS, check=check)
        codes[:, at] = nearest_centres(part, found)
        centres.append(np.concatenate([found, np.zeros((CENTRES - len(found), part.shape[1]), np.float32)]))
    return codes, tuple(centres)
