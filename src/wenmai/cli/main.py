"""The app: its commands, and the way in and out of the process."""

from __future__ import annotations

import inspect as inspection
import io
import os
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

from wenmai.cli.commands.clusters import clusters
from wenmai.cli.commands.compare import compare
from wenmai.cli.commands.demo import demo
from wenmai.cli.commands.embed import EMBED_COMMANDS
from wenmai.cli.commands.evaluate import evaluate
from wenmai.cli.commands.few_shot import few_shot
from wenmai.cli.commands.inspect import inspect
from wenmai.cli.commands.models import models
from wenmai.cli.commands.predict import predict
from wenmai.cli.commands.search import search
from wenmai.cli.commands.senses import senses
from wenmai.cli.commands.tokenizer import apply, show, train_tokenizer
from wenmai.cli.commands.train import train
from wenmai.cli.commands.verify import verify
from wenmai.cli.guard import guarded, told
from wenmai.cli.help import Command, Group
from wenmai.core.machine import PATIENT_THREADS

TRAIN, USE, LOOK = "Train", "Use", "Look"

app = typer.Typer(
    name="wenmai",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    cls=Group,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 done, 1 the work failed, 2 wrong use.",
)
tokenizer = typer.Typer(no_args_is_help=True, rich_markup_mode=None, cls=Group)
embed = typer.Typer(no_args_is_help=True, rich_markup_mode=None, cls=Group)


def _add(
    group: typer.Typer, name: str, command: Callable[..., None], examples: tuple[str, ...], panel: str | None = None
) -> None:
    """A command with its docstring as help, a line a paragraph, and examples below the options."""
    paragraphs = (inspection.getdoc(command) or "").split("\n\n")
    group.command(
        name,
        help="\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs),
        epilog="\n".join(["Examples:" if len(examples) > 1 else "Example:", *(f"  {one}" for one in examples)]),
        rich_help_panel=panel,
        cls=Command,
    )(guarded(command))


_add(
    app,
    "compare",
    compare,
    (
        "wenmai compare reviews.csv",
        "wenmai compare train.tsv --test test.tsv --out runs/reviews",
        "wenmai compare posts.parquet --text title --text body --label topic",
    ),
    TRAIN,
)
_add(
    app,
    "train",
    train,
    (
        "wenmai train tfidf-lr:chars reviews.csv",
        "wenmai train tfidf-svm spam.tsv --class-weight balanced",
        "wenmai train tfidf-svm spam.tsv --set model.learner.C=3",
    ),
    TRAIN,
)
_add(app, "demo", demo, ("wenmai demo",), TRAIN)
_add(
    app,
    "predict",
    predict,
    (
        'wenmai predict my-model "屏幕很好，电池不行"',
        "wenmai predict my-model --file new.csv --out labelled.csv",
        "cat lines.txt | wenmai predict my-model - > labelled.tsv",
    ),
    USE,
)
_add(
    app,
    "search",
    search,
    (
        'wenmai search articles.txt "how to return a phone" --vectors my-encoder',
        "wenmai search questions.csv - --vectors my-vectors --index questions-index < queries.txt",
    ),
    USE,
)
_add(app, "clusters", clusters, ("wenmai clusters reviews.csv --vectors my-encoder --clusters 8",), USE)
_add(app, "few-shot", few_shot, ("wenmai few-shot reviews.csv --vectors my-encoder --shots 8",), USE)
_add(
    app,
    "senses",
    senses,
    ("wenmai senses bank articles.txt --vectors my-vectors --out bank.html",),
    USE,
)
_add(app, "evaluate", evaluate, ("wenmai evaluate my-model new-rows.csv",), USE)
_add(app, "verify", verify, ("wenmai verify my-model",), USE)
_add(app, "inspect", inspect, ("wenmai inspect reviews.csv", "wenmai inspect train.csv --test test.csv"), LOOK)
_add(app, "models", models, ("wenmai models", "wenmai models --tree", "wenmai models tfidf-lr:chars"), LOOK)

app.add_typer(
    tokenizer,
    name="tokenizer",
    help="Subword tokenizers: train on your own text, apply to files, show what they give.",
    rich_help_panel=LOOK,
)
_add(
    tokenizer,
    "train",
    train_tokenizer,
    (
        "wenmai tokenizer train corpus.txt --size 8000 --out tokenizer.json",
        "wenmai tokenizer train reviews.csv --kind unigram --out tokenizer.json",
    ),
)
_add(tokenizer, "apply", apply, ("wenmai tokenizer apply tokenizer.json < corpus.txt > corpus.pieces",))
_add(
    tokenizer,
    "show",
    show,
    (
        'wenmai tokenizer show tokenizer.json "屏幕很好" --second "电池不行"',
        'wenmai tokenizer show my-model "屏幕很好，电池不行"',
    ),
)

app.add_typer(
    embed,
    name="embed",
    help="Word vectors: ask them, evaluate them, convert their files, draw them.",
    rich_help_panel=USE,
)
for name, function, examples in EMBED_COMMANDS:
    _add(embed, name, function, examples)


def _version(asked: bool) -> None:
    if asked:
        from wenmai import __version__

        sys.stdout.write(f"wenmai {__version__}\n")
        raise typer.Exit


@app.callback(help="Your own text, Chinese or English, through the lineage of text models.")
def main(
    version: Annotated[
        bool, typer.Option("--version", help="Show the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """What stands before the commands: nothing but ``--version``."""


def run(arguments: list[str] | None = None) -> Any:
    """The console script: the app, and never a traceback."""
    for name, value in PATIENT_THREADS.items():
        os.environ.setdefault(name, value)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A pipe gets UTF-8 whatever the locale; a terminal shows what it can.
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="replace")
    try:
        app(arguments, prog_name="wenmai")
    except (Exception, KeyboardInterrupt) as error:
        sys.exit(told(error))
