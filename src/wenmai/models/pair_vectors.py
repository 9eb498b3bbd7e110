"""Pairs by vectors that another bundle gives: averaged word vectors, count vectors, or a sentence encoder.

Each text becomes a vector on its own, so that a text is encoded once whatever it is compared with. Either the model
learns from what the two vectors are and how they differ,

    value = W · [u, v, |u − v|, u ∘ v] + bias,

or from their cosine alone, which knows nothing of the task: whatever order it puts pairs in, it had before.

- Mou, L., et al. (2016). Natural language inference by tree-based convolution. ACL: the features.
- Conneau, A., et al. (2017). Supervised learning of universal sentence representations. EMNLP: encoders, frozen.
- Reimers, N., Gurevych, I. (2019). Sentence-BERT. EMNLP: the cosine of two encodings.

Letters of the shapes: N pairs, D numbers in a vector, F features (4D, or 1), K columns of weights (1 where two classes
share one).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import UsageError
from wenmai.core.schema import Language
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Arrays, Examples, ModelConfig, Parts, Preset, Run, Source
from wenmai.models.pair_solving import Penalty, columns_of, said_of_pairs, second_texts, solve_pairs
from wenmai.models.state import Expected, checked
from wenmai.models.texts_once import asked, distinct_texts, vectors_of
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment

Floats = NDArray[np.float64]

TRIED = (0.001, 0.01, 0.1, 1.0)
"""Smaller than for counts: there are features by the hundred, and all of them are never 0."""
COSINE_PENALTY = 100.0
"""One feature needs hardly any."""


class PairVectorsConfig(ModelConfig):
    """Whose vectors, and what is made of the two of a pair."""

    input: str = "vectors"
    """The recipe's input that gives texts their vectors."""
    features: Literal["all", "cosine"] = "all"
    """``all``: [u, v, |u − v|, u ∘ v]; ``cosine``: their cosine alone."""
    C: Penalty = 0.01
    """How much the data counts against the penalty, over features of variance 1."""

    def vector_inputs(self) -> tuple[str, ...]:
        """The input stays as it is: its vectors of a text are the same in every fit."""
        return (self.input,)

    def build(self, parts: Parts) -> PairVectors:
        """The unfitted model.

        Raises:
            UsageError: when the recipe has no such input.
        """
        if self.input not in parts.inputs:
            raise UsageError(
                f"the model compares the vectors of the input {self.input!r}, which the recipe does not have",
                remedy=f"Give a bundle that turns texts into vectors: --input {self.input}=FOLDER",
            )
        return PairVectors(self, parts, parts.inputs[self.input])


class PairVectors:
    """Features of two vectors, one matrix of weights."""

    def __init__(self, config: PairVectorsConfig, parts: Parts, source: Source) -> None:
        self.config = config
        self.head = parts.head
        self.source = source
        self.weights = np.zeros((1, 1))
        self.bias = np.zeros(1)

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Ask for the vector of every text once, solve for the weights; the dev rows are not looked at."""
        numbers = distinct_texts(train.data)
        vectors = vectors_of(self.source, list(numbers), run)
        rows = np.concatenate([self._features(batch, numbers, vectors) for batch in train.data.batches()])
        with run.stage("solve"):
            centre, spread = rows.mean(axis=0), rows.std(axis=0)
            spread[spread < 1e-9] = 1.0
            solution = solve_pairs(self.config.C, (rows - centre) / spread, train, self.head, run)
        self.weights = solution.weights.astype(np.float64) / spread[:, None]
        self.bias = solution.bias.astype(np.float64) - centre @ self.weights
        return solution.notes

    def outputs(self, inputs: Inputs) -> Floats:
        """Logits [N, C], or a number [N]."""
        numbers = {text: number for number, text in enumerate(dict.fromkeys([*inputs.text, *second_texts(inputs)]))}
        rows = self._features(inputs, numbers, asked(self.source, list(numbers)))
        # Row by row, so that no pair's sum depends on how many others there are.
        sums = np.array([row @ self.weights for row in rows]).reshape(len(inputs), -1)
        return said_of_pairs(sums + self.bias, self.head)

    def arrays(self) -> Arrays:
        """``weights`` [F, K], ``bias`` [K]."""
        return {"weights": self.weights, "bias": self.bias}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        columns = columns_of(self.head)
        features = None if self.config.features == "all" else 1
        expected: dict[str, Expected] = {
            "weights": (np.float64, (features, columns)),
            "bias": (np.float64, (columns,)),
        }
        checked(arrays, expected)
        self.weights, self.bias = arrays["weights"], arrays["bias"]

    def _features(self, inputs: Inputs, numbers: Mapping[str, int], vectors: Floats) -> Floats:
        """[N, F] of pairs; ``vectors`` [M, D] are those of the distinct texts, which ``numbers`` counts."""
        sides = (inputs.text, second_texts(inputs))
        first, second = (vectors[[numbers[text] for text in side]] for side in sides)
        if self.config.features == "cosine":
            return cosines(first, second)[:, None]
        return np.hstack([first, second, np.abs(first - second), first * second])


def cosines(first: Floats, second: Floats) -> Floats:
    """The cosine [N] of each row of two arrays [N, D]; 0 where one of the two is all zeros."""
    lengths = np.sqrt(np.einsum("nd,nd->n", first, first) * np.einsum("nd,nd->n", second, second))
    found: Floats = np.zeros(len(first))
    np.divide(np.einsum("nd,nd->n", first, second), lengths, out=found, where=lengths > 0)
    return found


def word_vectors(language: Language) -> Preset:
    """Averaged vectors of words, the input ``vectors``; how strongly to penalise is chosen on dev."""
    return _tried("vectors")


def encoder(language: Language) -> Preset:
    """Sentence vectors of an encoder, the input ``encoder``, which stays as it is."""
    return _tried("encoder")


def word_cosine(language: Language) -> Preset:
    """The cosine of averaged word vectors."""
    return Preset(PairVectorsConfig(input="vectors", features="cosine", C=COSINE_PENALTY), _PIPELINE)


def encoder_cosine(language: Language) -> Preset:
    """The cosine of an encoder's sentence vectors, which needs no training for how like two texts are."""
    return Preset(PairVectorsConfig(input="encoder", features="cosine", C=COSINE_PENALTY), _PIPELINE)


_PIPELINE = PipelineConfig(segment=CharacterSegment())
"""Not looked at: the input reads the texts in its own way."""


def _tried(name: str) -> Preset:
    model = PairVectorsConfig(input=name)
    return Preset(model, _PIPELINE, tuple(model.but(C=value) for value in TRIED))
