"""Averaged vectors: a text as the weighted mean of its words' vectors, which another bundle has learnt, and one layer.

    feature(text) = Σ_i weight(w_i) · vector(w_i) / Z,    logits = W · feature + bias

- Mitchell, J., Lapata, M. (2008). Vector-based models of semantic composition. ACL: adding vectors up.
- Arora, S., Liang, Y., Ma, T. (2017). A simple but tough-to-beat baseline for sentence embeddings. ICLR: SIF.
- Kim, H. K., Kim, H., Cho, S. (2017). Bag-of-concepts: comprehending document representation through clustering
  words in distributed representation. Neurocomputing 266: words of a cluster as one.

Letters of the shapes: N texts, n words of a text, V words of the input, D numbers in a vector, F features (D, or the
number of clusters), C classes or labels, K columns of weights (1 where two classes share one).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.core.errors import BundleError, UsageError
from wenmai.core.schema import Language
from wenmai.data.dataset import BATCH_ROWS, Dataset, Inputs
from wenmai.models.calibration import class_logits
from wenmai.models.contract import Arrays, Attribution, Examples, ModelConfig, Parts, Preset, Run
from wenmai.models.learners import Logistic, solve
from wenmai.models.state import Expected, checked
from wenmai.models.word_features import (
    Centroids,
    Mean,
    SmoothInverse,
    TfidfMean,
    Weighting,
    WordFeatures,
    leading_direction,
)
from wenmai.models.word_table import HoldsWordVectors
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import WordSegment

Floats = NDArray[np.float64]

TRIED_PENALTIES = (0.001, 0.01, 0.1, 1.0)


class WeightedVectorsConfig(ModelConfig):
    """Which vectors, how they are added up, and how the sum is classified."""

    input: str = "vectors"
    """The recipe's input that has the vectors."""
    weighting: Annotated[Weighting, Field(discriminator="kind")] = Mean()
    learner: Logistic = Logistic(C=0.01)
    """Over features whose variance is 1 on average."""

    def build(self, parts: Parts) -> WeightedVectorsClassifier:
        """The unfitted classifier.

        Raises:
            UsageError: when the recipe has no such input, or one without word vectors.
        """
        return WeightedVectorsClassifier(self, parts)


class WeightedVectorsClassifier:
    """A feature of weighted vectors, one matrix of weights."""

    def __init__(self, config: WeightedVectorsConfig, parts: Parts) -> None:
        self.config = config
        self.head = parts.head
        self.pipeline = parts.pipeline
        self.features = WordFeatures(config.weighting, _vectors(config.input, parts))
        self.weights = np.zeros((0, 1))
        self.bias = np.zeros(1)

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Weigh the words, add up the vectors of every text, solve for the weights; the dev rows are not looked at."""
        with run.stage("weigh words"):
            texts = [self.features.numbers(words) for words in self._words(train.data, run)]
            self.features.fit(texts, run)
        with run.stage("solve"):
            rows = np.array([self.features.sum_of(text) for text in texts])
            direction = leading_direction(rows) if isinstance(self.config.weighting, SmoothInverse) else None
            if direction is not None:
                rows -= np.outer(rows @ direction, direction)
            centre = rows.mean(axis=0)
            # One scale for all: the penalty is then the same for every direction, as likeness of vectors has it.
            spread = float(np.sqrt(rows.var(axis=0).mean())) or 1.0
            solution = solve(self.config.learner, (rows - centre) / spread, train.targets, self.head, run)
        self.weights = solution.weights.astype(np.float64) / spread
        self.bias = solution.bias.astype(np.float64) - centre @ self.weights
        if direction is not None:  # Taking a direction out of a feature is taking it out of the weights.
            self.weights -= np.outer(direction, direction @ self.weights)
        known = sum(len(text.known) for text in texts)
        words = sum(text.words for text in texts)
        return (f"the input has vectors of {known / max(words, 1):.1%} of the {words:,} words of the training texts",)

    def outputs(self, inputs: Inputs) -> Floats:
        """Logits [N, C], text by text, so that none depends on another."""
        logits = np.empty((len(inputs), self.weights.shape[1]))
        for row, words in enumerate(self.pipeline.words(inputs.text)):
            logits[row] = self.features.sum_of(self.features.numbers(words)) @ self.weights + self.bias
        return class_logits(logits, self.head)

    def attribute(self, text: str, output: int) -> Attribution:
        """Each word's share of the logit, against the mean of the other classes; without the bias they add up to it."""
        pieces = self.pipeline.pieces(text)
        shares = self.features.shares(self.features.numbers([piece.text for piece in pieces]))
        spoken = np.zeros(len(pieces))
        for at, feature in shares:
            spoken[at] = feature @ self._against_rest(output)
        return Attribution([(piece.start, piece.end) for piece in pieces], spoken)

    def top_features(self, output: int, count: int) -> list[tuple[str, float]]:
        """The words that would speak most for a class as a text of one word."""
        spoken = self.features.times(self._against_rest(output))
        best = np.argsort(-spoken, kind="stable")[:count]
        return [(self.features.source.words[int(word)], float(spoken[word])) for word in best]

    def arrays(self) -> Arrays:
        """``weights`` [F, K], ``bias`` [K], and the arrays of the features."""
        return {"weights": self.weights, "bias": self.bias, **self.features.arrays()}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        columns = 1 if self.head.kind == "classes" and self.head.size == 2 else self.head.size
        features = self.features.expected()
        expected: dict[str, Expected] = {
            "weights": (np.float64, (self.features.width, columns)),
            "bias": (np.float64, (columns,)),
            **features,
        }
        checked(arrays, expected)
        self.features.restore({name: arrays[name] for name in features})
        if self.features.width != len(arrays["weights"]):
            raise BundleError(f"there are weights for {len(arrays['weights'])} of {self.features.width} features")
        self.weights, self.bias = arrays["weights"], arrays["bias"]

    def _words(self, data: Dataset, run: Run) -> list[list[str]]:
        found: list[list[str]] = []
        for batch in data.batches(BATCH_ROWS):
            run.check()
            found += self.pipeline.words(batch.text)
        return found

    def _against_rest(self, output: int) -> Floats:
        """The weights [F] of one class, less the mean of the others' where they exclude each other."""
        weights = self.weights
        if self.head.kind == "labels":
            return weights[:, output]
        if weights.shape[1] == 1:
            return weights[:, 0] if output == 1 else -weights[:, 0]
        others = (weights.sum(axis=1) - weights[:, output]) / (weights.shape[1] - 1)
        against: Floats = weights[:, output] - others
        return against


def _vectors(name: str, parts: Parts) -> HoldsWordVectors:
    if name not in parts.inputs:
        raise UsageError(
            f"the model adds up the vectors of the input {name!r}, which the recipe does not have",
            remedy=f"Give a bundle of word vectors: --input {name}=FOLDER",
        )
    model = getattr(parts.inputs[name], "model", parts.inputs[name])
    if not isinstance(model, HoldsWordVectors):
        raise UsageError(f"the input {name!r} holds no vectors of words", remedy="Train some with: wenmai embed train")
    return model


def mean(language: Language) -> Preset:
    """Every word counts the same."""
    return _tried(Mean(), language)


def tfidf(language: Language) -> Preset:
    """Words that few texts have count more."""
    return _tried(TfidfMean(), language)


def sif(language: Language) -> Preset:
    """Words count less the more frequent they are, and what all texts have in common is taken out."""
    return _tried(SmoothInverse(), language)


def centroids(language: Language) -> Preset:
    """Which clusters of words a text has words of."""
    return _tried(Centroids(), language)


def _tried(weighting: Weighting, language: Language) -> Preset:
    model = WeightedVectorsConfig(weighting=weighting)
    candidates: Sequence[WeightedVectorsConfig] = [model.but(learner=Logistic(C=value)) for value in TRIED_PENALTIES]
    return Preset(model, PipelineConfig(segment=WordSegment(language=language)), tuple(candidates))
