"""Numbers as whole numbers of 8 bits, all by one scale.

- Jacob, B., et al. (2018). Quantization and training of neural networks for efficient integer-arithmetic-only
  inference. CVPR, section 2.1.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.threads import in_threads
from wenmai.kernels.tiles import float32_of, nearest_byte

LARGEST = 255
WORTH_A_THREAD = 200_000
"""Numbers below which a second thread is not worth its start."""


def to_bytes(values: NDArray[Any], *, threads: int = 1) -> tuple[NDArray[np.uint8], float, int]:
    """Values [S, I] as bytes [S, I], the scale, and the byte of 0: ``value ≈ scale · (byte - zero)``.

    Args:
        values: float32, or the bits of bfloat16 as uint16; contiguous, one number at least.
    """
    flat = values.reshape(-1)
    parts = max(min(threads, 1 + len(flat) // WORTH_A_THREAD), 1)
    edges = list(itertools.pairwise(np.linspace(0, len(flat), parts + 1).astype(np.int64).tolist()))
    ends = in_threads(parts, lambda cut: _extremes(flat[cut[0] : cut[1]]), edges)
    low, high = min(0.0, *(low for low, _ in ends)), max(0.0, *(high for _, high in ends))
    scale = max((high - low) / LARGEST, float(np.finfo(np.float32).tiny))
    zero = min(max(round(-low / scale), 0), LARGEST)
    found = np.empty(values.shape, np.uint8)
    whole, share = found.reshape(-1), np.float32(1 / scale)
    in_threads(parts, lambda cut: _to_bytes(flat[cut[0] : cut[1]], share, zero, whole[cut[0] : cut[1]]), edges)
    return found, scale, zero


@njit(nogil=True, cache=True, fastmath={"nnan", "nsz", "reassoc"})
def _extremes(values: Any) -> tuple[float, float]:
    low = high = float32_of(values[0])
    for at in range(len(values)):
        value = float32_of(values[at])
        low, high = min(low, value), max(high, value)
    return low, high


@njit(nogil=True, cache=True)
def _to_bytes(values: Any, share: Any, zero: int, found: Any) -> None:
    for at in range(len(values)):
        found[at] = nearest_byte(float32_of(values[at]) * share, zero)
