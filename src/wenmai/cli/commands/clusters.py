"""wenmai clusters: the texts of a corpus in groups of like meaning."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wenmai.cli.corpus import CorpusArgument, IndexOption, VectorsOption, opened, read_corpus
from wenmai.cli.options import OUTPUT, Encoding, Format, FormatOption, Seed, TextColumns
from wenmai.cli.precision_option import PrecisionOption

if TYPE_CHECKING:
    from wenmai.apps.text_clusters import Clustering
    from wenmai.cli.corpus import Corpus

TEXTS_SHOWN = 3


def clusters(
    corpus: CorpusArgument,
    vectors: VectorsOption,
    count: Annotated[int, typer.Option("--clusters", metavar="NUMBER", min=1, help="How many groups.")] = 10,
    index: IndexOption = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write the table with a column `cluster`: CSV, TSV, JSONL or Parquet, by the ending.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    text: TextColumns = None,
    encoding: Encoding = None,
    seed: Seed = 0,
    precision: PrecisionOption = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Group texts by their vectors: each group with the words that set it apart and the texts in its middle."""
    from wenmai.apps.text_clusters import cluster_texts
    from wenmai.apps.text_vectors import text_vectors
    from wenmai.cli.output import note, write_csv, write_json
    from wenmai.cli.progress import shown
    from wenmai.data.write import kind_of
    from wenmai.text.segment import WordSegment, build_segmenter

    if out is not None:
        kind_of(out)  # A wrong ending is refused before anything is read.
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
    words = build_segmenter(WordSegment(language=texts.language)).words
    found = cluster_texts(made, [words(one) for one in texts.texts], count=count, seed=seed)
    unknown = int((found.groups < 0).sum())
    if unknown:
        note(f"Of {unknown:,} texts nothing is known to the vectors: they are in no group")
    if out is not None:
        _write(found, texts, out)
        note(f"{len(texts.texts):,} rows written to {out}")
    if output is Format.JSON:
        write_json({"silhouette": found.silhouette, "clusters": _described(found, texts)})
    elif output is Format.CSV:
        rows = ((one["cluster"], one["texts"], " ".join(one["words"])) for one in _described(found, texts))
        write_csv(("cluster", "texts", "words"), rows)
    else:
        _show(found, texts)


def _described(found: Clustering, texts: Corpus) -> list[dict[str, Any]]:
    return [
        {
            "cluster": number,
            "texts": len(one.rows),
            "words": list(one.words),
            "middle": [
                {"place": texts.place(row), "text": texts.texts[row]} for row in one.rows[:TEXTS_SHOWN].tolist()
            ],
        }
        for number, one in enumerate(found.clusters, 1)
    ]


def _show(found: Clustering, texts: Corpus) -> None:
    from wenmai.cli.output import Column, show, show_table

    columns = [Column("", number=True), Column("texts", number=True), Column("words", wrap=True)]
    columns.append(Column("in the middle", wrap=True))
    rows = [
        (str(one["cluster"]), f"{one['texts']:,}", ", ".join(one["words"]), one["middle"][0]["text"])
        for one in _described(found, texts)
    ]
    show_table(f"{len(found.clusters)} groups of {len(texts.texts):,} texts", columns, rows)
    if found.silhouette is not None:
        show(f"Silhouette {found.silhouette:.3f}: 1 would be groups far apart, 0 groups that run into each other.")


def _write(found: Clustering, texts: Corpus, out: Path) -> None:
    import pyarrow as pa

    from wenmai.data.write import write_table

    table = texts.data.take(None)
    name = "cluster"
    while name in table.column_names:
        name += "_wenmai"
    groups = pa.array(found.groups + 1, pa.int64(), mask=found.groups < 0)
    write_table([table.append_column(name, groups)], out)
