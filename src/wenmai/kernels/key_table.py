"""Places of many keys in a long ascending array, by open addressing: one jump into memory instead of a binary search.

Letters of the shapes: F known keys, S keys that are looked for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

FILLED = 0.5
"""The share of a table's slots that is used at most."""

_FREE = -1
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class KeyTable:
    """Finds keys.

    Args:
        keys: [F], not negative, each once; a key's place is its place here.
    """

    def __init__(self, keys: NDArray[np.int64]) -> None:
        slots = 1 << 4
        while slots * FILLED < len(keys):
            slots *= 2
        self._keys, self._places = np.full(slots, _FREE, np.int64), np.empty(slots, np.int32)
        _fill(keys, self._keys, self._places)

    def places(self, keys: NDArray[np.int64]) -> NDArray[np.int32]:
        """The place of each key [S]; -1 for a negative key and for one that is not known."""
        found = np.empty(len(keys), np.int32)
        _find(keys, self._keys, self._places, found)
        return found


@njit(nogil=True, cache=True, inline="always")
def _first_slot(key: Any, slots: int) -> Any:
    mixed = np.uint64(key) * _MULTIPLIER
    return np.int64((mixed ^ (mixed >> np.uint64(29))) & np.uint64(slots - 1))


@njit(nogil=True, cache=True)
def _fill(keys: Any, slots: Any, places: Any) -> None:
    for place in range(len(keys)):
        at = _first_slot(keys[place], len(slots))
        while slots[at] != _FREE:
            at = (at + 1) & (len(slots) - 1)
        slots[at], places[at] = keys[place], place


@njit(nogil=True, cache=True)
def _find(keys: Any, slots: Any, places: Any, found: Any) -> None:
    for number in range(len(keys)):
        key, place = keys[number], -1
        if key >= 0:
            at = _first_slot(key, len(slots))
            while slots[at] != _FREE:
                if slots[at] == key:
                    place = places[at]
                    break
                at = (at + 1) & (len(slots) - 1)
        found[number] = place
