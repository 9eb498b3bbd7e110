"""What raw text is cut into before it is tagged: what the training rows have as tokens."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from wenmai.core.schema import Language
from wenmai.text.pipeline import Pipeline
from wenmai.text.segment import CharacterSegment, Segmenter, SubwordSegment, WordSegment, build_segmenter

Units = Literal["characters", "words"]

_MOSTLY = 0.99


def units_of(tokens: Sequence[Sequence[str]], language: Language) -> Units:
    """Characters where nearly every token of text that is not English is one, words otherwise."""
    if language == "en":
        return "words"
    lengths = [len(token) for row in tokens for token in row]
    return "characters" if sum(length == 1 for length in lengths) >= _MOSTLY * len(lengths) else "words"


def cut_texts(texts: Sequence[str], pipeline: Pipeline, units: Units, language: Language) -> list[list[str]]:
    """The tokens of raw texts, as they stand in them.

    The recipe's pipeline cuts them, unless it cuts characters where the tokens are words, or the other way round, or
    subwords, which are neither: then the usual segmentation into these units does.
    """
    segment = pipeline.config.segment
    if not isinstance(segment, SubwordSegment) and isinstance(segment, CharacterSegment) == (units == "characters"):
        return [[text[piece.start : piece.end] for piece in pipeline.pieces(text)] for text in texts]
    segmenter = _usual(units, language)
    return [[text[start:end] for start, end in segmenter.spans(text)] for text in texts]


def _usual(units: Units, language: Language) -> Segmenter:
    return build_segmenter(CharacterSegment() if units == "characters" else WordSegment(language=language))
