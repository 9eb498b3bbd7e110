"""What a model may be able to do besides what all models do, and what its fit may begin with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from wenmai.batches.token_rows import Reading
    from wenmai.blocks.inference import InferencePrecision
    from wenmai.data.dataset import Inputs
    from wenmai.models.contract import Model, ModelConfig
    from wenmai.text.pipeline import Pipeline


@dataclass(frozen=True, slots=True)
class Attribution:
    """How much each piece of one text spoke for an output.

    Attributes:
        spans: (start, end) of the pieces in characters of the original text.
        weights: [len(spans)], in units of the logit: positive speaks for the output, negative against it.
    """

    spans: Sequence[tuple[int, int]]
    weights: NDArray[np.float64]


@runtime_checkable
class Explains(Protocol):
    """A model that can say which pieces of a text decided."""

    def attribute(self, text: str, output: int) -> Attribution:
        """How much each piece of the text spoke for the output with that index."""


@runtime_checkable
class ShowsFeatures(Protocol):
    """A model that can say what it looks for."""

    def top_features(self, output: int, count: int) -> list[tuple[str, float]]:
        """The features that speak most for an output, with their weights, strongest first."""


@runtime_checkable
class FindsPaths(Protocol):
    """A tagger that can leave out how sure it is, and is quicker for it."""

    def paths(self, inputs: Inputs) -> list[NDArray[np.int32]]:
        """The number of each token's tag on the best path, [T] a row."""


@runtime_checkable
class ReadsFactors(Protocol):
    """A tagger that may read further columns of each token."""

    @property
    def factors(self) -> tuple[str, ...]:
        """The names of those that it learnt from; empty where the data named none."""


@runtime_checkable
class Prepares(Protocol):
    """A model that can answer in smaller numbers, and so quicker."""

    def prepared(self, precision: InferencePrecision) -> Model:
        """The same model with the same state, which answers in this precision."""


@runtime_checkable
class CountsReading(Protocol):
    """A model that counts how much it read of the texts it was given."""

    reading: Reading


@runtime_checkable
class Stacked(Protocol):
    """A module made of blocks, one on top of the other."""

    def blocks(self) -> list[tuple[str, ...]]:
        """How the names of each block's parameters begin, the lowest block first."""


@dataclass(frozen=True, slots=True)
class Beginning:
    """What a fit starts from.

    Attributes:
        config: the model's, with everything written down that the inputs decided.
        pipeline: how the texts are read, as what is taken over reads them.
    """

    config: ModelConfig
    pipeline: Pipeline
