"""Linear learners over sparse rows: what turns counted features into weights.

- `NaiveBayes`: multinomial, with additive smoothing (McCallum and Nigam 1998).
- `Logistic`: L2-penalised multinomial logistic regression, by a truncated Newton method (Cox 1958; Lin et al. 2008).
- `LinearSVM`: squared hinge loss, one class against the rest (Cortes and Vapnik 1995; Fan et al. 2008, LIBLINEAR).

The solvers run over `CountRows` in compiled loops; scikit-learn is the reference in the tests.
Letters of the shapes: N rows, F features, C classes or labels, K columns of weights (C, or 1 where two classes share
one).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.core.config import Config
from wenmai.core.errors import FitError
from wenmai.models.contract import ClassWeight, Head, Run

if TYPE_CHECKING:
    from wenmai.kernels.rows import CountRows

Floats = NDArray[np.float64]
Rows: TypeAlias = "CountRows | Floats"
"""Counted features, or dense ones [N, F]."""
Solved = tuple[Floats, Floats, bool]
"""Weights [F, K], bias [K], and whether the solver came to its end."""

GRADIENT = 1e-6
"""The largest component of the gradient of the mean loss at which logistic regression stops."""

VIOLATION = 1e-3
"""The largest violation of the optimality conditions at which an SVM stops: decisions then differ by about 1e-5."""

NEVER = -1e9
"""The bias of a class that no row had: below every sum of weights."""

Positive = Annotated[float, Field(gt=0)]


class NaiveBayes(Config):
    """Multinomial naive Bayes: log P(class) + Σ count · log P(feature | class)."""

    kind: Literal["naive_bayes"] = "naive_bayes"
    alpha: Positive = 1.0
    """Added to every count."""


class Logistic(Config):
    """Logistic regression: the weights that minimise C · log-loss + ½‖w‖²."""

    kind: Literal["logistic"] = "logistic"
    C: Positive = 1.0
    """How much the data counts against the penalty."""
    max_iterations: Annotated[int, Field(ge=1)] = 100
    """Newton steps."""


class LinearSVM(Config):
    """Linear support vector machine: the weights that minimise C · Σ max(0, 1 - margin)² + ½‖w‖²."""

    kind: Literal["svm"] = "svm"
    C: Positive = 1.0
    """How much the data counts against the penalty."""
    max_iterations: Annotated[int, Field(ge=1)] = 1000
    """Passes over the rows."""


Learner = Annotated[NaiveBayes | Logistic | LinearSVM, Field(discriminator="kind")]


@dataclass(frozen=True, slots=True)
class LinearSolution:
    """Weights [F, K], bias [K], and what the person should know of the fit.

    K is 1 for two classes: the column is the logit of the second class against the first.
    """

    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    notes: tuple[str, ...] = ()


def solve(
    learner: Learner,
    rows: Rows,
    targets: NDArray[Any],
    head: Head,
    run: Run,
    *,
    used: NDArray[np.bool_] | None = None,
) -> LinearSolution:
    """Find the weights.

    Args:
        rows: [N, F], dense ones for logistic regression alone; targets: [N] class numbers, or [N, C] of 0 and 1 where
            each label stands on its own.
        used: [N], the rows to learn from; all by default. Every class, or label and its absence, must be among them.
    """
    if head.kind == "classes":
        weights = _only(used, row_weights(targets, head, run.class_weight), len(targets))
        present, numbers = np.unique(targets, return_inverse=True)
        solution = _solve_classes(learner, rows, numbers, len(present), weights, run)
        return solution if len(present) == head.size else _with_absent_classes(solution, present, head.size)
    parts = []
    for label in range(head.size):
        run.check()
        answers = targets[:, label].astype(np.int64)
        weights = _only(used, label_row_weights(answers, head.names[label], run.class_weight), len(targets))
        parts.append(_solve_label(learner, rows, answers, weights, run))
    notes = tuple(dict.fromkeys(note for part in parts for note in part.notes))
    return LinearSolution(np.hstack([part.weights for part in parts]), np.hstack([part.bias for part in parts]), notes)


def _only(used: NDArray[np.bool_] | None, weights: Floats | None, rows: int) -> Floats:
    """The weights [N], ones where there are none, and 0 for rows that are not used."""
    weights = np.ones(rows) if weights is None else weights
    return weights if used is None else weights * used


def row_weights(targets: NDArray[np.int64], head: Head, class_weight: ClassWeight) -> NDArray[np.float64] | None:
    """How much each row counts [N], one class a row; None where all count the same."""
    if class_weight == "none":
        return None
    if isinstance(class_weight, Mapping):
        return np.array([class_weight.get(name, 1.0) for name in head.names])[targets]
    return _balanced(targets, head.size)


def label_row_weights(answers: NDArray[np.int64], label: str, class_weight: ClassWeight) -> NDArray[np.float64] | None:
    """How much each row counts [N] for one of several labels: a given weight is that of the rows that carry it."""
    if class_weight == "none":
        return None
    if isinstance(class_weight, Mapping):
        return np.where(answers == 1, class_weight.get(label, 1.0), 1.0)
    return _balanced(answers, 2)


def _balanced(targets: NDArray[np.int64], classes: int) -> NDArray[np.float64]:
    counts = np.bincount(targets, minlength=classes)
    per_class: NDArray[np.float64] = len(targets) / (classes * np.maximum(counts, 1))
    return per_class[targets]


def _solve_label(learner: Learner, rows: Rows, answers: NDArray[np.int64], weights: Floats, run: Run) -> LinearSolution:
    """One label against its absence; a label that all rows or none carry has only a bias."""
    if len(np.unique(answers)) == 2:
        return _solve_classes(learner, rows, answers, 2, weights, run)
    sign = 1.0 if answers[0] else -1.0
    bias = np.array([sign * np.log(len(answers) + 1)], np.float32)
    return LinearSolution(np.zeros((rows.shape[1], 1), np.float32), bias)


def _solve_classes(
    learner: Learner,
    rows: Rows,
    targets: NDArray[np.int64],
    classes: int,
    weights: Floats,
    run: Run,
) -> LinearSolution:
    if classes < 2:
        raise FitError("all rows have the same label", remedy="Give rows of at least two classes")
    match learner:
        case NaiveBayes():
            found, bias, converged = _naive_bayes(learner, _counted(rows), targets, classes, weights)
        case Logistic():
            found, bias, converged = _logistic(learner, rows, targets, classes, weights, run)
        case LinearSVM():
            found, bias, converged = _svm(learner, _counted(rows), targets, classes, weights, run)
    notes = () if converged else (f"{learner.kind} stopped at max_iterations before it had converged",)
    return LinearSolution(np.ascontiguousarray(found, np.float32), bias.astype(np.float32), notes)


def _counted(rows: Rows) -> CountRows:
    assert not isinstance(rows, np.ndarray), "of the learners only logistic regression reads dense rows"
    return rows


def _naive_bayes(
    learner: NaiveBayes, rows: CountRows, targets: NDArray[np.int64], classes: int, row_weights: Floats
) -> Solved:
    indicators = (targets[:, None] == np.arange(classes)) * row_weights[:, None]
    counts = rows.transposed_times(indicators) + learner.alpha
    weights = np.log(counts) - np.log(counts.sum(axis=0))
    bias = np.log(indicators.sum(axis=0) / row_weights.sum())
    if classes == 2:
        weights, bias = weights[:, 1:] - weights[:, :1], bias[1:] - bias[:1]
    return weights, bias, True


def _logistic(
    learner: Logistic, rows: Rows, targets: NDArray[np.int64], classes: int, row_weights: Floats, run: Run
) -> Solved:
    from wenmai.kernels.dense_logistic import DenseLogisticLoss
    from wenmai.kernels.logistic import LogisticLoss, minimize_logistic

    columns, weights = 1 if classes == 2 else classes, learner.C * row_weights
    loss: LogisticLoss | DenseLogisticLoss
    if isinstance(rows, np.ndarray):
        loss = DenseLogisticLoss(rows, targets, weights, columns)
    else:
        loss = LogisticLoss(rows, targets, weights, columns, run.threads)
    return minimize_logistic(loss, tolerance=GRADIENT, max_iterations=learner.max_iterations, check=run.check)


def _svm(
    learner: LinearSVM, rows: CountRows, targets: NDArray[np.int64], classes: int, row_weights: Floats, run: Run
) -> Solved:
    from wenmai.kernels.svm import svm_weights
    from wenmai.kernels.threads import in_threads

    def one_against_rest(number: int) -> tuple[Floats, float, bool]:
        run.check()
        return svm_weights(
            rows,
            np.where(targets == number, 1.0, -1.0),
            learner.C * row_weights,
            tolerance=VIOLATION,
            max_iterations=learner.max_iterations,
            seed=run.seed,
        )

    parts = in_threads(run.threads, one_against_rest, [1] if classes == 2 else list(range(classes)))
    weights = np.stack([part[0] for part in parts], axis=1)
    return weights, np.array([part[1] for part in parts]), all(part[2] for part in parts)


def _with_absent_classes(solution: LinearSolution, present: NDArray[np.int64], classes: int) -> LinearSolution:
    """The weights of the classes that the rows had, in their columns; the others are never said."""
    weights, bias = solution.weights, solution.bias
    if weights.shape[1] == 1:
        weights, bias = np.hstack([-weights / 2, weights / 2]), np.hstack([-bias / 2, bias / 2])
    all_weights = np.zeros((len(weights), classes), np.float32)
    all_bias = np.full(classes, NEVER, np.float32)
    all_weights[:, present], all_bias[present] = weights, bias
    return LinearSolution(all_weights, all_bias, solution.notes)
