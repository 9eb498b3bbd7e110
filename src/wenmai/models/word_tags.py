"""How often words have which tags, and what the endings of words tell of words that were never seen.

Suffixes are smoothed from the empty one on, each by the one that is a letter shorter (TnT):

    P(tag | n letters) = (P̂(tag | n letters) + θ · P(tag | n - 1 letters)) / (1 + θ),   θ = standard deviation of P̂(tag)

where P̂ counts rare words only, apart for words that begin with a capital letter.

- Samuelsson, C. (1993). Morphological tagging based entirely on Bayesian inference. NODALIDA.
- Brants, T. (2000). TnT: a statistical part-of-speech tagger. ANLP.

Letters of the shapes: S tokens, K tags, V words, E endings.
"""

from __future__ import annotations

from collections.abc import Sequence

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

    Args:
        tags: K; longest: letters of the longest ending that tells of a word; 0 where endings tell nothing.
        smoothing: how many occurrences what is known without the word itself counts as.

    Attributes:
        words: word → its row; counts: [V, K]; endings: marked ending → its row; by_ending: [E, K] P(tag | ending).
    """

    def __init__(self, tags: int, longest: int, smoothing: float) -> None:
        self.tags, self.longest, self.smoothing = tags, longest, smoothing
        self.words: dict[str, int] = {}
        self.counts = np.zeros((0, tags), np.float32)
        self.endings: dict[str, int] = {}
        self.by_ending = np.zeros((0, tags), np.float32)
        self.overall = np.full(tags, 1 / tags)
        self._known = np.zeros((0, tags))

    def learn(self, tokens: Sequence[str], tags: NDArray[np.int64]) -> None:
        """Count the tokens [S] and their tags [S]."""
        self.words = {word: row for row, word in enumerate(dict.fromkeys(tokens))}
        numbers = np.fromiter((self.words[token] for token in tokens), np.int64, len(tokens))
        counts = np.bincount(numbers * self.tags + tags, minlength=len(self.words) * self.tags)
        self.counts = counts.reshape(-1, self.tags).astype(np.float32)
        self._take_overall()
        self._learn_endings()
        self._smooth()

    def _learn_endings(self) -> None:
        """What the endings of rare words say, each smoothed by the next shorter one."""
        theta = (float(np.std(self.overall, ddof=1)) if self.tags > 1 else 0.0) or 1.0
        totals = self.counts.sum(axis=1)
        sums: dict[str, Floats] = {}
        for word, row in self.words.items():
            if totals[row] > RARE or not self.longest:
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

    def _smooth(self) -> None:
        """P(tag | word) of the known words, between their own tags and what is known without them."""
        prior = np.array([self.of_ending(word) for word in self.words]).reshape(-1, self.tags)
        known = self.counts + self.smoothing * prior
        self._known = known / known.sum(axis=1, keepdims=True)

    def of_ending(self, word: str) -> Floats:
        """P(tag | the longest ending that was seen) [K]; how frequent tags are where none was."""
        for length in range(min(self.longest, len(word)), -1, -1) if self.longest else ():
            row = self.endings.get(key_of(word, length))
            if row is not None:
                shares: Floats = self.by_ending[row].astype(np.float64)
                return shares
        return self.overall

    def probabilities(self, tokens: Sequence[str]) -> Floats:
        """P(tag | word) of every token [S, K]; of a word that was never seen, P(tag | its ending)."""
        known, first = self.words, len(self.words)
        unknown: dict[str, int] = {}
        numbers = np.fromiter(
            (known[token] if token in known else unknown.setdefault(token, first + len(unknown)) for token in tokens),
            np.int64,
            len(tokens),
        )
        found = np.empty((len(tokens), self.tags))
        seen = numbers < first
        found[seen] = self._known[numbers[seen]]
        unseen = np.array([self.of_ending(token) for token in unknown]).reshape(-1, self.tags)
        found[~seen] = unseen[numbers[~seen] - first]
        return found

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
        self._smooth()


def _numbered(name: str, arrays: Arrays, rows: int) -> dict[str, int]:
    strings = unpacked(name, arrays)
    if len(strings) != rows:
        raise BundleError(f"there are numbers for {rows} of {len(strings)} {name}")
    return {string: row for row, string in enumerate(strings)}
