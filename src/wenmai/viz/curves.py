"""The chart of learning curves: scores over the number of labels, on a log axis.

Shapes: P points of a curve.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.viz.layout import shorten, text_width
from wenmai.viz.svg import ACCENT, FONT_SIZE, INK, MUTED, altair, plain_config, render

Floats = NDArray[np.float64]

_DASHES: tuple[tuple[int, ...], ...] = ((), (7, 4), (2, 4), (10, 4, 2, 4))
_SHAPES = ("circle", "square", "triangle-up", "diamond")
_LINE = 1.35 * FONT_SIZE
"""From one label to the next, at least."""
_LEFT, _TOP, _BOTTOM = 58, 12, 44


@dataclass(frozen=True)
class Drawn:
    """A curve.

    Attributes:
        label: written at its end.
        rows: [P] labels, growing.
        values: [P] scores; lows, highs: [P] the ends of their intervals.
        chosen: whether it is the recommended rung's.
    """

    label: str
    rows: Floats
    values: Floats
    lows: Floats
    highs: Floats
    chosen: bool


def learning_plot(curves: Sequence[Drawn], *, width: int, height: int = 340, metric: str, percent: bool) -> str:
    """Curves with their intervals as bands and their names at their ends, as SVG text ``width`` pixels wide.

    The chosen curve has the accent colour; the others differ by dashes and by the shape of their points.

    Args:
        curves: from the first to the last of the page.
        width: of the whole picture; height: of the whole picture.
        metric: the metric's name, for the axis.
        percent: whether scores are shares, shown as percentages.

    Raises:
        MissingExtraError: when the packages of the extra ``report`` are missing.
    """
    alt = altair()
    column = min(width * 0.36, max(text_width(curve.label, FONT_SIZE) for curve in curves) + 6)
    plot, tall = width - _LEFT - column - 18, height - _TOP - _BOTTOM
    low, high = _range(curves)
    x = alt.X("rows:Q", scale=_log(alt, curves), axis=_rows_axis(alt, curves, plot))
    axis = alt.Axis(title=metric, format=".0%" if percent else ".2f", tickCount=max(3, int(tall // 60)))
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    layers = []
    for number, curve in enumerate(curves):
        colour = ACCENT if curve.chosen else INK if number % 2 else MUTED
        data = _data(alt, curve)
        y = alt.Y("value:Q", scale=scale, axis=axis)
        layers += [
            alt.Chart(data)
            .mark_area(color=colour, opacity=0.14)
            .encode(x=x, y=alt.Y("low:Q", scale=scale, axis=axis), y2="high:Q"),
            alt.Chart(data)
            .mark_line(color=colour, strokeWidth=2, strokeDash=list(_DASHES[number % len(_DASHES)]))
            .encode(x=x, y=y),
            alt.Chart(data)
            .mark_point(color=colour, filled=True, size=48, opacity=1, shape=_SHAPES[number % len(_SHAPES)])
            .encode(x=x, y=y),
        ]
    ends = [tall * (high - float(curve.values[-1])) / (high - low) for curve in curves]
    for curve, place in zip(curves, apart(ends, _LINE, tall), strict=True):
        layers.append(
            alt.Chart(alt.Data(values=[{"text": shorten(curve.label, column, FONT_SIZE)}]))
            .mark_text(align="left", baseline="middle", color=INK, fontWeight="bold" if curve.chosen else "normal")
            .encode(x=alt.XValue(plot + 12), y=alt.YValue(place), text="text:N")
        )
    padding = {"left": _LEFT, "right": column + 18, "top": _TOP, "bottom": _BOTTOM}
    chart = alt.layer(*layers).properties(
        width=plot, height=tall, padding=padding, autosize=alt.AutoSizeParams(type="none")
    )
    return render(chart.configure(**plain_config()))


def apart(places: Sequence[float], least: float, most: float) -> list[float]:
    """Places on a line from 0 to ``most``, moved as little as needed so that neighbours are ``least`` apart."""
    order = sorted(range(len(places)), key=lambda one: places[one])
    moved = [0.0] * len(places)
    groups: list[list[int]] = []
    for one in order:
        groups.append([one])
        # Neighbours that would touch become one group around the mean of where they want to be.
        while len(groups) > 1 and _start(groups[-1], places, least, most) < _start(
            groups[-2], places, least, most
        ) + least * len(groups[-2]):
            last = groups.pop()
            groups[-1] += last
    for group in groups:
        start = _start(group, places, least, most)
        for number, one in enumerate(group):
            moved[one] = start + number * least
    return moved


def _start(group: Sequence[int], places: Sequence[float], least: float, most: float) -> float:
    """Where the first of a group stands."""
    span = least * (len(group) - 1)
    middle = sum(places[one] for one in group) / len(group)
    return max(0.0, min(middle - span / 2, most - span))


def _range(curves: Sequence[Drawn]) -> tuple[float, float]:
    low = min(float(curve.lows.min()) for curve in curves)
    high = max(float(curve.highs.max()) for curve in curves)
    margin = max((high - low) * 0.04, 1e-3)
    return low - margin, high + margin


def _log(alt: Any, curves: Sequence[Drawn]) -> Any:
    fewest = min(float(curve.rows[0]) for curve in curves)
    most = max(float(curve.rows[-1]) for curve in curves)
    return alt.Scale(type="log", domain=[fewest / 1.08, most], nice=False)


def _rows_axis(alt: Any, curves: Sequence[Drawn], plot: float) -> Any:
    """The measured sizes as ticks; every other one where they would touch."""
    sizes = sorted({float(size) for curve in curves for size in curve.rows}, reverse=True)
    widest = max(text_width(f"{size:,.0f}", FONT_SIZE) for size in sizes) + 10
    step = 1 if plot / max(len(sizes) - 1, 1) >= widest else 2
    return alt.Axis(title="labels (log scale)", values=sizes[::step], format=",d", labelOverlap=False, labelFlush=False)


def _data(alt: Any, curve: Drawn) -> Any:
    columns = (curve.rows, curve.values, curve.lows, curve.highs)
    names = ("rows", "value", "low", "high")
    return alt.Data(values=[dict(zip(names, map(float, row), strict=True)) for row in zip(*columns, strict=True)])
