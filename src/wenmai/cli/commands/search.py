"""wenmai search: the texts of a corpus that are nearest to a query in meaning."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from wenmai.cli.corpus import CorpusArgument, IndexOption, VectorsOption, opened, read_corpus
from wenmai.cli.options import OUTPUT, Encoding, Format, FormatOption, TextColumns
from wenmai.cli.precision_option import PrecisionOption
from wenmai.core.errors import UsageError

if TYPE_CHECKING:
    from wenmai.apps.text_search import Hit
    from wenmai.cli.corpus import Corpus

STREAM = "-"


def search(
    corpus: CorpusArgument,
    queries: Annotated[
        list[str],
        typer.Argument(metavar="QUERY", help="What is sought; - reads a query a line from standard input."),
    ],
    vectors: VectorsOption,
    index: IndexOption = None,
    count: Annotated[int, typer.Option("--count", metavar="NUMBER", min=1, help="How many texts are shown.")] = 10,
    approximate: Annotated[
        bool,
        typer.Option(
            "--approximate",
            help="Build a graph first, which pays for hundreds of queries to many texts (extra: neighbors).",
            rich_help_panel=OUTPUT,
        ),
    ] = False,
    text: TextColumns = None,
    encoding: Encoding = None,
    precision: PrecisionOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Find the texts of a corpus whose vectors have the greatest cosines with a query's."""
    from wenmai.apps.text_search import TextSearch
    from wenmai.apps.text_vectors import text_vectors
    from wenmai.cli.output import write_csv
    from wenmai.cli.progress import shown

    stream = STREAM in queries
    if stream and len(queries) > 1:
        raise UsageError("- stands among other queries", remedy="Give - alone, or queries alone")
    texts = read_corpus(corpus, text, encoding)
    source = opened(vectors, precision)
    with shown() as progress:
        made = text_vectors(
            source,
            texts.texts,
            folder=index,
            precision=None if precision is None else precision.value,
            progress=progress,
        )
    asked = TextSearch(source, texts.texts, made, approximate=approximate)
    if output is Format.CSV:
        write_csv(("query", "rank", "cosine", "place", "text"), ())
    first = True
    for some in _lines() if stream else [queries]:
        for query, hits in zip(some, asked.find(some, count), strict=True):
            if output is Format.TABLE and not first:
                sys.stdout.write("\n")
            _write(query, hits, texts, output)
            first = False
        sys.stdout.flush()


def _lines() -> Iterator[list[str]]:
    from wenmai.cli.stream import line_batches

    for lines in line_batches():
        if queries := [line for line in lines if line.strip()]:
            yield queries


def _write(query: str, hits: list[Hit], texts: Corpus, output: Format) -> None:
    from wenmai.cli.output import Column, show_table

    if output is Format.JSON:
        found = [{"cosine": one.score, "place": texts.place(one.row), "text": one.text} for one in hits]
        sys.stdout.write(json.dumps({"query": query, "found": found}, ensure_ascii=False) + "\n")
    elif output is Format.CSV:
        rows = ((query, rank, one.score, texts.place(one.row), one.text) for rank, one in enumerate(hits, 1))
        csv.writer(sys.stdout, lineterminator="\n").writerows(rows)
    else:
        columns = [Column("cosine", number=True), Column("place"), Column("text", wrap=True)]
        shown = [(f"{one.score:.3f}", texts.place(one.row), one.text) for one in hits]
        show_table(f"{query}, among {len(texts.texts):,} texts", columns, shown)
