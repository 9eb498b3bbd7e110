"""The majority class: what a model that reads nothing would score.

Every comparison starts here: a rung that is not clearly above it has learnt nothing from the text.
Letters of the shapes: N texts, C classes or labels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import BundleError
from wenmai.core.schema import Language
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Arrays, Examples, Head, ModelConfig, Parts, Preset, Run
from wenmai.models.learners import row_weights
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment


class MajorityConfig(ModelConfig):
    """Nothing to set."""

    def build(self, parts: Parts) -> MajorityClassifier:
        """The unfitted classifier."""
        return MajorityClassifier(parts.head)


class MajorityClassifier:
    """Says how frequent each class was, whatever the text."""

    def __init__(self, head: Head) -> None:
        self.head = head
        self.logits = np.zeros(head.size, np.float64)

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Count the classes, one added to each."""
        targets = train.targets
        if self.head.kind == "classes":
            weights = row_weights(targets, self.head, run.class_weight)
            counts = np.bincount(targets, weights, self.head.size) + 1
            self.logits = np.log(counts / counts.sum())
        else:
            present = targets.sum(axis=0) + 1.0
            self.logits = np.log(present) - np.log(len(targets) + 2 - present)
        return ()

    def outputs(self, inputs: Inputs) -> NDArray[np.float64]:
        """Logits [N, C], the same for every text."""
        return np.tile(self.logits, (len(inputs), 1))

    def arrays(self) -> Arrays:
        """``logits`` [C]."""
        return {"logits": self.logits}

    def restore(self, arrays: Arrays) -> None:
        """Take the array that `arrays` gave."""
        if set(arrays) != {"logits"} or arrays["logits"].shape != (self.head.size,):
            raise BundleError(f"the weights are not the {self.head.size} logits of a majority class")
        self.logits = arrays["logits"]


def majority(language: Language) -> Preset:
    """The majority class."""
    return Preset(MajorityConfig(), PipelineConfig(segment=CharacterSegment()))
