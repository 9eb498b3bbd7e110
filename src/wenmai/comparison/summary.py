"""From what a rung left behind to its row in the results."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.catalog import Catalog
from wenmai.comparison.division import Division
from wenmai.comparison.estimates import rung_estimates, seed_scores
from wenmai.comparison.results import ConfidentError, Confusion, DecidingSpan, Feature, RungResult
from wenmai.comparison.rung import Rung
from wenmai.core.errors import WenmaiError
from wenmai.evaluation.report import class_scores, confusion_counts
from wenmai.tasks.classify import Classify

ERRORS_SHOWN = 20
FEATURES_SHOWN = 15
LONGEST_TEXT = 1000
"""Characters of a text that a report shows."""


def rung_result(rung: Rung, division: Division, catalog: Catalog) -> RungResult:
    """The row of a rung that is done."""
    bundle, head = rung.bundle, rung.bundle.task.head()
    counts = confusion_counts(bundle, rung.test_outputs, bundle.task.targets(division.test))
    features = {name: bundle.top_features(output, FEATURES_SHOWN) for output, name in enumerate(head.names)}
    return RungResult(
        name=rung.name,
        title=title(rung.name, catalog),
        recipe_fingerprint=bundle.recipe.fingerprint,
        candidates=rung.candidates,
        dev=rung_estimates(rung, division, "chosen"),
        test=rung_estimates(rung, division, "test"),
        seeds=seed_scores(rung, division),
        per_class=class_scores(bundle, rung.tested),
        confusion=None if counts is None else Confusion(labels=head.names, counts=counts),
        costs=rung.costs,
        bundle=None if rung.path is None else f"bundles/{rung.path.name}",
        top_features={
            name: tuple(Feature(text=text, weight=weight) for text, weight in pairs)
            for name, pairs in features.items()
            if pairs
        },
        notes=(*bundle.provenance.notes, *rung.notes),
    )


def failed_result(name: str, error: WenmaiError, catalog: Catalog) -> RungResult:
    """The row of a rung that could not be fitted."""
    return RungResult(name=name, title=title(name, catalog), status="failed", error=str(error))


def title(name: str, catalog: Catalog) -> str:
    """How a rung is written in a table."""
    entry, preset = catalog.rung(name)
    return entry.title if len(entry.presets) == 1 else f"{entry.title}, {preset}"


def cut_share(rung: Rung, division: Division) -> float:
    """The share of the test rows of which the rung reads only a part; 0 for a pipeline that cuts nothing."""
    pipeline = rung.bundle.pipeline
    if pipeline.config.max_pieces is None:
        return 0.0
    rows = [
        row for batch in division.test.batches() for row in zip(batch.text, batch.second or batch.text, strict=True)
    ]
    cut = sum(any(pipeline.encode(text).truncated > 0 for text in dict.fromkeys(row)) for row in rows)
    return cut / len(rows)


def confident_errors(rung: Rung, division: Division) -> tuple[ConfidentError, ...]:
    """The test rows that a classifier got wrong while surest of itself, with the words that decided."""
    task = rung.bundle.task
    if not isinstance(task, Classify):
        return ()
    probabilities = task.probabilities(rung.test_outputs)
    targets = task.targets(division.test)
    decided = task.decided(probabilities)
    said = decided if task.several else _one_hot(decided, len(task.labels))
    gold = targets == 1 if task.several else _one_hot(targets, len(task.labels))
    wrong = np.flatnonzero((said != gold).any(axis=1))
    # How sure it was of what it said; where it gave no label, of the likeliest.
    sure = np.where(said | ~said.any(axis=1, keepdims=True), probabilities, -1.0)
    surest = wrong[np.argsort(-sure[wrong].max(axis=1), kind="stable")[:ERRORS_SHOWN]]
    return tuple(_confident_error(rung, division, row, gold[row], said[row], sure[row]) for row in surest)


def _confident_error(
    rung: Rung,
    division: Division,
    row: int,
    gold: NDArray[np.bool_],
    said: NDArray[np.bool_],
    sure: NDArray[np.float64],
) -> ConfidentError:
    names = rung.bundle.task.head().names
    inputs = division.test.inputs(row, row + 1)
    text = inputs.text[0]
    output = int(sure.argmax())
    spans: tuple[DecidingSpan, ...] = ()
    if rung.bundle.explains and inputs.second is None:
        found = rung.bundle.explain(text, output)
        spans = tuple(
            DecidingSpan(start=start, end=end, weight=float(weight))
            for (start, end), weight in zip(found.spans, found.weights, strict=True)
            if end <= LONGEST_TEXT and weight != 0
        )
    lines, rows = division.test.lines, division.test.rows
    at = row if rows is None else int(rows[row])
    return ConfidentError(
        text=text[:LONGEST_TEXT],
        second=None if inputs.second is None else inputs.second[0][:LONGEST_TEXT],
        gold=tuple(name for name, is_one in zip(names, gold, strict=True) if is_one),
        predicted=tuple(name for name, is_one in zip(names, said, strict=True) if is_one),
        probability=float(sure[output]),
        spans=spans,
        line=None if lines is None else int(lines[at]),
    )


def _one_hot(numbers: NDArray[Any], classes: int) -> NDArray[np.bool_]:
    one_hot: NDArray[np.bool_] = numbers[:, None] == np.arange(classes)
    return one_hot
