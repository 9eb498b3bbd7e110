"""wenmai embed classes: words in classes, by their vectors or by their neighbours in a text."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wenmai.cli.commands.embed_neighbors import loaded_vectors
from wenmai.cli.options import (
    DATA,
    OUTPUT,
    Encoding,
    Format,
    FormatOption,
    LanguageOption,
    Seed,
    TextColumns,
    TextLanguage,
    Threads,
    UserDictionary,
)
from wenmai.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from wenmai.batches.corpus import Rows
    from wenmai.core.schema import Language
    from wenmai.models.word_classes import WordClasses
    from wenmai.text.pipeline import PipelineConfig


class ClassMethod(StrEnum):
    """By what words come into one class."""

    KMEANS = "kmeans"
    BROWN = "brown"


def word_classes(
    source: Annotated[
        str,
        typer.Argument(
            metavar="VECTORS|TEXT",
            help="For kmeans a bundle of word vectors or a file of them; for brown a text file, in which a line is a "
            "document, or a table.",
            show_default=False,
        ),
    ],
    method: Annotated[
        ClassMethod,
        typer.Option(
            "--method",
            metavar="kmeans|brown",
            help="kmeans: by the directions of vectors; brown: by the words next to them in a text, as a tree.",
        ),
    ] = ClassMethod.KMEANS,
    classes: Annotated[int, typer.Option("--classes", metavar="NUMBER", min=1, help="How many classes.")] = 50,
    words: Annotated[
        int, typer.Option("--words", metavar="NUMBER", min=1, help="How many of the most frequent words.")
    ] = 10_000,
    min_count: Annotated[
        int,
        typer.Option(
            "--min-count",
            metavar="NUMBER",
            min=1,
            help="For brown: a word that occurs less often is left out.",
            rich_help_panel=DATA,
        ),
    ] = 2,
    given: Annotated[
        bool,
        typer.Option(
            "--given-words",
            help="For brown: take what stands between white space for words, as it is, nothing cleaned.",
            rich_help_panel=DATA,
        ),
    ] = False,
    columns: TextColumns = None,
    encoding: Encoding = None,
    language: LanguageOption = None,
    user_dict: UserDictionary = None,
    seed: Seed = 0,
    threads: Threads = None,
    shown: Annotated[
        int,
        typer.Option(
            "--show", metavar="NUMBER", min=1, help="How many words of a class the table shows.", rich_help_panel=OUTPUT
        ),
    ] = 10,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="Write every word, its class and its count: JSON where the name ends so, else a line a word, tabs "
            "between, which `wenmai embed map --classes` reads.",
            show_default=False,
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    output: FormatOption = Format.TABLE,
) -> None:
    """Bring words into classes: k-means over vectors, or Brown's clusters of a text.

    A class of kmeans has a number, one of brown its path in a tree, in which near classes begin alike. The same seed
    gives the same classes.
    """
    from wenmai.cli.output import note
    from wenmai.cli.progress import shown as progress_shown

    if method is ClassMethod.KMEANS:
        _refuse_text_options(columns, encoding, language, user_dict, given)
        from wenmai.apps.word_classes import classes_of_vectors

        loaded = loaded_vectors(Path(source))
        if words < len(loaded):
            note(f"The first {words:,} of {len(loaded):,} words")
        with progress_shown() as progress:
            found = classes_of_vectors(loaded, classes, words=words, seed=seed, progress=progress)
    else:
        from wenmai.apps.word_classes import classes_of_text
        from wenmai.core.machine import available_cores

        texts, spoken = _texts(source, columns, encoding, None if language is None else language.value)
        pipeline = _pipeline(spoken, user_dict, given)
        with progress_shown() as progress:
            found = classes_of_text(
                texts,
                pipeline,
                classes,
                words=words,
                min_count=min_count,
                threads=threads or available_cores(),
                progress=progress,
            )
    _tell(found, method, shown, output)
    if out is not None:
        _write(found, method, out)


def _refuse_text_options(
    columns: Sequence[str] | None,
    encoding: str | None,
    language: TextLanguage | None,
    user_dict: Path | None,
    given: bool,
) -> None:
    told = {
        "--text": columns,
        "--encoding": encoding,
        "--language": language,
        "--user-dict": user_dict,
        "--given-words": given,
    }
    for name, value in told.items():
        if value:
            raise UsageError(
                f"{name} is about a text, and kmeans reads vectors",
                remedy="For a text, add --method brown; for classes of its vectors, wenmai embed train comes first",
            )


def _texts(
    source: str, columns: Sequence[str] | None, encoding: str | None, language: Language | None
) -> tuple[Iterable[Rows], Language]:
    """The rows of a text file or of a table, and their language."""
    from wenmai.cli.commands.embed_train import is_table
    from wenmai.cli.loading import Source
    from wenmai.cli.output import note

    if (Path(source) / "bundle.json").is_file():
        raise UsageError("these are vectors, and brown reads a text", where=source, remedy="Leave out --method brown")
    if is_table(source):
        loaded = Source(source, text=columns, encoding=encoding, labelled=False).load(language=language)
        note(*(f"{one}." for one in loaded.notes))
        return (batch.text for batch in loaded.dataset.batches()), loaded.dataset.schema.language
    from wenmai.batches.corpus import file_rows
    from wenmai.data.files import examine
    from wenmai.training.text_fitting import language_of

    if columns:
        raise UsageError("--text names a column, and the text is lines", where=source, remedy="Leave it out")
    file = examine(Path(source), encoding)
    spoken = language or language_of(file)
    note(f"{file.note}. Each line is a text. Language {spoken}.")
    return file_rows(file), spoken


def _pipeline(language: Language, user_dict: Path | None, given: bool) -> PipelineConfig:
    from wenmai.cli.loading import user_entries
    from wenmai.text.clean import CleanConfig
    from wenmai.text.pipeline import PipelineConfig
    from wenmai.text.segment import GivenSegment, WordSegment

    if given:
        if user_dict is not None:
            raise UsageError("--user-dict helps to cut words, and --given-words cuts none", remedy="Leave one out")
        return PipelineConfig(clean=CleanConfig.minimal(), segment=GivenSegment())
    return PipelineConfig(segment=WordSegment(language=language, user_words=user_entries(user_dict)))


def _tell(found: WordClasses, method: ClassMethod, shown: int, output: Format) -> None:
    from wenmai.cli.output import Column, show_table, write_csv, write_json

    if output is Format.JSON:
        write_json(_told(found, method))
        return
    if output is Format.CSV:
        counts = [""] * len(found.words) if found.counts is None else found.counts.tolist()
        names = found.names
        rows = zip(found.words, (names[at] for at in found.classes.tolist()), counts, strict=True)
        write_csv(("word", "class", "count"), rows)
        return
    columns = [Column("class"), Column("words", number=True), Column("the most frequent", wrap=True)]
    rows_shown = []
    for number in _order(found):
        members = found.members(number)
        more = " …" if len(members) > shown else ""
        rows_shown.append((found.names[number], f"{len(members):,}", " ".join(members[:shown]) + more))
    show_table(f"{len(found.words):,} words in {len(rows_shown)} classes", columns, rows_shown)


def _order(found: WordClasses) -> list[int]:
    """The classes as they are shown: near ones of a tree together, else in the order of their numbers."""
    return sorted(range(len(found.names)), key=lambda number: (found.names[number] if found.paths else "", number))


def _told(found: WordClasses, method: ClassMethod) -> dict[str, Any]:
    counts = None if found.counts is None else dict(zip(found.words, found.counts.tolist(), strict=True))
    return {
        "method": method.value,
        "classes": [
            {
                "class": found.names[number],
                "words": [
                    {"word": word, "count": None if counts is None else counts[word]} for word in found.members(number)
                ],
            }
            for number in _order(found)
        ],
    }


def _write(found: WordClasses, method: ClassMethod, out: Path) -> None:
    from wenmai.cli.output import note
    from wenmai.core.io import write_atomic

    if out.suffix.casefold() == ".json":
        write_atomic(out, json.dumps(_told(found, method), ensure_ascii=False, indent=1) + "\n")
    else:
        lost = found.unwritable()
        if lost:
            note(f"{len(lost):,} words with a tab or a line break are not in {out}")
        write_atomic(out, found.to_tsv())
    note(f"{len(found.words):,} words on {out}")
