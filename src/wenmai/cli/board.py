"""A comparison as it ends on the terminal: the table, the recommendation, and what to do next."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

from wenmai.cli.output import Column, show, show_table, show_whole
from wenmai.comparison.environment import repeated_command
from wenmai.comparison.wording import (
    CORRELATIONS,
    interval,
    metric_name,
    milliseconds,
    plural,
    score,
    score_with_interval,
    seconds,
    size,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wenmai.comparison.results import Results, RungResult
    from wenmai.evaluation.costs import Costs
    from wenmai.evaluation.report import ClassScores
    from wenmai.stats.intervals import Estimate

CLASSES_SHOWN = 20
_SECOND = ("accuracy", "intent_accuracy", "exact_match", "micro_f1", "pearson", "mrr")
"""The metric shown beside the one by which choices are made: the first that there is."""
RECOMMENDED, TIED, OTHER = "★", "=", " "
SAMPLE_TEXT = {"zh": "屏幕很好，电池不行", "en": "the screen is good, the battery is not"}
SAMPLE_SENTENCE = {"zh": "小明去年从上海搬到北京", "en": "Ann moved from Paris to New York last year"}
"""For taggers, whose texts have names, words and parts of speech rather than an opinion."""
OWN_ROWS = "new-rows"


def show_board(results: Results) -> None:
    """The rungs in a table, in the order of the ladder, and those that failed with their errors."""
    metric = results.protocol.metric
    where = "dev" if results.protocol.choice == "dev" else "cv"
    known = {name for rung in results.scored for name in rung.test}
    second = next((name for name in _SECOND if name in known and name != metric), metric)
    columns = [
        Column("rung"),
        Column(_stacked(metric, where), number=True),
        Column(f"{_with_unit(metric)}\non test", number=True),
        Column(f"{_with_unit(second)}\non test", number=True),
        Column("fit\ns", number=True),
        Column("p50\nms", number=True),
        Column("size", number=True),
    ]
    title = f"{results.data.name}: {', '.join(f'{rows:,} {part}' for part, rows in results.data.rows.items())} rows"
    show_table(title, columns, [_row(results, rung, metric, second) for rung in results.scored])
    if results.done:
        show(f"{RECOMMENDED} recommended   {TIED} may be as good as the best   (95% intervals)")
    for rung in results.failed:
        show(f"{rung.name} failed: {rung.error}")


def show_advice(results: Results) -> None:
    """The recommendation's sentence, what every reader should know, and what duplicates would have pretended."""
    if results.recommendation is None:
        return
    show("", results.recommendation.sentence)
    rung = results.rung(results.recommendation.name)
    metric = results.protocol.metric
    pretended = (rung.with_duplicates or {}).get(metric)
    if pretended is not None and pretended.low > rung.test[metric].high:
        seemed = score_with_interval(metric, pretended)
        show(f"With the duplicates left in, its {metric_name(metric)} would have seemed to be {seemed}.")


def show_next(results: Results, folder: Path, rows: str | None, *, by_file: bool = False) -> None:
    """Where the report is, and the commands to predict with, evaluate and keep the winner.

    Args:
        results: the comparison; folder: its run folder.
        rows: labelled rows that nothing was learnt from, where there are some.
        by_file: whether the winner reads more of a text than the text itself, which a file alone can give.
    """
    show_whole("", f"Report: {folder / 'report.html'}")
    if results.recommendation is None:
        return
    rung = results.rung(results.recommendation.name)
    if rung.bundle is None:
        return
    place = shlex.quote(str(folder / rung.bundle))
    tags = results.data.task == "tag"
    samples = SAMPLE_SENTENCE if tags else SAMPLE_TEXT
    text = shlex.quote(samples.get(results.data.language, samples["zh"]))
    own_rows = OWN_ROWS + (_ending(results.data.name) if tags else ".csv")
    if by_file:
        text = f"--file {own_rows}"
    if results.data.task == "pair":
        text = f"{text} {text}"
    kept = shlex.quote(f"{results.data.name.split('.')[0]}-model")
    own = " on labelled rows of your own" if rows is None else ""
    show_whole(
        "",
        f"Predict, evaluate{own}, keep:",
        f"  wenmai predict {place} {text}",
        f"  wenmai evaluate {place} {shlex.quote(rows or own_rows)}",
        f"  cp -r {place} {kept} && wenmai verify {kept}",
    )


def _ending(name: str) -> str:
    """How the files of a person's tagged text end, which may be arranged in several ways."""
    return Path(name.removesuffix(".gz")).suffix or ".conll"


def show_label_errors(results: Results, folder: Path) -> None:
    """Where the likely label errors are, and the command that learns from the corrected ones."""
    found = results.findings.label_errors
    if found is None:
        return
    if not found.total:
        show("", *(f"{note}." for note in found.notes or ("No label looks wrong",)))
        return
    show("", f"{plural(found.total, 'label looks', 'labels look')} wrong; they are candidates, not errors.")
    if found.file is not None:
        table = folder / found.file
        show_whole(
            f"Write what is right into the column 'corrected' of {table}, then:",
            f"  {repeated_command(results.command, ('--corrections', str(table)))}",
        )


def board_csv(results: Results) -> tuple[Sequence[str], list[list[object]]]:
    """Header and rows of ``--format csv``, a row a rung."""
    metrics = list(dict.fromkeys(name for rung in results.scored for name in rung.test))
    scores = [f"{name}{end}" for name in metrics for end in ("", "_low", "_high")]
    header = ["rung", "status", "recommended", "tied", f"dev_{results.protocol.metric}", *scores]
    header += [
        "fit_seconds",
        "latency_ms_p50",
        "latency_ms_p95",
        "texts_per_second",
        "bytes_on_disk",
        "bundle",
        "error",
    ]
    return header, [_csv_row(results, rung, metrics) for rung in results.rungs]


def class_columns(counted: str = "rows", kind: str = "class") -> list[Column]:
    """The heads of a table of classes, of which so many things are counted."""
    numbers = ("F1 %", "precision %", "recall %", counted, "predicted")
    return [Column(kind), *(Column(name, number=True) for name in numbers)]


def class_row(one: ClassScores) -> tuple[str, ...]:
    """One class of that table."""
    scores = (_percent("f1", one.f1), _percent("precision", one.precision), _percent("recall", one.recall))
    return (one.label, *scores, f"{one.support:,}", f"{one.predicted:,}")


def cost_words(costs: Costs) -> str:
    """What a bundle costs, in a sentence."""
    stored = "" if costs.bytes_on_disk is None else f", {size(costs.bytes_on_disk)} on disk"
    return (
        f"One text takes {milliseconds(costs.latency_ms_p50)} (p50) to {milliseconds(costs.latency_ms_p95)} (p95); "
        f"{costs.texts_per_second:,.0f} texts/s in batches; fitted in {seconds(costs.fit_seconds)}{stored}."
    )


def _row(results: Results, rung: RungResult, metric: str, second: str) -> tuple[str, ...]:
    chosen = rung.dev.get(metric)
    costs = rung.costs
    return (
        f"{_mark(results, rung)} {rung.name}",
        "–" if chosen is None else score(metric, chosen.value).rstrip("%"),
        _percent(metric, rung.test.get(metric)),
        _percent(second, rung.test.get(second)),
        "–" if costs is None else f"{costs.fit_seconds:.1f}",
        "–" if costs is None else f"{costs.latency_ms_p50:.2f}",
        "–" if costs is None or costs.bytes_on_disk is None else size(costs.bytes_on_disk),
    )


def _csv_row(results: Results, rung: RungResult, metrics: Sequence[str]) -> list[object]:
    recommendation, costs = results.recommendation, rung.costs
    chosen = rung.dev.get(results.protocol.metric)
    row: list[object] = [
        rung.name,
        rung.status,
        recommendation is not None and rung.name == recommendation.name,
        recommendation is not None and rung.name in recommendation.tied,
        None if chosen is None else chosen.value,
    ]
    for metric in metrics:
        found = rung.test.get(metric)
        row += [None, None, None] if found is None else [found.value, found.low, found.high]
    if costs is None:
        row += [None] * 5
    else:
        row += [costs.fit_seconds, costs.latency_ms_p50, costs.latency_ms_p95, costs.texts_per_second]
        row.append(costs.bytes_on_disk)
    return [*row, rung.bundle, rung.error]


def _mark(results: Results, rung: RungResult) -> str:
    recommendation = results.recommendation
    if recommendation is None:
        return OTHER
    if rung.name == recommendation.name:
        return RECOMMENDED
    return TIED if rung.name in recommendation.tied else OTHER


def _percent(metric: str, estimate: Estimate | None) -> str:
    """``91.2 (90.5–91.9)``: the head of the column has the sign."""
    return "–" if estimate is None else f"{score(metric, estimate.value).rstrip('%')} ({interval(metric, estimate)})"


def _with_unit(metric: str) -> str:
    """A metric's name, with the sign of what stands below it."""
    return metric_name(metric) if metric in CORRELATIONS else f"{metric_name(metric)} %"


def _stacked(metric: str, where: str) -> str:
    """A narrow head: a word a line."""
    return "\n".join([*metric_name(metric).split(), where])
