"""wenmai few-shot: what a handful of labelled texts of each class teach, with vectors and without."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from wenmai.cli.corpus import VectorsOption, opened
from wenmai.cli.options import (
    TRAINING,
    DataArgument,
    Encoding,
    Format,
    FormatOption,
    LabelColumn,
    Seed,
    TestFile,
    TextColumns,
)
from wenmai.cli.precision_option import PrecisionOption

if TYPE_CHECKING:
    from wenmai.apps.few_shot import FewShot


def few_shot(
    data: DataArgument,
    vectors: VectorsOption,
    shots: Annotated[
        int,
        typer.Option(
            "--shots", metavar="NUMBER", min=1, help="Labelled texts of each class.", rich_help_panel=TRAINING
        ),
    ] = 8,
    draws: Annotated[
        int,
        typer.Option("--draws", metavar="NUMBER", min=2, help="How often they are drawn.", rich_help_panel=TRAINING),
    ] = 10,
    text: TextColumns = None,
    label: LabelColumn = None,
    encoding: Encoding = None,
    test: TestFile = None,
    seed: Seed = 0,
    precision: PrecisionOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Learn from a few labelled texts of each class, drawn several times, and score on the test rows.

    Beside the vectors, TF-IDF with logistic regression learns from the same texts. Intervals are over draws and rows.
    """
    from wenmai.apps.few_shot import few_shot as score
    from wenmai.apps.text_vectors import text_vectors
    from wenmai.cli.loading import Source
    from wenmai.cli.output import note, write_csv, write_json
    from wenmai.cli.progress import shown
    from wenmai.comparison.division import divide

    loaded = Source(data, text, label, encoding=encoding, test=test).load()
    note(*loaded.notes)
    parts = divide(loaded, seed=seed)
    note(*parts.notes)
    source = opened(vectors, precision)
    with shown() as progress:
        both = (
            text_vectors(source, [one for batch in part.batches() for one in batch.text], progress=progress)
            for part in (parts.train, parts.test)
        )
        found = score(parts.train, parts.test, *both, shots=shots, draws=draws, seed=seed, progress=progress)
    if output is Format.JSON:
        scores = {name: {key: one.model_dump() for key, one in each.items()} for name, each in found.scores.items()}
        write_json({"shots": shots, "draws": draws, "tested": found.tested, "scores": scores})
    elif output is Format.CSV:
        rows = [
            (name, metric, one.value, one.low, one.high)
            for name, each in found.scores.items()
            for metric, one in each.items()
        ]
        write_csv(("model", "metric", "value", "low", "high"), rows)
    else:
        _show(found)


def _show(found: FewShot) -> None:
    from wenmai.cli.output import Column, show_table
    from wenmai.comparison.wording import score_with_interval

    columns = [Column("model"), Column("macro F1", number=True), Column("lowest–highest draw", number=True)]
    columns.append(Column("accuracy", number=True))
    rows = [
        (
            name,
            score_with_interval("macro_f1", each["macro_f1"]),
            f"{found.lowest[name]:.1%}–{found.highest[name]:.1%}",
            score_with_interval("accuracy", each["accuracy"]),
        )
        for name, each in found.scores.items()
    ]
    title = f"{found.shots} labelled texts of each class, drawn {found.draws} times, scored on {found.tested:,} rows"
    show_table(title, columns, rows)
