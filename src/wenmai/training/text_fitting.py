"""fit_text: vectors of words from a text file that may be larger than memory."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
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
    if "embed" not in catalog.entry(recipe.member).tasks or recipe.inputs:
        able = [name for name, entry in catalog.entries.items() if "embed" in entry.tasks]
        raise UsageError(
            f"{recipe.member} learns no vectors from text alone", remedy=f"Models that do: {', '.join(able)}"
        )
    began = time.monotonic()
    fingerprint = sha256_file(file.path)[:16]
    key = {"recipe": recipe.fingerprint, "text": fingerprint, "seed": str(seed), "threads": str(threads)}
    keeper = StepKeeper(folder, key)
    deadline = None if budget is None else began + budget
    run = Run(seed, threads, "none", deadline, progress, keeper)
    schema = Schema(columns=EmbedColumns(), language=language)
    task = Embed()
    pipeline = Pipeline.fit(recipe.pipeline, _texts(file))
    model = build_model(recipe, task, pipeline, {})
    if not isinstance(model, LearnsFromCorpus):
        raise UsageError(f"{recipe.member} cannot be fitted on a text file", remedy="Give a table of texts")
    tagged = _tagged(file, recipe)
    blocks = file_rows(file) if tagged is None else tagged.rows()
    corpus = _read(blocks, pipeline, model.config, folder, run)
    notes = (*(() if tagged is None else tagged.notes()), *model.learn(corpus, run))
    provenance = Provenance(
        data=file.path.name,
        data_fingerprint=fingerprint,
        rows=corpus.rows,
        seed=seed,
        seconds=round(time.monotonic() - began, 3),
        versions=versions(),
        notes=(*notes, *keeper.notes),
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
