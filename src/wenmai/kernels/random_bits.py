"""Random bits by the million.

Steele, G. L., Lea, D., Flood, C. H. (2014). Fast splittable pseudorandom number generators. OOPSLA: SplitMix64, each of
whose numbers hangs on its place alone, so that the machine's vectors draw several at once.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_STEP, _FIRST, _SECOND = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFTS = np.uint64(30), np.uint64(27), np.uint64(31)


def random_bits(seed: int, count: int) -> NDArray[np.uint64]:
    """[count] numbers of 64 random bits, which the seed decides.

    Args:
        seed: from 0 to 2⁶⁴ - 1.
    """
    found = np.empty(count, np.uint64)
    _draw(np.uint64(seed), found)
    return found


@njit(nogil=True, cache=True)
def _draw(seed: Any, found: Any) -> None:
    state = seed
    for at in range(len(found)):
        bits = state + np.uint64(at + 1) * _STEP
        bits = (bits ^ (bits >> _SHIFTS[0])) * _FIRST
        bits = (bits ^ (bits >> _SHIFTS[1])) * _SECOND
        found[at] = bits ^ (bits >> _SHIFTS[2])
