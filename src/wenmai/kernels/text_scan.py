"""From bytes to word numbers in one pass: no Python object a word.

Words are runs of bytes between spaces; a line break ends a row. Each is looked up by its hash (32-bit FNV-1a) in an
open-addressing table of linear probing that is never more than half full, and compared byte by byte where hashes agree.

Letters of the shapes: B bytes, N words of a block, R its rows, V distinct words.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_SPACE, _LINE_BREAK = 32, 10
_FIRST_SLOTS = 1 << 16
_FIRST_BYTES = 1 << 18
_BASIS, _PRIME = np.uint32(2166136261), np.uint32(16777619)


class WordScanner:
    """Numbers words in the order in which they come, block after block."""

    def __init__(self) -> None:
        self._slots = np.zeros(_FIRST_SLOTS, np.int64)
        self._starts = np.zeros(_FIRST_SLOTS // 2 + 1, np.int64)
        self._spelling = np.zeros(_FIRST_BYTES, np.uint8)
        self._counts = np.zeros(_FIRST_SLOTS // 2, np.int64)
        self._words = 0

    def __len__(self) -> int:
        return self._words

    @property
    def counts(self) -> NDArray[np.int64]:
        """How often each word occurred so far [V]."""
        return self._counts[: self._words]

    def spelling(self, number: int) -> bytes:
        """A word as it was written."""
        return self._spelling[self._starts[number] : self._starts[number + 1]].tobytes()

    def scan(self, content: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The words of a block [B] that ends with a line break: their numbers [N], and how many each row has [R]."""
        ids = np.empty(len(content) // 2 + 1, np.int32)
        ends = np.empty(int(np.count_nonzero(content == _LINE_BREAK)), np.int64)
        at = filled = rows = 0
        while at < len(content):
            at, self._words, filled, rows = _scan(
                content,
                at,
                self._slots,
                self._starts,
                self._spelling,
                self._counts,
                self._words,
                ids,
                filled,
                ends,
                rows,
            )
            if at < len(content):
                self._grow(len(content))
        return ids[:filled].copy(), np.diff(ends, prepend=0)

    def _grow(self, longest: int) -> None:
        """Room for twice the words, and for one of ``longest`` bytes more."""
        if 2 * self._words >= len(self._slots):
            slots = np.zeros(2 * len(self._slots), np.int64)
            _rehash(self._slots, slots)
            self._slots = slots
            self._starts = np.concatenate([self._starts, np.zeros(len(slots) // 4, np.int64)])
            self._counts = np.concatenate([self._counts, np.zeros(len(slots) // 4, np.int64)])
        else:
            more = max(len(self._spelling), longest)
            self._spelling = np.concatenate([self._spelling, np.zeros(more, np.uint8)])


def folded(content: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """UTF-8 as minimal cleaning leaves it: white space other than line breaks as spaces, nothing invisible.

    What is taken for which is `wenmai.text.normalize.INVISIBLE` and white space as Python has it; half a surrogate pair
    becomes U+FFFD. Runs of spaces stay.
    """
    found = np.empty(len(content), np.uint8)
    return found[: _folded(content, found)]


def renumber(ids: NDArray[np.int32], ends: NDArray[np.int64], numbers: NDArray[np.int32]) -> NDArray[np.int32]:
    """The words of a block with other numbers, those of -1 left out; ``ends`` [R] of the rows are moved, in place."""
    found = np.empty(len(ids), np.int32)
    return found[: _renumber(ids, ends, numbers, found)]


def _kernel(function: Any) -> Any:
    return njit(nogil=True, cache=True)(function)


@_kernel
def _scan(
    content: Any,
    at: int,
    slots: Any,
    starts: Any,
    spelling: Any,
    counts: Any,
    words: int,
    ids: Any,
    filled: int,
    ends: Any,
    rows: int,
) -> tuple[int, int, int, int]:
    """Goes on until the block ends or a table is full; then ``at`` is the word that found no room."""
    mask = len(slots) - 1
    size = len(content)
    while at < size:
        byte = content[at]
        if byte == _LINE_BREAK:
            ends[rows] = filled
            rows += 1
            at += 1
            continue
        if byte == _SPACE:
            at += 1
            continue
        end = at
        value = _BASIS
        while byte != _SPACE and byte != _LINE_BREAK:
            value = np.uint32((value ^ np.uint32(byte)) * _PRIME)
            end += 1
            byte = content[end]
        hashed = np.int64(value) & 0x7FFFFFFF
        slot = (hashed ^ (hashed >> 15)) & mask
        number = np.int64(-1)
        while slots[slot] != 0:
            if slots[slot] >> 32 == hashed:
                number = (slots[slot] & 0xFFFFFFFF) - 1
                start = starts[number]
                same = starts[number + 1] - start == end - at
                byte_at = 0
                while same and byte_at < end - at:
                    same = spelling[start + byte_at] == content[at + byte_at]
                    byte_at += 1
                if same:
                    break
                number = np.int64(-1)
            slot = (slot + 1) & mask
        if number < 0:
            start = starts[words]
            if 2 * words >= len(slots) or start + end - at > len(spelling):
                return at, words, filled, rows
            for byte_at in range(end - at):
                spelling[start + byte_at] = content[at + byte_at]
            starts[words + 1] = start + end - at
            number = np.int64(words)
            slots[slot] = (hashed << 32) | (number + 1)
            words += 1
        counts[number] += 1
        ids[filled] = number
        filled += 1
        at = end
    return at, words, filled, rows


@_kernel
def _folded(content: Any, found: Any) -> int:
    kept = 0
    at = 0
    size = len(content)
    while at < size:
        byte = content[at]
        if byte < 0x80:
            at += 1
            if (byte >= 0x20 and byte != 0x7F) or byte == _LINE_BREAK:
                found[kept] = byte
                kept += 1
            elif 0x09 <= byte <= 0x0D or 0x1C <= byte <= 0x1F:
                found[kept] = _SPACE
                kept += 1
            continue
        if byte < 0xE0:
            second = content[at + 1]
            at += 2
            if byte == 0xC2 and (second == 0x85 or second == 0xA0):
                found[kept] = _SPACE
                kept += 1
            elif byte != 0xC2 or (second > 0xA0 and second != 0xAD):
                found[kept] = byte
                found[kept + 1] = second
                kept += 2
            continue
        length = 3 if byte < 0xF0 else 4
        second, third = content[at + 1], content[at + 2]
        space = invisible = False
        if byte == 0xE2 and second == 0x80:
            space = third <= 0x8A or third == 0xA8 or third == 0xA9 or third == 0xAF
            invisible = third == 0x8B
        elif byte == 0xE2 and second == 0x81:
            space = third == 0x9F
            invisible = third == 0xA0
        elif byte == 0xE3:
            space = second == 0x80 and third == 0x80
        elif byte == 0xE1:
            space = second == 0x9A and third == 0x80
        elif byte == 0xEF:
            invisible = second == 0xBB and third == 0xBF
        elif byte == 0xED and second >= 0xA0:
            found[kept], found[kept + 1], found[kept + 2] = 0xEF, 0xBF, 0xBD
            kept += 3
            invisible = True
        if space:
            found[kept] = _SPACE
            kept += 1
        elif not invisible:
            for byte_at in range(length):
                found[kept + byte_at] = content[at + byte_at]
            kept += length
        at += length
    return kept


@_kernel
def _rehash(old: Any, new: Any) -> None:
    mask = len(new) - 1
    for entry in old:
        if entry != 0:
            hashed = entry >> 32
            slot = (hashed ^ (hashed >> 15)) & mask
            while new[slot] != 0:
                slot = (slot + 1) & mask
            new[slot] = entry


@_kernel
def _renumber(ids: Any, ends: Any, numbers: Any, found: Any) -> int:
    kept = 0
    start = 0
    for row in range(len(ends)):
        for at in range(start, ends[row]):
            number = numbers[ids[at]]
            if number >= 0:
                found[kept] = number
                kept += 1
        start = ends[row]
        ends[row] = kept
    return kept


def join_pairs(
    ids: NDArray[np.int32],
    ends: NDArray[np.int64],
    pairs: NDArray[np.int64],
    numbers: NDArray[np.int32],
    words: int,
) -> NDArray[np.int32]:
    """Rows with some pairs of neighbours made one, from the left; ``ends`` [R] of the rows are moved, in place.

    Args:
        pairs: ascending, each as ``first * words + second``; numbers: what each becomes.
    """
    found = np.empty(len(ids), np.int32)
    return found[: _join_pairs(ids, ends, pairs, numbers, words, found)].copy()


@_kernel
def _join_pairs(ids: Any, ends: Any, pairs: Any, numbers: Any, words: int, found: Any) -> int:
    kept = 0
    start = 0
    for row in range(len(ends)):
        at = start
        while at < ends[row]:
            place = len(pairs)
            if at + 1 < ends[row]:
                key = np.int64(ids[at]) * words + ids[at + 1]
                place = np.searchsorted(pairs, key)
            if place < len(pairs) and pairs[place] == np.int64(ids[at]) * words + ids[at + 1]:
                found[kept] = numbers[place]
                at += 2
            else:
                found[kept] = ids[at]
                at += 1
            kept += 1
        start = ends[row]
        ends[row] = kept
    return kept
