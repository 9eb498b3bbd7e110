"""wenmai embed quantize: a model of fastText as a small file of the official program."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wenmai.cli.options import Format, FormatOption, LabelColumn, Seed, TextColumns
from wenmai.core.errors import UsageError

if TYPE_CHECKING:
    from wenmai.apps.model_quantisation import Quantised


def quantize(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="MODEL", help="A bundle of fasttext, or a supervised .bin or .ftz file.", show_default=False
        ),
    ],
    target: Annotated[Path, typer.Argument(metavar="OUT", help="The .ftz file to write.", show_default=False)],
    cutoff: Annotated[
        int | None,
        typer.Option(
            "--cutoff",
            metavar="ROWS",
            min=1,
            help="Keep so many rows of words and hashed runs, those of the greatest lengths.",
            show_default="all",
        ),
    ] = None,
    dsub: Annotated[
        int, typer.Option("--dsub", metavar="NUMBERS", min=1, help="How many numbers of a row share one byte.")
    ] = 2,
    qnorm: Annotated[bool, typer.Option("--qnorm", help="Give the lengths of rows a byte of their own.")] = False,
    qout: Annotated[
        bool, typer.Option("--qout", help="Quantise the rows of labels too; for thousands of labels.")
    ] = False,
    data: Annotated[
        str | None,
        typer.Option(
            "--data",
            metavar="DATA",
            help="Labelled rows on which both are scored, such as a test file.",
            show_default=False,
        ),
    ] = None,
    text: TextColumns = None,
    label: LabelColumn = None,
    seed: Seed = 0,
    output: FormatOption = Format.TABLE,
) -> None:
    """Make a model of fastText small by product quantisation; the official program loads the file.

    The settings are the official program's. Nothing is learnt anew (its -retrain). With --data, what it costs is shown.
    The same seed gives the same file.
    """
    from wenmai.apps.model_quantisation import load_classifier, quantise
    from wenmai.cli.loading import Source
    from wenmai.cli.output import note
    from wenmai.cli.progress import shown
    from wenmai.interop.fasttext_quantising import FastTextQuantisation

    if data is None and (text or label):
        raise UsageError(
            "--text and --label are about --data, and there is none", remedy="Add --data, or leave them out"
        )
    bundle = load_classifier(source)
    read = None
    if data is not None:
        read = Source(data, text, label).load_for(bundle)
        note(*(f"{one}." for one in read.notes))
    settings = FastTextQuantisation(cutoff=cutoff, dsub=dsub, qnorm=qnorm, qout=qout)
    with shown() as progress:
        found = quantise(bundle, source, target, settings, data=read, seed=seed, progress=progress)
    _tell(found, output)
    note(*(f"{one}." for one in found.notes), f"Written to {target}")


def _tell(found: Quantised, output: Format) -> None:
    from wenmai.cli.output import Column, show_table, write_csv, write_json
    from wenmai.comparison.wording import METRIC_NAMES, metric_name, score_with_interval

    before: dict[str, Any] = {"bytes": found.before, "rows": found.rows_before}
    after: dict[str, Any] = {"bytes": found.after, "rows": found.rows_after}
    if found.scores_before is None or found.scores_after is None:
        metrics = []
    else:
        order = [*METRIC_NAMES, *found.scores_before.metrics]
        metrics = sorted(found.scores_before.metrics, key=order.index)
    if output is not Format.TABLE:
        for told, report in ((before, found.scores_before), (after, found.scores_after)):
            told |= {name: report.metrics[name].value for name in metrics if report is not None}
        if output is Format.JSON:
            write_json({"before": before, "after": after, "notes": list(found.notes)})
        else:
            write_csv(("", *before), (["before", *before.values()], ["after", *after.values()]))
        return
    rows = [
        ("bytes", f"{found.before:,}", f"{found.after:,}"),
        ("rows", f"{found.rows_before:,}", f"{found.rows_after:,}"),
    ]
    if found.scores_before is not None and found.scores_after is not None:
        one, other = found.scores_before.metrics, found.scores_after.metrics
        rows += [
            (metric_name(name), score_with_interval(name, one[name]), score_with_interval(name, other[name]))
            for name in metrics
        ]
    title = f"{found.before / found.after:,.1f} times smaller" if found.after < found.before else "Not smaller"
    show_table(title, [Column(""), Column("before", number=True), Column("after", number=True)], rows)
