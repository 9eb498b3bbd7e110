"""Counting which words stand near each other, word by word: no key is sorted and none is hashed.

The places of every word are listed first (a counting sort of the text). Then each word's windows are walked and added
up in one array over the vocabulary, whose frequent end stays in the cache, and the sums are read out in ascending order
by a bitmap of those that are not zero. A symmetric count keeps the half in which the context is the more frequent word.

Texts longer than a stretch are counted stretch by stretch and the sparse rows merged.

Letters of the shapes: N tokens of the text, S rows (documents), V words, B tokens of a stretch with breaks, Z cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.instructions import lowest_bit, prefetch

BREAK = -1
"""Stands between two rows of a stretch."""

_AHEAD = 12
"""So many places before a window is walked, its first line is asked for."""

Cells = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]
"""How many cells each word has, their columns, ascending within a word, and their values."""


@dataclass(frozen=True, slots=True)
class Window:
    """What counts as near.

    Attributes:
        size: words on a side; both_sides: whether the words behind count too, which makes the count symmetric.
        by_distance: whether a word at distance d counts 1 / d, as in GloVe, instead of 1.
    """

    size: int
    both_sides: bool = True
    by_distance: bool = True

    @property
    def weights(self) -> NDArray[np.float64]:
        """What a word counts by its distance [size + 1]."""
        distances = np.maximum(np.arange(self.size + 1), 1)
        return 1.0 / distances if self.by_distance else np.ones(self.size + 1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of a text, ready to be counted.

    Attributes:
        tokens: [B] int32, rows parted by `BREAK`, with the words around the stretch that its windows reach.
        places: int32, where in ``tokens`` each word stands, word by word; starts: [V + 1] int64, word v has
            ``places[starts[v]:starts[v + 1]]``.
    """

    tokens: NDArray[np.int32]
    places: NDArray[np.int32]
    starts: NDArray[np.int64]

    @classmethod
    def of(
        cls, token_ids: NDArray[np.int32], offsets: NDArray[np.int64], words: int, start: int, stop: int, window: int
    ) -> Stretch:
        """The tokens ``start:stop`` of a text [N] whose rows begin at ``offsets`` [S + 1]."""
        first, last = max(start - window, int(offsets[0])), min(stop + window, int(offsets[-1]))
        first_row = int(np.searchsorted(offsets, first, side="right")) - 1
        last_row = int(np.searchsorted(offsets, last, side="left"))
        bounds = np.clip(offsets[first_row : last_row + 1], first, last)
        tokens = np.empty(last - first + len(bounds) + 1, np.int32)
        begin, end = _with_breaks(token_ids[first:last], bounds - first, start - first, stop - first, tokens)
        starts = np.zeros(words + 1, np.int64)
        places = np.empty(stop - start, np.int32)
        _list_places(tokens, begin, end, starts, places)
        return cls(tokens, places, starts)


def count_words(stretch: Stretch, window: Window, first: int, last: int) -> Cells:
    """The cells of the words ``first:last`` in a stretch, every window around them counted in full.

    Of a symmetric count only columns up to the word itself, which are the more frequent words, are given.
    """
    words = len(stretch.starts) - 1
    bound = int(most_cells(stretch.starts, window)[first:last].sum())
    columns, values = np.empty(bound, np.int32), np.empty(bound, np.float32)
    lengths = np.zeros(last - first, np.int64)
    # A bitmap of the sums that are not zero, and one of that bitmap's words, so that rare words are read out at once.
    bits = np.zeros(words // 64 + 1, np.uint64)
    summary = np.zeros(words // 4096 + 1, np.uint64)
    filled = _count(
        stretch.tokens,
        stretch.places,
        stretch.starts,
        first,
        last,
        window.size,
        window.both_sides,
        window.weights,
        np.zeros(words + window.size + 1),
        bits,
        summary,
        lengths,
        columns,
        values,
    )
    return lengths, columns[:filled], values[:filled]


def most_cells(starts: NDArray[np.int64], window: Window) -> NDArray[np.int64]:
    """How many cells each word can have at most [V]."""
    words = len(starts) - 1
    most = np.arange(1, words + 1) if window.both_sides else np.full(words, words)
    sides = 2 if window.both_sides else 1
    least: NDArray[np.int64] = np.minimum(np.diff(starts) * window.size * sides, most)
    return least


def merge_words(one: Any, other: Any, first: int, last: int) -> Cells:
    """The sums of the cells of the words ``first:last`` of two counts (pointers [V + 1], columns, values)."""
    bound = int(one[0][last] - one[0][first] + other[0][last] - other[0][first])
    columns, values = np.empty(bound, np.int32), np.empty(bound, np.float32)
    lengths = np.zeros(last - first, np.int64)
    filled = _merge(*one, *other, first, last, lengths, columns, values)
    return lengths, columns[:filled], values[:filled]


def mirrored(pointers: Any, columns: Any, values: Any) -> tuple[Any, Any, Any]:
    """The full symmetric rows (pointers [V + 1], columns, values) of their lower half."""
    words = len(pointers) - 1
    lengths = np.diff(pointers)
    _add_mirrored_lengths(pointers, columns, lengths)
    full_pointers = np.zeros(words + 1, np.int64)
    np.cumsum(lengths, out=full_pointers[1:])
    full_columns = np.empty(full_pointers[-1], np.int32)
    full_values = np.empty(full_pointers[-1], np.float32)
    _mirror(pointers, columns, values, full_pointers[:-1].copy(), full_columns, full_values)
    return full_pointers, full_columns, full_values


def _kernel(function: Any) -> Any:
    return njit(nogil=True, cache=True)(function)


@_kernel
def _with_breaks(token_ids: Any, bounds: Any, start: int, stop: int, tokens: Any) -> tuple[int, int]:
    """Write rows with breaks around each; where the tokens ``start`` and ``stop`` came to stand."""
    at = 0
    begin = end = 1
    for row in range(len(bounds) - 1):
        tokens[at] = BREAK
        at += 1
        for token in range(bounds[row], bounds[row + 1]):
            if token == start:
                begin = at
            tokens[at] = token_ids[token]
            at += 1
            if token + 1 == stop:
                end = at
    tokens[at:] = BREAK
    return begin, end


@_kernel
def _list_places(tokens: Any, begin: int, end: int, starts: Any, places: Any) -> None:
    for at in range(begin, end):
        if tokens[at] >= 0:
            starts[tokens[at] + 1] += 1
    for word in range(1, len(starts)):
        starts[word] += starts[word - 1]
    free = starts[:-1].copy()
    for at in range(begin, end):
        word = tokens[at]
        if word >= 0:
            places[free[word]] = at
            free[word] += 1


@_kernel
def _count(
    tokens: Any,
    places: Any,
    starts: Any,
    first: int,
    last: int,
    size: int,
    both_sides: bool,
    weights: Any,
    sums: Any,
    bits: Any,
    summary: Any,
    lengths: Any,
    columns: Any,
    values: Any,
) -> int:
    # Which of two words is the more frequent cannot be foretold, so the other half is added up in places of its own.
    beyond = len(sums) - size - 1
    sums[beyond:] = 1
    seen = np.empty(len(sums) + 1, np.int32)
    filled = 0
    end = len(places) - 1
    for word in range(first, last):
        widest = word if both_sides else beyond
        new = 0
        for at in range(starts[word], starts[word + 1]):
            place = places[at]
            prefetch(tokens, np.int64(places[min(at + _AHEAD, end)]))
            for distance in range(1, size + 1):
                other = tokens[place - distance]
                if other < 0:
                    break
                slot = other if other <= widest else beyond + distance
                seen[new] = slot
                new += sums[slot] == 0
                sums[slot] += weights[distance]
            if not both_sides:
                continue
            for distance in range(1, size + 1):
                other = tokens[place + distance]
                if other < 0:
                    break
                slot = other if other <= widest else beyond + distance
                seen[new] = slot
                new += sums[slot] == 0
                sums[slot] += weights[distance]
        for slot in seen[:new]:
            _mark(bits, summary, slot)
        begin = filled
        filled = _read_out(sums, bits, summary, columns, values, filled)
        lengths[word - first] = filled - begin
    return filled


@_kernel
def _mark(bits: Any, summary: Any, word: int) -> None:
    bits[word >> 6] |= np.uint64(1) << np.uint64(word & 63)
    summary[word >> 12] |= np.uint64(1) << np.uint64((word >> 6) & 63)


@_kernel
def _read_out(sums: Any, bits: Any, summary: Any, columns: Any, values: Any, filled: int) -> int:
    """Write the sums that are not zero in ascending order, and clear them."""
    for block in range(len(summary)):
        groups = summary[block]
        summary[block] = 0
        while groups != 0:
            group = (block << 6) + lowest_bit(groups)
            groups &= groups - np.uint64(1)
            marked = bits[group]
            bits[group] = 0
            while marked != 0:
                word = (group << 6) + lowest_bit(marked)
                marked &= marked - np.uint64(1)
                columns[filled] = word
                values[filled] = sums[word]
                sums[word] = 0
                filled += 1
    return filled


@_kernel
def _merge(
    pointers: Any,
    columns: Any,
    values: Any,
    other_pointers: Any,
    other_columns: Any,
    other_values: Any,
    first: int,
    last: int,
    lengths: Any,
    merged_columns: Any,
    merged_values: Any,
) -> int:
    filled = 0
    for word in range(first, last):
        begin = filled
        at, end = pointers[word], pointers[word + 1]
        other, other_end = other_pointers[word], other_pointers[word + 1]
        while at < end or other < other_end:
            ours = at < end and (other == other_end or columns[at] <= other_columns[other])
            theirs = other < other_end and (at == end or other_columns[other] <= columns[at])
            total = np.float32(0)
            if ours:
                merged_columns[filled] = columns[at]
                total += values[at]
                at += 1
            if theirs:
                merged_columns[filled] = other_columns[other]
                total += other_values[other]
                other += 1
            merged_values[filled] = total
            filled += 1
        lengths[word - first] = filled - begin
    return filled


@_kernel
def _add_mirrored_lengths(pointers: Any, columns: Any, lengths: Any) -> None:
    for word in range(len(pointers) - 1):
        for cell in range(pointers[word], pointers[word + 1]):
            if columns[cell] != word:
                lengths[columns[cell]] += 1


@_kernel
def _mirror(pointers: Any, columns: Any, values: Any, free: Any, full_columns: Any, full_values: Any) -> None:
    """Words come in ascending order, so a row gets its own half first and then, word by word, what mirrors it."""
    for word in range(len(pointers) - 1):
        for cell in range(pointers[word], pointers[word + 1]):
            column = columns[cell]
            full_columns[free[word]] = column
            full_values[free[word]] = values[cell]
            free[word] += 1
            if column != word:
                full_columns[free[column]] = word
                full_values[free[column]] = values[cell]
                free[column] += 1
