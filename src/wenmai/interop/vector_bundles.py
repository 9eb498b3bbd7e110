"""Files of word vectors as bundles, so that recipes can build on them.

Letters of the shapes: V words, D width of a vector.
"""

from __future__ import annotations

import hashlib

import numpy as np

from wenmai.batches.word_index import WordIndex
from wenmai.bundle import Bundle, Provenance
from wenmai.bundle.bundle import build_model
from wenmai.core.errors import UsageError
from wenmai.core.machine import versions
from wenmai.core.schema import EmbedColumns, Language, Schema
from wenmai.interop.vector_table import VectorTable
from wenmai.models.word_table import WordTable, WordTableConfig
from wenmai.recipe import Recipe, recipe_for
from wenmai.tasks.embed import Embed
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import GivenSegment


def bundle_from_vectors(table: VectorTable, member: str, *, name: str, language: Language = "mixed") -> Bundle:
    """The bundle of a member that learns word vectors, holding these; texts are words parted by white space.

    Args:
        table: words [V] and vectors [V, D].
        member: the catalog's name of what the vectors are most like: ``word2vec``, ``glove``.
        name: where they come from; language: of the words.

    Raises:
        UsageError: when the member learns no table of word vectors.
    """
    defaults = recipe_for(member, language)
    if not isinstance(defaults.model, WordTableConfig):
        raise UsageError(f"{member} holds no table of word vectors", remedy="Choose word2vec or glove")
    pipeline_config = PipelineConfig(clean=CleanConfig.minimal(), segment=GivenSegment())
    config = defaults.model.but(dim=table.vectors.shape[1], min_count=1)
    recipe = Recipe(member=member, model=config, pipeline=pipeline_config)
    task, pipeline = Embed(), Pipeline(pipeline_config)
    model = build_model(recipe, task, pipeline, {})
    if not isinstance(model, WordTable):
        raise UsageError(f"{member} holds no table of word vectors", remedy="Choose word2vec or glove")
    counts = np.zeros(len(table.words), np.int64) if table.counts is None else table.counts
    vectors = np.ascontiguousarray(table.vectors)
    model.restore({"words": WordIndex(table.words).to_bytes(), "word_counts": counts, "vectors": vectors})
    digest = hashlib.sha256(vectors.data).hexdigest()[:16]
    provenance = Provenance(
        data=name,
        data_fingerprint="unknown",
        rows=0,
        seed=0,
        seconds=0.0,
        versions=versions(),
        notes=(
            f"Converted from the word vectors of {name}, whose numbers have the fingerprint {digest}",
            "The file does not tell how they were trained, nor on what; the recipe's settings but for dim are defaults",
            *(() if table.counts is not None else ("It does not tell how often words occurred: counts are 0",)),
        ),
    )
    return Bundle(recipe, Schema(columns=EmbedColumns(), language=language), task, pipeline, model, provenance)
