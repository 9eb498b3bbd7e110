"""Options about tagged text."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from wenmai.cli.options import DATA, OUTPUT


class SchemeChoice(StrEnum):
    """How tags stand for spans."""

    IOB1 = "iob1"
    IOB2 = "iob2"
    BIOES = "bioes"
    BMES = "bmes"
    BILOU = "bilou"
    PLAIN = "plain"


class LayoutChoice(StrEnum):
    """How tagged text is arranged."""

    COLUMNS = "columns"
    SPANS = "spans"
    WORDS = "words"
    TAGGED_WORDS = "tagged-words"
    PARALLEL = "parallel"


_SCHEMES = "|".join(SchemeChoice)

TokensColumn = Annotated[
    str | None,
    typer.Option(
        "--tokens",
        metavar="COLUMN",
        help="Of tagged text: the column of the tokens, by name or by number from 1.",
        show_default="detected",
        rich_help_panel=DATA,
    ),
]
TagsColumn = Annotated[
    str | None,
    typer.Option(
        "--tags",
        metavar="COLUMN",
        help="Of tagged text: the column of the tags, by name or number; of word/tag text tags, entities or words.",
        show_default="detected",
        rich_help_panel=DATA,
    ),
]
FactorColumns = Annotated[
    str | None,
    typer.Option(
        "--factors",
        metavar="COLUMN,...",
        help="Of tagged text: further columns that say something of each token, such as its part of speech, by name or "
        "number; models that read such columns learn from them, and need them to predict.",
        show_default=False,
        rich_help_panel=DATA,
    ),
]
IntentColumn = Annotated[
    str | None,
    typer.Option(
        "--intent",
        metavar="COLUMN",
        help="Of tagged text: the column of what each whole sentence wants, one of some intents, which networks learn "
        "together with the slots; 'intent' where it stands in a file label beside seq.in and seq.out.",
        show_default=False,
        rich_help_panel=DATA,
    ),
]
SchemeOption = Annotated[
    SchemeChoice | None,
    typer.Option(
        "--scheme",
        metavar=_SCHEMES,
        help="Of tagged text: how the tags stand for spans.",
        show_default="detected",
        rich_help_panel=DATA,
    ),
]
ConvertScheme = Annotated[
    SchemeChoice | None,
    typer.Option(
        "--convert-scheme",
        metavar="SCHEME",
        help="Of tagged text: convert the tags into this scheme, one of those of --scheme, which loses nothing.",
        show_default=False,
        rich_help_panel=DATA,
    ),
]
LayoutOption = Annotated[
    LayoutChoice | None,
    typer.Option(
        "--layout",
        metavar="LAYOUT",
        help="Of tagged text: how it is arranged: columns (CoNLL), spans (JSON), words (parted by spaces), "
        "tagged-words (word/tag) or parallel (a folder of seq.in and seq.out).",
        show_default="detected",
        rich_help_panel=DATA,
    ),
]
HtmlFile = Annotated[
    Path | None,
    typer.Option(
        "--html",
        metavar="FILE",
        help="Of a tagger: write a page with what was found marked in the texts.",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]


@dataclass(frozen=True, slots=True)
class TagOptions:
    """What was said about tagged text."""

    tokens: str | None = None
    tags: str | None = None
    scheme: str | None = None
    convert_scheme: str | None = None
    layout: str | None = None
    factors: tuple[str, ...] = ()
    intent: str | None = None

    @classmethod
    def of(
        cls,
        tokens: str | None,
        tags: str | None,
        scheme: SchemeChoice | None,
        convert_scheme: SchemeChoice | None,
        layout: LayoutChoice | None,
        factors: str | None,
        intent: str | None,
    ) -> TagOptions:
        """From the values of the options."""
        stated = (None if one is None else one.value for one in (scheme, convert_scheme, layout))
        stated_scheme, into, arranged = stated
        parted = () if factors is None else tuple(name.strip() for name in factors.split(","))
        return cls(tokens, tags, stated_scheme, into, arranged, parted, intent)


NO_TAG_OPTIONS = TagOptions()
