"""Few-shot classification: a handful of labelled texts of each class, their vectors, and one layer over them.

The same few texts teach two models: logistic regression over vectors that were learnt elsewhere, and TF-IDF with
logistic regression, which knows no word but theirs. The texts are drawn several times, since which ones they are
decides much.

- Tunstall, L., et al. (2022). Efficient few-shot learning without prompts (SetFit): 8 labelled texts a class.

Letters of the shapes: N rows, D numbers in a vector, C classes, S draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.apps.nearest import Floats
from wenmai.core.errors import DataError, UsageError
from wenmai.core.progress import SILENT, Progress
from wenmai.data.dataset import Dataset
from wenmai.models.calibration import class_logits
from wenmai.models.contract import Run
from wenmai.models.learners import Logistic, solve
from wenmai.recipe import recipe_for
from wenmai.stats.components import components
from wenmai.stats.intervals import Estimate
from wenmai.tasks.classify import Classify

VECTORS = "vectors + logistic regression"
TFIDF = "TF-IDF + logistic regression"
PENALTY = 0.03
"""How much the few texts count against the penalty, over features of variance 1 on average. Fixed, for there are no
rows left by which it could be chosen."""
METRICS = ("macro_f1", "accuracy")


@dataclass(frozen=True, slots=True)
class FewShot:
    """What a few labelled texts teach.

    Attributes:
        shots: labelled texts of each class; draws: how often they were drawn; tested: rows that were scored.
        scores: model → metric → the mean over draws, with an interval from draws and rows.
        lowest: model → the lowest macro F1 of a draw; highest: the highest.
    """

    shots: int
    draws: int
    tested: int
    scores: dict[str, dict[str, Estimate]]
    lowest: dict[str, float]
    highest: dict[str, float]


def few_shot(
    train: Dataset,
    test: Dataset,
    train_vectors: Floats,
    test_vectors: Floats,
    *,
    shots: int = 8,
    draws: int = 10,
    seed: int = 0,
    threads: int = 1,
    progress: Progress = SILENT,
) -> FewShot:
    """Draw a few labelled texts of each class, learn from them, and score on the test rows; several times.

    Args:
        train: the rows that are drawn from; test: those that are scored, one label a row.
        train_vectors: [N, D] of the texts of train; test_vectors: of test.
        shots: texts of each class; draws: how often.
        seed: decides the draws; threads: how many may compute at a time.

    Raises:
        UsageError: for several labels a row, or no shots or draws.
        DataError: when a class has fewer rows than ``shots``, or a label of test is none of train.
    """
    if shots < 1 or draws < 2:
        raise UsageError(f"{shots} shots in {draws} draws", remedy="Ask for at least 1 shot, drawn twice")
    task = Classify.of(train)
    if task.several:
        raise UsageError("rows carry several labels", where=train.name, remedy="Few-shot needs one label a row")
    targets, wanted = task.targets(train), task.targets(test)
    counts = np.bincount(targets, minlength=len(task.labels))
    if counts.min() < shots:
        label = task.labels[int(counts.argmin())]
        raise DataError(
            f"class {label!r} has {counts.min()} rows to draw {shots} from",
            where=train.name,
            remedy="Ask for fewer shots, or add rows of this class",
        )
    found: dict[str, list[dict[str, NDArray[np.float64]]]] = {VECTORS: [], TFIDF: []}
    progress.begin("few shots", draws)
    for draw in range(draws):
        rows = drawn_rows(targets, shots, seed + draw)
        said = {
            VECTORS: _by_vectors(train_vectors[rows], targets[rows], test_vectors, task, Run(seed, threads)),
            TFIDF: _by_words(train.select(rows), test, task, seed),
        }
        for name, outputs in said.items():
            found[name].append(task.contributions(outputs, wanted))
        progress.advance()
    progress.end()
    means = {name: [float(one["macro_f1"].mean()) for one in fits] for name, fits in found.items()}
    return FewShot(
        shots=shots,
        draws=draws,
        tested=len(test),
        scores={
            name: {metric: components({name: fits}, metric).estimate(name) for metric in METRICS}
            for name, fits in found.items()
        },
        lowest={name: min(values) for name, values in means.items()},
        highest={name: max(values) for name, values in means.items()},
    )


def drawn_rows(targets: NDArray[np.int64], shots: int, seed: int) -> NDArray[np.int64]:
    """Positions of so many rows of each class, drawn without repetition, in ascending order."""
    generator = np.random.default_rng(seed)
    chosen = [generator.choice(np.flatnonzero(targets == label), shots, replace=False) for label in np.unique(targets)]
    return np.sort(np.concatenate(chosen)).astype(np.int64)


def _by_vectors(
    vectors: Floats, targets: NDArray[np.int64], asked: Floats, task: Classify, run: Run
) -> NDArray[np.float64]:
    """Logits [N, C] of the asked rows, learnt from the few."""
    rows = vectors.astype(np.float64)
    centre = rows.mean(axis=0)
    spread = float(np.sqrt(rows.var(axis=0).mean())) or 1.0
    solution = solve(Logistic(C=PENALTY), (rows - centre) / spread, targets, task.head(), run)
    sums = (asked.astype(np.float64) - centre) / spread @ solution.weights.astype(np.float64) + solution.bias
    return class_logits(np.asarray(sums, np.float64), task.head())


def _by_words(train: Dataset, test: Dataset, task: Classify, seed: int) -> Any:
    """The logits of TF-IDF and logistic regression, as a comparison's rung has it, with every word of the few texts."""
    from wenmai.recipe import with_settings
    from wenmai.training import fit

    preset = "chars" if train.schema.language == "zh" else "words"
    recipe = with_settings(recipe_for(f"tfidf-lr:{preset}", train.schema.language), _FEW)
    return fit(recipe, train, task=task, seed=seed).outputs(test)


_FEW: Sequence[str] = ("model.features.min_documents=1", "model.learner.C=10")
"""With so few texts each word counts, and hardly any penalty: the strongest of its candidates."""
