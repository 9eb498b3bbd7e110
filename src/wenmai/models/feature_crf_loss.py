"""The loss of a CRF over counted features, its gradient, and the way down.

Letters of the shapes: S tokens, N rows, M templates, F features, P weights of features, K tags.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wenmai.core.tags import TagRules
from wenmai.models import tagging
from wenmai.models.contract import Run

if TYPE_CHECKING:
    from wenmai.kernels.crf import Chain

Floats = NDArray[np.float64]
Offsets = NDArray[np.int64]

BLOCK = 20_000
"""Tokens whose messages are held at a time."""
HISTORY = 6
"""Steps that limited-memory BFGS remembers."""
CURVATURE = 0.1
"""How curved the loss is taken to be for a weight, per square root of how often its feature and tag were seen."""
WINDOW = 10
"""So many steps must together lower the loss by a share of `PROGRESS`, or the fit is done."""
PROGRESS = 1e-3


@dataclass(frozen=True, slots=True)
class FeatureWeights:
    """Which weights the tokens' features have.

    Attributes:
        features: [S, M], numbers of features, negative where there is none.
        pointers: [F + 1], feature f has the weights ``pointers[f]:pointers[f + 1]``; tags: [P], whose they are.
    """

    features: NDArray[np.int32]
    pointers: NDArray[np.int64]
    tags: NDArray[np.int16]

    def by_use(self) -> tuple[FeatureWeights, NDArray[np.int64]]:
        """The same weights in the order in which a pass over the tokens first needs them, and their places here [P].

        Most features are rare. A pass then walks along the weights instead of jumping to each of them in main memory.
        """
        from wenmai.kernels.token_scores import order_of_use

        order = order_of_use(self.features, len(self.pointers) - 1)
        renumbered = np.empty(len(order) + 1, np.int32)
        renumbered[order], renumbered[-1] = np.arange(len(order)), -1  # -1 stands for no feature
        sizes = np.diff(self.pointers)[order]
        pointers = np.concatenate([[0], np.cumsum(sizes)])
        places = np.repeat(self.pointers[:-1][order] - pointers[:-1], sizes) + np.arange(pointers[-1])
        return FeatureWeights(renumbered[self.features], pointers, self.tags[places]), places


class SequenceLoss:
    """The penalised loss of the training rows and its gradient, at weights [P] and transitions [K, K] in one vector."""

    def __init__(
        self,
        weights: FeatureWeights,
        offsets: Offsets,
        tags: NDArray[np.int64],
        rules: TagRules,
        penalty: float,
        run: Run,
    ) -> None:
        self.layout, self.offsets, self.tags, self.rules = weights, offsets, tags, rules
        self.penalty, self.run, self.count = penalty, run, len(rules.starts)
        self.size = len(weights.tags) + self.count**2
        self.parts = list(self._parts(run.threads))

    def __call__(self, parameters: Floats) -> tuple[float, Floats]:
        """The loss and its gradient."""
        from wenmai.kernels.threads import in_threads

        self.run.check()
        weights, transitions = self._parted(parameters)
        chain = tagging.legal_chain(self.rules, transitions)
        found = in_threads(self.run.threads, lambda blocks: self._of(blocks, weights, chain), self.parts)
        penalty = self.penalty
        gradient = penalty * parameters
        for _, part in found:
            gradient += part
        return sum(loss for loss, _ in found) + 0.5 * penalty * float(parameters @ parameters), gradient

    def _parted(self, parameters: Floats) -> tuple[Floats, Floats]:
        size = self.count
        return parameters[: -(size**2)], parameters[-(size**2) :].reshape(size, size)

    def _of(self, blocks: list[tuple[int, int]], weights: Floats, chain: Chain) -> tuple[float, Floats]:
        """The loss of some blocks of rows and its gradient, without the penalty."""
        from wenmai.kernels.crf import expectations, forward, path_counts, path_scores
        from wenmai.kernels.token_scores import add_gradient, add_scores

        layout, loss, gradient = self.layout, 0.0, np.zeros(self.size)
        into, pairs = self._parted(gradient)
        for first, last in blocks:
            begin, stop = int(self.offsets[first]), int(self.offsets[last])
            offsets, tags = self.offsets[first : last + 1] - begin, self.tags[begin:stop]
            scores = np.zeros((stop - begin, self.count))
            add_scores(layout.features, layout.pointers, layout.tags, weights, begin, stop, scores)
            passed = forward(scores, offsets, chain)
            found = expectations(passed)
            loss += float((passed.log_totals - path_scores(scores, offsets, tags, chain)).sum())
            pairs += found.pairwise - path_counts(offsets, tags, self.count, np.ones(last - first)).pairwise
            found.unary[np.arange(len(tags)), tags] -= 1
            add_gradient(layout.features, layout.pointers, layout.tags, found.unary, begin, stop, into)
        return loss, gradient

    def _parts(self, threads: int) -> Iterator[list[tuple[int, int]]]:
        """Blocks of rows, as many tokens for each thread."""
        edges = np.searchsorted(self.offsets, np.linspace(0, self.offsets[-1], threads + 1)[1:-1]).tolist()
        ends = [0, *edges, len(self.offsets) - 1]
        for first, last in itertools.pairwise(ends):
            blocks, start = [], first
            while start < last:
                stop = int(np.searchsorted(self.offsets, self.offsets[start] + BLOCK, side="right")) - 1
                stop = min(max(stop, start + 1), last)
                blocks.append((start, stop))
                start = stop
            if blocks:
                yield blocks


def fitted(
    layout: FeatureWeights,
    seen: NDArray[np.int64],
    rows: tuple[Offsets, NDArray[np.int64]],
    rules: TagRules,
    settings: tuple[float, int],
    run: Run,
) -> tuple[Floats, Floats, tuple[str, ...]]:
    """The weights [P] and transitions [K, K] at which the loss hardly falls any more, and what is to be noted.

    Args:
        seen: [P], how often each feature was seen with each tag.
        rows: where each row begins [N + 1], and the tags [S]; rules: of these.
        settings: the penalty, and how many steps there may be.
    """
    from wenmai.kernels.crf import path_counts

    (offsets, tags), (penalty, most), count = rows, settings, len(rules.starts)
    used, places = layout.by_use()
    loss = SequenceLoss(used, offsets, tags, rules, penalty, run)
    pairs = path_counts(offsets, tags, count, np.ones(len(offsets) - 1)).pairwise
    counts = np.concatenate([seen[places], pairs.ravel()])
    found, note = walk_down(loss, penalty + CURVATURE * np.sqrt(counts), most, run)
    weights = np.empty(len(places))
    weights[places] = found[: len(places)]
    return weights, found[len(places) :].reshape(count, count), note


def walk_down(loss: SequenceLoss, curvatures: Floats, max_iterations: int, run: Run) -> tuple[Floats, tuple[str, ...]]:
    """The parameters at which the loss hardly falls any more.

    Limited-memory BFGS knows nothing of how differently curved the loss is for frequent and for rare features before
    it has walked a while. Parameters are therefore measured in units in which their curvatures are alike.

    Args:
        curvatures: of each parameter, roughly; all above 0.
    """
    from scipy.optimize import OptimizeResult, minimize

    units = 1 / np.sqrt(curvatures)
    values: list[float] = []

    def of_units(parameters: Floats) -> tuple[float, Floats]:
        value, gradient = loss(units * parameters)
        gradient *= units
        return value, gradient

    def step(intermediate_result: OptimizeResult) -> None:
        value = float(intermediate_result.fun)
        values.append(value)
        run.progress.advance(1)
        run.progress.say(f"loss {value:,.0f} after {len(values)} steps")
        if len(values) > WINDOW and values[-1 - WINDOW] - value <= PROGRESS * value:
            raise StopIteration

    with run.stage("weigh features", max_iterations):
        found = minimize(
            of_units,
            np.zeros(loss.size),
            jac=True,
            method="L-BFGS-B",
            callback=step,
            options={"maxiter": max_iterations, "maxcor": HISTORY, "maxfun": 2 * max_iterations + 20},
        )
    done = len(values) < max_iterations
    note = () if done else ("the weights were still improving when max_iterations was reached",)
    return units * found.x, note
