"""Counted n-grams of words or characters, raw or weighted by TF-IDF: text to sparse rows.

TF-IDF follows Salton and Buckley (1988) in the smoothed form that scikit-learn made common:
``idf(t) = ln((1 + D) / (1 + df(t))) + 1``, rows scaled to unit Euclidean length.

Letters of the shapes: D texts, F features, N occurrences of known n-grams, Z stored counts.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from wenmai.batches.arena import Arena, growing_index
from wenmai.core.config import Config
from wenmai.core.errors import BundleError, FitError
from wenmai.core.progress import follow
from wenmai.data.dataset import BATCH_ROWS, Dataset
from wenmai.models.contract import Arrays, Run
from wenmai.text.pipeline import Pipeline

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Order = Annotated[int, Field(ge=1, le=3)]


class CountConfig(Config):
    """Which n-grams are counted and how the counts are weighted."""

    ngrams: tuple[Order, Order] = (1, 1)
    """The shortest and the longest n-gram, in pieces of the pipeline's segmentation."""
    weighting: Literal["counts", "tfidf"] = "tfidf"
    sublinear: bool = False
    """Count 1 + ln(n) for n occurrences."""
    min_documents: Annotated[int, Field(ge=1)] = 1
    """An n-gram that fewer texts contain is left out."""
    max_share: Annotated[float, Field(gt=0, le=1)] = 1.0
    """An n-gram that a larger share of the texts contains is left out."""
    max_features: Annotated[int, Field(ge=1)] | None = None
    """Only so many n-grams, the most frequent, are kept."""

    @model_validator(mode="after")
    def _ordered(self) -> CountConfig:
        if self.ngrams[0] > self.ngrams[1]:
            raise ValueError("the shortest n-gram must not be longer than the longest")
        return self


@dataclass(frozen=True, slots=True)
class Occurrences:
    """Where the known n-grams of some texts stand.

    Attributes:
        rows: [N] the text; columns: [N] the feature; positions: [N] its first symbol in the joined symbols;
        lengths: [N] its symbols; offsets: [D + 1] as of `Arena`.
    """

    rows: NDArray[np.int64]
    columns: NDArray[np.int64]
    positions: NDArray[np.int64]
    lengths: NDArray[np.int64]
    offsets: NDArray[np.int64]


class CountFeatures:
    """Learns which n-grams there are, then turns texts into sparse rows.

    Characters are counted as code points of the cleaned text, its single spaces included; any other segmentation is
    counted as words, numbered as they come.
    """

    def __init__(self, config: CountConfig, pipeline: Pipeline) -> None:
        self.config = config
        self.pipeline = pipeline
        self.by_character = pipeline.by_character
        self.keys = np.zeros(0, np.uint64)
        self.weights = np.ones(0, np.float32)
        self.words: list[str] = []
        self._index: dict[str, int] = {}

    def fit(self, train: Dataset, run: Run) -> csr_array:
        """Learn the n-grams of the training texts; gives their rows [D, F], weighted.

        Raises:
            FitError: when no n-gram is left.
        """
        from wenmai.kernels import ngrams

        low, high = self.config.ngrams
        arena = self._read(train, run)
        with run.stage("count features"):
            keys, frequencies = ngrams.distinct_ngrams(arena.symbols, arena.offsets, low, high, threads=run.threads)
            kept = (frequencies >= self.config.min_documents) & (frequencies <= self.config.max_share * len(arena))
            keys, frequencies = keys[kept], frequencies[kept]
            run.check()
            counted = ngrams.count_ngrams(arena.symbols, arena.offsets, low, high, keys, threads=run.threads)
            limit = self.config.max_features
            if limit is not None and limit < len(keys):
                totals = np.bincount(counted[1], counted[2], len(keys))
                chosen = np.sort(np.argsort(-totals, kind="stable")[:limit])
                keys, frequencies = keys[chosen], frequencies[chosen]
                counted = ngrams.count_ngrams(arena.symbols, arena.offsets, low, high, keys, threads=run.threads)
        if not len(keys):
            raise FitError(
                f"none of the {len(arena)} texts has an n-gram that min_documents={self.config.min_documents} and "
                f"max_share={self.config.max_share} keep",
                remedy="Lower min_documents, raise max_share, or look at the texts with: wenmai inspect",
            )
        pointers, columns, values = counted
        if self.config.weighting == "tfidf":
            self.weights = (np.log((1 + len(arena)) / (1 + frequencies)) + 1).astype(np.float32)
        else:
            self.weights = np.ones(len(keys), np.float32)
        self.keys = self._drop_unused_words(keys)
        ngrams.weigh_rows(
            pointers, columns, values, self.weights, sublinear=self.config.sublinear, normalize=self._normalizes
        )
        return _rows(pointers, columns, values, len(keys))

    def transform(self, data: Dataset, run: Run) -> csr_array:
        """Rows [D, F] of other texts by the n-grams that were learnt."""
        from wenmai.kernels import ngrams

        low, high = self.config.ngrams
        parts = [self._arena(batch.text) for batch in data.batches()]
        arena = Arena.join(parts)
        pointers, columns, values = ngrams.count_ngrams(
            arena.symbols, arena.offsets, low, high, self.keys, threads=run.threads
        )
        ngrams.weigh_rows(
            pointers, columns, values, self.weights, sublinear=self.config.sublinear, normalize=self._normalizes
        )
        return _rows(pointers, columns, values, len(self.keys))

    def rows(self, texts: Sequence[str]) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
        """A few texts as (row, column, weighted value) triples [Z], ordered by row and column, by numpy alone.

        Nothing is compiled or imported for it, which keeps a cold prediction quick; a row's values do not depend on
        the texts beside it.
        """
        found = self.occurrences(texts)
        cells, counts = np.unique(found.rows * len(self.keys) + found.columns, return_counts=True)
        rows, columns = np.divmod(cells, max(len(self.keys), 1))
        values = 1 + np.log(counts) if self.config.sublinear else counts.astype(np.float64)
        values = values * self.weights[columns]
        if self._normalizes:
            lengths = np.sqrt(np.bincount(rows, values * values, len(texts)))
            values = values / lengths[rows]
        return rows, columns, values

    def occurrences(self, texts: Sequence[str]) -> Occurrences:
        """Every occurrence of a known n-gram in a few texts."""
        from wenmai.batches.ngram_keys import ngram_keys

        arena = self._arena(texts)
        keys, positions, lengths = ngram_keys(arena.symbols, arena.offsets, *self.config.ngrams)
        columns = np.searchsorted(self.keys, keys)
        columns[columns == len(self.keys)] = 0
        known = self.keys[columns] == keys if len(self.keys) else np.zeros(len(keys), bool)
        rows = np.searchsorted(arena.offsets, positions, side="right") - 1
        return Occurrences(rows[known], columns[known], positions[known], lengths[known], arena.offsets)

    def spans(self, text: str) -> list[tuple[int, int]]:
        """Where each symbol of one text stands in the original."""
        if self.by_character:
            aligned = self.pipeline.aligned(text)
            return [aligned.span(at, at + 1) for at in range(len(aligned.text))]
        return [(piece.start, piece.end) for piece in self.pipeline.pieces(text)]

    def name(self, column: int) -> str:
        """The n-gram of a column as a person reads it."""
        from wenmai.batches.ngram_keys import unpack_key

        symbols = unpack_key(int(self.keys[column]))
        if self.by_character:
            return "".join(chr(symbol - 1) for symbol in symbols)
        return " ".join(self.words[symbol - 1] for symbol in symbols)

    def arrays(self) -> Arrays:
        """``keys`` [F], ``feature_weights`` [F], ``words`` (UTF-8, one a line)."""
        words = np.frombuffer("\n".join(self.words).encode("utf-8", "surrogatepass"), np.uint8)
        return {"keys": self.keys, "feature_weights": self.weights, "words": words}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        from wenmai.batches.ngram_keys import unpack_keys

        self.keys, self.weights = arrays["keys"], arrays["feature_weights"]
        if self.weights.shape != self.keys.shape:
            raise BundleError(f"there are {len(self.weights)} feature weights for {len(self.keys)} feature keys")
        if (self.keys[1:] <= self.keys[:-1]).any():
            raise BundleError("the feature keys are not in ascending order")
        text = arrays["words"].tobytes().decode("utf-8", "surrogatepass")
        self._take_words(text.split("\n") if text else [])
        symbols = sys.maxunicode + 1 if self.by_character else len(self.words)
        if unpack_keys(self.keys).max(initial=0) > symbols:
            raise BundleError(f"a feature key names a symbol beyond the {symbols} that there are")

    @property
    def _normalizes(self) -> bool:
        return self.config.weighting == "tfidf"

    def _read(self, train: Dataset, run: Run) -> Arena:
        """The training texts as symbols; new words are numbered on the way."""
        index = growing_index()
        self._index = index
        parts = []
        total = -(-len(train) // BATCH_ROWS)
        for batch in follow(train.batches(), run.progress, "read texts", total):
            parts.append(self._arena(batch.text))
            run.check()
        arena = Arena.join(parts)
        if not self.by_character:
            self._take_words(list(index))
            self._keep_frequent(arena)
        return arena

    def _arena(self, texts: Sequence[str]) -> Arena:
        if self.by_character:
            return Arena.of_code_points(self.pipeline.cleaned(texts))
        return Arena.of_words(self.pipeline.words(texts), self._index)

    def _take_words(self, words: list[str]) -> None:
        self.words = words
        self._index = {word: number for number, word in enumerate(words, 1)}

    def _keep_frequent(self, arena: Arena) -> None:
        """Where there are more words than a key can number, the rarest become unknown."""
        from wenmai.batches.ngram_keys import SYMBOL_LIMIT

        if len(self.words) > SYMBOL_LIMIT:
            counts = np.bincount(arena.symbols, minlength=len(self.words) + 1)[1:]
            self._renumber(arena.symbols, np.sort(np.argsort(-counts, kind="stable")[:SYMBOL_LIMIT]))

    def _drop_unused_words(self, keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Forget words that are in no kept n-gram; the keys keep their order, as the words keep theirs."""
        from wenmai.batches.ngram_keys import pack_keys, unpack_keys

        if self.by_character:
            return keys
        symbols = unpack_keys(keys)
        used = np.unique(symbols)
        self._renumber(symbols, used[used > 0] - 1)
        return pack_keys(symbols)

    def _renumber(self, symbols: NDArray[np.int32], kept: NDArray[np.signedinteger[Any]]) -> None:
        """Keep only the words at those positions and change the symbols, in place, to their new numbers."""
        numbers = np.zeros(len(self.words) + 1, np.int32)
        numbers[kept + 1] = np.arange(1, len(kept) + 1)
        symbols[...] = numbers[symbols]
        self._take_words([self.words[at] for at in kept])


def _rows(
    pointers: NDArray[np.int64], columns: NDArray[np.int32], values: NDArray[np.float32], features: int
) -> csr_array:
    """A sparse matrix over the very arrays: pointers as wide as the columns keep scipy from copying them wider."""
    from scipy.sparse import csr_array

    if len(columns) <= np.iinfo(np.int32).max:
        pointers = pointers.astype(np.int32)
    return csr_array((values, columns, pointers), shape=(len(pointers) - 1, features))
