"""Texts with the words that decided marked on them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from wenmai.comparison.page.markup import Markup, join, tag
from wenmai.comparison.results import DecidingSpan

LEVELS = 5
EXCERPT = 320
_FAINT = 0.12
"""Weights below this share of the strongest are not drawn: marks on everything say nothing."""


def character_weights(length: int, spans: Sequence[DecidingSpan]) -> list[float]:
    """What each character of a text spoke: a span's weight is spread over its characters, overlapping spans add up."""
    weights = [0.0] * length
    for span in spans:
        start, end = max(0, span.start), min(length, span.end)
        for at in range(start, end):
            weights[at] += span.weight / (end - start)
    return weights


def marked(text: str, spans: Sequence[DecidingSpan], *, limit: int = EXCERPT) -> Markup:
    """The text with ``<mark>`` on its deciding characters, from faint to strong; long texts around the strongest part.

    Args:
        text: the original.
        spans: offsets on it, in characters.
        limit: characters that are shown at most.
    """
    weights = character_weights(len(text), spans)
    start, end = _excerpt(weights, limit)
    strongest = max((abs(weight) for weight in weights), default=0.0)
    levels = [_level(weight, strongest) for weight in weights[start:end]]
    pieces: list[str] = ["… "] if start else []
    at = start
    for level, run in groupby(levels):
        piece = text[at : at + len(list(run))]
        at += len(piece)
        pieces.append(_mark(piece, level))
    return join([*pieces, " …" if end < len(text) else None])


def _mark(piece: str, level: int) -> str:
    if level == 0:
        return piece
    return tag("mark", piece, class_=f"for{level}" if level > 0 else f"against{-level}")


def _level(weight: float, strongest: float) -> int:
    """-5 to 5; 0 where a character hardly spoke."""
    share = abs(weight) / strongest if strongest else 0.0
    if share < _FAINT:
        return 0
    level = max(1, round(share * LEVELS))
    return level if weight > 0 else -level


def _excerpt(weights: Sequence[float], limit: int) -> tuple[int, int]:
    """The window of at most ``limit`` characters that holds the most weight."""
    if len(weights) <= limit:
        return 0, len(weights)
    held = most = sum(abs(weight) for weight in weights[:limit])
    best = 0
    for start in range(1, len(weights) - limit + 1):
        held += abs(weights[start + limit - 1]) - abs(weights[start - 1])
        # Rounding makes equal windows differ by a hair; the earlier one, usually the beginning, reads better.
        if held > most + 1e-9:
            best, most = start, held
    return best, best + limit
