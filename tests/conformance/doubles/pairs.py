"""Pairs: the share of words in common, cut where it separates best."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from wenmai.data.dataset import Inputs
from wenmai.models.contract import Examples, Head, ModelConfig, Parts, Preset, Run
from wenmai.tasks.contract import Task
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment


@dataclass(frozen=True)
class PairLabel:
    label: str

    def to_dict(self) -> dict[str, Any]:
        return {"label": self.label}


class Pair(Task):
    kind: Literal["pair"] = "pair"
    labels: tuple[str, ...]
    metric: ClassVar[str] = "accuracy"

    @classmethod
    def of(cls, train):
        return cls(labels=tuple(sorted(set(train.answers()))))

    def head(self):
        return Head("classes", len(self.labels), self.labels)

    def targets(self, data):
        return np.array([self.labels.index(label) for label in data.answers()])

    def predictions(self, outputs, inputs):
        return [PairLabel(self.labels[number]) for number in outputs.argmax(axis=1)]

    def scores(self, outputs, targets):
        return {"accuracy": float((outputs.argmax(axis=1) == targets).mean())}


class WordOverlapConfig(ModelConfig):
    steepness: float = 10.0

    def build(self, parts: Parts):
        return WordOverlap(self, parts)


class WordOverlap:
    def __init__(self, config, parts):
        self.config, self.pipeline = config, parts.pipeline
        self.cut = np.zeros(1)

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        overlap = np.concatenate([self._overlap(batch) for batch in train.data.batches()])
        grid = np.linspace(0, 1, 51)
        self.cut = grid[[np.argmax([((overlap > cut) == train.targets).mean() for cut in grid])]]
        return ()

    def outputs(self, inputs: Inputs):
        logit = self.config.steepness * (self._overlap(inputs) - self.cut)
        return np.stack([-logit, logit], axis=1)

    def _overlap(self, inputs):
        pairs = zip(self.pipeline.words(inputs.text), self.pipeline.words(inputs.second), strict=True)
        return np.array([len({*a} & {*b}) / max(len({*a} | {*b}), 1) for a, b in pairs])

    def arrays(self):
        return {"cut": self.cut}

    def restore(self, arrays):
        self.cut = arrays["cut"]


def preset(language):
    return Preset(WordOverlapConfig(), PipelineConfig(segment=CharacterSegment()))
