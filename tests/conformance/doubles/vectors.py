"""Unlabelled text and bundles as inputs: vectors learnt from a corpus, and a classifier that builds on them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np

from wenmai.data.dataset import Inputs
from wenmai.models.contract import Examples, Head, ModelConfig, Parts, Preset, Run
from wenmai.tasks.contract import Task
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment
from wenmai.text.vocabulary import VocabularyConfig


@dataclass(frozen=True)
class Vector:
    vector: tuple[float, ...]

    def to_dict(self) -> dict[str, Any]:
        return {"vector": list(self.vector)}


class Embed(Task):
    kind: Literal["embed"] = "embed"
    metric: ClassVar[str] = "mean_norm"

    @classmethod
    def of(cls, train):
        return cls()

    def head(self):
        return Head("vectors", 0)

    def targets(self, data):
        return None

    def predictions(self, outputs, inputs):
        return [Vector(tuple(row)) for row in outputs.tolist()]

    def scores(self, outputs, targets):
        return {"mean_norm": float(np.linalg.norm(outputs, axis=1).mean())}


class WordVectorsConfig(ModelConfig):
    width: int = 4

    def build(self, parts: Parts):
        return WordVectors(self, parts.pipeline)


class WordVectors:
    def __init__(self, config, pipeline):
        self.config, self.pipeline = config, pipeline
        self.table = np.zeros((len(pipeline.vocabulary), config.width))

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        rows = np.concatenate([self._counts(batch) for batch in train.data.batches()])
        _, sizes, directions = np.linalg.svd(rows, full_matrices=False)
        self.table = (directions.T * sizes)[:, : self.config.width]
        return ()

    def outputs(self, inputs: Inputs):
        return self._counts(inputs) @ self.table

    def _counts(self, inputs):
        rows = np.zeros((len(inputs), len(self.pipeline.vocabulary)))
        for row, words in enumerate(self.pipeline.words(inputs.text)):
            np.add.at(rows[row], self.pipeline.vocabulary.ids(words), 1)
        return rows

    def arrays(self):
        return {"table": np.ascontiguousarray(self.table)}

    def restore(self, arrays):
        self.table = arrays["table"]


class NearestCentroidConfig(ModelConfig):
    source: str = "vectors"

    def build(self, parts: Parts):
        return NearestCentroid(parts.inputs[self.source], parts.head)


class NearestCentroid:
    def __init__(self, source, head):
        self.source, self.head = source, head
        self.centroids = np.zeros((head.size, 0))

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        vectors = np.concatenate([self.source.outputs(batch) for batch in train.data.batches()])
        self.centroids = np.stack([vectors[train.targets == number].mean(axis=0) for number in range(self.head.size)])
        return ()

    def outputs(self, inputs: Inputs):
        vectors = self.source.outputs(inputs)
        return -np.linalg.norm(vectors[:, None] - self.centroids[None], axis=2)

    def arrays(self):
        return {"centroids": self.centroids}

    def restore(self, arrays):
        self.centroids = arrays["centroids"]


def preset(language):
    pipeline = PipelineConfig(segment=CharacterSegment(), vocabulary=VocabularyConfig())
    return Preset(WordVectorsConfig(), pipeline)


def centroid_preset(language):
    return Preset(NearestCentroidConfig(), PipelineConfig(segment=CharacterSegment()))
