"""A binary file read from its beginning: nothing past its end, no number believed that the bytes cannot back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import DataError, UsageError

CUT = "The file was cut short, or is not what it claims to be: copy or download it again"


class ByteCursor:
    """A mapped file and the byte at which it is read.

    Attributes:
        content: [bytes] uint8, mapped: what is not looked at is not read.
        at: the next byte.

    Raises:
        UsageError: when the file is not there or may not be read.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.at = 0
        try:
            self.content: NDArray[np.uint8] = (
                np.memmap(path, np.uint8, mode="r") if path.stat().st_size else np.zeros(0, np.uint8)
            )
        except OSError as error:
            reason = (error.strerror or "no access").lower()
            raise UsageError(f"the file cannot be read: {reason}", where=str(path), remedy="Check the path") from None

    @property
    def left(self) -> int:
        """How many bytes follow."""
        return len(self.content) - self.at

    def values(self, kind: str, count: int, what: str) -> NDArray[Any]:
        """The next numbers, mapped, not copied.

        Args:
            kind: their type as numpy writes it, the lowest byte first: ``<i4``.
            count: how many.
            what: what they are, for the message.

        Raises:
            DataError: when so many do not follow.
        """
        size = np.dtype(kind).itemsize
        if count < 0 or count * size > self.left:
            raise self.error(f"{what} should take {count * size:,} bytes, and {self.left:,} follow", CUT)
        part = self.content[self.at : self.at + count * size]
        self.at += count * size
        return part.view(kind)

    def number(self, kind: str, what: str) -> Any:
        """The next number."""
        return self.values(kind, 1, what)[0].item()

    def flag(self, what: str) -> bool:
        """The next byte, which must be 0 or 1."""
        value = self.number("<u1", what)
        if value > 1:
            self.at -= 1
            raise self.error(f"{what} is {value} where 0 or 1 is expected", CUT)
        return bool(value)

    def error(self, found: str, remedy: str | None = None) -> DataError:
        """What is wrong at this byte."""
        return DataError(found, where=f"{self.path}, byte {self.at:,}", remedy=remedy)
