"""The majority class, or the mean number: what a model that reads nothing would score.

Every comparison starts here: a rung that is not clearly above it has learnt nothing from the text.
Letters of the shapes: N texts or pairs of texts, C classes or labels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wenmai.core.schema import Language
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Arrays, Examples, Head, ModelConfig, Parts, Preset, Run
from wenmai.models.learners import label_row_weights, row_weights
from wenmai.models.state import checked
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment


class MajorityConfig(ModelConfig):
    """Nothing to set."""

    def build(self, parts: Parts) -> MajorityClassifier:
        """The unfitted classifier."""
        return MajorityClassifier(parts.head)


class MajorityClassifier:
    """Says how frequent each class was, or what the numbers were on average, whatever the text."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.logits = np.zeros(head.size, np.float64)

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Count the classes, one added to each; of numbers, take the mean."""
        targets = train.targets
        if self.head.kind == "value":
            self.logits = np.array([np.mean(targets)])
        elif self.head.kind == "ranks":
            right = int(targets[:, 0].sum())
            self.logits = np.array([np.log(right + 1) - np.log(len(targets) - right + 1)])
        elif self.head.kind == "classes":
            weights = row_weights(targets, self.head, run.class_weight)
            counts = np.bincount(targets, weights, self.head.size) + 1
            self.logits = np.log(counts / counts.sum())
        else:
            self.logits = np.array([self._log_odds(targets[:, at], at, run) for at in range(self.head.size)])
        return ()

    def _log_odds(self, carried: NDArray[np.int8], label: int, run: Run) -> np.float64:
        """How much more rows carry a label than do not, one added to each."""
        answers = carried.astype(np.int64)
        counts = np.bincount(answers, label_row_weights(answers, self.head.names[label], run.class_weight), 2) + 1
        return np.float64(np.log(counts[1]) - np.log(counts[0]))

    def outputs(self, inputs: Inputs) -> NDArray[np.float64]:
        """Logits [N, C], the same for every text; of a number [N]."""
        if self.head.kind in ("value", "ranks"):
            return np.full(len(inputs), self.logits[0])
        return np.tile(self.logits, (len(inputs), 1))

    def arrays(self) -> Arrays:
        """``logits`` [C]."""
        return {"logits": self.logits}

    def restore(self, arrays: Arrays) -> None:
        """Take the array that `arrays` gave."""
        self.logits = checked(arrays, {"logits": (np.float64, (self.head.size,))})["logits"]


def majority(language: Language) -> Preset:
    """The majority class."""
    return Preset(MajorityConfig(), PipelineConfig(segment=CharacterSegment()))
