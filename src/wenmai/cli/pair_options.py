"""Options that name the columns of pairs of texts."""

from __future__ import annotations

from typing import Annotated

import typer

from wenmai.cli.options import DATA

FirstColumn = Annotated[
    str | None,
    typer.Option(
        "--first",
        metavar="COLUMN",
        help="Of pairs of texts: the column of the first.",
        show_default="detected",
        rich_help_panel=DATA,
    ),
]
SecondColumn = Annotated[
    str | None,
    typer.Option(
        "--second",
        metavar="COLUMN",
        help="Of pairs of texts: the column of the second.",
        show_default="detected",
        rich_help_panel=DATA,
    ),
]
ScoreColumn = Annotated[
    str | None,
    typer.Option(
        "--score",
        metavar="COLUMN",
        help="Of pairs of texts: the column of a number, such as how like they are, instead of a label.",
        show_default="detected",
        rich_help_panel=DATA,
    ),
]
RelevanceColumn = Annotated[
    str | None,
    typer.Option(
        "--relevance",
        metavar="COLUMN",
        help="Of questions and answers: the column that is 1 where the answer is right, else 0; answers are ranked "
        "for each question, which is --group or the first text.",
        show_default=False,
        rich_help_panel=DATA,
    ),
]
