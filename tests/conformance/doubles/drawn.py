"""A model whose weights are drawn: another seed is another model."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from wenmai.models.contract import Examples, ModelConfig, Parts, Preset, Run
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment

CHARACTERS = 512


class DrawnProjectionConfig(ModelConfig):
    random: ClassVar[bool] = True
    width: int = 6

    def build(self, parts: Parts):
        return DrawnProjection(self, parts.head)


class DrawnProjection:
    """Counts of characters through a drawn matrix, then the nearest mean of a class."""

    def __init__(self, config, head):
        self.head = head
        self.projection = np.zeros((CHARACTERS, config.width))
        self.centroids = np.zeros((head.size, config.width))

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        self.projection = np.random.default_rng(run.seed).normal(size=self.projection.shape)
        vectors = np.concatenate([self._vectors(batch) for batch in train.data.batches()])
        self.centroids = np.stack([vectors[train.targets == number].mean(axis=0) for number in range(self.head.size)])
        return ()

    def outputs(self, inputs):
        return -np.square(self._vectors(inputs)[:, None] - self.centroids[None]).sum(axis=2)

    def _vectors(self, inputs):
        counts = np.zeros((len(inputs), CHARACTERS))
        for row, text in enumerate(inputs.text):
            np.add.at(counts[row], [ord(character) % CHARACTERS for character in text], 1.0)
        return counts @ self.projection

    def arrays(self):
        return {"projection": self.projection, "centroids": self.centroids}

    def restore(self, arrays):
        self.projection, self.centroids = arrays["projection"], arrays["centroids"]


def preset(language):
    return Preset(DrawnProjectionConfig(), PipelineConfig(segment=CharacterSegment()))
