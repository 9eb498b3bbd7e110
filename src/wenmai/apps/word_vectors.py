"""WordVectors: words and their vectors, to be asked for neighbours, similarities and analogies.

- Levy, O., Goldberg, Y. (2014). Linguistic regularities in sparse and explicit word representations. CoNLL: 3CosMul.
- Mikolov, T., Yih, W., Zweig, G. (2013). Linguistic regularities in continuous space word representations. NAACL.

Letters of the shapes: V words, D width of a vector.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal, Self

import numpy as np
from numpy.typing import NDArray

from wenmai.apps.nearest import Floats, cosines, lengths, nearest, unit
from wenmai.bundle import Bundle, load_bundle
from wenmai.core.errors import UsageError
from wenmai.core.errors import nearest as nearest_names
from wenmai.data.tagged_words import SENSE
from wenmai.interop.fasttext_binary import read_fasttext
from wenmai.interop.recognition import recognise
from wenmai.interop.vector_reading import read_vectors
from wenmai.interop.vector_table import VectorFormat
from wenmai.models.word_table import HoldsWordVectors

AnalogyMethod = Literal["add", "mul"]

_MUL_SHIFT = 0.001
"""Keeps 3CosMul from dividing by zero (Levy and Goldberg 2014, section 5)."""
_SPELLINGS = 20_000
"""Words, the most frequent first, among which a like spelling is looked for."""


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A word and its score: a cosine, or what 3CosMul gives."""

    word: str
    score: float


class WordVectors:
    """Words and their vectors.

    A word without a vector is refused by name; nothing is skipped silently.

    Args:
        words: [V], the most frequent first where that is known.
        vectors: [V, D] float32, or what makes them when they are first needed.
        counts: [V], how often each occurred; None where that is not known.
        unseen: the vector [D] of any other word, None for one that cannot be composed; None where none can.
        name: where they come from, for messages; notes: what a person should know about them.

    Raises:
        UsageError: when there is no word, or numbers of words and vectors differ.
    """

    def __init__(
        self,
        words: Sequence[str],
        vectors: Floats | Callable[[], Floats],
        counts: NDArray[np.int64] | None = None,
        unseen: Callable[[str], Floats | None] | None = None,
        *,
        name: str = "vectors",
        notes: tuple[str, ...] = (),
    ) -> None:
        if not len(words):
            raise UsageError("there is no word", where=name, remedy="Give words and their vectors")
        if not callable(vectors):
            _check(len(words), vectors, name)
        if counts is not None and len(counts) != len(words):
            raise UsageError(f"there are counts of {len(counts)} of {len(words)} words", where=name)
        self.words = tuple(words)
        self.counts = counts
        self.name = name
        self.notes = notes
        self._given = vectors
        self._unseen = unseen

    @classmethod
    def of(cls, bundle: Bundle, *, name: str | None = None) -> Self:
        """The word vectors that a bundle holds, for messages under a name, by default the member's.

        Raises:
            UsageError: when it holds none.
        """
        model = bundle.model
        if not isinstance(model, HoldsWordVectors):
            raise UsageError(
                f"{bundle.recipe.member} holds no word vectors", remedy="Train some with: wenmai embed train"
            )
        return cls(model.words, model.vectors, model.counts, model.vector_of, name=name or bundle.recipe.member)

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """The word vectors of a bundle's folder, or of a file of word2vec, GloVe or fastText, told by its content.

        The vectors of a ``.bin`` stay on the disk; those of all words are composed when they are first needed.

        Raises:
            BundleError: for a damaged bundle; DataError: for a damaged file.
            UsageError: when there is nothing here, or a bundle without word vectors.
        """
        path = Path(path)
        if path.is_dir():
            return cls.of(load_bundle(path), name=path.name or str(path))
        form = recognise(path)
        if form is VectorFormat.FASTTEXT_BIN:
            file = read_fasttext(path)
            return cls(file.words, file.vectors, file.word_counts, file.vector_of, name=path.name)
        table = read_vectors(path, form)
        return cls(table.words, table.vectors, table.counts, name=path.name, notes=table.notes)

    def __len__(self) -> int:
        return len(self.words)

    def __contains__(self, word: object) -> bool:
        return word in self._rows

    @property
    def width(self) -> int:
        """D."""
        return int(self.vectors.shape[1])

    @cached_property
    def vectors(self) -> Floats:
        """[V, D] float32."""
        if not callable(self._given):
            return self._given
        made = self._given()
        _check(len(self), made, self.name)
        return made

    def row(self, word: str) -> int | None:
        """The row of a word; None for one that is not in the vocabulary."""
        return self._rows.get(word)

    def vector(self, word: str) -> Floats:
        """The vector [D] of a word.

        Raises:
            UsageError: when there is none, with words that are spelt alike.
        """
        found = self.find(word)
        if found is None:
            raise UsageError(f"there is no vector of the word {word!r}", where=self.name, remedy=self._advice(word))
        return found

    def find(self, word: str) -> Floats | None:
        """The vector [D] of a word, composed where it is not in the vocabulary and can be; None where there is none."""
        row = self._rows.get(word)
        if row is not None and not (callable(self._given) and self._unseen is not None):
            vector: Floats = self.vectors[row]
            return vector
        return None if self._unseen is None else self._unseen(word)

    def senses(self, word: str) -> list[str]:
        """The words ``word|tag`` of a bare word, the most frequent first; none where words carry no tags."""
        return list(self._senses.get(word, ()))

    def unknown(self, words: Sequence[str]) -> list[str]:
        """Those of the words that have no vector, each once."""
        return [word for word in dict.fromkeys(words) if self.find(word) is None]

    def neighbors(self, word: str, count: int = 10) -> list[Neighbor]:
        """The words with the greatest cosines with a word, which itself is left out.

        Raises:
            UsageError: when there is no vector of the word, or ``count`` is not positive.
        """
        return self.neighbors_of(self.vector(word), count, leave_out=[word])

    def neighbors_of(self, vector: Floats, count: int = 10, *, leave_out: Sequence[str] = ()) -> list[Neighbor]:
        """The words with the greatest cosines with a vector [D].

        Raises:
            UsageError: for a vector of another width or of zeros, or when ``count`` is not positive.
        """
        if count < 1:
            raise UsageError(f"{count} neighbours", remedy="Ask for at least 1")
        if vector.shape != (self.width,):
            raise UsageError(f"a vector of shape {list(vector.shape)} where [{self.width}] is expected")
        if not np.any(vector):
            raise UsageError("a vector of zeros points nowhere and has no neighbours")
        rows, scores = nearest(self.vectors, self.norms, unit(vector[None]), count, [self._rows_of(leave_out)])
        return self._named(rows[0], scores[0])

    def similarity(self, first: str, second: str) -> float:
        """The cosine of two words' vectors; 0 where one is of zeros.

        Raises:
            UsageError: when there is no vector of one of them.
        """
        one, other = (self.vector(word).astype(np.float64) for word in (first, second))
        size = float(np.linalg.norm(one) * np.linalg.norm(other))
        return min(max(float(one @ other) / size, -1.0), 1.0) if size else 0.0

    def analogy(
        self, first: str, second: str, third: str, count: int = 10, method: AnalogyMethod = "add"
    ) -> list[Neighbor]:
        """The words that are to ``third`` what ``second`` is to ``first``; the three are left out.

        Args:
            first: Athens; second: Greece; third: Baghdad; then Iraq is hoped for.
            count: how many words.
            method: ``add`` for 3CosAdd: cos(x, second - first + third) of unit vectors; ``mul`` for 3CosMul:
                s(x, second) · s(x, third) / (s(x, first) + 0.001), where s is the cosine moved to 0…1.

        Raises:
            UsageError: when there is no vector of one of them, or ``count`` is not positive.
        """
        given = [first, second, third]
        query = unit(np.stack([self.vector(word) for word in given]))
        if method == "add":
            return self.neighbors_of(query[1] - query[0] + query[2], count, leave_out=given)
        if count < 1:
            raise UsageError(f"{count} answers", remedy="Ask for at least 1")
        scores = product_of_cosines(cosines(self.vectors, self.norms, query))
        scores[self._rows_of(given)] = -np.inf
        best = np.argsort(-scores, kind="stable")[: min(count, len(self) - len(self._rows_of(given)))]
        return self._named(best, scores[best])

    def odd_one_out(self, words: Sequence[str]) -> str:
        """The word that has the least to do with the others: the least cosine with the mean of their unit vectors.

        Raises:
            UsageError: for fewer than three words, or when there is no vector of one of them.
        """
        if len(words) < 3:
            raise UsageError(f"of {len(words)} words none is the odd one", remedy="Give at least three")
        units = unit(np.stack([self.vector(word) for word in words]))
        return words[int(np.argmin(units @ units.mean(axis=0)))]

    @cached_property
    def norms(self) -> Floats:
        """The lengths [V] of the vectors."""
        return lengths(self.vectors)

    @cached_property
    def _rows(self) -> dict[str, int]:
        """The first row of each word."""
        rows = {word: row for row, word in enumerate(self.words)}
        if len(rows) < len(self.words):
            rows = {word: row for row, word in reversed(list(enumerate(self.words)))}
        return rows

    @cached_property
    def _senses(self) -> dict[str, list[str]]:
        """The tagged words of each bare word."""
        found: dict[str, list[str]] = {}
        for tagged in self.words:
            word, mark, tag = tagged.rpartition(SENSE)
            if mark and word and tag:
                found.setdefault(word, []).append(tagged)
        return found

    def _rows_of(self, words: Sequence[str]) -> list[int]:
        return [self._rows[word] for word in dict.fromkeys(words) if word in self._rows]

    def _named(self, rows: NDArray[np.int64], scores: Floats) -> list[Neighbor]:
        return [
            Neighbor(self.words[row], float(score)) for row, score in zip(rows.tolist(), scores.tolist(), strict=True)
        ]

    def _advice(self, word: str) -> str:
        if senses := self.senses(word):
            return f"With its tags there is {', '.join(senses)}"
        same = [other for other in (word.lower(), word.capitalize(), word.upper(), word.strip()) if other in self]
        alike = list(dict.fromkeys([*same, *nearest_names(word, self.words[:_SPELLINGS])]))[:3]
        spelt = f"Spelt alike: {', '.join(alike)}. " if alike else ""
        return f"{spelt}There are {len(self):,} words"


def load_vectors(path: str | Path) -> WordVectors:
    """The word vectors of a bundle's folder or of another program's file: see `WordVectors.load`."""
    return WordVectors.load(path)


def product_of_cosines(found: Floats) -> Floats:
    """3CosMul's scores [V] from the cosines [3, V] with a, b and c, where a is to b as c to the answer."""
    first, second, third = (found + 1) / 2
    scores: Floats = second * third / (first + np.float32(_MUL_SHIFT))
    return scores


def _check(words: int, vectors: Floats, name: str) -> None:
    if vectors.ndim != 2 or len(vectors) != words:
        raise UsageError(f"vectors of shape {list(vectors.shape)} for {words} words", where=name)
    if vectors.dtype != np.float32:
        raise UsageError(f"vectors of {vectors.dtype} where float32 is expected", where=name)
