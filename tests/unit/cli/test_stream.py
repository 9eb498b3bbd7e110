from __future__ import annotations

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.cli import stream
from wenmai.cli.stream import line_batches
from wenmai.core.errors import DataError, UsageError


class Dripping:
    """A stream that gives a few bytes at a time, as a slow writer does."""

    def __init__(self, content: bytes, sizes: list[int]) -> None:
        self._content = io.BytesIO(content)
        self._sizes = sizes

    def read1(self, size: int) -> bytes:
        return self._content.read(self._sizes.pop() if self._sizes else size)


def lines(content: bytes, encoding: str | None = None) -> list[str]:
    return [line for batch in line_batches(io.BytesIO(content), encoding) for line in batch]


@given(st.lists(st.text(st.characters(exclude_characters="\n\r\ufeff", exclude_categories=["Cs"]))), st.data())
def test_lines_do_not_depend_on_how_they_arrive(texts: list[str], data: st.DataObject) -> None:
    content = "".join(f"{text}\n" for text in texts).encode()
    sizes = data.draw(st.lists(st.integers(1, 5), max_size=len(content)))
    batches = list(line_batches(Dripping(content, sizes)))  # type: ignore[arg-type]
    assert [line for batch in batches for line in batch] == texts


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", []),
        (b"\n", [""]),
        (b"a", ["a"]),
        (b"a\r\nb\rc\n", ["a", "b\rc"]),
        (b"\xef\xbb\xbfa\nb", ["a", "b"]),
        ("a\u2028b\x85c\n".encode(), ["a\u2028b\x85c"]),
    ],
)
def test_what_ends_a_line(content: bytes, expected: list[str]) -> None:
    assert lines(content) == expected


def test_other_encodings() -> None:
    assert lines("你\n好".encode("utf-16"), "utf-16") == ["你", "好"]
    assert lines("你\n好\n".encode("gb18030"), "gb18030") == ["你", "好"]


def test_batches_are_bounded() -> None:
    batches = list(line_batches(io.BytesIO(b"x\n" * 5000)))
    assert max(map(len, batches)) == stream.MOST_LINES
    assert sum(map(len, batches)) == 5000


@pytest.mark.parametrize("chunk", [1, 4, 1 << 16])
def test_the_place_of_a_wrong_byte(monkeypatch: pytest.MonkeyPatch, chunk: int) -> None:
    monkeypatch.setattr(stream, "CHUNK_BYTES", chunk)
    with pytest.raises(DataError) as caught:
        lines("一二\n三四".encode() + b"\x80\n")
    assert str(caught.value).startswith("standard input:2:3: byte 0x80 is not UTF-8. ")
    with pytest.raises(DataError, match="standard input:1:3"):
        lines("一二".encode() + b"\xe4\xb8")  # cut short


def test_an_unknown_encoding() -> None:
    with pytest.raises(UsageError, match="unknown encoding 'nope'"):
        lines(b"", "nope")
