"""Counted n-grams of words or characters, raw or weighted by TF-IDF: text to sparse rows.

TF-IDF follows Salton and Buckley (1988) in the smoothed form that scikit-learn made common:
``idf(t) = ln((1 + D) / (1 + df(t))) + 1``, rows scaled to unit Euclidean length.

Letters of the shapes: D texts, F features, N occurrences of known n-grams, Z stored counts.
"""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from wenmai.batches.arena import Arena
from wenmai.batches.ngram_keys import ngram_keys, pack_keys, unpack_key, unpack_keys
from wenmai.batches.word_index import WordIndex
from wenmai.core.config import Config
from wenmai.core.errors import BundleError, FitError
from wenmai.data.dataset import BATCH_ROWS, Dataset
from wenmai.models.contract import Arrays, Run
from wenmai.text.pipeline import Pipeline

if TYPE_CHECKING:
    from wenmai.kernels.rows import CountRows

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


Counted = tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]
"""Row pointers [D + 1], columns [Z], counts [Z]."""


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
    counted as words, numbered in the order of Unicode.
    """

    def __init__(self, config: CountConfig, pipeline: Pipeline) -> None:
        self.config = config
        self.pipeline = pipeline
        self.by_character = pipeline.by_character
        self.keys = np.zeros(0, np.uint64)
        self.weights = np.ones(0, np.float32)
        self.words = WordIndex()

    def fit(self, train: Dataset, run: Run) -> CountRows:
        """Learn the n-grams of the training texts; gives their rows, weighted.

        Raises:
            FitError: when no n-gram is left.
        """
        from wenmai.kernels.ngrams import distinct_ngrams
        from wenmai.kernels.rows import most_frequent, only_columns

        arenas = self._read(train, run)
        with run.stage("count features"):
            blocks = [(arena.symbols, arena.offsets) for arena in arenas]
            keys, frequencies = distinct_ngrams(blocks, *self.config.ngrams, threads=run.threads)
            kept = frequencies >= self.config.min_documents
            kept &= frequencies <= self.config.max_share * len(train)
            keys, frequencies = keys[kept], frequencies[kept]
            if not len(keys):
                raise FitError(
                    f"none of the {len(train)} texts has an n-gram that min_documents={self.config.min_documents} and "
                    f"max_share={self.config.max_share} keep",
                    remedy="Lower min_documents, raise max_share, or look at the texts with: wenmai inspect",
                )
            run.check()
            counted = self._counted(arenas, keys, run)
            limit = self.config.max_features
            if limit is not None and limit < len(keys):
                chosen = most_frequent(counted[1], counted[2], len(keys), limit)
                counted = only_columns(*counted, chosen, len(keys))
                keys, frequencies = keys[chosen], frequencies[chosen]
            self.weights = np.ones(len(keys), np.float32)
            if self.config.weighting == "tfidf":
                self.weights = (np.log((1 + len(train)) / (1 + frequencies)) + 1).astype(np.float32)
            self.keys = self._without_unused_words(keys)
            return self._weighted(*counted)

    def transform(self, data: Dataset, run: Run) -> CountRows:
        """Rows of other texts by the n-grams that were learnt."""
        return self._weighted(*self._counted((self._arena(batch.text) for batch in data.batches()), self.keys, run))

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
        symbols = unpack_key(int(self.keys[column]))
        if self.by_character:
            return "".join(chr(symbol - 1) for symbol in symbols)
        return " ".join(self.words.word(symbol) for symbol in symbols)

    def arrays(self) -> Arrays:
        """``keys`` [F], ``feature_weights`` [F], ``words`` (UTF-8, one a line)."""
        return {"keys": self.keys, "feature_weights": self.weights, "words": self.words.to_bytes()}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        self.keys, self.weights = arrays["keys"], arrays["feature_weights"]
        if self.weights.shape != self.keys.shape:
            raise BundleError(f"there are {len(self.weights)} feature weights for {len(self.keys)} feature keys")
        if (self.keys[1:] <= self.keys[:-1]).any():
            raise BundleError("the feature keys are not in ascending order")
        self.words = WordIndex.from_bytes(arrays["words"])
        symbols = sys.maxunicode + 1 if self.by_character else len(self.words)
        if unpack_keys(self.keys).max(initial=0) > symbols:
            raise BundleError(f"a feature key names a symbol beyond the {symbols} that there are")

    @property
    def _normalizes(self) -> bool:
        return self.config.weighting == "tfidf"

    def _read(self, train: Dataset, run: Run) -> deque[Arena]:
        """The training texts as symbols; new words are numbered on the way."""
        self.words = WordIndex.growing()
        arenas: deque[Arena] = deque()
        with run.stage("read texts", -(-len(train) // BATCH_ROWS)):
            for batch in train.batches():
                run.check()
                arenas.append(self._arena(batch.text))
                run.progress.advance()
        if not self.by_character:  # Code points are numbers already.
            self.words.close(arenas)
            self.words.keep_frequent(arenas)
        return arenas

    def _arena(self, texts: Sequence[str]) -> Arena:
        if self.by_character:
            return Arena.of_code_points(self.pipeline.cleaned(texts))
        return self.words.arena(self.pipeline.words(texts))

    def _counted(self, arenas: Iterable[Arena], keys: NDArray[np.uint64], run: Run) -> Counted:
        """Known n-grams counted; arenas in a queue are let go on the way, so that their memory serves the rows."""
        from wenmai.kernels.ngrams import count_ngrams

        blocks = deque((arena.symbols, arena.offsets) for arena in arenas)
        if isinstance(arenas, deque):
            arenas.clear()
        return count_ngrams(blocks, *self.config.ngrams, keys, threads=run.threads)

    def _weighted(self, pointers: NDArray[np.int64], columns: NDArray[np.int32], counts: NDArray[Any]) -> CountRows:
        from wenmai.kernels.rows import CountRows

        return CountRows.weighted(
            pointers, columns, counts, self.weights, sublinear=self.config.sublinear, normalize=self._normalizes
        )

    def _without_unused_words(self, keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Forget words that are in no kept n-gram; the keys keep their order, as the words keep theirs."""
        if self.by_character:
            return keys
        symbols = unpack_keys(keys)
        used = np.unique(symbols)
        return pack_keys(self.words.keep(used[used > 0])[symbols])
