"""How fastText is used: over words, or over characters."""

from __future__ import annotations

from wenmai.core.schema import Language
from wenmai.models.contract import Preset
from wenmai.models.fasttext import FastTextConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment, WordSegment

TRIED = ((5, 0.25), (10, 0.5), (25, 0.5), (25, 1.0))
"""Epochs and learning rates: from what suffices much text of few classes to what few rows or many classes need."""


def fasttext_words(language: Language) -> Preset:
    """Words and pairs of words."""
    return _tried(FastTextConfig(min_count=2), PipelineConfig(segment=WordSegment(language=language)))


def fasttext_characters(language: Language) -> Preset:
    """Characters as if they were words, in runs of up to three; for English, words and the characters in them."""
    if language == "en":
        model = FastTextConfig(min_count=2, word_ngrams=1, minn=3, maxn=5)
        return _tried(model, PipelineConfig(segment=WordSegment(language=language)))
    return _tried(FastTextConfig(min_count=2, word_ngrams=3), PipelineConfig(segment=CharacterSegment()))


def _tried(model: FastTextConfig, pipeline: PipelineConfig) -> Preset:
    candidates = tuple(model.but(epochs=epochs, learning_rate=rate) for epochs, rate in TRIED)
    return Preset(model, pipeline, candidates)
