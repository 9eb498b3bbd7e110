"""wenmai embed train: vectors of words from a person's own text."""

from __future__ import annotations

import shlex
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from wenmai.cli.options import (
    Budget,
    Encoding,
    Format,
    FormatOption,
    LanguageOption,
    Seed,
    Settings,
    TextColumns,
    Threads,
    UserDictionary,
)
from wenmai.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from wenmai.bundle import Bundle
    from wenmai.core.schema import Language
    from wenmai.data.dataset import Dataset
    from wenmai.recipe import Recipe

WORK = ".training"
"""What is added to the name of the bundle's folder for the one in which a training keeps how far it is."""


def train_vectors(
    text: Annotated[
        str,
        typer.Argument(
            metavar="TEXT",
            help="A text file of any size, in which a line is a document (.txt, .txt.gz); or a table (CSV, TSV, JSONL, "
            "Parquet).",
            show_default=False,
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", metavar="FOLDER", help="Where the bundle shall stand.", show_default=False)
    ],
    model: Annotated[
        str, typer.Option("--model", metavar="MODEL", help="A model of word vectors, or a preset of it.")
    ] = "word2vec:skipgram",
    given: Annotated[
        bool,
        typer.Option(
            "--given-words", help="Take what stands between white space for words, as it is, nothing cleaned."
        ),
    ] = False,
    columns: TextColumns = None,
    encoding: Encoding = None,
    language: LanguageOption = None,
    seed: Seed = 0,
    threads: Threads = None,
    budget: Budget = None,
    settings: Settings = None,
    user_dict: UserDictionary = None,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a training of the same text that was ended.")
    ] = False,
    output: FormatOption = Format.TABLE,
) -> None:
    """Learn vectors of words from unlabelled text, and save them as a bundle.

    A text file is read once and may be larger than memory. With --threads 1 the same seed gives the same vectors.
    """
    from wenmai.comparison.ladder import seconds_of
    from wenmai.core.machine import available_cores

    training = _Training(
        model,
        given,
        tuple(settings or ()),
        user_dict,
        None if language is None else language.value,
        seed,
        threads or available_cores(),
        seconds_of(budget),
    )
    _check(training, out, resume)
    work = out.with_name(out.name + WORK)
    work.mkdir(parents=True, exist_ok=True)
    try:
        if is_table(text):
            bundle = training.of_table(text, columns, encoding, work)
        else:
            bundle = training.of_text(Path(text), columns, encoding, work)
        bundle.save(out)
    except BaseException as error:
        _leave(work, error)
        raise
    shutil.rmtree(work)
    _tell(bundle, out, output)


@dataclass(frozen=True, slots=True)
class _Training:
    """What was said about the training on the command line."""

    model: str
    given: bool
    settings: Sequence[str]
    user_dict: Path | None
    language: Language | None
    seed: int
    threads: int
    budget: float | None

    def recipe(self, language: Language) -> Recipe:
        """The recipe for text in that language."""
        from wenmai.cli.loading import user_words
        from wenmai.recipe import recipe_for, with_settings
        from wenmai.text.clean import CleanConfig
        from wenmai.text.segment import GivenSegment

        recipe = recipe_for(self.model, language)
        if self.given:
            pipeline = recipe.pipeline.but(clean=CleanConfig.minimal(), segment=GivenSegment())
            recipe = recipe.but(pipeline=pipeline)
        return with_settings(recipe, [*self.settings, *user_words(self.user_dict)])

    def of_text(self, path: Path, columns: Sequence[str] | None, encoding: str | None, work: Path) -> Bundle:
        """From a text file, line by line."""
        from wenmai.cli.output import note
        from wenmai.cli.progress import shown
        from wenmai.data.files import examine
        from wenmai.training.text_fitting import fit_text, language_of

        if columns:
            raise UsageError("--text names a column, and the text is lines", where=str(path), remedy="Leave it out")
        file = examine(path, encoding)
        language = self.language or language_of(file)
        note(f"{file.note}. Each line is a text. Language {language}.")
        with shown() as progress:
            return fit_text(
                self.recipe(language),
                file,
                work,
                language=language,
                seed=self.seed,
                threads=self.threads,
                budget=self.budget,
                progress=progress,
            )

    def of_table(self, data: str, columns: Sequence[str] | None, encoding: str | None, work: Path) -> Bundle:
        """From a column of a table."""
        from wenmai.cli.loading import Source
        from wenmai.cli.output import note
        from wenmai.cli.progress import shown
        from wenmai.training import fit

        loaded = Source(data, text=columns, encoding=encoding, labelled=False).load(language=self.language)
        note(*(f"{one}." for one in loaded.notes))
        recipe = self.recipe(loaded.dataset.schema.language)
        _check_tags(recipe, loaded.dataset, data)
        with shown() as progress:
            return fit(
                recipe,
                loaded.dataset,
                seed=self.seed,
                threads=self.threads,
                budget=self.budget,
                checkpoints=work,
                progress=progress,
            )


def _check_tags(recipe: Recipe, dataset: Dataset, data: str) -> None:
    """Refuse a table without tags for a model that learns of tagged words."""
    from wenmai.data.tagged_words import SENSE, separator_of
    from wenmai.text.segment import TaggedSegment

    if isinstance(recipe.pipeline.segment, TaggedSegment):
        first = dataset.inputs(0, min(len(dataset), 1000)).text
        if separator_of(first, (SENSE,)) is None:
            raise UsageError(
                "the texts of the table are not tagged",
                where=data,
                remedy=f"Write each word as word{SENSE}tag, or give a text file, where word/tag and word_tag do too",
            )


def _check(training: _Training, out: Path, resume: bool) -> None:
    """Refuse what cannot be done before any text is read."""
    from wenmai.catalog import CATALOG

    entry, _ = CATALOG.rung(training.model)
    if "embed" not in entry.tasks:
        able = [name for name, one in CATALOG.entries.items() if "embed" in one.tasks]
        raise UsageError(f"{entry.name} learns no vectors from text alone", remedy=f"Models that do: {', '.join(able)}")
    training.recipe(training.language or "en")
    if out.exists():
        raise UsageError(f"{out} exists already", remedy="Choose another place or remove it first")
    work = out.with_name(out.name + WORK)
    if work.exists() and not resume:
        raise UsageError(f"{work} holds a training that was ended", remedy="Go on with --resume, or remove that folder")
    if resume and not work.exists():
        raise UsageError(f"there is no {work} to go on from", remedy="Leave out --resume")


def is_table(text: str) -> bool:
    """Whether a source is a table, or a folder of them, and not lines of text."""
    from wenmai.data.files import ending
    from wenmai.data.folders import ENDINGS

    return Path(text).is_dir() or text.startswith("hub:") or ending(Path(text)) in {*ENDINGS} - {".txt"}


def _leave(work: Path, error: BaseException) -> None:
    """Keep the checkpoints of a training that was ended, and nothing else."""
    from wenmai.batches.corpus import TOKENS_FILE
    from wenmai.cli.output import note

    (work / TOKENS_FILE).unlink(missing_ok=True)
    if not any(work.glob("*.json")) or isinstance(error, UsageError):
        shutil.rmtree(work, ignore_errors=True)
    elif isinstance(error, KeyboardInterrupt):
        note(f"What is done is kept in {work}; to go on, add: --resume")


def _tell(bundle: Bundle, out: Path, output: Format) -> None:
    from wenmai.cli.output import Column, note, show_table, show_whole, write_csv, write_json
    from wenmai.data.tagged_words import SENSE
    from wenmai.models.word_table import HoldsWordVectors

    model, provenance = bundle.model, bundle.provenance
    assert isinstance(model, HoldsWordVectors), "the catalog says that it learns vectors"
    told = {
        "model": bundle.recipe.member,
        "words": len(model.words),
        "dimensions": model.vectors.shape[1],
        "rows": provenance.rows,
        "seconds": provenance.seconds,
        "notes": list(provenance.notes),
        "bundle": str(out),
    }
    if output is Format.JSON:
        write_json(told)
        return
    if output is Format.CSV:
        write_csv(tuple(told), [["; ".join(value) if isinstance(value, list) else value for value in told.values()]])
        return
    show_table("", [Column(""), Column("", wrap=True)], [
        ("words", f"{told['words']:,} of {told['dimensions']} numbers each, from {told['rows']:,} texts"),
        ("time", f"{told['seconds']:,.1f} s"),
        *(("note", one) for one in provenance.notes),
    ])  # fmt: skip
    word = next((one for one in model.words if len(one.partition(SENSE)[0]) > 1), model.words[0])
    note("Next:")
    show_whole(f"wenmai embed neighbors {shlex.quote(str(out))} {shlex.quote(word)}")
