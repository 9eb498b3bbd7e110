"""Words and their numbers, from 1; 0 is a word that is not known."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.batches.arena import Arena
from wenmai.batches.ngram_keys import SYMBOL_LIMIT


class WordIndex:
    """Numbers words as they come until it is closed; then it only knows those it has."""

    def __init__(self, words: Sequence[str] = ()) -> None:
        self._numbers: dict[str, int] = {word: number for number, word in enumerate(words, 1)}
        self._words = list(words)

    @classmethod
    def growing(cls) -> WordIndex:
        """An index that takes in every new word."""
        index = cls()
        numbers: defaultdict[str, int] = defaultdict()
        numbers.default_factory = lambda: len(numbers) + 1
        index._numbers = numbers
        return index

    def __len__(self) -> int:
        return len(self._numbers)

    def arena(self, rows: Sequence[Sequence[str]]) -> Arena:
        """The words of some texts as their numbers."""
        return Arena.of_words(rows, self._numbers)

    def word(self, number: int) -> str:
        """The word of a number."""
        return self._words[number - 1]

    def close(self, arenas: Sequence[Arena]) -> None:
        """Take in no further word, and number those there are in the order of Unicode, in the arenas too.

        In the order in which they came, the new words of the first texts would tell what those texts say.
        """
        self._words = list(self._numbers)
        order = sorted(range(len(self._words)), key=self._words.__getitem__)
        numbers = self.keep(np.array(order, np.int64) + 1)
        for arena in arenas:
            arena.symbols[...] = numbers[arena.symbols]

    def keep_frequent(self, arenas: Sequence[Arena], limit: int = SYMBOL_LIMIT) -> None:
        """Where there are more words than an n-gram key can number, make the rarest unknown, in the arenas too."""
        if len(self) <= limit:
            return
        counts = np.zeros(len(self) + 1, np.int64)
        for arena in arenas:
            counts += np.bincount(arena.symbols, minlength=len(counts))
        kept = np.sort(np.argsort(-counts[1:], kind="stable")[:limit]) + 1
        numbers = self.keep(kept)
        for arena in arenas:
            arena.symbols[...] = numbers[arena.symbols]

    def keep(self, kept: NDArray[Any]) -> NDArray[np.int32]:
        """Keep only the words with those numbers, in their order; gives old number → new number, 0 for those gone."""
        numbers = np.zeros(len(self) + 1, np.int32)
        numbers[kept] = np.arange(1, len(kept) + 1)
        words = [self._words[number - 1] for number in kept]
        self._words = words
        self._numbers = {word: number for number, word in enumerate(words, 1)}
        return numbers

    def to_bytes(self) -> NDArray[np.uint8]:
        """The words as UTF-8, one a line; no piece of a text has a line break in it."""
        return np.frombuffer("\n".join(self._words).encode("utf-8", "surrogatepass"), np.uint8)

    @classmethod
    def from_bytes(cls, content: NDArray[np.uint8]) -> WordIndex:
        """The index that `to_bytes` wrote; raises UnicodeDecodeError for anything else."""
        text = content.tobytes().decode("utf-8", "surrogatepass")
        return cls(text.split("\n") if text else [])
