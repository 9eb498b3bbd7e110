"""What corrected labels changed: the recommended recipe fitted on old and on new labels, scored on the same rows."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING

from wenmai.comparison.corrected import changes_of
from wenmai.comparison.division import Division, division_of
from wenmai.comparison.findings.correction import CorrectedRows, CorrectedScores, Correction
from wenmai.core.errors import FitError, WenmaiError
from wenmai.data.corrections import Corrections, read_corrections
from wenmai.data.dataset import Dataset
from wenmai.models.contract import Outputs
from wenmai.stats.components import components
from wenmai.training import fit

if TYPE_CHECKING:
    from wenmai.comparison.analyses import Ground
    from wenmai.comparison.rung import Rung

AFTER, BEFORE, OLD_LABELS = "after", "before", "before, on the old labels"


def correction(ground: Ground) -> Correction | None:
    """What the corrections that the study names brought; None without any, or where nothing was fitted."""
    path, rung = ground.study.corrections, ground.recommended
    if path is None or rung is None:
        return None
    ground.progress.begin("the recommended rung on the labels as they were", None)
    try:
        corrections = read_corrections(Path(path), ground.data)
        old = division_of(ground.data, seed=ground.circumstances.seed)
        rows, unused = _rows(old, corrections)
        found = Correction(file=corrections.name, rung=rung.name, rows=rows, unused=unused)
        try:
            scores, notes = _scores(ground, rung, old, old.test.select(changes_of(old.test, corrections).kept))
        except WenmaiError as error:
            return found.but(notes=(f"No scores before and after: {error}",))
        return found.but(scores=scores, notes=notes)
    finally:
        ground.progress.end()


def _rows(old: Division, corrections: Corrections) -> tuple[dict[str, CorrectedRows], int]:
    """What was changed in each part, and how many corrections found no row there."""
    parts = {"train": old.train, "dev": old.dev, "test": old.test}
    rows, used = {}, set()
    for name, part in parts.items():
        if part is None:
            continue
        changes = changes_of(part, corrections)
        rows[name] = CorrectedRows(
            relabelled=len(changes.answers), removed=len(changes.removed), confirmed=changes.confirmed
        )
        used |= {entry.key for entry in corrections.of(part).values()}
    return rows, len(corrections.entries) - len(used)


def _scores(
    ground: Ground, rung: Rung, old: Division, old_test: Dataset
) -> tuple[dict[str, CorrectedScores], tuple[str, ...]]:
    """Metric → before and after, and notes; the test rows are the same on both sides, in the same order."""
    task = rung.bundle.task
    known = ground.catalog.task(old.train.schema.kind).of(old.train)
    if known != task:
        return {}, ("No scores before and after: the corrections changed the set of labels that is learnt",)
    outputs, notes = _before(ground, rung, old, old_test)
    if not outputs:
        return {}, notes
    new_targets, old_targets = task.targets(ground.division.test), task.targets(old_test)
    found = {
        AFTER: [task.contributions(one.test_outputs, new_targets) for one in rung.fits],
        BEFORE: [task.contributions(one, new_targets) for one in outputs],
        OLD_LABELS: [task.contributions(one, old_targets) for one in outputs],
    }
    metrics = [name for name in found[AFTER][0] if all(name in one for fits in found.values() for one in fits)]
    scores = {}
    for metric in metrics:
        parts = components(found, metric)
        scores[metric] = CorrectedScores(
            before_on_old_labels=parts.estimate(OLD_LABELS),
            before=parts.estimate(BEFORE),
            after=parts.estimate(AFTER),
            difference=parts.difference(AFTER, BEFORE),
            relabelling=parts.difference(BEFORE, OLD_LABELS),
        )
    return scores, notes


def _before(ground: Ground, rung: Rung, old: Division, test: Dataset) -> tuple[list[Outputs], tuple[str, ...]]:
    """The outputs on the test rows of fits on the old labels, a seed each, as far as the budget reaches."""
    fits: list[Outputs] = []
    inputs = ground.memory().before(rung.bundle.recipe, rung.bundle.inputs)
    for one in rung.fits:
        try:
            bundle = fit(
                rung.bundle.recipe,
                old.train,
                old.dev,
                task=rung.bundle.task,
                source_fingerprint=old.source_fingerprint,
                seed=one.seed,
                threads=ground.circumstances.threads,
                budget=None if ground.deadline is None else ground.deadline - time.monotonic(),
                inputs=inputs,
                progress=ground.progress,
                catalog=ground.catalog,
            )
        except FitError:
            if ground.deadline is None or time.monotonic() < ground.deadline:
                raise
            reached = f"The budget was spent after {len(fits)} of {len(rung.fits)} fits on the old labels"
            return fits, (reached,)
        fits.append(bundle.outputs(test))
    return fits, ()
