"""What a neural tagger knows by number: tokens, their characters, and pairs of neighbouring tokens.

Numbers begin with 0 for nothing (padding) and 1 for what was never, or too seldom, seen.
Letters of the shapes: S tokens of all rows, L characters of a token that are read.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from wenmai.batches.token_rows import TokenRows
from wenmai.models.contract import Arrays
from wenmai.models.state import Expected
from wenmai.models.string_table import expected, packed, unpacked

NOTHING, UNKNOWN, FIRST = 0, 1, 2
TABLES = ("known_tokens", "known_characters", "known_pairs")
"""The names of the tables among a network's arrays."""
BETWEEN = "\x1f"
"""Stands between the two tokens of a pair; a pair with less than two of them lies at an end of the row."""


class TokenTables:
    """Numbers for tokens, characters and pairs.

    Args:
        min_count: tokens, and pairs, seen less often have no number of their own.
        lowercase: whether tokens are numbered without regard to case; characters never are.
        longest: characters of a token that are read; 0 for none.
        pairs: whether neighbouring tokens are numbered together.
    """

    def __init__(self, min_count: int, *, lowercase: bool, longest: int, pairs: bool) -> None:
        self.min_count, self.lowercase, self.longest, self.with_pairs = min_count, lowercase, longest, pairs
        self.tokens: dict[str, int] = {}
        self.characters: dict[str, int] = {}
        self.pairs: dict[str, int] = {}

    def learn(self, rows: Sequence[Sequence[str]]) -> None:
        """Number what the rows have, the most frequent first."""
        self.tokens = _numbered((self._form(token) for row in rows for token in row), self.min_count)
        if self.longest:
            self.characters = _numbered((character for row in rows for token in row for character in token), 1)
        if self.with_pairs:
            self.pairs = _numbered((pair for row in rows for pair in _pairs(row)), self.min_count)

    def encode(self, rows: Sequence[Sequence[str]]) -> TokenRows:
        """The tokens' numbers; as columns the characters of each [S, L], then the pairs with its neighbours [S, 2]."""
        tokens = self.tokens
        encoded = TokenRows.of([[tokens.get(self._form(token), UNKNOWN) for token in row] for row in rows])
        columns = [part for part in (self._spelt(rows), self._paired(rows)) if part is not None]
        if not columns:
            return encoded
        return TokenRows(encoded.token_ids, encoded.offsets, columns=np.concatenate(columns, axis=1))

    def strings(self) -> tuple[str, ...]:
        """The token of each number; "" for those that stand for none."""
        return ("", "", *self.tokens)

    def arrays(self) -> Arrays:
        """The strings of each table."""
        tables = (self.tokens, self.characters, self.pairs)
        parts = (packed(name, [*table]) for name, table in zip(TABLES, tables, strict=True))
        return {name: array for part in parts for name, array in part.items()}

    def expected(self) -> dict[str, Expected]:
        """What `arrays` gives."""
        return {part: shape for name in TABLES for part, shape in expected(name).items()}

    def restore(self, arrays: Arrays) -> None:
        """Take what `arrays` gave."""
        self.tokens, self.characters, self.pairs = (
            {string: number for number, string in enumerate(unpacked(name, arrays), FIRST)} for name in TABLES
        )

    def _form(self, token: str) -> str:
        return token.lower() if self.lowercase else token

    def _spelt(self, rows: Sequence[Sequence[str]]) -> NDArray[np.int32] | None:
        """The characters [S, L] of each token, spelt once for all its occurrences."""
        if not self.longest:
            return None
        places: dict[str, int] = {}
        numbers = [places.setdefault(token, len(places)) for row in rows for token in row]
        table = np.zeros((len(places), self.longest), np.int32)
        for token, place in places.items():
            half = self.longest // 2
            read = token if len(token) <= self.longest else token[: self.longest - half] + token[-half:]
            table[place, : len(read)] = [self.characters.get(character, UNKNOWN) for character in read]
        return table[np.array(numbers, np.int64)]

    def _paired(self, rows: Sequence[Sequence[str]]) -> NDArray[np.int32] | None:
        """The pairs [S, 2] that each token makes with the one before and the one after."""
        if not self.with_pairs:
            return None
        numbers = [[self.pairs.get(pair, UNKNOWN) for pair in _pairs(row)] for row in rows]
        both = [pair for row in numbers for pair in itertools.pairwise(row)]
        return np.array(both, np.int32).reshape(-1, 2)


def _pairs(row: Sequence[str]) -> list[str]:
    """Neighbours in a row of T tokens: T + 1 pairs, those with its two ends too; none for an empty row."""
    if not row:
        return []
    return [BETWEEN.join(pair) for pair in itertools.pairwise(["", *row, ""])]


def _numbered(found: Iterable[str], min_count: int) -> dict[str, int]:
    counts = Counter(found)
    kept = sorted(
        (string for string, count in counts.items() if count >= min_count), key=lambda one: (-counts[one], one)
    )
    return {string: number for number, string in enumerate(kept, FIRST)}
