"""Fitting rungs that build on another bundle: word vectors, learnt from texts of the same kind, stand in for it."""

from __future__ import annotations

import pyarrow as pa
from corpora import reviews

from wenmai.core.schema import EmbedColumns, Schema
from wenmai.data.dataset import Dataset
from wenmai.recipe import InputReference, input_names, recipe_for, with_inputs, with_settings
from wenmai.training import fit as fit_alone

_vectors = {}


def vectors(language):
    """Vectors of the words of made-up reviews, learnt once a language."""
    if language not in _vectors:
        texts = list(reviews(language, 3, rows=300, seed=7).inputs().text)
        data = Dataset(pa.table({"text": texts}), Schema(columns=EmbedColumns(), language=language), "made up")
        recipe = with_settings(recipe_for("count-vectors:ppmi", language), ["model.dim=16", "model.min_count=1"])
        _vectors[language] = fit_alone(recipe, data)
    return _vectors[language]


def inputs_of(recipe, language):
    """Vectors for every input that the recipe needs, by name."""
    return {name: vectors(language) for name in input_names(recipe)}


def fit(recipe, train, dev=None, **options):
    """`wenmai.fit`, with vectors for every input that the recipe needs."""
    inputs = inputs_of(recipe, train.schema.language)
    references = [InputReference(name=name, content=bundle.fingerprint) for name, bundle in inputs.items()]
    return fit_alone(with_inputs(recipe, references), train, dev, inputs=inputs, **options)
