"""n-grams of up to three symbols as 64-bit keys, exactly: nothing is hashed, nothing collides.

A symbol is a whole number from 1 to 2^21 - 1: a Unicode code point plus one, or a word's number. 0 breaks an n-gram::

    key = s1                        (unigram)
    key = s1 << 21 | s2             (bigram)
    key = s1 << 42 | s2 << 21 | s3  (trigram)

`wenmai.kernels.ngrams` counts such keys in bulk; this file makes and reads them by numpy alone.
Letters of the shapes: S symbols of all texts joined, D texts, N n-grams.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

SYMBOL_BITS = 21
SYMBOL_LIMIT = (1 << SYMBOL_BITS) - 1
_SHIFTS = (2 * SYMBOL_BITS, SYMBOL_BITS, 0)

Keys = NDArray[np.uint64]
Positions = NDArray[np.int64]


def ngram_keys(
    symbols: NDArray[np.int32], offsets: Positions, low: int, high: int
) -> tuple[Keys, Positions, Positions]:
    """Every n-gram of orders ``low`` to ``high``.

    Args:
        symbols: [S]; offsets: [D + 1], text d is ``symbols[offsets[d]:offsets[d + 1]]``.

    Returns:
        keys [N]; positions [N] of their first symbols; their lengths [N]. Order by order, positions ascending in each.
    """
    wide = symbols.astype(np.uint64)
    text = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    key = np.zeros(len(wide), np.uint64)
    whole = np.ones(len(wide), bool)
    keys, positions, lengths = [], [], []
    for order in range(1, high + 1):
        count = max(len(wide) - order + 1, 0)
        last = wide[order - 1 :][:count]
        key = (key[:count] << np.uint64(SYMBOL_BITS)) | last
        whole = whole[:count] & (last != 0) & (text[:count] == text[order - 1 :][:count])
        if order >= low:
            at = np.flatnonzero(whole)
            keys.append(key[at])
            positions.append(at)
            lengths.append(np.full(len(at), order))
    return np.concatenate(keys), np.concatenate(positions), np.concatenate(lengths)


def unpack_key(key: int) -> tuple[int, ...]:
    """The symbols of one n-gram, first to last."""
    return tuple(symbol for shift in _SHIFTS if (symbol := key >> shift & SYMBOL_LIMIT))


def unpack_keys(keys: Keys) -> NDArray[np.int32]:
    """The symbols of n-grams [N, 3], zeros before the first symbol of a short one."""
    return np.stack([(keys >> np.uint64(shift) & np.uint64(SYMBOL_LIMIT)).astype(np.int32) for shift in _SHIFTS], 1)


def pack_keys(symbols: NDArray[np.int32]) -> Keys:
    """The keys [N] of symbols [N, 3] as `unpack_keys` gives them."""
    wide = symbols.astype(np.uint64)
    keys: Keys = np.zeros(len(wide), np.uint64)
    for column, shift in enumerate(_SHIFTS):
        keys |= wide[:, column] << np.uint64(shift)
    return keys
