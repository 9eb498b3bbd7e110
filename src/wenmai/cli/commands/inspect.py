"""wenmai inspect: what a data set is made of, and what is wrong with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from wenmai.cli.options import (
    DataArgument,
    Delimiter,
    DevFile,
    Encoding,
    Format,
    FormatOption,
    GroupColumn,
    LabelColumn,
    LabelSeparator,
    LanguageOption,
    Strict,
    Surplus,
    TestFile,
    TextColumns,
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
    from wenmai.data.health import Health, ScoreRange

CLASSES_SHOWN = 40


def inspect(
    data: DataArgument,
    text: TextColumns = None,
    label: LabelColumn = None,
    first: FirstColumn = None,
    second: SecondColumn = None,
    score: ScoreColumn = None,
    relevance: RelevanceColumn = None,
    tokens: TokensColumn = None,
    tags: TagsColumn = None,
    factors: FactorColumns = None,
    intent: IntentColumn = None,
    scheme: SchemeOption = None,
    convert_scheme: ConvertScheme = None,
    layout: LayoutOption = None,
    group: GroupColumn = None,
    label_separator: LabelSeparator = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    surplus: Surplus = False,
    language: LanguageOption = None,
    strict: Strict = False,
    dev: DevFile = None,
    test: TestFile = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Show what was detected and the data's health: classes, lengths, duplicates, leaks between parts, damage."""
    from wenmai.cli.loading import PairOptions, Source
    from wenmai.cli.output import write_csv, write_json
    from wenmai.data.health import inspect as examine

    options = (text, label, group, label_separator, encoding, delimiter, language, strict, dev, test)
    source = Source(
        data,
        *options,
        pair=PairOptions(first, second, score, relevance),
        surplus=surplus,
        tag=TagOptions.of(tokens, tags, scheme, convert_scheme, layout, factors, intent),
    )
    loaded = source.load()
    health = examine(loaded)
    if output is Format.JSON:
        write_json({**health.model_dump(mode="json"), "detected": list(loaded.notes)})
    elif output is Format.CSV:
        write_csv(("class", "rows", "share"), ((name, one.rows, one.share) for name, one in health.classes.items()))
    else:
        _show(health, loaded.notes)


def _show(health: Health, notes: tuple[str, ...]) -> None:
    from wenmai.cli.output import Column, show, show_table

    show_table("Detected", [Column("", wrap=True)], [(one,) for one in notes])
    show("")
    show_table(f"Health of {health.name}", [Column(""), Column("", wrap=True)], _ledger(health))
    if health.classes:
        show("")
        shown = list(health.classes.items())[:CLASSES_SHOWN]
        more = len(health.classes) - len(shown)
        show_table(
            f"{len(health.classes):,} classes",
            [Column("class"), Column("rows", number=True), Column("share", number=True)],
            [(name, f"{one.rows:,}", f"{one.share:.1%}") for name, one in shown],
        )
        if more:
            show(f"and {more:,} smaller ones: --format csv lists all")
    if health.warnings:
        show("")
        show_table("What to look at", [Column("", wrap=True)], [(one,) for one in health.warnings])


def _range(scores: ScoreRange) -> str:
    return f"{scores.min:g} to {scores.max:g}, mean {scores.mean:.4g}"


def _ledger(health: Health) -> list[tuple[str, str]]:
    lengths, repeats = health.lengths, health.repeats
    rows = [
        ("rows", f"{health.rows:,}"),
        *((f"rows of {part}", f"{count:,}") for part, count in health.parts.items() if len(health.parts) > 1),
        ("columns", ", ".join(health.columns)),
        ("language", health.language),
        (
            "characters a text",
            f"{lengths.min:,} to {lengths.max:,}, median {lengths.p50:,}, 95% within {lengths.p95:,}",
        ),
        *([] if health.scores is None else [("scores", _range(health.scores))]),
        (f"different {health.unit}s", f"{repeats.distinct:,}"),
        (f"rows that repeat a {health.unit}", f"{repeats.repeated:,}"),
        (f"nearly the same {health.unit}s", "not sought" if repeats.near is None else f"{repeats.near:,} pairs"),
        (f"{health.unit}s under two labels", f"{repeats.conflicting:,}"),
        *(("  for example", example) for example in repeats.conflicting_examples),
        ("rows without text", f"{health.empty_rows:,}"),
        ("characters lost to decoding", f"{health.lost_characters:,}"),
    ]
    rows += [
        (f"{health.unit}s in both {pair.replace(', ', ' and ')}", f"{count:,}")
        for pair, count in health.crossing.items()
    ]
    rows += [(f"pieces of {part} not in train", f"{share:.1%}") for part, share in health.out_of_vocabulary.items()]
    rows += [(f"rows cut by {model}", f"{share:.1%}") for model, share in health.truncation.items()]
    return rows
