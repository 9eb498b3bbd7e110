"""Spans: the answer is the stretch of context, of the usual length, that follows what the question repeats."""

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
class Answer:
    start: int
    text: str

    def to_dict(self) -> dict[str, Any]:
        return {"start": self.start, "text": self.text}


class Span(Task):
    kind: Literal["span"] = "span"
    metric: ClassVar[str] = "exact_match"

    @classmethod
    def of(cls, train):
        return cls()

    def head(self):
        return Head("spans", 2)

    def targets(self, data):
        first = [answers[0] for answers in data.answers()]
        return np.array([(answer["start"], answer["start"] + len(answer["text"])) for answer in first])

    def predictions(self, outputs, inputs):
        ends = [(int(row[:, 0].argmax()), int(row[:, 1].argmax())) for row in outputs]
        return [Answer(start, text[start:end]) for (start, end), text in zip(ends, inputs.text, strict=True)]

    def scores(self, outputs, targets):
        found = np.array([(row[:, 0].argmax(), row[:, 1].argmax()) for row in outputs])
        return {"exact_match": float((found == targets).all(axis=1).mean())}


class OverlapSpanConfig(ModelConfig):
    def build(self, parts: Parts):
        return OverlapSpan()


class OverlapSpan:
    def __init__(self):
        self.length = np.ones(1, np.int64)

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        self.length = np.array([np.median(train.targets[:, 1] - train.targets[:, 0])], np.int64)
        return ()

    def outputs(self, inputs: Inputs):
        return [self._logits(text, ask) for text, ask in zip(inputs.text, inputs.second, strict=True)]

    def _logits(self, context, question):
        logits = np.zeros((len(context) + 1, 2))
        size = next(size for size in range(len(question), -1, -1) if question[:size] in context)
        start = context.index(question[:size]) + size
        logits[start, 0] = logits[min(start + int(self.length[0]), len(context)), 1] = 1
        return logits

    def arrays(self):
        return {"length": self.length}

    def restore(self, arrays):
        self.length = arrays["length"]


def preset(language):
    return Preset(OverlapSpanConfig(), PipelineConfig(segment=CharacterSegment()))
