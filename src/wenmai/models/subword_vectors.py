"""fastText's vectors: a word is the mean of its own row and of those of its runs of characters.

    x(w) = (1 / n) · ( input[w] + Σ over runs g of w:  input[V + bucket(g)] )

Learnt as word2vec learns, with x(w) in the place of a word's row; so a word that never occurred has a vector too, of
its runs. In skip-gram it is the word in the middle that is composed and its neighbours that are guessed.

Bojanowski, P., Grave, E., Joulin, A., Mikolov, T. (2017). Enriching word vectors with subword information. TACL 5.

Hashes and settings are those of the official program. Otherwise than there, only runs that occur in a word of the
vocabulary have rows; others count in the mean of an unseen word and add nothing to it.

Letters of the shapes: V words, H buckets with a row, R = V + H rows, D numbers in a vector, G runs of all words.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from wenmai.batches.corpus import Corpus
from wenmai.batches.fasttext_hashes import subword_buckets
from wenmai.core.config import Config
from wenmai.core.errors import BundleError
from wenmai.core.schema import Language
from wenmai.models.contract import Arrays, Parts, Preset, Run
from wenmai.models.state import Expected, checked
from wenmai.models.word2vec import Word2Vec, Word2VecConfig
from wenmai.models.word_table import Vectors, restored_words
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import WordSegment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wenmai.kernels.word2vec import Objective


class SubwordConfig(Config):
    """Which runs of characters a word has.

    Attributes:
        minn: the shortest run; maxn: the longest. ``<`` before a word and ``>`` behind it are characters of it.
        bucket: how many places their hashes fall into.
    """

    minn: Annotated[int, Field(ge=1)] = 3
    maxn: Annotated[int, Field(ge=1, le=100)] = 6
    bucket: Annotated[int, Field(ge=1, lt=1 << 31)] = 2_000_000

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.minn > self.maxn:
            raise ValueError("minn must be from 1 to maxn")
        return self


class SubwordVectorsConfig(Word2VecConfig):
    """word2vec's settings with the official program's values, and ``subwords``, the runs of characters."""

    noise_exponent: Annotated[float, Field(ge=0, le=2)] = 0.5
    sample: Annotated[float, Field(ge=0, le=1)] = 1e-4
    learning_rate: Annotated[float, Field(gt=0)] = 0.05
    subwords: SubwordConfig = SubwordConfig()

    def build(self, parts: Parts) -> SubwordVectors:
        """The model without any word yet."""
        return SubwordVectors(self, parts)


class SubwordVectors(Word2Vec):
    """A table of words and of buckets.

    Attributes:
        input: [R, D], the rows of words, then those of buckets; buckets: [H], ascending.
    """

    config: SubwordVectorsConfig

    def __init__(self, config: SubwordVectorsConfig, parts: Parts) -> None:
        super().__init__(config, parts)
        self.input: Vectors = np.zeros((0, config.dim), np.float32)
        self.buckets = np.zeros(0, np.int32)

    def learn(self, corpus: Corpus, run: Run) -> tuple[str, ...]:
        """Go through the corpus; notes the loss of a pair."""
        from wenmai.kernels.fasttext import uniform_table
        from wenmai.kernels.row_means import row_means

        corpus = self.joined(corpus, run)
        buckets, offsets = self._runs(corpus.words)
        self.buckets = np.unique(buckets)
        rows, row_offsets = self._rows(buckets, offsets)
        table = uniform_table(len(corpus.words) + len(self.buckets), self.config.dim, run.seed, run.threads)
        objective: Objective = replace(
            self.objective(corpus, run.seed), subword_rows=rows.astype(np.int32), subword_offsets=row_offsets
        )
        notes = self.descend(corpus, table, objective, run)
        self.input = np.ascontiguousarray(table[:, : self.config.dim])
        self.take(corpus, row_means(self.input, rows, row_offsets, run.threads))
        return notes

    def vector_of(self, word: str) -> Vectors | None:
        """The vector [D] of a word, for one that was never seen of its runs; None where none of these has a row."""
        known = super().vector_of(word)
        if known is not None or not len(self.buckets):
            return known
        buckets, _ = self._runs([word])
        at = np.minimum(np.searchsorted(self.buckets, buckets), len(self.buckets) - 1)
        rows = at[self.buckets[at] == buckets] + len(self.words)
        if not len(rows):
            return None
        vector: Vectors = (self.input[rows].sum(axis=0, dtype=np.float64) / len(buckets)).astype(np.float32)
        return vector

    def arrays(self) -> Arrays:
        """``words`` (UTF-8, one a line), ``word_counts`` [V], ``input`` [R, D], ``buckets`` [H]."""
        arrays = super().arrays()
        del arrays["vectors"]
        return {**arrays, "input": self.input, "buckets": self.buckets}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        from wenmai.kernels.row_means import row_means

        expected: dict[str, Expected] = {
            "words": (np.uint8, (None,)),
            "word_counts": (np.int64, (None,)),
            "input": (np.float32, (None, self.config.dim)),
            "buckets": (np.int32, (None,)),
        }
        checked(arrays, expected)
        words, counts = restored_words(arrays)
        buckets, offsets = self._runs(words)
        if not np.array_equal(np.unique(buckets), arrays["buckets"]):
            raise BundleError("the buckets are not those of the words' runs of characters")
        self.buckets = arrays["buckets"]
        if len(arrays["input"]) != len(words) + len(self.buckets):
            raise BundleError(
                f"there are {len(arrays['input'])} rows for {len(words)} words and {len(self.buckets)} buckets"
            )
        self.input = arrays["input"]
        vectors = row_means(self.input, *self._rows(buckets, offsets))
        super().restore({"words": arrays["words"], "word_counts": counts, "vectors": vectors})

    def _runs(self, words: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The buckets of words' runs [G], and their offsets [V + 1]."""
        subwords = self.config.subwords
        return subword_buckets(words, subwords.minn, subwords.maxn, subwords.bucket)

    def _rows(
        self, buckets: NDArray[np.int32], offsets: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows of which each word is the mean, its own first [V + G], and their offsets [V + 1]."""
        words = len(offsets) - 1
        shifted = offsets + np.arange(words + 1)
        rows = np.empty(words + len(buckets), np.int64)
        own = np.zeros(len(rows), bool)
        own[shifted[:-1]] = True
        rows[own] = np.arange(words)
        rows[~own] = words + np.searchsorted(self.buckets, buckets)
        return rows, shifted


def skip_gram(language: Language) -> Preset:
    """Each word of a window alone is guessed from the word in the middle and its runs of characters."""
    return Preset(SubwordVectorsConfig(subwords=_subwords(language)), _words(language))


def cbow(language: Language) -> Preset:
    """The word in the middle is guessed from the mean of its neighbours and their runs."""
    model = SubwordVectorsConfig(architecture="cbow", subwords=_subwords(language))
    return Preset(model, _words(language))


def _subwords(language: Language) -> SubwordConfig:
    """For Chinese shorter runs: a word has one to three characters, and each of them means something."""
    return SubwordConfig() if language == "en" else SubwordConfig(minn=1, maxn=4)


def _words(language: Language) -> PipelineConfig:
    return PipelineConfig(segment=WordSegment(language=language))
