"""Where things stand in a chart: how wide a label is, where labels do not cover each other, what range to show.

Shapes: P points.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FOCUS = 0.1
"""Scores further than this below the best stand on the edge of the chart, with their value in words."""


def text_width(text: str, size: float) -> float:
    """About how many pixels a text takes in a sans-serif of ``size`` pixels; full-width characters take a whole em."""
    ems = sum(1.0 if unicodedata.east_asian_width(character) in "WF" else 0.56 for character in text)
    return ems * size


def shorten(text: str, width: float, size: float) -> str:
    """The text, cut with an ellipsis where it would be wider than ``width`` pixels."""
    if text_width(text, size) <= width:
        return text
    kept = text
    while kept and text_width(kept + "…", size) > width:
        kept = kept[:-1]
    return kept.rstrip() + "…"


@dataclass(frozen=True, slots=True)
class Range:
    """The part of a score axis that is drawn.

    Attributes:
        low: where it begins.
        high: where it ends.
        inside: [P] whether a point's value lies in it.
    """

    low: float
    high: float
    inside: NDArray[np.bool_]


def score_range(values: Floats, lows: Floats, highs: Floats, *, lower_is_better: bool = False) -> Range:
    """A range that shows the differences among the good scores; a baseline far below does not squeeze them.

    Args:
        values: [P] scores.
        lows: [P] low ends of their intervals.
        highs: [P] high ends.
        lower_is_better: a loss; every value is then shown.
    """
    inside = np.ones(len(values), dtype=bool)
    if not lower_is_better:
        near = values >= values.max() - FOCUS
        # With fewer than two good scores there is nothing to compare up close.
        inside = near if near.sum() > 1 else inside
    low, high = float(lows[inside].min()), float(highs[inside].max())
    margin = max((high - low) * 0.06, 1e-3)
    return Range(low - margin, high + margin, inside)


def log_ticks(low: float, high: float, most: int) -> list[float]:
    """Round values (1, 2, 5 times a power of ten) in a range of positive numbers, at most ``most`` of them."""
    powers = range(math.floor(math.log10(low)) - 1, math.ceil(math.log10(high)) + 2)
    for steps in ((1, 2, 5), (1, 3), (1,)):
        ticks = [float(f"{step}e{power}") for power in powers for step in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) <= most:
            return ticks
    return ticks[:: math.ceil(len(ticks) / most)]


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a label goes: its anchor in pixels, and which way it runs from there."""

    x: float
    y: float
    align: Literal["left", "right", "center"]


def place_labels(
    x: Sequence[float],
    y: Sequence[float],
    labels: Sequence[str],
    *,
    whiskers: Sequence[tuple[float, float]],
    width: float,
    height: float,
    size: float,
) -> list[Placed]:
    """Put a label beside each point so that labels cover neither each other nor points, as far as that can be.

    Args:
        x: [P] pixels from the left.
        y: [P] pixels from the top.
        labels: P texts; the first ones choose first.
        whiskers: P top and bottom ends of the line through each point.
        width: of the plot, in pixels.
        height: of the plot.
        size: of the type.
    """
    taken = [(px - 7, py - 7, px + 7, py + 7) for px, py in zip(x, y, strict=True)]
    taken += [(px - 2, top, px + 2, bottom) for px, (top, bottom) in zip(x, whiskers, strict=True)]
    placed = []
    for px, py, label in zip(x, y, labels, strict=True):
        wide, tall = text_width(label, size), size * 1.15
        options = [option for shift in (0.0, 0.8, 1.6, 2.4, 3.2) for option in _options(px, py, wide, tall, shift)]
        costs = [_overlap(box, taken, width, height) + 0.5 * order for order, (box, _) in enumerate(options)]
        box, place = options[int(np.argmin(costs))]
        taken.append(box)
        placed.append(place)
    return placed


Box = tuple[float, float, float, float]


def _options(px: float, py: float, wide: float, tall: float, shift: float) -> list[tuple[Box, Placed]]:
    """Right, left, above and below of a point, moved up or down by ``shift`` lines."""
    found: list[tuple[Box, Placed]] = []
    for sign in (-1, 1) if shift else (1,):
        middle = py + sign * shift * tall
        top, bottom = middle - tall / 2, middle + tall / 2
        found.append(((px + 10, top, px + 10 + wide, bottom), Placed(px + 10, middle, "left")))
        found.append(((px - 10 - wide, top, px - 10, bottom), Placed(px - 10, middle, "right")))
    for sign in (-1, 1):
        middle = py + sign * (10 + tall / 2 + shift * tall)
        box = (px - wide / 2, middle - tall / 2, px + wide / 2, middle + tall / 2)
        found.append((box, Placed(px, middle, "center")))
    return found


def _overlap(box: Box, taken: Sequence[Box], width: float, height: float) -> float:
    """Square pixels of a box that are covered already or lie outside the plot."""
    left, top, right, bottom = box
    covered = sum(
        max(0.0, min(right, other[2]) - max(left, other[0])) * max(0.0, min(bottom, other[3]) - max(top, other[1]))
        for other in taken
    )
    inside = max(0.0, min(right, width) - max(left, 0)) * max(0.0, min(bottom, height) - max(top, 0))
    # Running out of the picture is worse than touching a neighbour: what is cut off cannot be read at all.
    return covered + 4 * ((right - left) * (bottom - top) - inside)
