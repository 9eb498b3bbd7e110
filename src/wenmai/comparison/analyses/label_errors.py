"""Likely label errors: the recommended recipe, cross-validated over all rows, against the labels that they have."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wenmai.comparison.division import FOLDS, Division, joined
from wenmai.comparison.findings.label_errors import SHOWN, LabelErrors, SuspectLabel, SuspectPair
from wenmai.core.errors import FitError, WenmaiError
from wenmai.core.io import write_atomic
from wenmai.data.corrections import (
    TABLE_NAMES,
    Candidate,
    Correction,
    Corrections,
    has_entries,
    read_corrections,
    table_of,
)
from wenmai.data.dataset import Dataset
from wenmai.data.sources import Sources
from wenmai.data.splits import folds
from wenmai.metrics.label_errors import Suspects, beats_frequency, suspect_cells, suspect_classes
from wenmai.models.contract import Outputs
from wenmai.tasks.classify import Classify
from wenmai.tasks.contract import concatenate
from wenmai.training import fit

if TYPE_CHECKING:
    from wenmai.comparison.analyses import Ground
    from wenmai.comparison.rung import Rung

LONGEST_TEXT = 300
"""Characters of a text that a report shows."""
PAIRS_KEPT = 100


def label_errors(ground: Ground) -> LabelErrors | None:
    """Rows whose label looks wrong, where the study asks for them; None where it does not, or without classes."""
    rung = ground.recommended
    if not ground.study.label_errors or rung is None or not isinstance(rung.bundle.task, Classify):
        return None
    whole = _Whole.of(ground.division)
    found = LabelErrors(rung=rung.name, folds=FOLDS, rows=0)
    ground.progress.begin("likely label errors", FOLDS)
    try:
        examined, outputs, notes = _out_of_fold(ground, rung, whole.data)
    except WenmaiError as error:
        return found.but(notes=(f"The labels could not be examined: {error}",))
    finally:
        ground.progress.end()
    if not len(examined):
        return found.but(notes=notes)
    task = rung.bundle.task
    targets, probabilities = task.targets(whole.data)[examined], task.probabilities(outputs)
    found = found.but(rows=len(examined))
    if not beats_frequency(targets, probabilities):
        said = (
            "The recommended rung is not right more often than the most frequent label, so what it doubts says nothing"
        )
        return found.but(notes=(*notes, said))
    suspects = (suspect_cells if task.several else suspect_classes)(targets, probabilities)
    return _finding(ground, task, found.but(notes=notes), whole, _doubts(task, examined, targets, suspects))


@dataclass(frozen=True, slots=True)
class _Whole:
    """All rows of a division as one data set, and the part of each."""

    data: Dataset
    parts: NDArray[np.str_]

    @classmethod
    def of(cls, division: Division) -> _Whole:
        given = {"train": division.train, "dev": division.dev, "test": division.test}
        parts = {name: part for name, part in given.items() if part is not None}
        data, *rest = parts.values()
        for part in rest:
            data = joined(data, part)
        return cls(data, np.repeat(list(parts), [len(part) for part in parts.values()]))


def _out_of_fold(ground: Ground, rung: Rung, data: Dataset) -> tuple[NDArray[np.int64], Any, tuple[str, ...]]:
    """Positions of rows, what fits on other rows say of them, and why these are not all, where the budget is spent."""
    positions: list[NDArray[np.int64]] = []
    outputs: list[Outputs] = []
    notes: tuple[str, ...] = ()
    inputs = ground.memory().before(rung.bundle.recipe, rung.bundle.inputs)
    for learnt, held_out in folds(data, FOLDS, seed=ground.circumstances.seed):
        try:
            bundle = fit(
                rung.bundle.recipe,
                data.select(learnt),
                task=rung.bundle.task,
                seed=ground.circumstances.seed,
                threads=ground.circumstances.threads,
                budget=None if ground.deadline is None else ground.deadline - time.monotonic(),
                inputs=inputs,
                progress=ground.progress,
                catalog=ground.catalog,
            )
        except FitError:
            if ground.deadline is None or time.monotonic() < ground.deadline:
                raise
            notes = (f"The budget was spent after {len(positions)} of {FOLDS} folds; the others were not examined",)
            break
        positions.append(held_out)
        outputs.append(bundle.outputs(data.select(held_out)))
        ground.progress.advance()
    return (np.concatenate(positions) if positions else np.empty(0, np.int64)), concatenate(outputs), notes


@dataclass(slots=True)
class _Doubt:
    """A row in doubt: its position in the whole, its labels as they are and as they would be, and how sure that is."""

    position: int
    given: tuple[str, ...]
    suggested: tuple[str, ...]
    probabilities: tuple[float, float]


def _doubts(
    task: Classify, examined: NDArray[np.int64], targets: NDArray[Any], suspects: Suspects
) -> dict[int, _Doubt]:
    """Position in the whole → its doubt, the clearest first; with several labels all doubts of a row are one."""
    doubts: dict[int, _Doubt] = {}
    for place, label, own, other in zip(
        suspects.rows.tolist(), suspects.labels.tolist(), suspects.given, suspects.suggested, strict=True
    ):
        position, name = int(examined[place]), task.labels[label]
        if not task.several:
            given = (task.labels[int(targets[place])],)
            doubts[position] = _Doubt(position, given, (name,), (float(own), float(other)))
            continue
        carried = tuple(one for one, is_one in zip(task.labels, targets[place], strict=True) if is_one)
        doubt = doubts.setdefault(position, _Doubt(position, carried, carried, (float(own), float(other))))
        kept = {*doubt.suggested} ^ {name}
        doubt.suggested = tuple(one for one in task.labels if one in kept)
    return doubts


def _finding(
    ground: Ground, task: Classify, found: LabelErrors, whole: _Whole, doubts: Mapping[int, _Doubt]
) -> LabelErrors:
    """The finding, with its table written where there is a run folder."""
    path = ground.study.corrections
    settled = Corrections("", ()) if path is None else read_corrections(Path(path), ground.data)
    before = settled.of(whole.data)
    left = [doubt for doubt in doubts.values() if doubt.position not in before]
    sources = Sources.of(ground.data)
    rows = sources.rows_of(whole.data)
    candidates = [_candidate(doubt, int(rows[doubt.position]), whole, sources) for doubt in left]
    pairs = Counter(pair for doubt in left for pair in _pairs(doubt, several=task.several))
    found = found.but(
        flagged={part: sum(one.part == part for one in candidates) for part in dict.fromkeys(whole.parts.tolist())},
        settled=len(doubts) - len(left),
        pairs=tuple(
            SuspectPair(given=given, suggested=suggested, rows=count)
            for (given, suggested), count in pairs.most_common(PAIRS_KEPT)
        ),
        shown=tuple(_shown(doubt, one) for doubt, one in zip(left[:SHOWN], candidates, strict=False)),
    )
    if ground.folder is None:
        return found
    carried = _carried(settled.entries, sources, {int(rows[at]): str(whole.parts[at]) for at in before})
    file = _write(table_of([*candidates, *carried], task.labels, several=task.several), ground.folder)
    if file is None:
        return found.but(notes=(*found.notes, f"No table was written: all up to {TABLE_NAMES[-1]} hold entries"))
    return found.but(file=file)


def _candidate(doubt: _Doubt, row: int, whole: _Whole, sources: Sources) -> Candidate:
    return Candidate(
        row=row,
        line=sources.line(row),
        part=str(whole.parts[doubt.position]),
        text=sources.text(row),
        label=doubt.given,
        suggested=doubt.suggested,
        probabilities=doubt.probabilities,
    )


def _pairs(doubt: _Doubt, *, several: bool) -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """What is doubted: a class for another; with several labels, each label that is missing or one too many."""
    if not several:
        yield doubt.given, doubt.suggested
        return
    yield from (((name,), ()) for name in doubt.given if name not in doubt.suggested)
    yield from (((), (name,)) for name in doubt.suggested if name not in doubt.given)


def _shown(doubt: _Doubt, candidate: Candidate) -> SuspectLabel:
    text = candidate.text
    return SuspectLabel(
        text=text if len(text) <= LONGEST_TEXT else text[:LONGEST_TEXT] + " …",
        part=candidate.part,
        row=candidate.row,
        line=candidate.line,
        given=doubt.given,
        suggested=doubt.suggested,
        probability_given=doubt.probabilities[0],
        probability_suggested=doubt.probabilities[1],
    )


def _carried(entries: Sequence[Correction], sources: Sources, parts: dict[int, str]) -> Iterator[Candidate]:
    """Earlier corrections, so that one table holds everything that was ever said."""
    for entry in entries:
        data, position = sources.at(entry.row)
        answer = data.select([position]).answers()[0]
        yield Candidate(
            row=entry.row,
            line=sources.line(entry.row),
            part=parts.get(entry.row, ""),
            text=sources.text(entry.row),
            label=tuple(answer) if isinstance(answer, list) else (answer,),
            corrected=entry.labels,
            settled=True,
        )


def _write(table: bytes, folder: Path) -> str | None:
    """Write the table under the first name that nobody's entries are lost by; None where there is none left."""
    for name in TABLE_NAMES:
        path = folder / name
        if not path.exists() or path.read_bytes() == table or not has_entries(path):
            write_atomic(path, table)
            return name
    return None
