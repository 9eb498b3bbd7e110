"""wenmai embed neighbors: the words that are used alike."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from wenmai.cli.options import Format, FormatOption

VectorsArgument = Annotated[
    Path,
    typer.Argument(metavar="VECTORS", help="The folder of a bundle of word vectors.", show_default=False),
]
Count = Annotated[int, typer.Option("--count", metavar="NUMBER", min=1, help="How many words are shown.")]


def neighbors(
    vectors: VectorsArgument,
    words: Annotated[list[str], typer.Argument(metavar="WORD", help="The words.", show_default=False)],
    count: Count = 10,
    output: FormatOption = Format.TABLE,
) -> None:
    """Show the words whose vectors have the greatest cosines with a word's."""
    from wenmai.apps.word_vectors import WordVectors
    from wenmai.cli.output import Column, show_table, write_csv, write_json

    loaded = WordVectors.load(vectors)
    found = {word: loaded.neighbors(word, count) for word in dict.fromkeys(words)}
    if output is Format.JSON:
        write_json({word: [{"word": one.word, "cosine": one.score} for one in near] for word, near in found.items()})
    elif output is Format.CSV:
        rows = ([word, place, one.word, one.score] for word, near in found.items() for place, one in enumerate(near, 1))
        write_csv(("of", "rank", "word", "cosine"), rows)
    else:
        for word, near in found.items():
            columns = [Column("neighbor"), Column("cosine", number=True)]
            show_table(f"{word}, among {len(loaded):,} words", columns, [(o.word, f"{o.score:.3f}") for o in near])
