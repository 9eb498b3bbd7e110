"""What is seen of a token, and templates that put together what is seen of tokens around one.

A template names views of tokens: ``word[0]``, ``suffix3[0]``, ``lower[-1]|lower[0]``. A view of a token is a string
(`VIEWS`). What the data say of a token beside it, its part of speech for example, is a view too, ``factor``: of each
such column in turn.
"""

from __future__ import annotations

import functools
import itertools
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

FACTOR = "factor"
"""The view that stands for a further column of the data."""

_PART = re.compile(r"(?P<view>[a-z]+\d?)\[(?P<offset>[+-]?\d)\]")


def _shape(token: str) -> str:
    """Letters by their kind: ``X`` for a capital, ``x`` for a small one, ``d`` for a digit, others as they are."""
    return "".join("X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else c for c in token[:24])


def _outline(token: str) -> str:
    """The shape with runs shortened to one."""
    return "".join(kind for kind, _ in itertools.groupby(_shape(token)))


def _kind(token: str) -> str:
    """The first character's general category in Unicode (``Lo``, ``Nd``, ``Po``), apart for Chinese numerals."""
    if token and token[0] in "零〇一二三四五六七八九十百千万亿两":
        return "numeral"
    return unicodedata.category(token[0]) if token else ""


def _ending(token: str, length: int) -> str:
    return token[-length:].lower() if len(token) > length else ""


def _beginning(token: str, length: int) -> str:
    return token[:length].lower() if len(token) > length else ""


VIEWS: Mapping[str, Callable[[str], str]] = {
    "word": str,
    "lower": str.lower,
    "shape": _shape,
    "outline": _outline,
    "kind": _kind,
    **{f"suffix{length}": functools.partial(_ending, length=length) for length in range(1, 6)},
    **{f"prefix{length}": functools.partial(_beginning, length=length) for length in range(1, 6)},
}
"""Name → what is seen of a token; a suffix or prefix of a token that is no longer is empty."""


@dataclass(frozen=True, slots=True)
class Template:
    """Views of the tokens at some places around one.

    Attributes:
        parts: (view, offset) each.
    """

    parts: tuple[tuple[str, int], ...]

    @classmethod
    def parsed(cls, text: str, further: Sequence[str] = ()) -> Template:
        """The template of ``view[offset]|view[offset]``.

        Args:
            further: views beside `VIEWS`, of which it names at least one.

        Raises:
            ValueError: when it is not written so, or names a view that does not exist.
        """
        parts = []
        for part in text.split("|"):
            match = _PART.fullmatch(part)
            if match is None:
                raise ValueError(f"{part!r} is not written as view[offset], as in word[0] or lower[-1]|lower[0]")
            valid = (*VIEWS, *further)
            if match["view"] not in valid:
                raise ValueError(f"unknown view {match['view']!r}. Valid: {', '.join(valid)}")
            parts.append((match["view"], int(match["offset"])))
        if further and not any(view in further for view, _ in parts):
            raise ValueError(f"{text!r} does not name {further[0]}[offset]: it belongs to the other templates")
        return cls(tuple(parts))

    def of_factor(self, name: str) -> Template:
        """The same for one further column, whose view has its name."""
        return Template(tuple((name if view == FACTOR else view, at) for view, at in self.parts))


def templates_of(texts: Sequence[str], further: Sequence[str] = ()) -> dict[str, Template]:
    """Templates by their texts."""
    return {text: Template.parsed(text, further) for text in texts}


def templates_of_factors(texts: Sequence[str], names: Sequence[str]) -> dict[str, Template]:
    """The templates of every further column, with its name in the place of ``factor``."""
    return {
        text.replace(f"{FACTOR}[", f"{shown}["): Template.parsed(text, (FACTOR,)).of_factor(view_of(number))
        for number, name in enumerate(names)
        for shown in (f"column {name}" if name.isdecimal() else name,)
        for text in texts
    }


def view_of(number: int) -> str:
    """The name of the view of a further column."""
    return f"{FACTOR}{number}"
