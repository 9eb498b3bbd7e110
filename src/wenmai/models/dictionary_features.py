"""Words of a person's own dictionary, and of the training rows, as features of the tokens that they would be made of.

Each token is told how long the longest known word is that begins with it, that goes on over it, and that ends with it;
a tagger learns how far that is to be believed. So that it also learns what stands where no word is known, the words of
a training row are known from other rows only, a tenth of the rows at a time.

- Zhang, Q., Liu, X., Fu, J. (2018). Neural networks incorporating dictionaries for Chinese word segmentation. AAAI.
- Peng, M., et al. (2019). Simplify the usage of lexicon in Chinese NER. arXiv:1908.05969: sets of B, M, E and S.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from wenmai.core.tags import OUTSIDE, TagRules

TokenLists = Sequence[Sequence[str]]

DICTIONARY_VIEWS = ("begins", "inside", "ends")
"""The views: the length in tokens of the longest word of each kind, empty where there is none."""
DICTIONARY_TEMPLATES = (
    "begins[0]", "inside[0]", "ends[0]", "begins[0]|inside[0]|ends[0]", "begins[1]", "ends[-1]", "begins[0]|ends[-1]",
    "ends[0]|begins[1]", "inside[0]|begins[1]", "word[0]|begins[0]|inside[0]|ends[0]",
)  # fmt: skip
FOLDS = 10
LONGEST = 5
"""Lengths from here on are not told apart."""
MOST_CHARACTERS = 50
"""Of a word that is looked for; their beginnings are all held."""


class KnownWords:
    """Words that are looked for in rows of tokens.

    Args:
        given: those of the dictionary, which are always known.
    """

    def __init__(self, given: Iterable[str]) -> None:
        self.given = frozenset(given)
        self.restore(())

    def learn(
        self, rows: TokenLists, tags: Sequence[NDArray[np.int64]], names: Sequence[str], rules: TagRules
    ) -> dict[str, list[list[str]]]:
        """Take the words of tagged rows over; what the views see of these rows by the words of others.

        Args:
            rows: their tokens; tags: [T] numbers a row; names: of the tags; rules: which of them are one word.
        """
        folds: dict[str, int] = {}
        for number, (tokens, own) in enumerate(zip(rows, tags, strict=True)):
            for word in _words(tokens, own, names, rules):
                folds[word] = folds.get(word, 0) | 1 << number % FOLDS
        self.restore(sorted(folds))
        found: dict[str, list[list[str]]] = {view: [] for view in DICTIONARY_VIEWS}
        for number, tokens in enumerate(rows):
            other = ~(1 << number % FOLDS)
            self._see(tokens, lambda word: word in self.given or bool(folds.get(word, 0) & other), found)  # noqa: B023
        return found

    def restore(self, lexicon: Sequence[str]) -> None:
        """Take words of training rows over."""
        self.lexicon = tuple(lexicon)
        self._every = frozenset(word for word in self.given.union(lexicon) if len(word) <= MOST_CHARACTERS)
        self._prefixes = frozenset(word[:end] for word in self._every for end in range(1, len(word) + 1))

    def seen(self, rows: TokenLists) -> dict[str, list[list[str]]]:
        """What the views see of rows by all the words."""
        found: dict[str, list[list[str]]] = {view: [] for view in DICTIONARY_VIEWS}
        for tokens in rows:
            self._see(tokens, self._every.__contains__, found)
        return found

    def _see(self, tokens: Sequence[str], known: Callable[[str], bool], found: dict[str, list[list[str]]]) -> None:
        begins, inside, ends = ([0] * len(tokens) for _ in DICTIONARY_VIEWS)
        for start in range(len(tokens)):
            word = ""
            for stop in range(start, len(tokens)):
                word += tokens[stop]
                if word not in self._prefixes:
                    break
                if known(word):
                    length = stop - start + 1
                    begins[start] = max(begins[start], length)
                    ends[stop] = max(ends[stop], length)
                    for at in range(start + 1, stop):
                        inside[at] = max(inside[at], length)
        for view, lengths in zip(DICTIONARY_VIEWS, (begins, inside, ends), strict=True):
            found[view].append([str(min(length, LONGEST)) if length else "" for length in lengths])


def _words(tokens: Sequence[str], tags: NDArray[np.int64], names: Sequence[str], rules: TagRules) -> list[str]:
    """The words of a row: runs of tokens whose tags belong together, without those outside of any."""
    found: list[str] = []
    before = -1
    for token, tag in zip(tokens, tags.tolist(), strict=True):
        if names[tag] == OUTSIDE:
            before = -1
            continue
        if before >= 0 and rules.continues[before, tag]:
            found[-1] += token
        else:
            found.append(token)
        before = tag
    return found
