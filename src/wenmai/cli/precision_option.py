"""--precision: in which numbers a network answers."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from wenmai.cli.options import OUTPUT


class Precision(StrEnum):
    """In which numbers a network may answer."""

    FLOAT32 = "float32"
    BFLOAT16 = "bfloat16"
    INT8 = "int8"


PrecisionOption = Annotated[
    Precision | None,
    typer.Option(
        "--precision",
        metavar="float32|bfloat16|int8",
        help="In which numbers a network answers; smaller ones are quicker, and what is said deviates a little.",
        show_default="float32",
        rich_help_panel=OUTPUT,
    ),
]
