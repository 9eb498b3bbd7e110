"""Lines from a stream as they come: what has arrived is given at once, and nothing is kept."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Iterator
from typing import BinaryIO

from wenmai.core.errors import DataError, UsageError

CHUNK_BYTES = 1 << 16
MOST_LINES = 1024
STANDARD_INPUT = "standard input"


def line_batches(
    stream: BinaryIO | None = None, encoding: str | None = None, name: str = STANDARD_INPUT
) -> Iterator[list[str]]:
    r"""The lines of a stream without their ends, in batches of what has arrived, at most ``MOST_LINES`` each.

    Only ``\n`` and ``\r\n`` end a line; a byte order mark is left out.

    Raises:
        UsageError: for an unknown encoding.
        DataError: for bytes that do not decode, with line and column.
    """
    source = sys.stdin.buffer if stream is None else stream
    codec = encoding or "utf-8"
    try:
        decoder = codecs.getincrementaldecoder(codec)()
    except LookupError:
        raise UsageError(f"unknown encoding {codec!r}", remedy="For example utf-8, gb18030, utf-16") from None
    line, open_parts = 1, [""]
    more = True
    while more:
        chunk = source.read1(CHUNK_BYTES) if hasattr(source, "read1") else source.read(CHUNK_BYTES)
        more = bool(chunk)
        try:
            text = decoder.decode(chunk, final=not more)
        except UnicodeDecodeError as error:
            raise _undecodable(error, codec, name, line, "".join(open_parts)) from None
        if line == 1 and open_parts == [""]:
            text = text.removeprefix("\ufeff")
        *whole, rest = text.split("\n")
        if whole:
            whole[0] = "".join(open_parts) + whole[0]
            open_parts = []
            line += len(whole)
        open_parts.append(rest)
        if not more and (last := "".join(open_parts)):
            whole.append(last)
        for start in range(0, len(whole), MOST_LINES):
            yield [one.removesuffix("\r") for one in whole[start : start + MOST_LINES]]


def _undecodable(error: UnicodeDecodeError, codec: str, name: str, line: int, begun: str) -> DataError:
    before = error.object[: error.start].decode(codec, "replace")
    line += before.count("\n")
    column = len(before.rpartition("\n")[2]) + (0 if "\n" in before else len(begun)) + 1
    byte = error.object[error.start]
    return DataError(
        f"byte 0x{byte:02X} is not {codec.upper()}",
        where=f"{name}:{line}:{column}",
        remedy="Name the encoding with --encoding, for example --encoding gb18030",
    )
