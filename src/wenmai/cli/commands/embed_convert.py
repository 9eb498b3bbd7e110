"""wenmai embed convert: from one format of word vectors, or of an encoder, to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wenmai.apps.conversion_target import Target
from wenmai.core.errors import UsageError


def convert_vectors(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="IN",
            help="A bundle's folder, a Hugging Face folder of an encoder, or a file of word2vec, GloVe or fastText "
            "(also .bin, .ftz), told by its content.",
            show_default=False,
        ),
    ],
    target: Annotated[
        Path, typer.Argument(metavar="OUT", help="The file, or the bundle's folder, to write.", show_default=False)
    ],
    to: Annotated[
        Target,
        typer.Option(
            "--to",
            metavar="|".join(Target),
            help="What is written.",
            show_default=False,
        ),
    ],
) -> None:
    """Convert word vectors, a supervised fastText model, or an encoder, from one format to another.

    A supervised model becomes a bundle that classifies, with the same probabilities, and a bundle of fasttext becomes a
    .bin that the official program loads. Numbers are written so that they come back to the last bit.
    """
    from wenmai.apps.conversion import convert
    from wenmai.cli.output import note

    if not source.exists():
        raise UsageError("there is no such file or folder", where=str(source), remedy="Check the path")
    notes = convert(source, target, to)
    note(*notes, f"Written to {target}")
