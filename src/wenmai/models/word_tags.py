"""How often words have which tags, and what the endings of words tell of words that were never seen.

Suffixes are smoothed from the empty one on, each by the one that is a letter shorter (TnT):

    P(tag | n letters) = (P̂(tag | n letters) + θ · P(tag | n - 1 letters)) / (1 + θ),   θ = standard deviation of P̂(tag)

where P̂ counts rare words only, apart for words that begin with a capital letter.

- Samuelsson, C. (1993). Morphological tagging based entirely on Bayesian inference. NODALIDA.
- Brants, T. (2000). TnT: a statistical part-of-speech tagger. ANLP.

Letters of the shapes: S tokens, K tags, V words, E endings.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import BundleError
from wenmai.models.contract import Arrays
from wenmai.models.state import Expected
from wenmai.models.string_table import expected, packed, unpacked

Floats = NDArray[np.float64]

RARE = 10
"""Words that occur at most so often tell what endings mean: unknown words are rare words."""


def key_of(word: str, length: int) -> str:
    """An ending of so many letters, marked by whether the word begins with a capital or holds a digit."""
    first = "D" if any(letter.isdigit() for letter in word) else "U" if word[:1].isupper() else "L"
    return first + (word[-length:] if length else "")


class WordTags:
    """Counts of tags by word, and probabilities by ending.

    Attributes:
        words: word → its row; counts: [V, K]; endings: marked ending → its row; by_ending: [E, K] P(tag | ending).
    """

    def __init__(self, tags: int, longest: int) -> None:
        self.tags, self.longest = tags, longest
        self.words: dict[str, int] = {}
        self.counts = np.zeros((0, tags), np.float32)
        self.endings: dict[str, int] = {}
        self.by_ending = np.zeros((0, tags), np.float32)
        self.overall = np.full(tags, 1 / tags)

    def learn(self, tokens: Sequence[str], tags: NDArray[np.int64]) -> None:
        """Count the tokens [S] and their tags [S]."""
        self.words = {word: row for row, word in enumerate(dict.fromkeys(tokens))}
        numbers = np.fromiter((self.words[token] for token in tokens), np.int64, len(tokens))
        counts = np.bincount(numbers * self.tags + tags, minlength=len(self.words) * self.tags)
        self.counts = counts.reshape(-1, self.tags).astype(np.float32)
        self._take_overall()
        self._learn_endings()

    def _learn_endings(self) -> None:
        """What the endings of rare words say, each smoothed by the next shorter one."""
        theta = (float(np.std(self.overall, ddof=1)) if self.tags > 1 else 0.0) or 1.0
        totals = self.counts.sum(axis=1)
        sums: dict[str, Floats] = {}
        for word, row in self.words.items():
            if totals[row] > RARE:
                continue
            for length in range(min(self.longest, len(word)) + 1):
                sums.setdefault(key_of(word, length), np.zeros(self.tags))[:] += self.counts[row]
        found: dict[str, Floats] = {}
        for key in sorted(sums, key=len):
            shorter = self.overall if len(key) == 1 else found[key[0] + key[2:]]
            found[key] = (sums[key] / sums[key].sum() + theta * shorter) / (1 + theta)
        self.endings = {key: row for row, key in enumerate(found)}
        self.by_ending = np.array(list(found.values()), np.float32).reshape(-1, self.tags)

    def _take_overall(self) -> None:
        total = self.counts.sum(axis=0, dtype=np.float64) + 1
        self.overall = total / total.sum()

    def of_ending(self, word: str) -> Floats:
        """P(tag | the longest ending that was seen) [K]; how frequent tags are where none was."""
        for length in range(min(self.longest, len(word)), -1, -1):
            row = self.endings.get(key_of(word, length))
            if row is not None:
                shares: Floats = self.by_ending[row].astype(np.float64)
                return shares
        return self.overall

    def smoothed(self, endings: Floats, count: float) -> Floats:
        """P(tag | word) of known words, then of unknown ones, which have their ending's alone.

        Args:
            endings: [V + unknown words, K], P(tag | ending); count: how many occurrences it counts as.
        """
        known = self.counts + count * endings[: len(self.counts)]
        return np.concatenate([known / known.sum(axis=1, keepdims=True), endings[len(self.counts) :]])

    def rows(self, tokens: Iterable[str]) -> tuple[NDArray[np.int64], list[str]]:
        """The number of each token, V and above for unknown ones; and these, in the order of their numbers."""
        unknown: dict[str, int] = {}
        known, first = self.words, len(self.words)
        numbers = []
        for token in tokens:
            row = known.get(token)
            numbers.append(unknown.setdefault(token, first + len(unknown)) if row is None else row)
        return np.array(numbers, np.int64), list(unknown)

    def arrays(self) -> Arrays:
        """Words, endings, and their numbers."""
        return {
            **packed("words", list(self.words)),
            **packed("endings", list(self.endings)),
            "counts": self.counts,
            "by_ending": self.by_ending,
        }

    def expected(self) -> dict[str, Expected]:
        """What `arrays` gives."""
        numbers: Expected = (np.float32, (None, self.tags))
        return {**expected("words"), **expected("endings"), "counts": numbers, "by_ending": numbers}

    def restore(self, arrays: Arrays) -> None:
        """Take what `arrays` gave.

        Raises:
            BundleError: when strings and numbers do not fit each other.
        """
        self.words = _numbered("words", arrays, len(arrays["counts"]))
        self.endings = _numbered("endings", arrays, len(arrays["by_ending"]))
        self.counts, self.by_ending = arrays["counts"], arrays["by_ending"]
        self._take_overall()


def _numbered(name: str, arrays: Arrays, rows: int) -> dict[str, int]:
    strings = unpacked(name, arrays)
    if len(strings) != rows:
        raise BundleError(f"there are numbers for {rows} of {len(strings)} {name}")
    return {string: row for row, string in enumerate(strings)}
