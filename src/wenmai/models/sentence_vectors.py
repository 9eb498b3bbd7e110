"""Sentence vectors: what another bundle says of a text as a whole, and one layer over it.

    feature(text) = vector(text) / spread,    logits = W · feature + bias

- Reimers, N., Gurevych, I. (2019). Sentence-BERT. EMNLP, section 5: SentEval, logistic regression over vectors.
- Conneau, A., Kiela, D. (2018). SentEval: an evaluation toolkit for universal sentence representations. LREC.

Letters of the shapes: N texts, D numbers in a vector, C classes or labels, K columns of weights (1 where two classes
share one).
"""

from __future__ import annotations

from typing import Annotated, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.core.errors import UsageError
from wenmai.core.schema import Language
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.calibration import class_logits
from wenmai.models.contract import Arrays, Examples, Head, ModelConfig, Parts, Preset, Run, Source
from wenmai.models.learners import Logistic, solve
from wenmai.models.state import Expected, checked
from wenmai.models.texts_once import asked, distinct_texts, vectors_of
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment

Floats = NDArray[np.float64]


class SentenceVectorsConfig(ModelConfig):
    """Whose vectors, and how they are classified."""

    input: str = "encoder"
    """The recipe's input that gives a vector for each text."""
    learner: Logistic = Logistic(C=0.03)
    """Over features whose variance is 1 on average."""
    tried: tuple[Annotated[float, Field(gt=0)], ...] = (0.0003, 0.003, 0.03, 0.3)
    """The ``C`` among which the loss on the dev rows decides; without dev rows the learner's own is taken."""

    def vector_inputs(self) -> tuple[str, ...]:
        """The encoder stays as it is: its vectors of a text are the same in every fit."""
        return (self.input,)

    def build(self, parts: Parts) -> SentenceVectorsClassifier:
        """The unfitted classifier.

        Raises:
            UsageError: when the recipe has no such input.
        """
        return SentenceVectorsClassifier(self, parts)


class SentenceVectorsClassifier:
    """Vectors of texts that are taken as they are, one matrix of weights."""

    def __init__(self, config: SentenceVectorsConfig, parts: Parts) -> None:
        if config.input not in parts.inputs:
            raise UsageError(
                f"the model takes the vectors of the input {config.input!r}, which the recipe does not have",
                remedy=f"Give a Hugging Face folder of an encoder, or a bundle: --input {config.input}=FOLDER",
            )
        self.config = config
        self.head = parts.head
        self.source: Source = parts.inputs[config.input]
        self.weights = np.zeros((0, 1))
        self.bias = np.zeros(1)

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Ask for the vector of every text once, and solve for the weights; dev rows decide how they are held back."""
        rows = self._vectors_of(train.data, run)
        held_out = None if dev is None or not self.config.tried else self._vectors_of(dev.data, run)
        centre = rows.mean(axis=0)
        # One scale for all: the penalty is then the same for every direction, as likeness of vectors has it.
        spread = float(np.sqrt(rows.var(axis=0).mean())) or 1.0
        best = np.inf
        notes: tuple[str, ...] = ()
        learners = [self.config.learner.but(C=value) for value in self.config.tried]
        for learner in [self.config.learner] if held_out is None else learners:
            with run.stage("solve"):
                solution = solve(learner, (rows - centre) / spread, train.targets, self.head, run)
            weights = solution.weights.astype(np.float64) / spread
            bias = solution.bias.astype(np.float64) - centre @ weights
            loss = 0.0
            if held_out is not None and dev is not None:
                loss = _loss(class_logits(held_out @ weights + bias, self.head), dev.targets, self.head)
            if loss < best:
                best, self.weights, self.bias = loss, weights, bias
                notes = solution.notes if held_out is None else (f"C of {learner.C:g} did best on dev", *solution.notes)
        return notes

    def outputs(self, inputs: Inputs) -> Floats:
        """Logits [N, C], row by row, so that none depends on another."""
        vectors = asked(self.source, inputs.text)
        logits = np.empty((len(inputs), self.weights.shape[1]))
        for row, vector in enumerate(vectors):
            logits[row] = vector @ self.weights + self.bias
        return class_logits(logits, self.head)

    def arrays(self) -> Arrays:
        """``weights`` [D, K], ``bias`` [K]."""
        return {"weights": self.weights, "bias": self.bias}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        columns = 1 if self.head.kind == "classes" and self.head.size == 2 else self.head.size
        expected: dict[str, Expected] = {"weights": (np.float64, (None, columns)), "bias": (np.float64, (columns,))}
        checked(arrays, expected)
        self.weights, self.bias = arrays["weights"], arrays["bias"]

    def _vectors_of(self, data: Dataset, run: Run) -> Floats:
        """All rows' vectors [N, D]."""
        numbers = distinct_texts(data)
        vectors = vectors_of(self.source, list(numbers), run)
        rows: Floats = vectors[[numbers[text] for batch in data.batches() for text in batch.text]]
        return rows


def _loss(logits: Floats, targets: NDArray[Any], head: Head) -> float:
    """The mean log-loss of logits [N, C]."""
    if head.kind == "labels":
        return float(np.logaddexp(0, np.where(targets > 0, -logits, logits)).mean())
    largest = logits.max(axis=1, keepdims=True)
    totals = largest[:, 0] + np.log(np.exp(logits - largest).sum(axis=1))
    return float((totals - logits[np.arange(len(logits)), targets]).mean())


def logistic(language: Language) -> Preset:
    """Logistic regression over the vectors; how strongly it is held back is decided on dev."""
    return Preset(SentenceVectorsConfig(), PipelineConfig(clean=CleanConfig.none(), segment=CharacterSegment()))
