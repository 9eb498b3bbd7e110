"""wenmai embed map: word vectors as a page to look at."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenmai.cli.commands.embed_neighbors import VectorsArgument, loaded_vectors
from wenmai.cli.options import Seed

if TYPE_CHECKING:
    from wenmai.apps.vector_map import Projection


class ProjectionChoice(StrEnum):
    """How vectors are laid out in the plane."""

    PCA = "pca"
    TSNE = "tsne"
    UMAP = "umap"


def map_vectors(
    vectors: VectorsArgument,
    out: Annotated[Path, typer.Option("--out", metavar="FILE", help="The page to write.", show_default=False)],
    words: Annotated[
        int, typer.Option("--words", metavar="NUMBER", min=4, help="How many of the first words are shown.")
    ] = 2000,
    classes: Annotated[
        Path | None,
        typer.Option(
            "--classes",
            metavar="FILE",
            help="A word, a tab and its class a line: show these words, coloured by class.",
            show_default=False,
        ),
    ] = None,
    clusters: Annotated[
        int,
        typer.Option("--clusters", metavar="NUMBER", min=1, help="Groups that k-means makes where no class is given."),
    ] = 12,
    projection: Annotated[
        ProjectionChoice,
        typer.Option(
            "--projection",
            metavar="pca|tsne|umap",
            help="pca is quick; tsne (extra: maps) and umap (extra: umap) keep neighbours together.",
        ),
    ] = ProjectionChoice.PCA,
    seed: Seed = 0,
    threads: Annotated[
        int, typer.Option("--threads", metavar="NUMBER", min=1, help="How many may compute at a time, for tsne.")
    ] = 1,
) -> None:
    """Draw word vectors on one page that works offline: zoom, search, groups by colour, neighbours of each word."""
    from wenmai.apps.map_page import page
    from wenmai.apps.vector_map import draw_map, read_classes
    from wenmai.cli.output import note
    from wenmai.core.io import write_atomic

    wanted = None if classes is None else read_classes(classes)
    loaded = loaded_vectors(vectors)
    choice: Projection = projection.value
    drawn = draw_map(
        loaded, words=words, projection=choice, clusters=clusters, classes=wanted, seed=seed, threads=threads
    )
    write_atomic(out, page(drawn, f"Words of {loaded.name}"))
    note(*drawn.notes, f"{len(drawn.words):,} words on {out}")
