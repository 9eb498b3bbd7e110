"""MinHash kernels: signatures of character shingles in bands, and exact Jaccard similarity of chosen pairs.

Texts are given as code points, all texts joined: text d is ``points[offsets[d]:offsets[d + 1]]``.

Letters of the shapes: S code points of all texts joined, D texts, B bands, P pairs.

Source: A. Broder, "On the resemblance and containment of documents", 1997; J. Leskovec, A. Rajaraman, J. Ullman,
"Mining of Massive Datasets", chapter 3.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

BANDS = 16
ROWS_A_BAND = 6
"""Texts whose Jaccard similarity is s share a band with probability 1 - (1 - s^6)^16: 0.99 at 0.8, 0.22 at 0.5."""

Points = NDArray[np.uint32]
Offsets = NDArray[np.int64]

_MIX_1 = np.uint64(0xFF51AFD7ED558CCD)
_MIX_2 = np.uint64(0xC4CEB9FE1A85EC53)
_PRIME = np.uint64(0x100000001B3)
_SHIFT = np.uint64(33)


def code_points(texts: list[str]) -> tuple[Points, Offsets]:
    """The characters of texts as numbers [S], and where each text begins and the last ends [D + 1]."""
    offsets = np.zeros(len(texts) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, texts), np.int64, len(texts)), out=offsets[1:])
    return np.frombuffer("".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32), offsets


def hash_seeds(seed: int) -> tuple[NDArray[np.uint32], NDArray[np.uint32]]:
    """The numbers that make one hash function into ``BANDS * ROWS_A_BAND`` others."""
    generator = np.random.default_rng(seed)
    size = BANDS * ROWS_A_BAND
    masks = generator.integers(0, 1 << 32, size, dtype=np.uint32)
    return masks, generator.integers(0, 1 << 32, size, dtype=np.uint32) | np.uint32(1)


def _kernel(function: Any) -> Any:
    """Compile once for all processes; the loops hold no Python object."""
    return njit(nogil=True, cache=True)(function)


@_kernel
def _shingle_hash(points: Points, at: int, length: int) -> np.uint64:
    """A 64-bit hash of ``length`` code points."""
    value = np.uint64(0xCBF29CE484222325)
    for place in range(at, at + length):
        value = (value ^ np.uint64(points[place])) * _PRIME
    value = (value ^ (value >> _SHIFT)) * _MIX_1
    value = (value ^ (value >> _SHIFT)) * _MIX_2
    return value ^ (value >> _SHIFT)


@_kernel
def band_keys(
    points: Points, offsets: Offsets, length: int, masks: NDArray[np.uint32], factors: NDArray[np.uint32]
) -> NDArray[np.uint32]:
    """[D, B]: a key for each band of a text's signature; texts shorter than a shingle are one shingle."""
    texts = len(offsets) - 1
    keys = np.empty((texts, BANDS), np.uint32)
    lowest = np.empty(len(masks), np.uint32)
    for text in range(texts):
        start, stop = offsets[text], offsets[text + 1]
        lowest[:] = np.uint32(0xFFFFFFFF)
        size = min(length, stop - start)
        for at in range(start, max(stop - length, start) + 1):
            value = np.uint32(_shingle_hash(points, at, size))
            for place in range(len(masks)):
                lowest[place] = min(lowest[place], np.uint32(np.uint32(value ^ masks[place]) * factors[place]))
        for band in range(BANDS):
            key = np.uint64(band)
            for place in range(band * ROWS_A_BAND, (band + 1) * ROWS_A_BAND):
                key = (key ^ np.uint64(lowest[place])) * _MIX_1
                key ^= key >> _SHIFT
            keys[text, band] = np.uint32(key)
    return keys


@_kernel
def _shingle_set(points: Points, start: int, stop: int, length: int) -> NDArray[np.uint64]:
    """The different shingles of one text, in ascending order."""
    size = min(length, stop - start)
    count = max(stop - length, start) + 1 - start
    values = np.empty(count, np.uint64)
    for at in range(count):
        values[at] = _shingle_hash(points, start + at, size)
    values.sort()
    kept = 1
    for at in range(1, count):
        if values[at] != values[kept - 1]:
            values[kept] = values[at]
            kept += 1
    return values[:kept]


@_kernel
def jaccard(points: Points, offsets: Offsets, pairs: NDArray[np.int64], length: int) -> NDArray[np.float32]:
    """[P]: the Jaccard similarity of the shingle sets of pairs [P, 2] of texts."""
    similarity = np.empty(len(pairs), np.float32)
    last = -1
    left = np.empty(0, np.uint64)
    for pair in range(len(pairs)):
        first, second = pairs[pair, 0], pairs[pair, 1]
        if first != last:
            left = _shingle_set(points, offsets[first], offsets[first + 1], length)
            last = first
        right = _shingle_set(points, offsets[second], offsets[second + 1], length)
        common = at = place = 0
        while at < len(left) and place < len(right):
            if left[at] == right[place]:
                common += 1
                at += 1
                place += 1
            elif left[at] < right[place]:
                at += 1
            else:
                place += 1
        similarity[pair] = common / (len(left) + len(right) - common)
    return similarity
