"""Tagging: each token gets the tag it had most often. By tags B and I it also segments text, for other pipelines."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from wenmai.data.dataset import Inputs
from wenmai.models.contract import Examples, Head, ModelConfig, Parts, Preset, Run
from wenmai.tasks.contract import Task
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment


@dataclass(frozen=True)
class Tags:
    tags: tuple[str, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"tags": list(self.tags)}


class Tag(Task):
    kind: Literal["tag"] = "tag"
    tags: tuple[str, ...]
    metric: ClassVar[str] = "accuracy"

    @classmethod
    def of(cls, train):
        return cls(tags=tuple(sorted({tag for row in train.answers() for tag in row})))

    def head(self):
        return Head("tags", len(self.tags), self.tags)

    def targets(self, data):
        return [np.array([self.tags.index(tag) for tag in row]) for row in data.answers()]

    def predictions(self, outputs, inputs):
        return [Tags(tuple(self.tags[number] for number in row.argmax(axis=1))) for row in outputs]

    def scores(self, outputs, targets):
        right = np.concatenate([row.argmax(axis=1) == gold for row, gold in zip(outputs, targets, strict=True)])
        return {"accuracy": float(right.mean())}


class FrequentTagConfig(ModelConfig):
    smoothing: float = 0.1

    def build(self, parts: Parts):
        return FrequentTag(self, parts.head)


class FrequentTag:
    def __init__(self, config, head):
        self.config, self.head = config, head
        self.rows: dict[str, int] = {}
        self.logits = np.zeros((1, head.size))

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        counts: dict[str, np.ndarray] = {}
        total = np.zeros(self.head.size)
        tokens = [token for batch in train.data.batches() for row in batch.tokens for token in row]
        for token, tag in zip(tokens, np.concatenate(train.targets), strict=True):
            counts.setdefault(token, np.zeros(self.head.size))[tag] += 1
            total[tag] += 1
        self._take(list(counts), np.log(np.array([total / total.sum(), *counts.values()]) + self.config.smoothing))
        return ()

    def outputs(self, inputs: Inputs):
        rows = inputs.tokens if inputs.tokens is not None else [list(text) for text in inputs.text]
        return [self.logits[[self.rows.get(token, 0) for token in row]] for row in rows]

    def spans(self, text):
        (logits,) = self.outputs(Inputs([text]))
        begins = logits.argmax(axis=1) == self.head.names.index("B")
        cuts = [0, *(at for at in range(1, len(text)) if begins[at]), len(text)]
        return [(start, stop) for start, stop in itertools.pairwise(cuts) if text[start:stop].strip()]

    def words(self, text):
        return [text[start:stop] for start, stop in self.spans(text)]

    def arrays(self):
        tokens = np.frombuffer("\n".join(self.rows).encode(), np.uint8)
        return {"tokens": tokens, "logits": self.logits}

    def restore(self, arrays):
        self._take(arrays["tokens"].tobytes().decode().split("\n"), arrays["logits"])

    def _take(self, tokens, logits):
        self.rows = {token: row for row, token in enumerate(tokens, 1)}
        self.logits = logits


def preset(language):
    return Preset(FrequentTagConfig(), PipelineConfig(segment=CharacterSegment()))
