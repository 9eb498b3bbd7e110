"""The charts of a comparison: scores with their intervals, and scores against what a prediction costs.

Shapes: P rungs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from wenmai.viz.layout import Range, log_ticks, place_labels, score_range, shorten, text_width
from wenmai.viz.svg import ACCENT, FONT_SIZE, INK, MUTED, PAPER, altair, plain_config, render

Emphasis = Literal["chosen", "tied", "other"]


@dataclass(frozen=True)
class Scored:
    """The scores of P rungs by one metric.

    Attributes:
        names: P names.
        values: [P] scores.
        lows: [P] low ends of their intervals.
        highs: [P] high ends.
        emphasis: which rung is chosen, which are tied with it.
        metric: the metric's name, for the axis.
        percent: whether scores are shares, shown as percentages.
        lower_is_better: whether the metric is a loss.
    """

    names: Sequence[str]
    values: NDArray[np.float64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    emphasis: Sequence[Emphasis]
    metric: str
    percent: bool = True
    lower_is_better: bool = False

    def shown(self, index: int) -> str:
        """One score in words."""
        return f"{self.values[index]:.1%}" if self.percent else f"{self.values[index]:.3f}"

    def range(self) -> Range:
        """The part of the axis that is drawn."""
        return score_range(self.values, self.lows, self.highs, lower_is_better=self.lower_is_better)


_COLOURS: dict[Emphasis, str] = {"chosen": ACCENT, "tied": ACCENT, "other": MUTED}
_FILLS: dict[Emphasis, str] = {"chosen": ACCENT, "tied": PAPER, "other": MUTED}
_STEP = 30
_STEP_UNDER_NAME = 46


def interval_plot(scored: Scored, *, width: int, names_above: bool = False) -> str:
    """A dot and its interval for each rung, as SVG text ``width`` pixels wide.

    The chosen rung is a filled dot in the accent colour, tied ones are rings, the others grey; a score far below
    stands on the left edge with its value.

    Args:
        scored: the rungs, in the order to draw them from the top.
        width: of the whole picture.
        names_above: write names above the intervals instead of in a column, for narrow pages.

    Raises:
        MissingExtraError: when the packages of the extra ``report`` are missing.
    """
    alt = altair()
    shown = scored.range()
    column = 0.0 if names_above else min(width * 0.45, max(text_width(name, FONT_SIZE) for name in scored.names) + 16)
    step = _STEP_UNDER_NAME if names_above else _STEP
    left, plot = column + 8, width - column - 24
    rows = []
    for i, name in enumerate(scored.names):
        rows.append(
            _row(scored, i, shown)
            | {
                "y": step * (i + (0.68 if names_above else 0.5)),
                "name": shorten(name, plot if names_above else column - 12, FONT_SIZE),
                "name_y": step * i + 14 if names_above else step * (i + 0.5),
            }
        )
    inside = [row for row in rows if row["inside"]]
    outside = [row for row in rows if not row["inside"]]
    x = alt.X("value:Q", scale=_linear(alt, shown), axis=_score_axis(alt, scored, shown, plot))
    down = alt.Scale(domain=[0, step * len(rows)], range=[0, step * len(rows)])
    y = alt.Y("y:Q", scale=down, axis=None)
    name_x = alt.XValue(0 if names_above else -column)
    layers = [
        alt.Chart(_data(alt, inside))
        .mark_rule(strokeWidth=2.5)
        .encode(
            x=alt.X("low:Q", scale=_linear(alt, shown), axis=_score_axis(alt, scored, shown, plot)),
            x2="high:Q",
            y=y,
            color=_literal(alt, "colour"),
        ),
        alt.Chart(_data(alt, inside))
        .mark_point(size=70, opacity=1, strokeWidth=2)
        .encode(x=x, y=y, stroke=_literal(alt, "colour"), fill=_literal(alt, "fill")),
        alt.Chart(_data(alt, rows))
        .mark_text(align="left", baseline="middle", color=INK)
        .encode(x=name_x, y=alt.Y("name_y:Q", scale=down, axis=None), text="name:N"),
    ]
    if outside:
        layers.append(
            alt.Chart(_data(alt, outside))
            .mark_text(align="left", baseline="middle", color=MUTED, dx=2)
            .encode(x=alt.XValue(0), y=y, text="beyond:N")
        )
    return _finish(alt, layers, plot, step * len(rows), {"left": left, "right": 16, "top": 4, "bottom": 42})


def cost_plot(
    scored: Scored, costs: NDArray[np.float64], *, width: int, height: int = 320, labels: Sequence[str], title: str
) -> str:
    """Scores against a cost on a log axis, as SVG text ``width`` pixels wide.

    Up and to the left is better. Marks are those of `interval_plot`; a score far below stands on the lower edge.

    Args:
        scored: the rungs.
        costs: [P] above zero.
        width: of the whole picture.
        height: of the whole picture.
        labels: P texts written beside the points.
        title: of the cost axis.

    Raises:
        MissingExtraError: when the packages of the extra ``report`` are missing.
    """
    alt = altair()
    shown = scored.range()
    left, right, top, bottom = 58, 12, 12, 44
    plot, tall = width - left - right, height - top - bottom
    # Room for the labels that stand beside the outermost points.
    least, most = float(costs.min()) / 1.6, float(costs.max()) * 1.6
    rows = [_row(scored, i, shown) | {"cost": float(cost)} for i, cost in enumerate(costs)]
    axis = alt.Axis(
        title=title, values=log_ticks(least, most, most=max(3, plot // 80)), labelExpr="datum.value", labelOverlap=False
    )
    x = alt.X("cost:Q", scale=alt.Scale(type="log", domain=[least, most], nice=False), axis=axis)
    edge = tall - 8.0
    across = [plot * math.log(cost / least) / math.log(most / least) for cost in costs.tolist()]
    layers = _points(alt, scored, rows, x, shown, tall, edge)
    layers += _beside(alt, rows, labels, across, shown, (plot, tall, edge))
    return _finish(alt, layers, plot, tall, {"left": left, "right": right, "top": top, "bottom": bottom})


def _points(
    alt: Any, scored: Scored, rows: Sequence[dict[str, Any]], x: Any, shown: Range, tall: float, edge: float
) -> list[Any]:
    """Every rung as a point with its interval; one far below as a triangle on the edge."""
    score_axis = _score_axis(alt, scored, shown, tall)
    inside = _data(alt, [row for row in rows if row["inside"]])
    layers = [
        alt.Chart(inside)
        .mark_rule(strokeWidth=2)
        .encode(
            x=x,
            y=alt.Y("low:Q", scale=_linear(alt, shown), axis=score_axis),
            y2="high:Q",
            color=_literal(alt, "colour"),
        ),
        alt.Chart(inside)
        .mark_point(size=80, opacity=1, strokeWidth=2)
        .encode(
            x=x,
            y=alt.Y("value:Q", scale=_linear(alt, shown), axis=score_axis),
            stroke=_literal(alt, "colour"),
            fill=_literal(alt, "fill"),
        ),
    ]
    outside = [row for row in rows if not row["inside"]]
    if outside:
        layers.append(
            alt.Chart(_data(alt, outside))
            .mark_point(shape="triangle-down", size=60, opacity=1, filled=True, color=MUTED)
            .encode(x=x, y=alt.YValue(edge))
        )
    return layers


def _beside(
    alt: Any,
    rows: Sequence[dict[str, Any]],
    labels: Sequence[str],
    across: Sequence[float],
    shown: Range,
    within: tuple[float, float, float],
) -> list[Any]:
    """The labels, placed where they cover nothing."""
    plot, tall, edge = within

    def down(row: dict[str, Any], field: str) -> float:
        return tall * (shown.high - float(row[field])) / (shown.high - shown.low) if row["inside"] else edge

    texts = [
        f"{label} · {row['below']}" if not row["inside"] else label for label, row in zip(labels, rows, strict=True)
    ]
    texts = [shorten(text, plot * 0.6, FONT_SIZE) for text in texts]
    placed = place_labels(
        list(across),
        [down(row, "value") for row in rows],
        texts,
        whiskers=[(down(row, "high"), down(row, "low")) for row in rows],
        width=plot,
        height=tall,
        size=FONT_SIZE,
    )
    return [
        alt.Chart(_data(alt, [{"text": text}]))
        .mark_text(
            align=place.align,
            baseline="middle",
            color=INK,
            fontWeight="bold" if row["emphasis"] == "chosen" else "normal",
        )
        .encode(x=alt.XValue(place.x), y=alt.YValue(place.y), text="text:N")
        for text, place, row in zip(texts, placed, rows, strict=True)
    ]


def _row(scored: Scored, index: int, shown: Range) -> dict[str, Any]:
    emphasis = scored.emphasis[index]
    return {
        "value": float(scored.values[index]),
        # An interval that runs past the edge is cut there, as its dot would otherwise be drawn beside the plot.
        "low": max(float(scored.lows[index]), shown.low),
        "high": min(float(scored.highs[index]), shown.high),
        "inside": bool(shown.inside[index]),
        "beyond": f"◂ {scored.shown(index)}",
        "below": scored.shown(index),
        "emphasis": emphasis,
        "colour": _COLOURS[emphasis],
        "fill": _FILLS[emphasis],
    }


def _data(alt: Any, rows: Sequence[dict[str, Any]]) -> Any:
    return alt.Data(values=list(rows))


def _linear(alt: Any, shown: Range) -> Any:
    return alt.Scale(domain=[shown.low, shown.high], nice=False, zero=False)


def _literal(alt: Any, field: str) -> Any:
    """A colour that is written in the data."""
    channel = {"colour": alt.Color, "fill": alt.Fill}
    return channel.get(field, alt.Color)(f"{field}:N", scale=None, legend=None)


def _score_axis(alt: Any, scored: Scored, shown: Range, pixels: float) -> Any:
    fine = shown.high - shown.low < 0.06
    form = (".1~%" if fine else ".0%") if scored.percent else (".3~f" if fine else ".2f")
    return alt.Axis(title=scored.metric, format=form, tickCount=max(3, int(pixels // 90)))


def _finish(alt: Any, layers: Sequence[Any], width: float, height: float, padding: dict[str, float]) -> str:
    chart = alt.layer(*layers).properties(
        width=width, height=height, padding=padding, autosize=alt.AutoSizeParams(type="none")
    )
    return render(chart.configure(**plain_config()))
