import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.kernels.vector_text import (
    GOOD,
    LONG_WORD,
    NO_NUMBER,
    NO_WORD,
    NOT_FINITE,
    TOO_FEW,
    TOO_MANY,
    scan_lines,
    scan_records,
)

PLACES = 4


def lines(content, width, room=PLACES):
    buffer = np.frombuffer(content, np.uint8)
    vectors, words = np.empty((room, width), np.float32), np.empty(len(buffer) + 1, np.uint8)
    starts = np.empty(room, np.int64)
    scan = scan_lines(buffer, vectors, words, starts)
    spelt = words[: scan.spelt].tobytes().split(b"\n")[:-1]
    return scan, spelt, vectors[: scan.rows], starts[: scan.rows].tolist()


def test_whole_lines_are_read_and_the_rest_is_left():
    scan, words, vectors, starts = lines(b"the 1 -2.5\na b\t.5  1e-3 \r\ncut 1", 2)
    assert (scan.rows, scan.found, words) == (2, GOOD, [b"the", b"a b"])
    assert vectors.tolist() == [[1, -2.5], [0.5, np.float32(1e-3)]]
    assert starts == [0, 11]
    assert scan.consumed == len(b"the 1 -2.5\na b\t.5  1e-3 \r\n")


def test_it_stops_when_there_is_no_more_room():
    scan, words, _, _ = lines(b"a 1\nb 2\nc 3\n", 1, room=2)
    assert (scan.rows, words, scan.consumed) == (2, [b"a", b"b"], 8)


@pytest.mark.parametrize(
    ("line", "found", "place"),
    [
        (b"the 1", TOO_FEW, 0),
        (b"1 2", TOO_FEW, 0),
        (b"the 0 1 2", TOO_MANY, 0),
        (b"the x 1 2", GOOD, 3),
        (b"the 1 x", NO_NUMBER, 6),
        (b"the 1 2x", NO_NUMBER, 6),
        (b"the 1 -", NO_NUMBER, 6),
        (b"the 1 .", NO_NUMBER, 6),
        (b"the 1 1e", NO_NUMBER, 6),
        (b"the 1 1e+", NO_NUMBER, 6),
        (b"the 1 0x10", NO_NUMBER, 6),
        (b"the 1 1_0", NO_NUMBER, 6),
        (b"the 1 1.2.3", NO_NUMBER, 6),
        (b"the nan 1", NOT_FINITE, 4),
        (b"the -inf 1", NOT_FINITE, 4),
        (b"the Infinity 1", NOT_FINITE, 4),
        (b"the 3.5e38 1", NOT_FINITE, 4),
        (b"the 1e999999999999 1", NOT_FINITE, 4),
        (b"", NO_WORD, 0),
        (b" \t\r", NO_WORD, 0),
    ],
)
def test_what_is_wrong_with_a_row_is_told(line, found, place):
    first = b"ok 1 2\n"
    scan, words, _, _ = lines(first + line + b"\n", 2)
    assert scan.found == found
    if found == GOOD:
        assert words[1] == b"the x"
    else:
        assert (scan.rows, scan.consumed, scan.place) == (1, len(first), len(first) + place)


@given(st.floats(width=32, allow_nan=False, allow_infinity=False))
def test_every_float32_comes_back_from_its_digits(value):
    for written in (repr(value), f"{value:.9g}", f"{value:.8e}", f"{value:+.60f}"):
        scan, _, vectors, _ = lines(f"w {written}\n".encode(), 1)
        assert scan.found == GOOD
        assert vectors[0, 0].tobytes() == np.float32(float(written)).tobytes(), written


@given(st.from_regex(r"[+-]?[0-9]{0,40}(\.[0-9]{0,40})?([eE][+-]?[0-9]{1,3})?", fullmatch=True).filter(bool))
def test_numbers_are_what_python_reads(written):
    scan, _, vectors, _ = lines(f"w {written}\n".encode(), 1)
    try:
        with np.errstate(over="ignore"):
            expected = np.float32(float(written))
    except ValueError:
        assert scan.found == NO_NUMBER
        return
    if not np.isfinite(expected):
        assert scan.found == NOT_FINITE
    else:
        assert scan.found == GOOD
        assert vectors[0, 0] == pytest.approx(expected, rel=2**-23, abs=1e-45)


def records(content, width, longest=10):
    buffer = np.frombuffer(content, np.uint8)
    vectors, words = np.empty((PLACES, width), np.float32), np.empty(len(buffer) + 1, np.uint8)
    starts = np.empty(PLACES, np.int64)
    scan = scan_records(buffer, vectors, words, starts, longest)
    return scan, words[: scan.spelt].tobytes().split(b"\n")[:-1], vectors[: scan.rows], starts[: scan.rows].tolist()


def test_records_with_and_without_line_feeds_between():
    first, second = struct.pack("<2f", 1, -2), struct.pack("<2f", 1e-40, 0)
    for feed in (b"", b"\n"):
        content = b"a " + first + feed + b"bc " + second + feed
        scan, words, vectors, starts = records(content + b"cut \0\0\0", 2)
        assert (scan.rows, scan.found, words) == (2, GOOD, [b"a", b"bc"])
        assert vectors.tobytes() == first + second
        assert starts == [0, 10 + len(feed)]
        assert scan.consumed == len(content) - len(feed)


@pytest.mark.parametrize(
    ("content", "found", "place"),
    [
        (b" " + bytes(4), NO_WORD, 0),
        (b"a\nb " + bytes(4), NO_WORD, 1),
        (b"a" * 11 + b" " + bytes(4), LONG_WORD, 0),
        (b"a" * 12, LONG_WORD, 0),
        (b"a " + struct.pack("<f", float("nan")), NOT_FINITE, 0),
        (b"a " + struct.pack("<f", float("-inf")), NOT_FINITE, 0),
    ],
)
def test_what_is_wrong_with_a_record_is_told(content, found, place):
    first = b"ok " + struct.pack("<f", 3.4e38) + b"\n"
    scan, words, _, _ = records(first + content, 1)
    assert (scan.found, scan.rows, words) == (found, 1, [b"ok"])
    assert scan.place == len(first) + place
