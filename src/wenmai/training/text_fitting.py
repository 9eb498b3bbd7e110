"""fit_text and fit_texts: vectors of words from a file, or from a stream of texts, that may be larger than memory."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from wenmai.batches.corpus import Corpus, Rows, file_rows, read_corpus
from wenmai.bundle.bundle import Bundle, Provenance, build_model
from wenmai.catalog import CATALOG, Catalog
from wenmai.core.errors import UsageError
from wenmai.core.io import sha256_file
from wenmai.core.machine import versions
from wenmai.core.progress import SILENT, Progress
from wenmai.core.schema import EmbedColumns, Language, Schema
from wenmai.data.files import TextFile
from wenmai.data.tagged_words import TaggedText, separator_of, tagged_text
from wenmai.models.contract import Run
from wenmai.models.word_table import LearnsFromCorpus, not_empty
from wenmai.recipe import Recipe
from wenmai.tasks.embed import Embed
from wenmai.text.language import detect_language
from wenmai.text.pipeline import Pipeline
from wenmai.text.segment import TaggedSegment
from wenmai.training.keeping import StepKeeper

if TYPE_CHECKING:
    from wenmai.models.word_table import WordTableConfig

_SAMPLE_ROWS = 1000


def language_of(file: TextFile) -> Language:
    """The language of a text file's first lines; of a tagged one, of its words."""
    lines = list(islice(file.lines(), _SAMPLE_ROWS))
    separator = separator_of(lines)
    if separator is not None:
        lines = [" ".join(piece.rpartition(separator)[0] for piece in line.split()) for line in lines]
    return detect_language(lines)


def fit_text(
    recipe: Recipe,
    file: TextFile,
    folder: Path,
    *,
    language: Language,
    seed: int = 0,
    threads: int = 1,
    budget: float | None = None,
    progress: Progress = SILENT,
    catalog: Catalog = CATALOG,
) -> Bundle:
    """Learn vectors of words from a file of which every line is a row, as `fit` does from a data set.

    The text is read once; the numbers of its words are kept in a file that is mapped into memory.

    Args:
        recipe: of a member that learns the task embed, without inputs.
        file: what `wenmai.data.files.examine` found.
        folder: there, for this fit alone: for the words' numbers, and for checkpoints, from which a fit that was ended
            goes on. The caller removes it when the bundle is safe.
        language: of the text; seed, threads, budget, progress: as `fit` takes them.

    Raises:
        UsageError: when the member does not learn from text alone, or the recipe has inputs.
        FitError: when no word is frequent enough, or the budget is spent.
        DataError: when the pipeline is for tagged text and the file is none.
    """
    fingerprint = sha256_file(file.path)[:16]
    key = {"recipe": recipe.fingerprint, "text": fingerprint, "seed": str(seed), "threads": str(threads)}
    keeper = StepKeeper(folder, key)
    tagged = _tagged(file, recipe)
    blocks = file_rows(file) if tagged is None else tagged.rows()

    def notes() -> tuple[str, ...]:
        return (*(() if tagged is None else tagged.notes()), *keeper.notes)

    given = _Given(file.path.name, blocks, lambda: fingerprint, notes)
    pipeline = Pipeline.fit(recipe.pipeline, _texts(file))
    run = Run(seed, threads, "none", _deadline(budget), progress, keeper)
    return _fitted(recipe, given, pipeline, folder, language, run, catalog)


def fit_texts(
    recipe: Recipe,
    texts: Iterable[str],
    folder: Path,
    *,
    name: str = "texts",
    language: Language,
    seed: int = 0,
    threads: int = 1,
    budget: float | None = None,
    progress: Progress = SILENT,
    catalog: Catalog = CATALOG,
) -> Bundle:
    """Learn vectors of words from texts that come one after the other, as a generator gives them, each once.

    What is not kept cannot be read again: a fit that was ended begins anew.

    Args:
        recipe: of a member that learns the task embed, without inputs.
        texts: a row each.
        folder: there, for this fit alone: for the words' numbers. The caller removes it.
        name: of the texts, for the bundle's provenance.
        language: of the texts; seed, threads, budget, progress: as `fit` takes them.

    Raises:
        UsageError: when the member does not learn from text alone, the recipe has inputs, or its pipeline learns from
            the texts before they are cut.
        FitError: when no word is frequent enough, or the budget is spent.
    """
    if recipe.pipeline.tokenizer is not None or recipe.pipeline.vocabulary is not None:
        raise UsageError("the pipeline reads the texts before they are cut", remedy="Give a file or a table of texts")
    digest = hashlib.sha256()

    def blocks() -> Iterator[Rows]:
        rows = iter(texts)
        while batch := list(islice(rows, _SAMPLE_ROWS)):
            for text in batch:
                digest.update(text.encode("utf-8", "surrogatepass") + b"\n")
            yield batch

    given = _Given(name, blocks(), lambda: digest.hexdigest()[:16], tuple)
    pipeline = Pipeline.fit(recipe.pipeline, ())
    run = Run(seed, threads, "none", _deadline(budget), progress)
    return _fitted(recipe, given, pipeline, folder, language, run, catalog)


@dataclass(frozen=True, slots=True)
class _Given:
    """Rows to learn from; their fingerprint and what there is to say of them are known when they have been."""

    name: str
    blocks: Iterable[Rows]
    fingerprint: Callable[[], str]
    notes: Callable[[], tuple[str, ...]]


def _deadline(budget: float | None) -> float | None:
    return None if budget is None else time.monotonic() + budget


def _fitted(
    recipe: Recipe, given: _Given, pipeline: Pipeline, folder: Path, language: Language, run: Run, catalog: Catalog
) -> Bundle:
    if "embed" not in catalog.entry(recipe.member).tasks or recipe.inputs:
        able = [name for name, entry in catalog.entries.items() if "embed" in entry.tasks]
        raise UsageError(
            f"{recipe.member} learns no vectors from text alone", remedy=f"Models that do: {', '.join(able)}"
        )
    began = time.monotonic()
    schema = Schema(columns=EmbedColumns(), language=language)
    task = Embed()
    model = build_model(recipe, task, pipeline, {})
    if not isinstance(model, LearnsFromCorpus):
        raise UsageError(f"{recipe.member} cannot be fitted on a text alone", remedy="Give a table of texts")
    corpus = _read(given.blocks, pipeline, model.config, folder, run)
    notes = model.learn(corpus, run)
    provenance = Provenance(
        data=given.name,
        data_fingerprint=given.fingerprint(),
        rows=corpus.rows,
        seed=run.seed,
        seconds=round(time.monotonic() - began, 3),
        versions=versions(),
        notes=(*given.notes(), *notes),
    )
    return Bundle(recipe, schema, task, pipeline, model, provenance)


def _texts(file: TextFile) -> Iterator[Sequence[str]]:
    """The lines of a file, some at a time; read only when they are asked for."""
    lines = file.lines()
    while batch := list(islice(lines, _SAMPLE_ROWS)):
        yield batch


def _tagged(file: TextFile, recipe: Recipe) -> TaggedText | None:
    """The reader of a tagged text, where the recipe is for one."""
    segment = recipe.pipeline.segment
    if not isinstance(segment, TaggedSegment):
        return None
    return tagged_text(file, None if segment.separator == "auto" else segment.separator)


def _read(blocks: Iterable[Rows], pipeline: Pipeline, config: WordTableConfig, folder: Path, run: Run) -> Corpus:
    def rows() -> Iterator[Rows]:
        for block in blocks:
            run.check()
            yield block
            run.progress.advance()

    with run.stage("read text"):
        corpus = read_corpus(rows(), pipeline, min_count=config.min_count, max_words=config.max_words, folder=folder)
    return not_empty(corpus, config, f"the {corpus.rows:,} lines")
