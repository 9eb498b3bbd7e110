"""fastText: the mean of what words and hashed n-grams have learnt, and one linear layer.

    h = (1 / n) · Σ_i input[i],    P(class) = softmax(output · h)

- Joulin, A., Grave, E., Bojanowski, P., Mikolov, T. (2016). Bag of tricks for efficient text classification. EACL 2017.

Hashes, layout and losses are those of the official program. Otherwise than there, the order of the texts changes every
epoch, only buckets that occur in training have rows, and the others add nothing to a text.

Letters of the shapes: N texts, V words, H hashed n-grams, R = V + H rows, W width of a row, C labels, K output rows.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Annotated, Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, SerializationInfo, SerializerFunctionWrapHandler, model_serializer, model_validator

from wenmai.batches.corpus import read_corpus
from wenmai.batches.fasttext_dictionary import FastTextDictionary, Hashing, TrainingRows
from wenmai.core.config import EVERY_SETTING
from wenmai.core.errors import BundleError, FitError
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Arrays, Attribution, Examples, ModelConfig, Parts, Run
from wenmai.models.fasttext_losses import FastTextLoss, LossName, label_rows
from wenmai.models.fasttext_start import PretrainedVectors, begin, starting_vectors
from wenmai.models.fasttext_sums import RowSums
from wenmai.models.state import Expected, checked
from wenmai.models.word_table import HoldsWordVectors

TEXTS_AT_A_TIME = 256
"""So few that the words of long ones, as Python objects, take little memory."""


class FastTextConfig(ModelConfig):
    """The settings of the official program, under its names."""

    random: ClassVar[bool] = True

    dim: Annotated[int, Field(ge=1, le=1024)] = 16
    """Numbers in a row."""
    epochs: Annotated[int, Field(ge=1)] = 25
    learning_rate: Annotated[float, Field(gt=0)] = 0.5
    """At the beginning; it falls to 0 in a straight line."""
    word_ngrams: Annotated[int, Field(ge=1, le=10)] = 2
    """The longest run of words that is hashed; 1 hashes none."""
    minn: Annotated[int, Field(ge=0)] = 0
    """The shortest run of characters within a word that is hashed."""
    maxn: Annotated[int, Field(ge=0, le=100)] = 0
    """The longest one; 0 hashes none."""
    bucket: Annotated[int, Field(ge=1, lt=1 << 31)] = 2_000_000
    """How many places hashes fall into."""
    min_count: Annotated[int, Field(ge=1)] = 1
    """A word that occurs less often has no row; in hashed runs it stands nevertheless."""
    loss: Literal["auto"] | LossName = "auto"
    """``softmax``, ``hs`` (hierarchical), ``ns`` (negative sampling), ``ova`` (one against all); ``auto``: ``softmax``
    for one label a row, ``ova`` for several. All but ``ova`` learn one label of a row, drawn in every epoch."""
    negatives: Annotated[int, Field(ge=1)] = 5
    """Labels that are drawn against a row's own, for ``ns``."""
    unseen: Literal["counted", "left_out"] = "counted"
    """Whether hashed runs without a row count in a text's mean, as zeros; not so in official pruned models."""
    pretrained: PretrainedVectors | None = None
    """Vectors that the rows of words begin with; null for none."""

    @model_serializer(mode="wrap")
    def _without_defaults(self, write: SerializerFunctionWrapHandler, info: SerializationInfo) -> dict[str, Any]:
        """Defaults of newer settings are not written, so that recipes of before these were there keep fingerprints."""
        written: dict[str, Any] = write(self)
        if info.context == EVERY_SETTING:
            return written
        if self.unseen == "counted":
            written.pop("unseen", None)
        if self.pretrained is None:
            written.pop("pretrained", None)
        return written

    @model_validator(mode="after")
    def _ordered(self) -> FastTextConfig:
        if self.maxn and not 1 <= self.minn <= self.maxn:
            raise ValueError("minn must be from 1 to maxn")
        return self

    def build(self, parts: Parts) -> FastTextClassifier:
        """The unfitted classifier."""
        return FastTextClassifier(self, parts)


class FastTextClassifier:
    """A table of rows, their mean, a linear layer."""

    def __init__(self, config: FastTextConfig, parts: Parts) -> None:
        self.config = config
        self.head = parts.head
        self.pipeline = parts.pipeline
        self._inputs = parts.inputs
        hashing = Hashing(config.word_ngrams, config.minn, config.maxn, config.bucket)
        self.dictionary = FastTextDictionary(hashing)
        self.loss = self._loss(np.ones(self.head.size, np.int64))
        self.input = np.zeros((1, config.dim), np.float32)
        self.output = np.zeros((self.loss.rows, config.dim), np.float32)

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Number the words, then descend; the dev rows are not looked at."""
        from wenmai.kernels.fasttext import Rows, Schedule, Watch, aligned_zeros, descend, padded_width, uniform_table

        start = starting_vectors(self.config.pretrained, self._inputs, self.config.dim)
        found = self._read(train.data, run, start)
        labels, label_offsets, counts = label_rows(train.targets, self.head.size)
        self.loss = self._loss(counts)
        rows = Rows(found.ids, found.offsets, labels, label_offsets)
        schedule = Schedule(self.config.epochs, self.config.learning_rate, run.seed)
        with run.stage("train", self.config.epochs):
            table = uniform_table(self.dictionary.size, self.config.dim, run.seed, run.threads)
            notes = () if start is None else begin(table[:, : self.config.dim], self.dictionary, start)
            output = aligned_zeros(self.loss.rows, padded_width(self.config.dim))
            loss = self.loss.trained(train.targets, run.class_weight, self.config.negatives)
            watch = Watch(run.check, run.progress.advance)
            descend(table, output, rows, loss, schedule, threads=run.threads, watch=watch)
        self.input, self.output = table[:, : self.config.dim], output[:, : self.config.dim]
        if not (np.isfinite(self.output).all() and np.isfinite(self.input).all()):
            raise FitError(
                f"the weights grew without end at learning_rate={self.config.learning_rate}",
                remedy="Set model.learning_rate lower",
            )
        return notes

    def outputs(self, inputs: Inputs) -> NDArray[np.float64]:
        """Logits [N, C], text by text, so that none depends on another."""
        found = self.dictionary.find(self.pipeline.words(inputs.text))
        logits = np.empty((len(inputs), self.head.size))
        for text in range(len(inputs)):
            rows = found.rows[found.offsets[text] : found.offsets[text + 1]]
            logits[text] = self.loss.outputs(self._scores(self._table.mean(rows)))
        return logits

    def attribute(self, text: str, output: int) -> Attribution:
        """What each piece's rows changed against an empty text, whose only row is the end of a text.

        The mean is linear and the change of the logit is shared out exactly, so the weights sum to it.
        """
        pieces = self.pipeline.pieces(text)
        found = self.dictionary.find([[piece.text for piece in pieces]])
        end = self.input[self.dictionary.end_row].astype(np.float64)
        direction = self._direction(output, end, self._table.mean(found.rows))
        counted = self._table.counted(found.rows)
        each = (self._table.products(found.rows, direction) - end @ direction) * counted
        each /= counted.sum() * found.lengths
        spoken = np.zeros(len(pieces) + 1)
        for step in range(int(found.lengths.max())):
            inside = found.lengths > step
            np.add.at(spoken, found.positions[inside] + step, each[inside])
        if pieces:  # What stands at the end of the text belongs to its last piece.
            spoken[-2] += spoken[-1]
        return Attribution([(piece.start, piece.end) for piece in pieces], spoken[:-1])

    def top_features(self, output: int, count: int) -> list[tuple[str, float]]:
        """The words whose own rows, with those of their characters, speak most for a class against the others."""
        end_row = self.dictionary.end_row
        end = self.input[end_row].astype(np.float64)
        direction = self._direction(output, end, end)
        words = len(self.dictionary.words)
        sums = self._table.products(np.arange(words), direction)
        rows, offsets = self.dictionary.subword_rows()
        owners = np.repeat(np.arange(words), np.diff(offsets))
        sums += np.bincount(owners, self._table.products(rows, direction), words)
        weights = sums / (1 + np.bincount(owners, self._table.counted(rows), words)) - end @ direction
        weights[end_row] = -np.inf
        best = np.argsort(-weights, kind="stable")[: min(count, words - 1)]
        return [(self.dictionary.words.word(int(row) + 1), float(weights[row])) for row in best]

    def arrays(self) -> Arrays:
        """``input`` [R, W], ``output`` [K, W], ``label_counts`` [C], and the arrays of the dictionary."""
        return {
            "input": np.ascontiguousarray(self.input),
            "output": np.ascontiguousarray(self.output),
            "label_counts": self.loss.counts,
            **self.dictionary.arrays(),
        }

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        expected: dict[str, Expected] = {
            "input": (np.float32, (None, self.config.dim)),
            "output": (np.float32, (self.loss.rows, self.config.dim)),
            "words": (np.uint8, (None,)),
            "word_counts": (np.int64, (None,)),
            "label_counts": (np.int64, (self.head.size,)),
            "buckets": (np.int32, (None,)),
        }
        checked(arrays, expected)
        self.dictionary.restore(arrays)
        if self.dictionary.size != len(arrays["input"]):
            raise BundleError(f"there are {len(arrays['input'])} rows for {self.dictionary.size} words and buckets")
        self.input, self.output = arrays["input"], arrays["output"]
        self.loss = self._loss(arrays["label_counts"])

    def _read(self, data: Dataset, run: Run, start: HoldsWordVectors | None) -> TrainingRows:
        """The input rows of the training texts; the dictionary is learnt on the way."""

        def batches() -> Iterator[Sequence[str]]:
            for batch in data.batches(TEXTS_AT_A_TIME):
                run.check()
                yield batch.text
                run.progress.advance()

        with run.stage("read texts", -(-len(data) // TEXTS_AT_A_TIME)):
            corpus = read_corpus(batches(), self.pipeline)
            given = () if start is None else start.words
            found = self.dictionary.learn(corpus, self.config.min_count, run.threads, given)
        if self.dictionary.size == 1:
            raise FitError(
                f"none of the {len(data)} texts has a word that min_count={self.config.min_count} keeps",
                remedy="Lower min_count, or look at the texts with: wenmai inspect",
            )
        return found

    def _scores(self, hidden: NDArray[np.float64]) -> NDArray[np.float64]:
        """The scores [K] of a hidden vector."""
        scores: NDArray[np.float64] = (self.output * hidden).sum(axis=1)
        return scores

    def _direction(self, output: int, before: NDArray[np.float64], after: NDArray[np.float64]) -> NDArray[np.float64]:
        """What a change of the hidden vector is multiplied by to give the output's, less the mean of other classes'."""
        slopes = self.loss.slopes(self._scores(before), self._scores(after))
        chosen = slopes[output]
        if self.head.kind == "classes":
            chosen = chosen - (slopes.sum(axis=0) - chosen) / (len(slopes) - 1)
        direction: NDArray[np.float64] = chosen @ self.output
        return direction

    @property
    def _table(self) -> RowSums:
        return RowSums(self.input, left_out=self.config.unseen == "left_out")

    def _loss(self, counts: NDArray[np.int64]) -> FastTextLoss:
        automatic: LossName = "ova" if self.head.kind == "labels" else "softmax"
        return FastTextLoss(automatic if self.config.loss == "auto" else self.config.loss, self.head, counts)
