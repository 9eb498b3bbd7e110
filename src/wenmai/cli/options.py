"""Options that several commands share, each defined once, and how their values are read."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenmai.core.errors import UsageError

if TYPE_CHECKING:
    from wenmai.models.contract import ClassWeight

DATA = "Data"
TRAINING = "Training"
OUTPUT = "Output"


class Format(StrEnum):
    """How results are written to standard output."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


class CostChoice(StrEnum):
    """By what the cheapest of the tied rungs is recommended."""

    LATENCY = "latency"
    SIZE = "size"
    TRAIN = "train"
    MEMORY = "memory"


class TextLanguage(StrEnum):
    """The language of the texts."""

    ZH = "zh"
    EN = "en"
    MIXED = "mixed"


DataArgument = Annotated[
    str,
    typer.Argument(
        metavar="DATA",
        help="CSV, TSV, TXT, JSONL, JSON or Parquet (also .gz); a folder of train, dev and test files or of a folder "
        "per class; hub:owner/name.",
        show_default=False,
    ),
]
BundleArgument = Annotated[
    Path, typer.Argument(metavar="BUNDLE", help="The folder of a trained bundle.", show_default=False)
]

TextColumns = Annotated[
    list[str] | None,
    typer.Option(
        "--text",
        metavar="COLUMN",
        help="The text column; repeat it to join several.",
        show_default="detected",
        rich_help_panel=DATA,
    ),
]
LabelColumn = Annotated[
    str | None,
    typer.Option("--label", metavar="COLUMN", help="The label column.", show_default="detected", rich_help_panel=DATA),
]
Surplus = Annotated[
    bool,
    typer.Option(
        "--surplus",
        help="Leave out, and count, the fields of a row beyond the number that the first row has.",
        rich_help_panel=DATA,
    ),
]
GroupColumn = Annotated[
    str | None,
    typer.Option(
        "--group",
        metavar="COLUMN",
        help="Rows with the same value here stay on one side of a split.",
        show_default=False,
        rich_help_panel=DATA,
    ),
]
LabelSeparator = Annotated[
    str | None,
    typer.Option(
        "--label-separator",
        metavar="TEXT",
        help="What stands between the labels of a row that has several.",
        show_default=False,
        rich_help_panel=DATA,
    ),
]
Encoding = Annotated[
    str | None,
    typer.Option(
        "--encoding",
        metavar="NAME",
        help="The encoding of the file, for example gb18030.",
        show_default="detected",
        rich_help_panel=DATA,
    ),
]
Delimiter = Annotated[
    str | None,
    typer.Option(
        "--delimiter",
        metavar="CHARACTER",
        help=r"What stands between the columns; \t is a tab.",
        show_default="detected",
        rich_help_panel=DATA,
    ),
]
LanguageOption = Annotated[
    TextLanguage | None,
    typer.Option(
        "--language",
        metavar="zh|en|mixed",
        help="The language of the texts.",
        show_default="detected",
        rich_help_panel=DATA,
    ),
]
Strict = Annotated[
    bool,
    typer.Option("--strict", help="Refuse rows without a label instead of dropping them.", rich_help_panel=DATA),
]
DevFile = Annotated[
    str | None,
    typer.Option(
        "--dev",
        metavar="FILE",
        help="A separate file on which choices are made; DATA is then the training part.",
        show_default=False,
        rich_help_panel=DATA,
    ),
]
TestFile = Annotated[
    str | None,
    typer.Option(
        "--test",
        metavar="FILE",
        help="A separate file that is scored once, at the end; DATA is then the training part.",
        show_default=False,
        rich_help_panel=DATA,
    ),
]

OutsideFiles = Annotated[
    list[str] | None,
    typer.Option(
        "--outside",
        metavar="NAME=FILE",
        help="Predictions of somebody else's model for the rows of to_predict.csv in the run folder: a table with the "
        "columns row and label, and p_LABEL where there are probabilities. Repeatable.",
        show_default=False,
        rich_help_panel=DATA,
    ),
]

Models = Annotated[
    str,
    typer.Option(
        "--models",
        metavar="NAMES",
        help="Ladders, models and presets, parted by commas; `wenmai models` lists them.",
        rich_help_panel=TRAINING,
    ),
]
Seed = Annotated[
    int,
    typer.Option(
        "--seed", metavar="NUMBER", min=0, help="Decides everything that is random.", rich_help_panel=TRAINING
    ),
]
Seeds = Annotated[
    int,
    typer.Option(
        "--seeds",
        metavar="NUMBER",
        min=1,
        help="Fits of every model that is random, with --seed and the seeds after it; scores are their means.",
        rich_help_panel=TRAINING,
    ),
]
Budget = Annotated[
    str | None,
    typer.Option(
        "--budget",
        metavar="DURATION",
        help="Stop after 90s, 10m, 1h in all; each rung gets an equal share of what is left.",
        show_default="no limit",
        rich_help_panel=TRAINING,
    ),
]
Threads = Annotated[
    int | None,
    typer.Option(
        "--threads",
        metavar="NUMBER",
        min=1,
        help="How many may compute at a time.",
        show_default="all processors",
        rich_help_panel=TRAINING,
    ),
]
ClassWeights = Annotated[
    str,
    typer.Option(
        "--class-weight",
        metavar="none|balanced|LABEL=W,…",
        help="What the rows of a class count: all the same, every class the same in total, or so much a row.",
        rich_help_panel=TRAINING,
    ),
]
Settings = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="PATH=VALUE",
        help="Change a setting, for example model.learner.C=3; `wenmai models NAME` shows them. Repeatable.",
        show_default=False,
        rich_help_panel=TRAINING,
    ),
]
InputBundles = Annotated[
    list[str] | None,
    typer.Option(
        "--input",
        metavar="NAME=FOLDER",
        help="A trained bundle that a model builds on, such as word vectors: vectors=FOLDER. An encoder may also be a "
        "Hugging Face folder or a name on its hub: encoder=owner/name. Repeatable.",
        show_default=False,
        rich_help_panel=TRAINING,
    ),
]
UserDictionary = Annotated[
    Path | None,
    typer.Option(
        "--user-dict",
        metavar="FILE",
        help="Your own words in jieba's format: word, or word frequency, or word frequency tag. Segmentation keeps "
        "them whole; a tagger that reads them (crf) learns how far to believe them.",
        show_default=False,
        rich_help_panel=TRAINING,
    ),
]

CostOption = Annotated[
    CostChoice,
    typer.Option(
        "--cost",
        metavar="latency|size|train|memory",
        help="By what the cheapest of the tied rungs is recommended.",
        rich_help_panel=TRAINING,
    ),
]

LabelErrors = Annotated[
    bool,
    typer.Option(
        "--label-errors",
        help="Look for labels that are likely wrong: five more fits of the recommended rung; label_errors.csv in the "
        "run folder lists them for correction.",
        rich_help_panel=TRAINING,
    ),
]
LearningCurve = Annotated[
    str | None,
    typer.Option(
        "--learning-curve",
        metavar="auto|RUNGS",
        help="Fit these rungs on 1/16 to 1/2 of the training rows too, and say what more labels would buy; auto: the "
        "recommended one, and the best of other models.",
        show_default=False,
        rich_help_panel=TRAINING,
    ),
]
CorrectionsFile = Annotated[
    Path | None,
    typer.Option(
        "--corrections",
        metavar="FILE",
        help="A label_errors.csv with its column 'corrected' filled in: learn from these labels, and show before and "
        "after.",
        show_default=False,
        rich_help_panel=DATA,
    ),
]

UnsureBelow = Annotated[
    float | None,
    typer.Option(
        "--unsure-below",
        metavar="PROBABILITY",
        min=0.0,
        max=1.0,
        help="Below which probability of being right a prediction is unsure; a comparison's report tells what share of "
        "the rows is above.",
        show_default=False,
        rich_help_panel=OUTPUT,
    ),
]

Resume = Annotated[
    bool,
    typer.Option(
        "--resume",
        help="Go on with an earlier run in --out: what is finished and unchanged is used, a network that was ended "
        "goes on from its last checkpoint.",
        rich_help_panel=OUTPUT,
    ),
]
OutFolder = Annotated[
    Path | None,
    typer.Option(
        "--out",
        metavar="FOLDER",
        help="The run folder.",
        show_default="wenmai-runs/NAME-DATE-TIME",
        rich_help_panel=OUTPUT,
    ),
]
FormatOption = Annotated[
    Format,
    typer.Option(
        "--format",
        metavar="table|json|csv",
        help="How the result is written to standard output.",
        rich_help_panel=OUTPUT,
    ),
]


def class_weight(text: str) -> ClassWeight:
    """The value of ``--class-weight``.

    Raises:
        UsageError: for what is neither ``none`` nor ``balanced`` nor a list of ``LABEL=WEIGHT``.
    """
    if text == "none":
        return "none"
    if text == "balanced":
        return "balanced"
    weights: dict[str, float] = {}
    for part in filter(None, text.split(",")):
        label, equals, weight = part.rpartition("=")
        value = _positive(weight) if equals and label else None
        if value is None:
            raise UsageError(
                f"--class-weight has {part!r}, which is no label and its weight",
                remedy="Write none, balanced, or labels with weights above 0: --class-weight spam=3,ham=1",
            )
        weights[label.strip()] = value
    if not weights:
        raise UsageError("--class-weight is empty", remedy="Write none, balanced, or labels with weights: spam=3,ham=1")
    return weights


def delimiter(text: str | None) -> str | None:
    r"""The value of ``--delimiter``, with ``\t`` written for a tab."""
    return "\t" if text in (r"\t", "tab") else text


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if 0 < value < float("inf") else None
