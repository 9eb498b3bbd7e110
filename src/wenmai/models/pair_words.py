"""TF-IDF of pairs and a linear model: which words the two texts share, and which stand in one of them alone.

Every n-gram is counted three times: as often as both texts have it, as the first has it beyond that, and as the second
does. A pair is one row of 3F weighted counts of unit length,

    value = Σ_t  shared(t) · w(t, both) + first(t) · w(t, first alone) + second(t) · w(t, second alone) + bias

so that a "not" in one text alone, or a name that both have, can speak by itself.

- Salton, G., Buckley, C. (1988). Term-weighting approaches in automatic text retrieval. IP&M 24(5).
- MacCartney, B. (2009). Natural language inference (thesis): features of words that match and words that do not.

Letters of the shapes: N pairs, F n-grams, K columns of weights (1 where two classes share one).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.core.errors import BundleError
from wenmai.core.schema import Language
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Arrays, Examples, ModelConfig, Parts, Preset, Run
from wenmai.models.features import CountConfig, CountFeatures, Order
from wenmai.models.pair_solving import (
    TRIED_PENALTIES,
    Penalty,
    both_sides,
    columns_of,
    said_of_pairs,
    second_texts,
    solve_pairs,
)
from wenmai.models.state import Expected, checked
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment, WordSegment

if TYPE_CHECKING:
    from wenmai.kernels.rows import CountRows

Cells = NDArray[np.int64]
Counts = NDArray[np.int64]

PLACES = ("in both", "in the first alone", "in the second alone")
MOST_COUNTED = 255
"""An n-gram that a text has more often counts so often."""


class PairWordsConfig(ModelConfig):
    """What is counted, and how strongly weights are held back."""

    ngrams: tuple[Order, Order] = (1, 1)
    """The shortest and the longest n-gram, in pieces of the pipeline's segmentation."""
    min_documents: Annotated[int, Field(ge=1)] = 2
    """An n-gram that fewer texts contain is left out; what one text alone has may be a person's name or number."""
    C: Penalty = 1.0
    """How much the data counts against the penalty."""

    def build(self, parts: Parts) -> PairWords:
        """The unfitted model."""
        return PairWords(self, parts)


class PairWords:
    """Counted n-grams of both texts, one matrix of weights."""

    def __init__(self, config: PairWordsConfig, parts: Parts) -> None:
        self.config = config
        self.head = parts.head
        counted = CountConfig(ngrams=config.ngrams, min_documents=config.min_documents)
        self.features = CountFeatures(counted, parts.pipeline)
        self.weights = np.zeros((0, 1), np.float32)
        self.bias = np.zeros(1, np.float32)

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Count the training texts and solve for the weights; the dev rows are not looked at."""
        rows = self._rows(self.features.fit(both_sides(train.data), run))
        with run.stage("solve"):
            solution = solve_pairs(self.config.C, rows, train, self.head, run)
        self.weights, self.bias = solution.weights, solution.bias
        return solution.notes

    def outputs(self, inputs: Inputs) -> NDArray[np.float64]:
        """Logits [N, C], or a number [N]."""
        n, width = len(inputs), len(self.features.keys)
        found = self.features.occurrences([*inputs.text, *second_texts(inputs)])
        at, counts = np.unique(found.rows * width + found.columns, return_counts=True)
        split = int(np.searchsorted(at, n * width))
        cells, times = pair_cells(at[:split], counts[:split], at[split:] - n * width, counts[split:], width)
        rows, columns = np.divmod(cells, max(3 * width, 1))
        values = times * self.features.weights[columns % max(width, 1)].astype(np.float64)
        lengths = np.sqrt(np.bincount(rows, values * values, n))
        values = values / lengths[rows]
        sums = np.empty((n, self.weights.shape[1]))
        for column in range(self.weights.shape[1]):
            sums[:, column] = np.bincount(rows, values * self.weights[columns, column], n)
        return said_of_pairs(sums + self.bias, self.head)

    def top_features(self, output: int, count: int) -> list[tuple[str, float]]:
        """The n-grams, and where they stand, that speak most for a class, against the mean of the others."""
        weights = self.weights.astype(np.float64)
        if weights.shape[1] == 1:
            spoken = weights[:, 0] if output == 1 or self.head.kind != "classes" else -weights[:, 0]
        else:
            spoken = weights[:, output] - (weights.sum(axis=1) - weights[:, output]) / (weights.shape[1] - 1)
        best = np.argsort(-spoken, kind="stable")[: min(count, len(spoken))]
        width = len(self.features.keys)
        return [
            (f"{self.features.name(int(column) % width)} ({PLACES[int(column) // width]})", float(spoken[column]))
            for column in best
        ]

    def arrays(self) -> Arrays:
        """``weights`` [3F, K], ``bias`` [K], and the arrays of the features."""
        return {"weights": self.weights, "bias": self.bias, **self.features.arrays()}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        columns = columns_of(self.head)
        expected: dict[str, Expected] = {
            "weights": (np.float32, (None, columns)),
            "bias": (np.float32, (columns,)),
            "keys": (np.uint64, (None,)),
            "feature_weights": (np.float32, (None,)),
            "words": (np.uint8, (None,)),
        }
        self.features.restore(checked(arrays, expected))
        self.weights, self.bias = arrays["weights"], arrays["bias"]
        if len(self.weights) != 3 * len(self.features.keys):
            raise BundleError(f"there are weights for {len(self.weights)} of {3 * len(self.features.keys)} features")

    def _rows(self, single: CountRows) -> CountRows:
        """The rows of 2N texts, first ones before second ones, as the rows of N pairs."""
        from wenmai.kernels.rows import CountRows

        n, width = len(single) // 2, len(single.weights)
        each = np.repeat(np.arange(2 * n), np.diff(single.pointers))
        at, counts = each * width + single.columns, single.counts.astype(np.int64)
        split = int(single.pointers[n])
        cells, times = pair_cells(at[:split], counts[:split], at[split:] - n * width, counts[split:], width)
        rows, columns = np.divmod(cells, 3 * width)
        pointers = np.concatenate([[0], np.bincount(rows, minlength=n).cumsum()]).astype(np.int64)
        weights = np.tile(single.weights, 3)
        return CountRows.weighted(
            pointers, columns.astype(np.int32), times.astype(np.uint8), weights, sublinear=False, normalize=True
        )


def pair_cells(
    first: Cells, first_counts: Counts, second: Cells, second_counts: Counts, width: int
) -> tuple[Cells, Counts]:
    """The counts of pairs from the counts of their two sides.

    Args:
        first: [Z] ``row · width + column`` of the n-grams of first texts, ascending; first_counts: [Z].
        second: [Y], second_counts: [Y]: the same of second texts.
        width: how many n-grams there are.

    Returns:
        ``row · 3·width + place · width + column``, ascending, and how often: in both texts, in the first beyond that,
        in the second beyond that.
    """
    cells = np.union1d(first, second)
    ours, theirs = np.zeros(len(cells), np.int64), np.zeros(len(cells), np.int64)
    ours[np.searchsorted(cells, first)] = np.minimum(first_counts, MOST_COUNTED)
    theirs[np.searchsorted(cells, second)] = np.minimum(second_counts, MOST_COUNTED)
    rows, columns = np.divmod(cells, max(width, 1))
    both = np.minimum(ours, theirs)
    counts = np.concatenate([both, ours - both, theirs - both])
    places = np.concatenate([(3 * rows + place) * width + columns for place in range(3)])
    order = np.argsort(places, kind="stable")
    order = order[counts[order] > 0]
    return places[order], counts[order]


def words(language: Language) -> Preset:
    """Words that two texts at least have; how strongly to penalise is chosen on dev."""
    return _tried(PairWordsConfig(), PipelineConfig(segment=WordSegment(language=language)))


def characters(language: Language) -> Preset:
    """One to three characters; how strongly to penalise is chosen on dev."""
    return _tried(PairWordsConfig(ngrams=(1, 3)), PipelineConfig(segment=CharacterSegment()))


def _tried(model: PairWordsConfig, pipeline: PipelineConfig) -> Preset:
    return Preset(model, pipeline, tuple(model.but(C=value) for value in TRIED_PENALTIES))
