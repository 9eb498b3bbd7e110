"""wenmai evaluate: what a bundle scores on labelled rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wenmai.cli.options import (
    BundleArgument,
    DataArgument,
    Delimiter,
    Encoding,
    Format,
    FormatOption,
    LabelColumn,
    LabelSeparator,
    Seed,
    Strict,
    Surplus,
    TextColumns,
    UnsureBelow,
)
from wenmai.cli.pair_options import FirstColumn, RelevanceColumn, ScoreColumn, SecondColumn
from wenmai.cli.tag_options import (
    ConvertScheme,
    FactorColumns,
    IntentColumn,
    LayoutOption,
    SchemeOption,
    TagOptions,
    TagsColumn,
    TokensColumn,
)

if TYPE_CHECKING:
    from wenmai.evaluation import Report
    from wenmai.evaluation.report import SureRows


def evaluate(
    bundle: BundleArgument,
    data: DataArgument,
    text: TextColumns = None,
    label: LabelColumn = None,
    first: FirstColumn = None,
    second: SecondColumn = None,
    score: ScoreColumn = None,
    relevance: RelevanceColumn = None,
    label_separator: LabelSeparator = None,
    tokens: TokensColumn = None,
    tags: TagsColumn = None,
    factors: FactorColumns = None,
    intent: IntentColumn = None,
    scheme: SchemeOption = None,
    convert_scheme: ConvertScheme = None,
    layout: LayoutOption = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    surplus: Surplus = False,
    strict: Strict = False,
    seed: Seed = 0,
    unsure_below: UnsureBelow = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Score a bundle on labelled rows that it was not trained on, with intervals, and time it.

    Without --text and --label, the columns the bundle was trained on are taken where the data has them. Of data in
    parts, the test part is scored. With --unsure-below, what share of the rows is sure, and right then, is told too.
    """
    from wenmai.bundle import load_bundle
    from wenmai.cli.loading import PairOptions, Source
    from wenmai.cli.output import note, write_csv, write_json
    from wenmai.evaluation import evaluate as scored_report

    loaded = load_bundle(bundle)
    source = Source(
        data,
        text,
        label,
        label_separator=label_separator,
        encoding=encoding,
        delimiter=delimiter,
        strict=strict,
        pair=PairOptions(first, second, score, relevance),
        tag=TagOptions.of(tokens, tags, scheme, convert_scheme, layout, factors, intent),
        surplus=surplus,
    )
    read = source.load_for(loaded)
    note(*read.notes)
    if read.scored_part is not None:
        note(f"The part {read.scored_part!r} is scored")
    report = scored_report(loaded, read, seed=seed, unsure_below=unsure_below)
    note(*(f"Note: {one}" for one in report.notes))
    if output is Format.JSON:
        write_json(report.model_dump(mode="json"))
    elif output is Format.CSV:
        header = ("name", "value", "low", "high")
        write_csv(header, ((name, one.value, one.low, one.high) for name, one in report.metrics.items()))
    else:
        _show(report)


def _show(report: Report) -> None:
    from wenmai.cli.board import class_columns, class_row, cost_words
    from wenmai.cli.output import Column, show, show_table
    from wenmai.cli.tag_errors import span_error_lines
    from wenmai.comparison.wording import COUNTED, KINDS, METRIC_NAMES, metric_name, score_with_interval

    order = [*METRIC_NAMES, *report.metrics]
    metrics = sorted(report.metrics, key=order.index)
    show_table(
        f"{report.member} on {report.data}, {report.rows:,} rows",
        [Column("metric"), Column("value (95% interval)", number=True)],
        [(metric_name(name), score_with_interval(name, report.metrics[name])) for name in metrics],
    )
    if report.sure is not None:
        show("", _sure_words(report.sure))
    if report.classes:
        show("")
        counted = COUNTED.get(report.metric, "rows")
        kind = KINDS.get(report.metric, "class")
        show_table(f"Each {kind}", class_columns(counted, kind), [class_row(one) for one in report.classes])
    if report.span_errors is not None:
        show("", *span_error_lines(report.span_errors, report.metric))
    _show_confusion(report)
    show("", cost_words(report.costs))


def _sure_words(sure: SureRows) -> str:
    from wenmai.comparison.wording import score_with_interval

    share = score_with_interval("accuracy", sure.share)
    if sure.accuracy is None:
        return f"No row is as sure as {sure.unsure_below:g}."
    right = score_with_interval("accuracy", sure.accuracy)
    return f"{share} of the rows are as sure as {sure.unsure_below:g} or surer; of these {right} are right."


def _show_confusion(report: Report) -> None:
    from wenmai.cli.board import CLASSES_SHOWN
    from wenmai.cli.output import Column, show, show_table

    if report.confusion is None or len(report.classes) > CLASSES_SHOWN:
        return
    labels = [one.label for one in report.classes]
    show("")
    show_table(
        "Confusion: a row a true label, a column a predicted one",
        [Column("true"), *(Column(label, number=True) for label in labels)],
        [(label, *(f"{count:,}" for count in row)) for label, row in zip(labels, report.confusion, strict=True)],
    )
