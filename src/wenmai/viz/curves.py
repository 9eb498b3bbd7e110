"""Charts of curves with their names at their ends: scores over the number of labels, losses over passes.

Shapes: P points of a curve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
_MARKED = 24
"""A curve of more points than this is a line alone."""


@dataclass(frozen=True)
class Drawn:
    """A curve.

    Attributes:
        label: written at its end.
        places: [P] where on the axis, growing.
        values: [P]; lows, highs: [P] the ends of their intervals, the values again where there are none.
        chosen: whether it is the recommended rung's.
    """

    label: str
    places: Floats
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
    fewest = min(float(curve.places[0]) for curve in curves)
    most = max(float(curve.places[-1]) for curve in curves)
    scale = alt.Scale(type="log", domain=[fewest / 1.08, most], nice=False)
    axes = _Axes(scale, lambda plot: _rows_axis(alt, curves, plot), metric, percent)
    return _curves(alt, curves, axes, width=width, height=height)


def training_plot(curves: Sequence[Drawn], *, width: int, height: int = 260, title: str, percent: bool) -> str:
    """Curves over passes through the training rows, as SVG text ``width`` pixels wide; looks as `learning_plot` does.

    Args:
        curves: their places are passes, from 0; few of them have their points marked.
        width: of the whole picture; height: of the whole picture.
        title: of the upward axis.
        percent: whether values are shares, shown as percentages.

    Raises:
        MissingExtraError: when the packages of the extra ``report`` are missing.
    """
    alt = altair()
    most = max(float(curve.places[-1]) for curve in curves)
    axis = alt.Axis(title="passes over the training rows", format="~g", tickMinStep=1 if most > 1 else 0)
    axes = _Axes(alt.Scale(domain=[0.0, most], nice=False), lambda _: axis, title, percent)
    return _curves(alt, curves, axes, width=width, height=height)


@dataclass(frozen=True)
class _Axes:
    """The axis along: its scale, and how it looks in so many pixels; the axis upward: its title and unit."""

    scale: Any
    along: Callable[[float], Any]
    title: str
    percent: bool


def _curves(alt: Any, curves: Sequence[Drawn], axes: _Axes, *, width: int, height: int) -> str:
    column = min(width * 0.36, max(text_width(curve.label, FONT_SIZE) for curve in curves) + 6)
    plot, tall = width - _LEFT - column - 18, height - _TOP - _BOTTOM
    low, high = _range(curves)
    x = alt.X("place:Q", scale=axes.scale, axis=axes.along(plot))
    axis = alt.Axis(title=axes.title, format=".0%" if axes.percent else ".2f", tickCount=max(3, int(tall // 60)))
    scale = alt.Scale(domain=[low, high], nice=False, zero=False)
    layers = []
    for number, curve in enumerate(curves):
        colour = ACCENT if curve.chosen else INK if number % 2 else MUTED
        data = _data(alt, curve)
        y = alt.Y("value:Q", scale=scale, axis=axis)
        band = alt.Chart(data).mark_area(color=colour, opacity=0.14)
        line = alt.Chart(data).mark_line(color=colour, strokeWidth=2, strokeDash=list(_DASHES[number % len(_DASHES)]))
        layers += [band.encode(x=x, y=alt.Y("low:Q", scale=scale, axis=axis), y2="high:Q"), line.encode(x=x, y=y)]
        if len(curve.places) <= _MARKED:
            points = alt.Chart(data).mark_point(
                color=colour, filled=True, size=48, opacity=1, shape=_SHAPES[number % len(_SHAPES)]
            )
            layers.append(points.encode(x=x, y=y))
    layers += _names(alt, curves, plot, tall, (low, high), column)
    padding = {"left": _LEFT, "right": column + 18, "top": _TOP, "bottom": _BOTTOM}
    chart = alt.layer(*layers).properties(
        width=plot, height=tall, padding=padding, autosize=alt.AutoSizeParams(type="none")
    )
    return render(chart.configure(**plain_config()))


def _names(
    alt: Any, curves: Sequence[Drawn], plot: float, tall: float, domain: tuple[float, float], column: float
) -> list[Any]:
    """The labels at the ends of the curves, moved apart where they would touch."""
    low, high = domain
    ends = [tall * (high - float(curve.values[-1])) / (high - low) for curve in curves]
    return [
        alt.Chart(alt.Data(values=[{"text": shorten(curve.label, column, FONT_SIZE)}]))
        .mark_text(align="left", baseline="middle", color=INK, fontWeight="bold" if curve.chosen else "normal")
        .encode(x=alt.XValue(plot + 12), y=alt.YValue(place), text="text:N")
        for curve, place in zip(curves, apart(ends, _LINE, tall), strict=True)
    ]


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


def _rows_axis(alt: Any, curves: Sequence[Drawn], plot: float) -> Any:
    """The measured sizes as ticks; every other one where they would touch."""
    sizes = sorted({float(size) for curve in curves for size in curve.places}, reverse=True)
    widest = max(text_width(f"{size:,.0f}", FONT_SIZE) for size in sizes) + 10
    step = 1 if plot / max(len(sizes) - 1, 1) >= widest else 2
    return alt.Axis(title="labels (log scale)", values=sizes[::step], format=",d", labelOverlap=False, labelFlush=False)


def _data(alt: Any, curve: Drawn) -> Any:
    columns = (curve.places, curve.values, curve.lows, curve.highs)
    names = ("place", "value", "low", "high")
    return alt.Data(values=[dict(zip(names, map(float, row), strict=True)) for row in zip(*columns, strict=True)])
