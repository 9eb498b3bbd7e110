"""What the simple models of pairs share: features in, weights for whatever the task asks for out.

Classes and the likely right answer are learnt by logistic regression, a number by ridge regression (Hoerl and Kennard
1970): the weights that minimise C · ½ Σ error² + ½‖w‖², the numbers brought to unit variance so that C means the same.

Letters of the shapes: N pairs, F features, C classes, K columns of weights (1 where two classes share one).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.core.errors import UsageError
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.calibration import class_logits
from wenmai.models.contract import Examples, Head, Run
from wenmai.models.learners import LinearSolution, Logistic, solve

if TYPE_CHECKING:
    from wenmai.kernels.rows import CountRows

Floats = NDArray[np.float64]

TRIED_PENALTIES = (0.01, 0.1, 1.0, 10.0)
Penalty = Annotated[float, Field(gt=0)]

RESIDUAL = 1e-8
"""The share of the right-hand side that conjugate gradients leave."""
MOST_STEPS = 1000

_RIGHT = Head("classes", 2, ("wrong", "right"))


def columns_of(head: Head) -> int:
    """How many columns of weights a head needs."""
    return 1 if head.kind in ("value", "ranks") or head.size == 2 else head.size


def solve_pairs(cost: float, rows: CountRows | Floats, train: Examples, head: Head, run: Run) -> LinearSolution:
    """The weights for a head.

    Args:
        cost: C, how much the data counts against the penalty.
        rows: [N, F]; train: the same rows with their targets.
        head: ``classes``, ``value`` or ``ranks``.
    """
    if head.kind == "value":
        return _ridge(cost, rows, np.asarray(train.targets, np.float64), run)
    if head.kind == "ranks":
        return solve(Logistic(C=cost), rows, train.targets[:, 0], _RIGHT, replace(run, class_weight="none"))
    return solve(Logistic(C=cost), rows, train.targets, head, run)


def said_of_pairs(sums: Floats, head: Head) -> Floats:
    """Sums [N, K] as outputs: logits [N, C], or a number [N]."""
    return sums[:, 0] if head.kind in ("value", "ranks") else class_logits(sums, head)


def second_texts(inputs: Inputs) -> list[str]:
    """The second text of each row.

    Raises:
        UsageError: when the rows are single texts.
    """
    if inputs.second is None:
        raise UsageError(
            "this model reads pairs of texts, and was given single ones",
            remedy="Give two after each other, or a table with --file; in Python: wenmai.Inputs(first, second)",
        )
    return list(inputs.second)


def both_sides(data: Dataset) -> Dataset:
    """The texts of pairs as single ones: all first texts, then all second ones."""
    import pyarrow as pa

    from wenmai.core.schema import EmbedColumns, Schema

    first: list[str] = []
    second: list[str] = []
    for batch in data.batches():
        first += batch.text
        second += second_texts(batch)
    table = pa.table({"text": pa.array(first + second, pa.string())})
    return Dataset(table, Schema(columns=EmbedColumns(), language=data.schema.language), data.name)


def _ridge(cost: float, rows: CountRows | Floats, targets: Floats, run: Run) -> LinearSolution:
    """Ridge regression by conjugate gradients on the normal equations; features and numbers are centred on the way."""
    count = len(targets)
    middle = float(targets.mean())
    spread = float(targets.std()) or 1.0
    wanted = (targets - middle) / spread
    means = _transposed(rows, np.full(count, 1 / count))

    def applied(weights: Floats) -> Floats:
        """(I + C · Xᵀ X) w with centred X."""
        errors = _product(rows, weights) - means @ weights
        found: Floats = weights + cost * (_transposed(rows, errors) - means * errors.sum())
        return found

    right = cost * _transposed(rows, wanted)
    weights, residual = np.zeros(len(means)), right.copy()
    direction, square = residual.copy(), float(residual @ residual)
    enough = RESIDUAL**2 * square
    steps = 0
    while square > enough and steps < MOST_STEPS:
        run.check()
        moved = applied(direction)
        length = square / float(direction @ moved)
        weights += length * direction
        residual -= length * moved
        before, square = square, float(residual @ residual)
        direction = residual + square / before * direction
        steps += 1
    notes = () if square <= enough else (f"ridge regression stopped after {MOST_STEPS} steps before it had converged",)
    weights *= spread
    bias = middle - float(means @ weights)
    return LinearSolution(weights[:, None].astype(np.float32), np.array([bias], np.float32), notes)


def _product(rows: CountRows | Floats, weights: Floats) -> Floats:
    if isinstance(rows, np.ndarray):
        dense: Floats = rows @ weights
        return dense
    return rows.times(weights[:, None])[:, 0]


def _transposed(rows: CountRows | Floats, values: Floats) -> Floats:
    if isinstance(rows, np.ndarray):
        dense: Floats = rows.T @ values
        return dense
    return rows.transposed_times(values[:, None])[:, 0]
