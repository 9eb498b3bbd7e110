"""Word vectors of other programs as bundles, so that recipes can build on them; and fastText's vectors back as a file.

Letters of the shapes: V words, D width of a vector, H buckets.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import numpy as np

from wenmai.batches.fasttext_dictionary import END
from wenmai.batches.fasttext_hashes import subword_buckets
from wenmai.batches.word_index import WordIndex
from wenmai.bundle import Bundle, Provenance
from wenmai.bundle.bundle import build_model
from wenmai.core.errors import UsageError
from wenmai.core.io import sha256_file
from wenmai.core.machine import versions
from wenmai.core.schema import EmbedColumns, Language, Schema
from wenmai.interop.fasttext_binary import FastTextFile, FastTextSettings, read_fasttext
from wenmai.interop.fasttext_matrices import PlainMatrix
from wenmai.interop.vector_table import VectorTable
from wenmai.models.contract import Arrays
from wenmai.models.subword_vectors import SubwordVectors, SubwordVectorsConfig
from wenmai.models.word_table import WordTableConfig
from wenmai.recipe import Recipe, recipe_for
from wenmai.tasks.embed import Embed
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import GivenSegment

_BROKEN = re.compile("[\ud800-\udfff\n]")
_SUBWORD_MEMBER = "fasttext-vectors"
_RATE_UPDATE = 100
"""A setting of the official program that decides nothing once a model is trained; its default."""


def bundle_from_vectors(table: VectorTable, member: str, *, name: str, language: Language = "mixed") -> Bundle:
    """The bundle of a member that learns word vectors, holding these; texts are words parted by white space.

    Args:
        table: words [V] and vectors [V, D].
        member: the catalog's name of what the vectors are most like: ``word2vec``, ``glove``.
        name: where they come from; language: of the words.

    Raises:
        UsageError: when the member learns no table of word vectors.
    """
    defaults = recipe_for(member, language).model
    if not isinstance(defaults, WordTableConfig) or isinstance(defaults, SubwordVectorsConfig):
        raise UsageError(f"{member} is no plain table of word vectors", remedy="Choose word2vec or glove")
    vectors = np.ascontiguousarray(table.vectors)
    counts = np.zeros(len(table.words), np.int64) if table.counts is None else table.counts
    arrays: Arrays = {"words": WordIndex(table.words).to_bytes(), "word_counts": counts, "vectors": vectors}
    digest = hashlib.sha256(vectors.data).hexdigest()[:16]
    notes = [
        f"Converted from the word vectors of {name}, whose numbers have the fingerprint {digest}",
        "The file does not tell how they were trained, nor on what; the recipe's settings but for dim are defaults",
    ]
    if table.counts is None:
        notes.append("It does not tell how often words occurred: counts are 0")
    config = defaults.but(dim=vectors.shape[1], min_count=1)
    return _bundle(member, config, arrays, name, tuple(notes), language)


def bundle_from_subwords(path: Path, *, language: Language = "mixed") -> Bundle:
    """The bundle of an unsupervised ``.bin`` whose words have runs of characters.

    Known words have the vectors that the official program gives. Runs that occur in none of them never learnt anything:
    their rows, which hold the noise that they began with, are left out, so that they add nothing to an unseen word.

    Raises:
        UsageError: for a supervised model or one without runs of characters; DataError: for a damaged file.
    """
    file = read_fasttext(path)
    settings = file.settings
    if settings.model == "supervised" or settings.maxn <= 0 or file.kept is not None:
        raise UsageError("the words have no runs of characters, or labels", where=str(path))
    kept = [row for row, word in enumerate(file.words) if word != END and not _BROKEN.search(word)]
    words = [file.words[row] for row in kept]
    config = SubwordVectorsConfig.parse(
        {
            "dim": settings.dim,
            "min_count": max(settings.min_count, 1),
            "architecture": "cbow" if settings.model == "cbow" else "skip-gram",
            "window": max(settings.window, 1),
            "objective": "hierarchical" if settings.loss == "hs" else "negative",
            "negatives": max(settings.negatives, 1),
            "sample": settings.subsample,
            "epochs": max(settings.epochs, 1),
            "subwords": {"minn": max(settings.minn, 1), "maxn": settings.maxn, "bucket": settings.bucket},
        },
        where=str(path),
    )
    found, _ = subword_buckets(words, config.subwords.minn, config.subwords.maxn, config.subwords.bucket)
    buckets = np.unique(found)
    rows = np.concatenate([np.array(kept, np.int64), file.bucket_rows(buckets)])
    arrays: Arrays = {
        "words": WordIndex(words).to_bytes(),
        "word_counts": file.word_counts[kept],
        "input": file.input.rows(rows),
        "buckets": buckets,
    }
    notes = [
        f"Converted from a model of fastText's own program, {file.name}, SHA-256 {sha256_file(path)}",
        "Runs of characters that occur in no word of it add nothing to the vectors of unseen words",
    ]
    lost = len(file.words) - len(kept)
    if lost:
        notes.append(f"{lost:,} of its words are left out: the end of a line, or what is not UTF-8")
    return _bundle(_SUBWORD_MEMBER, config, arrays, file.name, tuple(notes), language)


def fasttext_from_subwords(bundle: Bundle) -> FastTextFile:
    """A bundle of fastText's vectors as the official program's file, which gives the same ones, of unseen words too.

    Raises:
        UsageError: for a bundle of another member.
    """
    model = bundle.model
    if not isinstance(model, SubwordVectors):
        raise UsageError(
            f"{bundle.recipe.member} has no runs of characters", remedy="Give a bundle of fastText vectors"
        )
    config, words = model.config, len(model.words)
    rows = np.zeros((words + config.subwords.bucket, config.dim), np.float32)
    rows[:words] = model.input[:words]
    rows[words + model.buckets.astype(np.int64)] = model.input[words:]
    settings = FastTextSettings(
        dim=config.dim,
        window=config.window,
        epochs=config.epochs,
        min_count=config.min_count,
        negatives=config.negatives,
        word_ngrams=1,
        loss="hs" if config.objective == "hierarchical" else "ns",
        model="cbow" if config.architecture == "cbow" else "skipgram",
        bucket=config.subwords.bucket,
        minn=config.subwords.minn,
        maxn=config.subwords.maxn,
        rate_update=_RATE_UPDATE,
        subsample=config.sample,
    )
    counts = np.maximum(model.counts, 1)
    none = np.zeros(0, np.int64)
    output = PlainMatrix(np.zeros((words, config.dim), np.float32))
    name = bundle.recipe.member
    return FastTextFile(
        name, settings, tuple(model.words), counts, (), none, int(counts.sum()), None, PlainMatrix(rows), output
    )


def _bundle(
    member: str, config: WordTableConfig, arrays: Arrays, name: str, notes: tuple[str, ...], language: Language
) -> Bundle:
    pipeline_config = PipelineConfig(clean=CleanConfig.minimal(), segment=GivenSegment())
    recipe = Recipe(member=member, model=config, pipeline=pipeline_config)
    task, pipeline = Embed(), Pipeline(pipeline_config)
    model = build_model(recipe, task, pipeline, {})
    model.restore(arrays)
    provenance = Provenance(
        data=name,
        data_fingerprint="unknown",
        rows=0,
        seed=0,
        seconds=0.0,
        versions=versions(),
        notes=notes,
    )
    return Bundle(recipe, Schema(columns=EmbedColumns(), language=language), task, pipeline, model, provenance)
