"""wenmai embed convert: from one format of word vectors to another."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from wenmai.core.errors import UsageError


class TargetChoice(StrEnum):
    """What a conversion can make."""

    BUNDLE = "bundle"
    WORD2VEC = "word2vec"
    WORD2VEC_BINARY = "word2vec-binary"
    GLOVE = "glove"
    FASTTEXT_VEC = "fasttext-vec"
    FASTTEXT_BIN = "fasttext-bin"


def convert_vectors(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="IN",
            help="A bundle's folder, or a file of word2vec, GloVe or fastText (also .bin, .ftz), told by its content.",
            show_default=False,
        ),
    ],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="The file, or the bundle's folder, to write.", show_default=False)
    ],
    to: Annotated[
        TargetChoice,
        typer.Option(
            "--to",
            metavar="bundle|word2vec|word2vec-binary|glove|fasttext-vec|fasttext-bin",
            help="What is written.",
            show_default=False,
        ),
    ],
) -> None:
    """Convert word vectors, or a supervised fastText model, from one format to another.

    A supervised model becomes a bundle that classifies, with the same probabilities, and a bundle of fasttext becomes a
    .bin that the official program loads. Numbers are written so that they come back to the last bit.
    """
    from wenmai.apps.conversion import Target, convert
    from wenmai.cli.output import note

    if not source.exists():
        raise UsageError("there is no such file or folder", where=str(source), remedy="Check the path")
    notes = convert(source, target, Target(to.value))
    note(*notes, f"Written to {target}")
