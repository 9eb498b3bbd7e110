"""Features of a token by templates: what it and its neighbours look like, alone and together, with exact keys.

A template names views of tokens around the one at hand: ``word[0]``, ``suffix3[0]``, ``lower[-1]|lower[0]``. A view of
a token is a string (`VIEWS`). Every view numbers its strings, a template's key is the mixed-radix number of its parts,
and every key that was seen often enough is a feature. Nothing is hashed: a key can be read back as text.

Letters of the shapes: S tokens of all rows, N rows, M templates, F features, V tokens that differ.
"""

from __future__ import annotations

import functools
import itertools
import math
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import BundleError, FitError
from wenmai.models.contract import Arrays
from wenmai.models.state import Expected
from wenmai.models.string_table import expected, packed, unpacked

Offsets = NDArray[np.int64]

BEFORE, AFTER, FIRST = 0, 1, 2
"""The numbers of what stands before a row and after it, and of the first string of a view."""
ABSENT = -1

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
    def parsed(cls, text: str) -> Template:
        """The template of ``view[offset]|view[offset]``.

        Raises:
            ValueError: when it is not written so, or names a view that does not exist.
        """
        parts = []
        for part in text.split("|"):
            match = _PART.fullmatch(part)
            if match is None:
                raise ValueError(f"{part!r} is not written as view[offset], as in word[0] or lower[-1]|lower[0]")
            if match["view"] not in VIEWS:
                raise ValueError(f"unknown view {match['view']!r}. Valid: {', '.join(VIEWS)}")
            parts.append((match["view"], int(match["offset"])))
        return cls(tuple(parts))


class TokenFeatures:
    """Numbers the features of tokens.

    Args:
        templates: as text. A feature's number counts over all templates, in their order.
    """

    def __init__(self, templates: Sequence[str]) -> None:
        self.texts = tuple(templates)
        self.templates = [Template.parsed(text) for text in templates]
        self.views = tuple(dict.fromkeys(view for template in self.templates for view, _ in template.parts))
        self.strings: dict[str, dict[str, int]] = {view: {} for view in self.views}
        self.keys: list[NDArray[np.int64]] = [np.zeros(0, np.int64) for _ in self.templates]
        self._places: dict[str, dict[str, int]] = {}

    def __len__(self) -> int:
        return sum(map(len, self.keys))

    def fit(self, rows: Sequence[Sequence[str]], min_count: int) -> NDArray[np.int32]:
        """Number the features that occur often enough; the features [S, M] of the tokens, `ABSENT` where none.

        Raises:
            FitError: when a template has more different keys than 64 bits can tell apart.
        """
        for view in self.views:
            see = VIEWS[view]
            seen = dict.fromkeys(see(token) for token in dict.fromkeys(itertools.chain.from_iterable(rows)))
            self.strings[view] = {string: number for number, string in enumerate(seen, FIRST)}
        self._check_room()
        columns, found, base = self._columns(rows), [], 0
        for at, template in enumerate(self.templates):
            keys, inverse, counts = np.unique(self._keys_of(template, columns), return_inverse=True, return_counts=True)
            kept = counts >= min_count
            numbers = np.where(kept, np.cumsum(kept) - 1 + base, ABSENT).astype(np.int32)
            self.keys[at] = keys[kept]
            found.append(numbers[inverse])
            base += len(self.keys[at])
        return np.stack(found, axis=1)

    def transform(self, rows: Sequence[Sequence[str]]) -> NDArray[np.int32]:
        """The features [S, M] of the tokens, `ABSENT` where they have none that was numbered."""
        columns, found, base = self._columns(rows), [], 0
        for template, known in zip(self.templates, self.keys, strict=True):
            keys = self._keys_of(template, columns)
            at = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
            there = known[at] == keys if len(known) else np.zeros(len(keys), np.bool_)
            found.append(np.where(there, at + base, ABSENT).astype(np.int32))
            base += len(known)
        return np.stack(found, axis=1)

    def name(self, feature: int) -> str:
        """A feature in words: ``lower[-1]=new & lower[0]=york``."""
        for text, template, keys in zip(self.texts, self.templates, self.keys, strict=True):
            if feature < len(keys):
                key, values = int(keys[feature]), []
                for view, _ in reversed(template.parts):
                    key, number = divmod(key, self._size(view))
                    named = ("(before)", "(after)", *self.strings[view])
                    values.append(named[number])
                return " & ".join(f"{part}={value}" for part, value in zip(text.split("|"), values[::-1], strict=True))
            feature -= len(keys)
        raise IndexError(f"there is no feature {feature} beyond the last")

    def arrays(self) -> Arrays:
        """``keys`` of all templates, how many each has, and the strings of each view."""
        arrays: Arrays = {
            "keys": np.concatenate([np.zeros(0, np.int64), *self.keys]),
            "template_sizes": np.array([len(keys) for keys in self.keys], np.int64),
        }
        for view in self.views:
            arrays |= packed(f"view_{view}", list(self.strings[view]))
        return arrays

    def expected(self) -> dict[str, Expected]:
        """What `arrays` gives."""
        found: dict[str, Expected] = {"keys": (np.int64, (None,)), "template_sizes": (np.int64, (len(self.templates),))}
        for view in self.views:
            found |= expected(f"view_{view}")
        return found

    def restore(self, arrays: Arrays) -> None:
        """Take what `arrays` gave.

        Raises:
            BundleError: when the keys are not those of the templates.
        """
        sizes = arrays["template_sizes"]
        if (sizes < 0).any() or int(sizes.sum()) != len(arrays["keys"]):
            raise BundleError(f"the templates have {int(sizes.sum())} keys, and there are {len(arrays['keys'])}")
        self.keys = np.split(arrays["keys"], np.cumsum(sizes)[:-1])
        for view in self.views:
            strings = unpacked(f"view_{view}", arrays)
            self.strings[view] = {string: number for number, string in enumerate(strings, FIRST)}
        for text, template, keys in zip(self.texts, self.templates, self.keys, strict=True):
            most = math.prod(self._size(view) for view, _ in template.parts)
            if len(keys) and (keys[0] < 0 or int(keys[-1]) >= most or (np.diff(keys) <= 0).any()):
                raise BundleError(f"the keys of the template {text!r} are not ascending numbers below {most}")

    def _size(self, view: str) -> int:
        return len(self.strings[view]) + FIRST

    def _check_room(self) -> None:
        for text, template in zip(self.texts, self.templates, strict=True):
            if math.prod(self._size(view) for view, _ in template.parts) > np.iinfo(np.int64).max:
                raise FitError(
                    f"the template {text!r} has more keys than 64 bits can tell apart",
                    remedy="Leave out one of its parts",
                )

    def _columns(self, rows: Sequence[Sequence[str]]) -> dict[tuple[str, int], NDArray[np.int64]]:
        """For each view and offset that a template names: the number [S] of the string there."""
        places: dict[str, int] = {}
        tokens = list(itertools.chain.from_iterable(rows))
        numbers = np.fromiter((places.setdefault(token, len(places)) for token in tokens), np.int64, len(tokens))
        lengths = np.array([len(row) for row in rows], np.int64)
        ends = np.repeat(np.cumsum(lengths), lengths)
        starts = ends - np.repeat(lengths, lengths)
        tables = {
            view: np.array([self.strings[view].get(VIEWS[view](token), ABSENT) for token in places], np.int64)
            for view in self.views
        }
        columns: dict[tuple[str, int], NDArray[np.int64]] = {}
        steps = np.arange(len(tokens))
        for view, offset in {part: None for template in self.templates for part in template.parts}:
            at = steps + offset
            inside = (at >= starts) & (at < ends)
            there = tables[view][numbers[np.where(inside, at, 0)]] if len(tokens) else steps
            columns[view, offset] = np.where(inside, there, np.where(at < starts, BEFORE, AFTER))
        return columns

    def _keys_of(self, template: Template, columns: Mapping[tuple[str, int], NDArray[np.int64]]) -> NDArray[np.int64]:
        """The key [S] of each token; negative where a part was never seen."""
        keys, known = np.zeros_like(columns[template.parts[0]]), np.ones(len(columns[template.parts[0]]), np.bool_)
        for part in template.parts:
            known &= columns[part] != ABSENT
            keys = keys * self._size(part[0]) + columns[part]
        return np.where(known, keys, ABSENT)
