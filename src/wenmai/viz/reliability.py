"""Two charts of confidence: what a model says against what is so, and accuracy against how much it answers.

Shapes: B bins, P points of a curve.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.viz.svg import ACCENT, INK, MUTED, altair, plain_config, render

Floats = NDArray[np.float64]

_PADDING = {"left": 58, "right": 16, "top": 12, "bottom": 44}
_DODGE = 8
"""Pixels that a label stands away from the line it names."""


@dataclass(frozen=True)
class Shares:
    """Shares with their intervals over another share.

    Attributes:
        across: [P] or [B] positions on the horizontal axis, between 0 and 1.
        values: their heights, between 0 and 1.
        lows: low ends of their intervals; highs: high ends.
    """

    across: Floats
    values: Floats
    lows: Floats
    highs: Floats


def reliability_plot(bins: Shares, *, width: int, height: int = 340, said: str, so: str) -> str:
    """What is so over what is said, with the line on which both are the same, as SVG text ``width`` pixels wide.

    Points below the line are bins that promise too much.

    Args:
        bins: B mean confidences, and how often they were right.
        width: of the whole picture; height: of the whole picture.
        said: the title of the horizontal axis; so: of the vertical one.

    Raises:
        MissingExtraError: when the packages of the extra ``report`` are missing.
    """
    alt = altair()
    low = _round_below(min(float(bins.across.min()), float(bins.lows.min())), 0.1)
    plot, tall = _inside(width, height)
    x = alt.X("across:Q", scale=_scale(alt, low, 1.0), axis=_axis(alt, said, plot))
    y = alt.Y("value:Q", scale=_scale(alt, low, 1.0), axis=_axis(alt, so, tall))
    line = _data(alt, [{"across": low, "value": low}, {"across": 1.0, "value": 1.0}])
    points = _rows(alt, bins, low)
    layers = [
        alt.Chart(line).mark_line(color=MUTED, strokeWidth=1, strokeDash=[4, 4]).encode(x=x, y=y),
        alt.Chart(points)
        .mark_rule(color=ACCENT, strokeWidth=2)
        .encode(x=x, y=alt.Y("low:Q", scale=_scale(alt, low, 1.0), axis=_axis(alt, so, tall)), y2="high:Q"),
        alt.Chart(points).mark_point(color=ACCENT, filled=True, size=60, opacity=1).encode(x=x, y=y),
        _text(alt, "as it says", plot * 0.3, tall * 0.7 - _DODGE, align="right"),
    ]
    return _finish(alt, layers, plot, tall)


def coverage_plot(
    curve: Shares, *, width: int, height: int = 300, answered: str, right: str, marks: Sequence[float] = ()
) -> str:
    """The share of right answers over the share of rows that is answered, as SVG text ``width`` pixels wide.

    Args:
        curve: P coverages, and the accuracy among the answers.
        width: of the whole picture; height: of the whole picture.
        answered: the title of the horizontal axis; right: of the vertical one.
        marks: coverages of the curve that get a dot and their accuracy in words.

    Raises:
        MissingExtraError: when the packages of the extra ``report`` are missing.
    """
    alt = altair()
    high, lowest = 1.0, float(curve.lows.min())
    low = _round_below(lowest - 0.1 * (high - lowest), 0.05)  # with room for words below the last point
    plot, tall = _inside(width, height)
    across = _scale(alt, 0.0, 1.0)
    x = alt.X("across:Q", scale=across, axis=_axis(alt, answered, plot))
    y_axis = _axis(alt, right, tall)
    points = _rows(alt, curve, low)
    layers = [
        alt.Chart(points)
        .mark_area(color=ACCENT, opacity=0.18)
        .encode(x=x, y=alt.Y("low:Q", scale=_scale(alt, low, high), axis=y_axis), y2="high:Q"),
        alt.Chart(points)
        .mark_line(color=ACCENT, strokeWidth=2)
        .encode(x=x, y=alt.Y("value:Q", scale=_scale(alt, low, high), axis=y_axis)),
    ]
    for mark in marks:
        nearest = int(np.argmin(np.abs(curve.across - mark)))
        place, value = float(curve.across[nearest]), float(curve.values[nearest])
        dot = _data(alt, [{"across": place, "value": value}])
        layers.append(
            alt.Chart(dot)
            .mark_point(color=ACCENT, filled=True, size=60, opacity=1)
            .encode(x=x, y=alt.Y("value:Q", scale=_scale(alt, low, high), axis=y_axis))
        )
        above = tall * (high - value) / (high - low)
        # The curve falls from left to right, so that there is room below on the left of a point.
        layers.append(_text(alt, f"{value:.1%}", plot * place - _DODGE, above + 1.5 * _DODGE, align="right", ink=True))
    return _finish(alt, layers, plot, tall)


def _round_below(share: float, step: float) -> float:
    """The next multiple of the step below a share, where an axis begins."""
    return max(0.0, min(math.floor(share / step + 1e-9) * step, 1 - step))


def _inside(width: int, height: int) -> tuple[int, int]:
    return width - _PADDING["left"] - _PADDING["right"], height - _PADDING["top"] - _PADDING["bottom"]


def _rows(alt: Any, shares: Shares, lowest: float) -> Any:
    """The points as data; an interval that runs past the edge is cut there."""
    columns = (shares.across, shares.values, np.maximum(shares.lows, lowest), shares.highs)
    names = ("across", "value", "low", "high")
    return _data(alt, [dict(zip(names, map(float, row), strict=True)) for row in zip(*columns, strict=True)])


def _data(alt: Any, rows: Sequence[dict[str, float]]) -> Any:
    return alt.Data(values=list(rows))


def _scale(alt: Any, low: float, high: float) -> Any:
    return alt.Scale(domain=[low, high], nice=False, zero=False)


def _axis(alt: Any, title: str, pixels: float) -> Any:
    return alt.Axis(title=title, format=".0%", tickCount=max(3, int(pixels // 80)))


def _text(alt: Any, words: str, x: float, y: float, *, align: str, ink: bool = False) -> Any:
    return (
        alt.Chart(alt.Data(values=[{"text": words}]))
        .mark_text(align=align, baseline="middle", color=INK if ink else MUTED)
        .encode(x=alt.XValue(x), y=alt.YValue(y), text="text:N")
    )


def _finish(alt: Any, layers: Sequence[Any], width: float, height: float) -> str:
    chart = alt.layer(*layers).properties(
        width=width, height=height, padding=_PADDING, autosize=alt.AutoSizeParams(type="none")
    )
    return render(chart.configure(**plain_config()))
