"""Fitting rungs that build on another bundle: word vectors or an encoder of the same kind of text stand in for it."""

from __future__ import annotations

import pyarrow as pa
from corpora import reviews, whereabouts

from wenmai.core.schema import EmbedColumns, Schema
from wenmai.data.dataset import Dataset
from wenmai.recipe import InputReference, input_names, recipe_for, with_inputs, with_settings
from wenmai.training import fit as fit_alone

_vectors = {}
_encoders = {}


def vectors(language):
    """Vectors of the words of made-up reviews, learnt once a language."""
    if language not in _vectors:
        texts = list(reviews(language, 3, rows=300, seed=7).inputs().text)
        data = Dataset(pa.table({"text": texts}), Schema(columns=EmbedColumns(), language=language), "made up")
        recipe = with_settings(recipe_for("count-vectors:ppmi", language), ["model.dim=16", "model.min_count=1"])
        _vectors[language] = fit_alone(recipe, data)
    return _vectors[language]


def encoder(language):
    """A tiny encoder with drawn weights, that knows the subwords of the made-up texts."""
    if language not in _encoders:
        from wenmai.bundle import Bundle, Provenance
        from wenmai.bundle.bundle import build_model
        from wenmai.tasks.embed import Embed
        from wenmai.text.pipeline import Pipeline

        texts = [
            *reviews(language, 3, rows=300, seed=7).inputs().text,
            *whereabouts(language, 100, seed=7).inputs().text,
        ]
        settings = ["model.encoder.block.width=32", "model.pooling=mean", "model.normalise=true"]
        recipe = with_settings(recipe_for("bert:scratch", language), settings)
        pipeline, task = Pipeline.fit(recipe.pipeline, [texts]), Embed()
        model = build_model(recipe, task, pipeline, {})
        model.draw(0)
        provenance = Provenance(data="made up", data_fingerprint="none", rows=0, seed=0, seconds=0, versions={})
        schema = Schema(columns=EmbedColumns(), language=language)
        _encoders[language] = Bundle(recipe, schema, task, pipeline, model, provenance)
    return _encoders[language]


def distinct(rungs):
    """The rungs, but for those that are another's under their own name: they would be fitted twice for nothing."""
    found = {}
    for rung in rungs:
        recipe = recipe_for(rung, "zh")
        found.setdefault(recipe.to_json().replace(f'"{recipe.member}"', "", 1), rung)
    return list(found.values())


def inputs_of(recipe, language):
    """A bundle for every input that the recipe needs, by name."""
    return {name: encoder(language) if name == "encoder" else vectors(language) for name in input_names(recipe)}


def fit(recipe, train, dev=None, **options):
    """`wenmai.fit`, with vectors for every input that the recipe needs."""
    inputs = inputs_of(recipe, train.schema.language)
    references = [InputReference(name=name, content=bundle.fingerprint) for name, bundle in inputs.items()]
    return fit_alone(with_inputs(recipe, references), train, dev, inputs=inputs, **options)
