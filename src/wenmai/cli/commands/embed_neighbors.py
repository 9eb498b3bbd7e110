"""wenmai embed neighbors, similarity, analogy: questions to word vectors."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wenmai.cli.options import Format, FormatOption

if TYPE_CHECKING:
    from wenmai.apps.word_vectors import WordVectors

VectorsArgument = Annotated[
    Path,
    typer.Argument(
        metavar="VECTORS",
        help="The folder of a bundle of word vectors, or a file of word2vec, GloVe or fastText, told by its content.",
        show_default=False,
    ),
]
Count = Annotated[int, typer.Option("--count", metavar="NUMBER", min=1, help="How many words are shown.")]


class Method(StrEnum):
    """How the answer of an analogy is scored."""

    ADD = "add"
    MUL = "mul"


def neighbors(
    vectors: VectorsArgument,
    words: Annotated[list[str], typer.Argument(metavar="WORD", help="The words.", show_default=False)],
    count: Count = 10,
    output: FormatOption = Format.TABLE,
) -> None:
    """Show the words whose vectors have the greatest cosines with a word's.

    Where words carry tags, as those of sense2vec do, a bare word shows the neighbours of each of its senses.
    """
    from wenmai.cli.output import Column, show_table, write_csv, write_json

    loaded = loaded_vectors(vectors)
    asked = [sense for word in words for sense in ((word not in loaded and loaded.senses(word)) or [word])]
    found = {word: loaded.neighbors(word, count) for word in dict.fromkeys(asked)}
    if output is Format.JSON:
        write_json({word: [{"word": one.word, "cosine": one.score} for one in near] for word, near in found.items()})
    elif output is Format.CSV:
        rows = ([word, place, one.word, one.score] for word, near in found.items() for place, one in enumerate(near, 1))
        write_csv(("of", "rank", "word", "cosine"), rows)
    else:
        for word, near in found.items():
            columns = [Column("neighbor"), Column("cosine", number=True)]
            composed = "" if word in loaded else ", whose vector is composed of its parts"
            title = f"{word}{composed}, among {len(loaded):,} words"
            show_table(title, columns, [(one.word, f"{one.score:.3f}") for one in near])


def similarity(
    vectors: VectorsArgument,
    first: Annotated[str, typer.Argument(metavar="WORD", help="A word.", show_default=False)],
    second: Annotated[str, typer.Argument(metavar="OTHER", help="Another word.", show_default=False)],
    output: FormatOption = Format.TABLE,
) -> None:
    """Show the cosine of two words' vectors: 1 for the same direction, 0 for nothing in common."""
    from wenmai.cli.output import show, write_csv, write_json

    value = loaded_vectors(vectors).similarity(first, second)
    if output is Format.JSON:
        write_json({"first": first, "second": second, "cosine": value})
    elif output is Format.CSV:
        write_csv(("first", "second", "cosine"), [(first, second, value)])
    else:
        show(f"{value:.3f}")


def analogy(
    vectors: VectorsArgument,
    first: Annotated[str, typer.Argument(metavar="A", help="Athens", show_default=False)],
    second: Annotated[str, typer.Argument(metavar="B", help="is to Greece", show_default=False)],
    third: Annotated[str, typer.Argument(metavar="C", help="as Baghdad is to the answer.", show_default=False)],
    method: Annotated[
        Method,
        typer.Option("--method", metavar="add|mul", help="3CosAdd, or 3CosMul, which lets no single cosine dominate."),
    ] = Method.ADD,
    count: Count = 10,
    output: FormatOption = Format.TABLE,
) -> None:
    """Show the words that are to C what B is to A; the three themselves are left out."""
    from wenmai.cli.output import Column, show_table, write_csv, write_json

    loaded = loaded_vectors(vectors)
    found = loaded.analogy(first, second, third, count, "mul" if method is Method.MUL else "add")
    if output is Format.JSON:
        answers: list[dict[str, Any]] = [{"word": one.word, "score": one.score} for one in found]
        write_json({"a": first, "b": second, "c": third, "method": method.value, "answers": answers})
    elif output is Format.CSV:
        write_csv(("rank", "word", "score"), ([place, one.word, one.score] for place, one in enumerate(found, 1)))
    else:
        title = f"{first} is to {second} as {third} is to, among {len(loaded):,} words"
        columns = [Column("answer"), Column("score", number=True)]
        show_table(title, columns, [(one.word, f"{one.score:.3f}") for one in found])


def loaded_vectors(path: Path) -> WordVectors:
    """The word vectors at a path; what is to be known of them is said on standard error."""
    from wenmai.apps.word_vectors import WordVectors
    from wenmai.cli.output import note

    loaded = WordVectors.load(path)
    note(*loaded.notes)
    return loaded
