"""wenmai senses: what a word means where it stands."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wenmai.cli.corpus import CorpusArgument, VectorsOption, opened, read_corpus
from wenmai.cli.options import OUTPUT, Encoding, Format, FormatOption, Seed, TextColumns
from wenmai.cli.precision_option import PrecisionOption

if TYPE_CHECKING:
    from wenmai.apps.word_senses import WordSenses


WINDOW = 10
"""Words on either side."""


def senses(
    word: Annotated[str, typer.Argument(metavar="WORD", help="The word.", show_default=False)],
    corpus: CorpusArgument,
    vectors: VectorsOption,
    count: Annotated[
        int | None,
        typer.Option("--senses", metavar="NUMBER", min=1, help="How many.", show_default="what sets them apart best"),
    ] = None,
    window: Annotated[
        int | None,
        typer.Option(
            "--window",
            metavar="NUMBER",
            min=1,
            help="Tell occurrences by so many words on either side.",
            show_default="10; of an encoder, the word in its sentence",
        ),
    ] = None,
    most: Annotated[
        int, typer.Option("--most", metavar="NUMBER", min=8, help="Occurrences at most; so many are drawn of more.")
    ] = 1000,
    examples: Annotated[
        int, typer.Option("--examples", metavar="NUMBER", min=1, help="Of each sense.", rich_help_panel=OUTPUT)
    ] = 4,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="A page that draws every occurrence beside the word's one static vector.",
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
    """Group the occurrences of a word by what stands around them: its senses, with examples of each."""
    from wenmai.apps.word_senses import encoder_vectors, occurrences, senses_map, window_vectors, word_senses
    from wenmai.cli.output import note, write_csv, write_json
    from wenmai.models.contract import Network
    from wenmai.text.segment import WordSegment, build_segmenter

    texts = read_corpus(corpus, text, encoding)
    source = opened(vectors, precision)
    segmenter = build_segmenter(WordSegment(language=texts.language))
    spaced = texts.language == "en" or word.isascii()
    places = occurrences(word, texts.texts, spaced=spaced, most=most, seed=seed)
    if window is None and isinstance(source.model, Network):
        contexts = encoder_vectors(source, None if precision is None else precision.value)
    else:
        contexts = window_vectors(source, segmenter, window or WINDOW)
    found = word_senses(word, places, contexts, source, segmenter, count=count, seed=seed)
    if out is not None:
        from wenmai.apps.map_page import page
        from wenmai.core.io import write_atomic

        write_atomic(out, page(senses_map(found), f"Senses of {word}"))
        note(f"{len(found.vectors):,} occurrences on {out}")
    if output is Format.JSON:
        write_json({"word": word, "silhouettes": found.silhouettes, "senses": _described(found, examples)})
    elif output is Format.CSV:
        rows = [
            (number, one.row + 1, one.text) for number, sense in enumerate(found.senses, 1) for one in sense.occurrences
        ]
        write_csv(("sense", "row", "text"), rows)
    else:
        _show(found, examples)


def _described(found: WordSenses, examples: int) -> list[dict[str, Any]]:
    return [
        {
            "texts": len(sense.occurrences),
            "words": list(sense.words),
            "examples": [one.text for one in sense.occurrences[:examples]],
        }
        for sense in found.senses
    ]


def _show(found: WordSenses, examples: int) -> None:
    from wenmai.cli.output import one_line, show

    number = len(found.senses)
    total = sum(len(sense.occurrences) for sense in found.senses)
    if number == 1 and found.silhouettes:
        apart = "no grouping sets them apart more than it does a cloud without groups"
        show(f"One sense of {found.word} in {total:,} texts: {apart}")
    else:
        wide, cloud = found.silhouettes.get(number, (0.0, 0.0))
        than = f", that of a cloud without groups {cloud:.2f}" if cloud else ""
        show(f"{number} senses of {found.word} in {total:,} texts{f' (silhouette {wide:.2f}{than})' if wide else ''}")
    for at, sense in enumerate(found.senses, 1):
        show("", f"{at}. {len(sense.occurrences):,} texts: {', '.join(sense.words)}")
        show(*(f"   {one_line(one.snippet(30))}" for one in sense.occurrences[:examples]))
