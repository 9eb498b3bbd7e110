"""Features of a token by templates: what it and its neighbours look like, alone and together, with exact keys.

Every view (`wenmai.models.token_views`) numbers its strings, a template's key is the mixed-radix number of its parts,
and every key that was seen often enough is a feature. Nothing is hashed: a key can be read back as text.

Letters of the shapes: S tokens of all rows, N rows, M templates, F features, V tokens that differ.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import BundleError, FitError
from wenmai.models.contract import Arrays
from wenmai.models.state import Expected
from wenmai.models.string_table import expected, packed, unpacked
from wenmai.models.token_views import VIEWS, Template

if TYPE_CHECKING:
    from wenmai.kernels.key_table import KeyTable

TokenLists = Sequence[Sequence[str]]
"""The tokens of rows, or what is seen of them, one for each token."""

Beside = Mapping[str, TokenLists]
"""What is seen of tokens by views that do not look at a token alone, by the view's name."""

NOTHING_BESIDE: Beside = {}

BEFORE, AFTER, FIRST = 0, 1, 2
"""The numbers of what stands before a row and after it, and of the first string of a view."""
ABSENT = -1
MANY = 5_000
"""From so many tokens on it is worth it to build tables of the known keys."""


class TokenFeatures:
    """Numbers the features of tokens.

    Args:
        templates: by what they are called. A feature's number counts over all templates, in their order.
    """

    def __init__(self, templates: Mapping[str, Template]) -> None:
        self.texts, self.templates = tuple(templates), tuple(templates.values())
        self.views = tuple(dict.fromkeys(view for template in self.templates for view, _ in template.parts))
        self.strings: dict[str, dict[str, int]] = {view: {} for view in self.views}
        self.keys: list[NDArray[np.int64]] = [np.zeros(0, np.int64) for _ in self.templates]
        self._tables: dict[int, KeyTable] = {}

    def __len__(self) -> int:
        return sum(map(len, self.keys))

    def fit(self, rows: TokenLists, min_count: int, beside: Beside = NOTHING_BESIDE) -> NDArray[np.int32]:
        """Number the features that occur often enough; the features [S, M] of the tokens, `ABSENT` where none.

        Args:
            rows: the tokens; beside: what is seen of each by the views that do not look at it alone.

        Raises:
            FitError: when a template has more different keys than 64 bits can tell apart.
        """
        distinct = dict.fromkeys(itertools.chain.from_iterable(rows))
        for view in self.views:
            if view in VIEWS:
                seen = dict.fromkeys(map(VIEWS[view], distinct))
            else:
                seen = dict.fromkeys(itertools.chain.from_iterable(beside[view]))
            self.strings[view] = {string: number for number, string in enumerate(seen, FIRST)}
        self._check_room()
        self._tables.clear()
        columns, found, base = self._columns(rows, beside), [], 0
        for at, template in enumerate(self.templates):
            keys, inverse, counts = np.unique(self._keys_of(template, columns), return_inverse=True, return_counts=True)
            kept = counts >= min_count
            numbers = np.where(kept, np.cumsum(kept) - 1 + base, ABSENT).astype(np.int32)
            self.keys[at] = keys[kept]
            found.append(numbers[inverse])
            base += len(self.keys[at])
        return np.stack(found, axis=1)

    def transform(self, rows: TokenLists, beside: Beside = NOTHING_BESIDE) -> NDArray[np.int32]:
        """The features [S, M] of the tokens, `ABSENT` where they have none that was numbered."""
        columns, base = self._columns(rows, beside), 0
        found = np.empty((sum(map(len, rows)), len(self.templates)), np.int32)
        for number, (template, known) in enumerate(zip(self.templates, self.keys, strict=True)):
            places = self._places_of(number, self._keys_of(template, columns))
            found[:, number] = np.where(places >= 0, places + base, ABSENT)
            base += len(known)
        return found

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
        self._tables.clear()
        for view in self.views:
            strings = unpacked(f"view_{view}", arrays)
            self.strings[view] = {string: number for number, string in enumerate(strings, FIRST)}
        for text, template, keys in zip(self.texts, self.templates, self.keys, strict=True):
            most = math.prod(self._size(view) for view, _ in template.parts)
            if len(keys) and (keys[0] < 0 or int(keys[-1]) >= most or (np.diff(keys) <= 0).any()):
                raise BundleError(f"the keys of the template {text!r} are not ascending numbers below {most}")

    def _places_of(self, number: int, keys: NDArray[np.int64]) -> NDArray[np.int64] | NDArray[np.int32]:
        """Where keys [S] stand among a template's own; negative for those that do not.

        Few are searched for, which asks for nothing to be loaded or built; many in a table that is built once.
        """
        known = self.keys[number]
        if len(keys) < MANY:
            at = np.minimum(np.searchsorted(known, keys), max(len(known) - 1, 0))
            return np.where(known[at] == keys, at, ABSENT) if len(known) else np.full(len(keys), ABSENT)
        from wenmai.kernels.key_table import KeyTable

        if number not in self._tables:
            self._tables[number] = KeyTable(known)
        return self._tables[number].places(keys)

    def _size(self, view: str) -> int:
        return len(self.strings[view]) + FIRST

    def _check_room(self) -> None:
        for text, template in zip(self.texts, self.templates, strict=True):
            if math.prod(self._size(view) for view, _ in template.parts) > np.iinfo(np.int64).max:
                raise FitError(
                    f"the template {text!r} has more keys than 64 bits can tell apart",
                    remedy="Leave out one of its parts",
                )

    def _columns(self, rows: TokenLists, beside: Beside) -> dict[tuple[str, int], NDArray[np.int64]]:
        """For each view and offset that a template names: the number [S] of the string there."""
        lengths = np.array([len(row) for row in rows], np.int64)
        ends = np.repeat(np.cumsum(lengths), lengths)
        starts = ends - np.repeat(lengths, lengths)
        seen = self._seen(rows, beside)
        columns: dict[tuple[str, int], NDArray[np.int64]] = {}
        steps = np.arange(len(ends))
        for view, offset in {part: None for template in self.templates for part in template.parts}:
            at = steps + offset
            inside = (at >= starts) & (at < ends)
            there = seen[view][np.where(inside, at, 0)] if len(steps) else steps
            columns[view, offset] = np.where(inside, there, np.where(at < starts, BEFORE, AFTER))
        return columns

    def _seen(self, rows: TokenLists, beside: Beside) -> dict[str, NDArray[np.int64]]:
        """The number [S] of what each view sees of each token, `ABSENT` for what it never saw in training."""
        places: dict[str, int] = {}
        tokens = list(itertools.chain.from_iterable(rows))
        numbers = np.fromiter((places.setdefault(token, len(places)) for token in tokens), np.int64, len(tokens))
        found = {}
        for view in self.views:
            known = self.strings[view]
            if view in VIEWS:
                see = VIEWS[view]
                found[view] = np.array([known.get(see(token), ABSENT) for token in places], np.int64)[numbers]
            else:
                values = itertools.chain.from_iterable(beside[view])
                found[view] = np.fromiter((known.get(value, ABSENT) for value in values), np.int64, len(tokens))
        return found

    def _keys_of(self, template: Template, columns: Mapping[tuple[str, int], NDArray[np.int64]]) -> NDArray[np.int64]:
        """The key [S] of each token; negative where a part was never seen."""
        keys, known = np.zeros_like(columns[template.parts[0]]), np.ones(len(columns[template.parts[0]]), np.bool_)
        for part in template.parts:
            known &= columns[part] != ABSENT
            keys = keys * self._size(part[0]) + columns[part]
        return np.where(known, keys, ABSENT)
