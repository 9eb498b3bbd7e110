"""A forest plot: differences with their intervals beside the line of no difference.

Shapes: P differences.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.viz.layout import shorten, text_width
from wenmai.viz.svg import ACCENT, FONT_SIZE, INK, MUTED, PAPER, altair, plain_config, render

_STEP, _STEP_UNDER_NAME = 30, 46


@dataclass(frozen=True)
class Differences:
    """P differences in the units of the axis.

    Attributes:
        names: P names.
        values: [P]; lows, highs: [P] the ends of their intervals.
        title: of the axis.
    """

    names: Sequence[str]
    values: NDArray[np.float64]
    lows: NDArray[np.float64]
    highs: NDArray[np.float64]
    title: str


def difference_plot(found: Differences, *, width: int, names_above: bool = False) -> str:
    """A dot and its interval for each difference, as SVG text ``width`` pixels wide.

    Filled dots are differences whose interval leaves zero out, rings are ties.

    Args:
        found: the differences, in the order to draw them from the top.
        width: of the whole picture.
        names_above: write names above the intervals instead of in a column, for narrow pages.

    Raises:
        MissingExtraError: when the packages of the extra ``report`` are missing.
    """
    alt = altair()
    column = 0.0 if names_above else min(width * 0.5, max(text_width(one, FONT_SIZE) for one in found.names) + 16)
    step = _STEP_UNDER_NAME if names_above else _STEP
    plot, tall = width - column - 32, step * len(found.names)
    rows = [
        _row(found, i, step, plot if names_above else column - 12, under=names_above) for i in range(len(found.names))
    ]
    reach = 1.06 * max(float(np.abs(found.lows).max()), float(np.abs(found.highs).max()), 1e-3)
    across = alt.Scale(domain=[-reach, reach], nice=False)
    signed = "datum.value == 0 ? '0' : datum.label"
    axis = alt.Axis(title=found.title, format="+.1~f", labelExpr=signed, tickCount=max(3, int(plot // 80)))
    down = alt.Scale(domain=[0, tall], range=[0, tall])
    y, data = alt.Y("y:Q", scale=down, axis=None), alt.Data(values=rows)
    zero = alt.Data(values=[{"value": 0.0}])
    layers = [
        alt.Chart(zero).mark_rule(color=MUTED, strokeWidth=1.5).encode(x=alt.X("value:Q", scale=across, axis=axis)),
        alt.Chart(data)
        .mark_rule(strokeWidth=2.5)
        .encode(x=alt.X("low:Q", scale=across, axis=axis), x2="high:Q", y=y, color=_literal(alt, "colour")),
        alt.Chart(data)
        .mark_point(size=70, opacity=1, strokeWidth=2)
        .encode(
            x=alt.X("value:Q", scale=across, axis=axis),
            y=y,
            stroke=_literal(alt, "colour"),
            fill=alt.Fill("fill:N", scale=None, legend=None),
        ),
        alt.Chart(data)
        .mark_text(align="left", baseline="middle", color=INK)
        .encode(x=alt.XValue(-column), y=alt.Y("name_y:Q", scale=down, axis=None), text="name:N"),
    ]
    padding = {"left": column + 16, "right": 16, "top": 4, "bottom": 42}
    chart = alt.layer(*layers).properties(
        width=plot, height=tall, padding=padding, autosize=alt.AutoSizeParams(type="none")
    )
    return render(chart.configure(**plain_config()))


def _row(found: Differences, number: int, step: int, room: float, *, under: bool) -> dict[str, Any]:
    low, high = float(found.lows[number]), float(found.highs[number])
    tie = low <= 0 <= high
    return {
        "value": float(found.values[number]),
        "low": low,
        "high": high,
        "colour": MUTED if tie else ACCENT,
        "fill": PAPER if tie else ACCENT,
        "name": shorten(found.names[number], room, FONT_SIZE),
        "y": step * (number + (0.68 if under else 0.5)),
        "name_y": step * number + 14 if under else step * (number + 0.5),
    }


def _literal(alt: Any, field: str) -> Any:
    """A colour that is written in the data."""
    return alt.Color(f"{field}:N", scale=None, legend=None)
