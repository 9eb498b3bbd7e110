"""What the commands over sentence vectors share: their options, and texts with the places they come from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenmai.cli.options import DATA

if TYPE_CHECKING:
    from wenmai.bundle import Bundle
    from wenmai.cli.precision_option import Precision
    from wenmai.core.schema import Language
    from wenmai.data.dataset import Dataset

CorpusArgument = Annotated[
    str,
    typer.Argument(
        metavar="CORPUS",
        help="A text file, a text a line, or a table: CSV, TSV, JSONL, JSON or Parquet (also .gz).",
        show_default=False,
    ),
]
VectorsOption = Annotated[
    Path,
    typer.Option(
        "--vectors",
        metavar="FOLDER",
        help="Who gives texts their vectors: a bundle of word vectors or of an encoder, a Hugging Face folder, or a "
        "name on its hub: owner/name.",
        show_default=False,
    ),
]
IndexOption = Annotated[
    Path | None,
    typer.Option(
        "--index",
        metavar="FOLDER",
        help="Where the vectors of the texts are kept, so that they are made once; made anew when texts or vectors are "
        "others.",
        show_default="not kept",
        rich_help_panel=DATA,
    ),
]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Texts, where each comes from, and their language."""

    data: Dataset
    texts: Sequence[str]
    language: Language

    def place(self, row: int) -> str:
        """``file:line`` without folders."""
        return self.data.where(row).rpartition("/")[2]


def read_corpus(source: str, text: list[str] | None, encoding: str | None) -> Corpus:
    """The texts of a file; of a folder in parts, those of the training part."""
    from wenmai.cli.loading import Source
    from wenmai.cli.output import note

    loaded = Source(source, text=text, encoding=encoding, labelled=False).load()
    note(*loaded.notes)
    texts = [one for batch in loaded.dataset.batches() for one in batch.text]
    return Corpus(loaded.dataset, texts, loaded.dataset.schema.language)


def opened(vectors: Path, precision: Precision | None) -> Bundle:
    """Who gives texts their vectors, in what numbers is asked for, and a note on what it is."""
    from wenmai.apps.text_vectors import vector_source
    from wenmai.cli.output import note

    found = vector_source(vectors)
    note(f"Vectors by {found.recipe.member} ({found.provenance.data})")
    return found if precision is None else found.prepared(precision.value)
