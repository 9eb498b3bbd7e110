"""Generation: characters by the character before; the search is wenmai's, the model only steps."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from wenmai.data.dataset import Inputs
from wenmai.decoding import greedy
from wenmai.models.contract import Examples, Head, ModelConfig, Parts, Preset, Run
from wenmai.tasks.contract import Task
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment

MAX_LENGTH = 20


@dataclass(frozen=True)
class Written:
    text: str

    def to_dict(self) -> dict[str, Any]:
        return {"text": self.text}


class Generate(Task):
    kind: Literal["generate"] = "generate"
    alphabet: tuple[str, ...]
    metric: ClassVar[str] = "exact_match"

    @classmethod
    def of(cls, train):
        return cls(alphabet=tuple(sorted(set("".join(train.answers())))))

    def head(self):
        return Head("tokens", len(self.alphabet) + 1, self.alphabet)

    def targets(self, data):
        return [np.array([self.alphabet.index(letter) for letter in text]) for text in data.answers()]

    def outputs(self, model, inputs):
        return [np.array(greedy(model, text, MAX_LENGTH), np.int64) for text in inputs.text]

    def predictions(self, outputs, inputs):
        return [Written("".join(self.alphabet[number] for number in row)) for row in outputs]

    def scores(self, outputs, targets):
        pairs = zip(outputs, targets, strict=True)
        return {"exact_match": float(np.mean([np.array_equal(row, gold) for row, gold in pairs]))}


class BigramWriterConfig(ModelConfig):
    def build(self, parts: Parts):
        return BigramWriter(parts.head.size)


class BigramWriter:
    def __init__(self, size):
        self.end_id = size - 1
        self.counts = np.zeros((size, size))

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        for row in train.targets:
            line = [self.end_id, *row, self.end_id]
            for before, after in itertools.pairwise(line):
                self.counts[before, after] += 1
        return ()

    def start(self, source):
        return None

    def step(self, state, token_id):
        return self.counts[self.end_id if token_id is None else token_id], None

    def outputs(self, inputs: Inputs):
        return np.stack([self.step(self.start(text), None)[0] for text in inputs.text])

    def arrays(self):
        return {"counts": self.counts}

    def restore(self, arrays):
        self.counts = arrays["counts"]


def preset(language):
    return Preset(BigramWriterConfig(), PipelineConfig(segment=CharacterSegment()))
