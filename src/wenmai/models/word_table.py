"""What members that learn vectors of words have in common: a corpus in, a table of words and vectors out.

A family file gives a config from `WordTableConfig` and a model from `WordTable` with one method, `learn`, which takes a
`Corpus`. Reading texts, outputs and state are the same for all.

Letters of the shapes: V words, D numbers in a vector, N texts.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import Annotated, ClassVar, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.batches.corpus import Corpus, read_corpus
from wenmai.batches.word_index import WordIndex
from wenmai.core.errors import BundleError, FitError
from wenmai.data.dataset import BATCH_ROWS, Dataset, Inputs
from wenmai.models.contract import Arrays, Examples, ModelConfig, Parts, Run
from wenmai.models.state import Expected, checked

Vectors = NDArray[np.float32]


@runtime_checkable
class HoldsWordVectors(Protocol):
    """What a model of the task embed offers besides `Model`.

    Attributes:
        words: [V] by falling frequency; counts: [V] int64; vectors: [V, D] float32.
    """

    @property
    def words(self) -> Sequence[str]:
        """The vocabulary, V words by falling frequency."""

    @property
    def counts(self) -> NDArray[np.int64]:
        """[V] how often each word stood in the text; 0 where that is not known."""

    @property
    def vectors(self) -> Vectors:
        """[V, D] their vectors."""

    def vector_of(self, word: str) -> Vectors | None:
        """The vector [D] of a word; None where nothing is known of it."""


@runtime_checkable
class LearnsFromCorpus(Protocol):
    """A model that can be fitted on a corpus as well as on a data set."""

    config: WordTableConfig

    def learn(self, corpus: Corpus, run: Run) -> tuple[str, ...]:
        """Learn the vectors; the notes that the person should read."""


class WordTableConfig(ModelConfig):
    """Settings of every member that learns vectors of words."""

    random: ClassVar[bool] = True

    dim: Annotated[int, Field(ge=1, le=1024)] = 100
    """Numbers in a vector."""
    min_count: Annotated[int, Field(ge=1)] = 5
    """A word that occurs less often has no vector and is passed over."""
    max_words: Annotated[int, Field(ge=1)] | None = None
    """So many of the most frequent words have vectors; null for all."""


class WordTable(ABC):
    """Words and their vectors, and how texts become vectors by them.

    Attributes:
        words: [V] by falling frequency; counts: [V]; vectors: [V, D].
    """

    def __init__(self, config: WordTableConfig, parts: Parts) -> None:
        self.config = config
        self.pipeline = parts.pipeline
        self.words: tuple[str, ...] = ()
        self.counts = np.zeros(0, np.int64)
        self.vectors: Vectors = np.zeros((0, config.dim), np.float32)

    @abstractmethod
    def learn(self, corpus: Corpus, run: Run) -> tuple[str, ...]:
        """Learn the vectors, and `take` them; the notes that the person should read."""

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Number the words of the texts, then learn; the dev rows are not looked at."""
        return self.learn(self.read(train.data, run), run)

    def read(self, data: Dataset, run: Run) -> Corpus:
        """The rows of a data set as a corpus; raises `FitError` where no word is kept."""

        def texts() -> Iterator[Sequence[str]]:
            for batch in data.batches():
                run.check()
                yield batch.text
                run.progress.advance()

        with run.stage("read texts", -(-len(data) // BATCH_ROWS)):
            corpus = read_corpus(
                texts(), self.pipeline, min_count=self.config.min_count, max_words=self.config.max_words
            )
        return not_empty(corpus, self.config, f"the {len(data):,} texts")

    def take(self, corpus: Corpus, vectors: Vectors) -> None:
        """Hold these vectors [V, D] of a corpus's words.

        Raises:
            FitError: when one is not finite.
        """
        if not np.isfinite(vectors).all():
            raise FitError("the vectors grew without end", remedy="Set model.learning_rate lower")
        self.words, self.counts = corpus.words, corpus.counts
        self.vectors = np.ascontiguousarray(vectors, np.float32)
        self._forget_numbers()

    def vector_of(self, word: str) -> Vectors | None:
        """The vector [D] of a word; None where nothing is known of it."""
        at = self._numbers.get(word)
        if at is None:
            return None
        vector: Vectors = self.vectors[at]
        return vector

    def outputs(self, inputs: Inputs) -> Vectors:
        """[N, D]: the vector of a text that is one word, else the mean of its pieces', zeros where none is known."""
        found = np.zeros((len(inputs), self.config.dim), np.float32)
        for row, text in enumerate(inputs.text):
            whole = self.vectors[self._numbers[text]] if text in self._numbers else None
            if whole is None:
                (pieces,) = self.pipeline.words([text])
                known = [vector for piece in pieces if (vector := self.vector_of(piece)) is not None]
                whole = np.mean(known, axis=0, dtype=np.float64) if known else 0.0
            found[row] = whole
        return found

    def arrays(self) -> Arrays:
        """``words`` (UTF-8, one a line), ``word_counts`` [V], ``vectors`` [V, D]."""
        return {"words": WordIndex(self.words).to_bytes(), "word_counts": self.counts, "vectors": self.vectors}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        expected: dict[str, Expected] = {
            "words": (np.uint8, (None,)),
            "word_counts": (np.int64, (None,)),
            "vectors": (np.float32, (None, self.config.dim)),
        }
        checked(arrays, expected)
        self.words, self.counts = restored_words(arrays)
        if len(self.words) != len(arrays["vectors"]):
            raise BundleError(f"there are {len(arrays['vectors'])} vectors of {len(self.words)} words")
        self.vectors = arrays["vectors"]
        self._forget_numbers()

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {word: at for at, word in enumerate(self.words)}

    def _forget_numbers(self) -> None:
        self.__dict__.pop("_numbers", None)


def not_empty(corpus: Corpus, config: WordTableConfig, text: str) -> Corpus:
    """The corpus, where it has a word.

    Raises:
        FitError: where ``text`` has none.
    """
    if not corpus.words:
        raise FitError(
            f"none of {text} has a word that min_count={config.min_count} keeps",
            remedy="Lower model.min_count, or look at the texts",
        )
    return corpus


def restored_words(arrays: Arrays) -> tuple[tuple[str, ...], NDArray[np.int64]]:
    """The words of a state and their counts.

    Raises:
        BundleError: when there are not as many of both, or a word stands there twice.
    """
    index = WordIndex.from_bytes(arrays["words"])
    counts = arrays["word_counts"]
    text = arrays["words"].tobytes().decode("utf-8", "surrogatepass")
    words = tuple(text.split("\n")) if text else ()
    if len(index) != len(words):
        raise BundleError(f"{len(words)} words are only {len(index)} different ones")
    if len(words) != len(counts):
        raise BundleError(f"there are counts of {len(counts)} of {len(words)} words")
    return words, counts
