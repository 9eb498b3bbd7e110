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
    usual = _usual(units, language)
    if isinstance(segment, SubwordSegment) or isinstance(segment, CharacterSegment) != (units == "characters"):
        return [usual.words(text) for text in texts]
    if not pipeline.by_character:
        return [_pieces(text, pipeline) for text in texts]
    # Where cleaning takes nothing out of a text and puts nothing in, its own characters are what is cut.
    cleaned = zip(texts, pipeline.cleaned(texts), strict=True)
    return [usual.words(text) if len(clean) == len(text) else _pieces(text, pipeline) for text, clean in cleaned]


def _pieces(text: str, pipeline: Pipeline) -> list[str]:
    """The pieces of one text as they stand in it; what cleaning makes several of, as of an ellipsis, is one."""
    spans: list[tuple[int, int]] = []
    for piece in pipeline.pieces(text):
        if spans and piece.start < spans[-1][1]:
            spans[-1] = spans[-1][0], max(spans[-1][1], piece.end)
        else:
            spans.append((piece.start, piece.end))
    return [text[start:end] for start, end in spans]


def _usual(units: Units, language: Language) -> Segmenter:
    return build_segmenter(CharacterSegment() if units == "characters" else WordSegment(language=language))
