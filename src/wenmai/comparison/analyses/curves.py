"""Learning curves: chosen recipes on 1/16, 1/8, 1/4, 1/2 and all of the training rows, scored on the test rows.

Nothing is chosen by them. The parts are nested and have the classes in proportion. A smaller part is drawn several
times, so that the interval of its score holds the luck of the draw besides that of the test rows.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wenmai.catalog import CATALOG
from wenmai.comparison.analyses.curve_points import Point, keep_point, kept_point
from wenmai.comparison.analyses.curve_words import sentences
from wenmai.comparison.estimates import rung_components, rung_estimates
from wenmai.comparison.findings.curves import Curve, CurvePair, CurvePoint, LearningCurves, Passing
from wenmai.comparison.rung import folder_name
from wenmai.comparison.study import AUTO
from wenmai.comparison.summary import title
from wenmai.core.config import fingerprint_json
from wenmai.core.errors import FitError, WenmaiError
from wenmai.core.version import __version__
from wenmai.data.dataset import Dataset
from wenmai.data.strata import classes_of, deal
from wenmai.stats.components import components
from wenmai.stats.learning_curve import LearningCurve, learning_curve, overtaking
from wenmai.training import fit

if TYPE_CHECKING:
    from wenmai.comparison.analyses import Ground
    from wenmai.comparison.rung import Rung
    from wenmai.comparison.vector_memory import VectorMemory

DENOMINATORS = (16, 8, 4, 2)
DRAWS = 3
"""How often each smaller part is drawn, with the comparison's seed and those that follow it."""
FEWEST_ROWS = 50
MOST_RUNGS = 3
"""How many rungs ``auto`` takes."""

Rows = NDArray[np.int64]


def learning_curves(ground: Ground) -> LearningCurves | None:
    """The curves that the study asks for; None where it asks for none, no rung is done, or the task knows no rows."""
    if not ground.study.learning_curve or not ground.done:
        return None
    task, test = ground.done[0].bundle.task, ground.division.test
    if task.metric not in task.contributions(ground.done[0].test_outputs, task.targets(test)):
        return None
    rungs, missing = _rungs(ground, task.metric)
    parts, left_out = _parts(ground.division.train, ground.circumstances.seed)
    data_key = fingerprint_json([ground.division.train.fingerprint, test.fingerprint])
    work = _Work(ground, parts, data_key, ground.memory())
    ground.progress.begin("learning curves", len(rungs) * len(parts) * DRAWS)
    points, unfinished = work.points(rungs)
    ground.progress.end()
    sizes = {denominator: len(draws[0]) for denominator, draws in parts.items()}
    curves = {rung.name: _points(ground, rung, points[rung.name], sizes, task.metric) for rung in rungs}
    found = LearningCurves(metric=task.metric, notes=(*missing, *left_out, *unfinished))
    found, laws = _fitted(ground, found, curves)
    pairs = [
        _pair(ground, (one, other), points, sizes, laws)
        for one, other in combinations([rung for rung in rungs if rung.name in laws], 2)
    ]
    found = found.but(pairs=tuple(pairs))
    return found.but(sentences=sentences(found, {rung.name: title(rung.name, ground.catalog) for rung in rungs}))


def nested_parts(train: Dataset, seed: int) -> dict[int, Rows]:
    """Denominator → positions: half of the rows, half of that half, and so on, each with the classes in proportion."""
    generator = np.random.default_rng(seed)
    classes = classes_of(train)
    rows, parts = np.arange(len(train)), {}
    for denominator in sorted(DENOMINATORS):
        own = [classes[row] for row in rows]
        rows = rows[deal(own, np.arange(len(rows)), (0.5, 0.5), generator) == 0]
        parts[denominator] = rows
    return parts


@dataclass(frozen=True, slots=True)
class _Work:
    """The fits on parts of the training rows: every rung on the smallest part first."""

    ground: Ground
    parts: Mapping[int, Sequence[Rows]]
    data_key: str
    memory: VectorMemory

    def points(self, rungs: Sequence[Rung]) -> tuple[dict[str, dict[int, list[Point]]], list[str]]:
        """Rung → denominator → its fits, and what could not be fitted."""
        found: dict[str, dict[int, list[Point]]] = {rung.name: {} for rung in rungs}
        notes: list[str] = []
        for denominator, draws in self.parts.items():
            for rung in rungs:
                fits = found[rung.name].setdefault(denominator, [])
                for draw, rows in enumerate(draws):
                    try:
                        fits.append(self.point(rung, denominator, draw, rows))
                    except WenmaiError as error:
                        if self.late:
                            left = "The budget was spent before every part was learnt from: what was done stands"
                            return found, [*notes, left]
                        named = title(rung.name, self.ground.catalog)
                        notes.append(f"{named} could not be fitted on {len(rows):,} rows: {error}")
                        break
                    self.ground.progress.advance()
        return found, notes

    @property
    def late(self) -> bool:
        deadline = self.ground.deadline
        return deadline is not None and time.monotonic() >= deadline

    def point(self, rung: Rung, denominator: int, draw: int, rows: Rows) -> Point:
        """One fit, or the same one from an earlier run of the folder."""
        seed = self.ground.circumstances.seed + draw
        name = f"{folder_name(rung.name)}-1of{denominator}-{draw}"
        # A recipe names members; only in wenmai's own catalog they are known to be the same as in an earlier run.
        folder = self.ground.folder if self.ground.catalog is CATALOG else None
        key = self.key(rung, rows, seed) if folder is not None else ""
        kept = None if folder is None else kept_point(key, name, folder)
        if kept is not None:
            return kept
        if self.late:
            raise FitError("the budget is spent")
        point = self.fitted(rung, rows, seed)
        if self.late:  # A training that the budget ended early says nothing of so many rows.
            raise FitError("the budget is spent")
        if folder is not None:
            keep_point(point, key, name, folder)
        return point

    def key(self, rung: Rung, rows: Rows, seed: int) -> str:
        """Everything that decides a point."""
        dev, threads = self.ground.division.dev, self.ground.circumstances.threads
        held = None if dev is None else dev.fingerprint
        recipe = rung.bundle.recipe.fingerprint
        return fingerprint_json([self.data_key, held, recipe, rows.tolist(), seed, threads, __version__])

    def fitted(self, rung: Rung, rows: Rows, seed: int) -> Point:
        """The rung's recipe, learnt from some of the training rows."""
        ground, bundle, test = self.ground, rung.bundle, self.ground.division.test
        began = time.monotonic()
        ground.progress.begin(f"{rung.name} on {len(rows):,} rows", None)
        try:
            with self.memory.counting() as count:
                fitted = fit(
                    bundle.recipe,
                    ground.division.train.select(rows),
                    ground.division.dev,
                    task=bundle.task,
                    seed=seed,
                    threads=ground.circumstances.threads,
                    budget=None if ground.deadline is None else ground.deadline - began,
                    inputs=self.memory.before(bundle.recipe, bundle.inputs),
                    progress=ground.progress,
                    catalog=ground.catalog,
                )
            seconds = count.on(fitted).provenance.seconds
            return Point(bundle.task.contributions(fitted.outputs(test), bundle.task.targets(test)), seconds)
        finally:
            ground.progress.end()


def _parts(train: Dataset, seed: int) -> tuple[dict[int, list[Rows]], list[str]]:
    """Denominator → its draws, the smallest part first; and what was left out."""
    drawn = [nested_parts(train, seed + draw) for draw in range(DRAWS)]
    classes = classes_of(train)
    every = {label for labels in classes for label in labels}
    parts: dict[int, list[Rows]] = {}
    notes = []
    for denominator in DENOMINATORS:
        draws = [one[denominator] for one in drawn]
        missing = {label for rows in draws for label in every - {label for row in rows for label in classes[row]}}
        about = f"1/{denominator} of the labels was left out"
        if len(draws[0]) < FEWEST_ROWS:
            notes.append(f"{about}: {len(draws[0]):,} rows are fewer than {FEWEST_ROWS}")
        elif missing:
            named = f"{sorted(missing)[0]!r}" + (f" and {len(missing) - 1} others" if len(missing) > 1 else "")
            notes.append(f"{about}: it has no row of {named}")
        else:
            parts[denominator] = draws
    return parts, notes


def _rungs(ground: Ground, metric: str) -> tuple[list[Rung], list[str]]:
    """The rungs that are asked for, and which of them are not done."""
    done = {rung.name: rung for rung in ground.done}
    if ground.study.learning_curve != (AUTO,):
        names = ground.catalog.rungs(ground.study.learning_curve, ground.division.train.schema.kind)
        missing = [f"{title(name, ground.catalog)} was not fitted" for name in names if name not in done]
        return [done[name] for name in names if name in done], missing
    sign = 1 if ground.done[0].bundle.task.larger_is_better else -1

    def on_dev(rung: Rung) -> float:
        return sign * rung_estimates(rung, ground.division, "chosen")[metric].value

    best = sorted(ground.done, key=on_dev, reverse=True)
    first = [] if ground.recommended is None else [ground.recommended]
    families: dict[str, Rung] = {}
    for rung in [*first, *best]:
        families.setdefault(rung.bundle.recipe.member, rung)
    return list(families.values())[:MOST_RUNGS], []


def _points(
    ground: Ground, rung: Rung, fits: Mapping[int, Sequence[Point]], sizes: Mapping[int, int], metric: str
) -> tuple[CurvePoint, ...]:
    """The points of a curve; the last is the rung itself, as it stands among the scores."""
    points = [
        CurvePoint(
            rows=sizes[denominator],
            draws=len(draws),
            score=components({rung.name: [one.contributions for one in draws]}, metric).estimate(rung.name),
            fit_seconds=round(float(np.mean([one.seconds for one in draws])), 3),
        )
        for denominator, draws in fits.items()
        if draws
    ]
    whole = CurvePoint(
        rows=len(ground.division.train),
        draws=len(rung.fits),
        score=rung_estimates(rung, ground.division, "test")[metric],
        fit_seconds=rung.costs.fit_seconds,
    )
    return (*points, whole)


def _fitted(
    ground: Ground, found: LearningCurves, points: Mapping[str, tuple[CurvePoint, ...]]
) -> tuple[LearningCurves, dict[str, LearningCurve]]:
    """The findings with a power law through each curve, where it has two points, and what that forecasts."""
    curves, laws = [], {}
    for name, drawn in points.items():
        if len(drawn) < 2:
            curves.append(Curve(name=name, points=drawn, doubt="there is one size only"))
            continue
        sizes, scores = [point.rows for point in drawn], [point.score for point in drawn]
        law = laws[name] = learning_curve(sizes, scores, found.metric, seed=ground.circumstances.seed)
        curves.append(Curve(name=name, points=drawn, doubled=law.gain(2.0), doubt=law.doubt))
    return found.but(curves=tuple(curves)), laws


def _pair(
    ground: Ground,
    rungs: tuple[Rung, Rung],
    points: Mapping[str, Mapping[int, Sequence[Point]]],
    sizes: Mapping[int, int],
    laws: Mapping[str, LearningCurve],
) -> CurvePair:
    """Two rungs at every size that both were measured at, and where one passes the other."""
    first, second = (rung.name for rung in rungs)
    metric = laws[first].metric
    rows, differences = [], []
    for denominator, size in sizes.items():
        fits = {name: points[name].get(denominator, ()) for name in (first, second)}
        if all(fits.values()):
            parts = components({name: [one.contributions for one in draws] for name, draws in fits.items()}, metric)
            rows.append(size)
            differences.append(parts.difference(first, second))
    whole = rung_components(rungs, ground.division, "test", metric)
    assert whole is not None, "the task has contributions to its metric"
    rows.append(len(ground.division.train))
    differences.append(whole.difference(first, second))
    found = overtaking(laws[first], laws[second])
    passing = None
    if found is not None:
        named = {"first": first, "second": second}
        passing = Passing(before=named[found.before], after=named[found.after], rows=found.rows, beyond=found.beyond)
    return CurvePair(first=first, second=second, rows=tuple(rows), differences=tuple(differences), passing=passing)
