"""Word vectors in files: lines of a word and its numbers, and words with the bytes of their numbers, read in bulk.

A scan reads whole rows of a buffer until the buffer or the room for rows ends, or a row is wrong. What it returns says
where it stopped, so that the caller can give it the next part of a file, more room, or say what is wrong and where.

Letters of the shapes: B bytes of a buffer, R rows there is room for, D numbers in a row.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

GOOD, NO_WORD, TOO_FEW, TOO_MANY, NO_NUMBER, NOT_FINITE, LONG_WORD, CUT_SHORT = range(8)
"""What may be found in a row: nothing wrong; or what is."""

_TAB, _LINE_FEED, _RETURN, _SPACE = 9, 10, 13, 32
_EXACT_POWERS = 22
"""Powers of ten up to here are float64 exactly."""
_POWERS = np.array([float(f"1e{power}") for power in range(309)])
_DIGITS = 18
"""Decimal digits that fit 64 bits; those after them change no float32."""
_TOO_LARGE = float((2 - 2**-24) * 2.0**127)
"""From here on a number is rounded to infinity."""


class Scan(NamedTuple):
    """How far a scan came.

    Attributes:
        rows: how many rows were read; consumed: the bytes that they took.
        spelt: the bytes that were written to ``words``: each word and a line feed.
        found: `GOOD`, or what is wrong with the row after those; place: with which byte of the buffer.
    """

    rows: int
    consumed: int
    spelt: int
    found: int
    place: int


def scan_lines(
    buffer: NDArray[np.uint8], vectors: NDArray[np.float32], words: NDArray[np.uint8], starts: NDArray[np.int64]
) -> Scan:
    """Read whole lines of ``word number … number``, parted by spaces or tabs.

    A word may hold spaces where its last part is no number, as some words of published GloVe files do.

    Args:
        buffer: [B]; what stands after its last line feed is not read.
        vectors: [R, D], filled; words: [B], filled; starts: [R], filled with the byte on which each row begins.
    """
    return Scan(*_scan_lines(buffer, vectors, words, starts))


def scan_records(
    buffer: NDArray[np.uint8],
    vectors: NDArray[np.float32],
    words: NDArray[np.uint8],
    starts: NDArray[np.int64],
    longest: int,
) -> Scan:
    """Read whole records of a word, a space and D numbers of 4 bytes, the lowest first; line feeds may stand between.

    Args:
        buffer: [B]; vectors: [R, D], words: [B] and starts: [R] are filled as by `scan_lines`.
        longest: how many bytes a word may have.
    """
    return Scan(*_scan_records(buffer, vectors.view(np.uint8), words, starts, longest))


def scan_entries(
    buffer: NDArray[np.uint8], counts: NDArray[np.int64], kinds: NDArray[np.int8], words: NDArray[np.uint8]
) -> Scan:
    """Read the entries of fastText's dictionary: a word, a byte of 0, its count in 8 bytes, its kind in one.

    Args:
        buffer: [B]; counts: [R] and kinds: [R], filled.
        words: filled where it is not empty: a first scan tells how many bytes that takes.

    Returns:
        how far it came: without all R rows, what is wrong with the next; `CUT_SHORT` where the buffer ends in it.
    """
    return Scan(*_scan_entries(buffer, counts.view(np.uint8), kinds.view(np.uint8), words))


def _kernel(function: Any) -> Any:
    return njit(nogil=True, cache=True)(function)


@_kernel
def _number(buffer: Any, start: int, stop: int) -> tuple[float, int]:
    """The decimal number that stands in ``buffer[start:stop]``, and what is wrong with it."""
    at = start
    negative = buffer[at] == 45
    if negative or buffer[at] == 43:
        at += 1
    mantissa, power, digits, point, any_digit = np.uint64(0), 0, 0, False, False
    while at < stop:
        byte = buffer[at]
        if 48 <= byte <= 57:
            any_digit = True
            if digits < _DIGITS:
                mantissa = mantissa * np.uint64(10) + np.uint64(byte - 48)
                if mantissa:
                    digits += 1
                power -= point
            else:
                power += not point
        elif byte == 46 and not point:
            point = True
        else:
            break
        at += 1
    if not any_digit:
        return 0.0, NO_NUMBER
    if at < stop:
        if buffer[at] != 101 and buffer[at] != 69:
            return 0.0, NO_NUMBER
        at += 1
        minus = at < stop and buffer[at] == 45
        if minus or (at < stop and buffer[at] == 43):
            at += 1
        if at == stop:
            return 0.0, NO_NUMBER
        exponent: Any = 0
        while at < stop:
            if not 48 <= buffer[at] <= 57:
                return 0.0, NO_NUMBER
            exponent = min(exponent * 10 + np.int64(buffer[at] - 48), 10_000)
            at += 1
        power += -exponent if minus else exponent
    value: Any = np.float64(mantissa)
    if mantissa and power > 0:
        value = value * _POWERS[power] if power < 309 else np.inf
    elif mantissa and power < 0:
        value = value / _POWERS[-power] if power > -309 else 0.0
    if value >= _TOO_LARGE:
        return 0.0, NOT_FINITE
    return (-value if negative else value), GOOD


@_kernel
def _unnumbered(buffer: Any, start: int, stop: int) -> int:
    """What to say of a place where a number is expected and none stands: ``nan`` and ``inf`` are numbers of a kind."""
    at = start + (stop - start > 3 and (buffer[start] == 43 or buffer[start] == 45))
    first = buffer[at] | 32
    if stop - at >= 3 and (first == 110 or first == 105):
        second, third = buffer[at + 1] | 32, buffer[at + 2] | 32
        if (first == 110 and second == 97 and third == 110) or (first == 105 and second == 110 and third == 102):
            return NOT_FINITE
    return NO_NUMBER


@_kernel
def _is_gap(byte: int) -> bool:
    return byte in (_SPACE, _TAB)


@_kernel
def _line(buffer: Any, begin: int, end: int, vector: Any) -> tuple[int, int, int]:
    """Fills a vector from its line; gives what is wrong, where, and where the word ends."""
    at = end
    if at > begin and buffer[at - 1] == _RETURN:
        at -= 1
    while at > begin and _is_gap(buffer[at - 1]):
        at -= 1
    for place in range(len(vector) - 1, -1, -1):
        start = at
        while start > begin and not _is_gap(buffer[start - 1]):
            start -= 1
        if start == begin:
            return (TOO_FEW if at > begin else NO_WORD), begin, begin
        value, found = _number(buffer, start, at)
        if found == NO_NUMBER:
            return _unnumbered(buffer, start, at), start, begin
        if found != GOOD:
            return found, start, begin
        vector[place] = value
        at = start - 1
        while at > begin and _is_gap(buffer[at - 1]):
            at -= 1
    if at == begin:
        return NO_WORD, begin, begin
    start = at
    while start > begin and not _is_gap(buffer[start - 1]):
        start -= 1
    if start > begin and _number(buffer, start, at)[1] == GOOD:
        return TOO_MANY, begin, begin
    return GOOD, begin, at


@_kernel
def _scan_lines(buffer: Any, vectors: Any, words: Any, starts: Any) -> tuple[int, int, int, int, int]:
    begin, row, spelt = 0, 0, 0
    while row < len(vectors):
        end = begin
        while end < len(buffer) and buffer[end] != _LINE_FEED:
            end += 1
        if end == len(buffer):
            break
        found, place, stop = _line(buffer, begin, end, vectors[row])
        if found != GOOD:
            return row, begin, spelt, found, place
        starts[row] = begin
        for at in range(begin, stop):
            words[spelt] = buffer[at]
            spelt += 1
        words[spelt] = _LINE_FEED
        spelt += 1
        row += 1
        begin = end + 1
    return row, begin, spelt, GOOD, begin


@_kernel
def _finite(content: Any) -> bool:
    """Whether no number's exponent is all ones; numbers of 4 bytes, the lowest first."""
    wrong = 0
    for at in range(0, len(content), 4):
        wrong += (content[at + 3] & 0x7F) == 0x7F and content[at + 2] >= 0x80
    return wrong == 0


@_kernel
def _scan_records(buffer: Any, vectors: Any, words: Any, starts: Any, longest: int) -> tuple[int, int, int, int, int]:
    begin, row, spelt = 0, 0, 0
    size = vectors.shape[1]
    while row < len(vectors):
        start = begin
        while start < len(buffer) and buffer[start] == _LINE_FEED:
            start += 1
        stop = start
        while stop < len(buffer) and buffer[stop] != _SPACE and stop - start <= longest:
            if buffer[stop] == _LINE_FEED:
                return row, begin, spelt, NO_WORD, stop
            stop += 1
        if stop - start > longest:
            return row, begin, spelt, LONG_WORD, start
        if stop + 1 + size > len(buffer):
            break
        if stop == start:
            return row, begin, spelt, NO_WORD, start
        vectors[row] = buffer[stop + 1 : stop + 1 + size]
        if not _finite(vectors[row]):
            return row, begin, spelt, NOT_FINITE, start
        starts[row] = start
        for at in range(start, stop):
            words[spelt] = buffer[at]
            spelt += 1
        words[spelt] = _LINE_FEED
        spelt += 1
        row += 1
        begin = stop + 1 + size
    return row, begin, spelt, GOOD, begin


@_kernel
def _scan_entries(buffer: Any, counts: Any, kinds: Any, words: Any) -> tuple[int, int, int, int, int]:
    begin, spelt, spelling = 0, 0, len(words) > 0
    for row in range(len(kinds)):
        end = begin
        while end < len(buffer) and buffer[end] != 0:
            if buffer[end] == _LINE_FEED:
                return row, begin, spelt, NO_WORD, begin
            if spelling:
                words[spelt] = buffer[end]
            spelt += 1
            end += 1
        if end + 10 > len(buffer):
            return row, begin, spelt, CUT_SHORT, begin
        if end == begin:
            return row, begin, spelt, NO_WORD, begin
        if spelling:
            words[spelt] = _LINE_FEED
        spelt += 1
        for at in range(8):
            counts[row * 8 + at] = buffer[end + 1 + at]
        kinds[row] = buffer[end + 9]
        begin = end + 10
    return len(kinds), begin, spelt, GOOD, begin
