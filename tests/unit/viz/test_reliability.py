from __future__ import annotations

import re
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from wenmai.viz.reliability import Shares, coverage_plot, reliability_plot
from wenmai.viz.svg import VARIABLES

BINS = Shares(*np.array([[0.62, 0.83, 0.97], [0.58, 0.8, 0.99], [0.52, 0.74, 0.95], [0.64, 0.85, 1.0]]))
CURVE = Shares(
    *np.array([[0.1, 0.5, 0.9, 1.0], [1.0, 0.97, 0.95, 0.92], [0.96, 0.95, 0.94, 0.91], [1, 0.98, 0.96, 0.93]])
)


def drawn(width: int) -> dict[str, str]:
    return {
        "reliability": reliability_plot(BINS, width=width, said="it says", so="it is so"),
        "coverage": coverage_plot(CURVE, width=width, answered="answered", right="right", marks=(0.5, 1.0)),
    }


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in Xml.fromstring(svg).iter() if element.tag.endswith("text")]


@pytest.mark.parametrize("width", [340, 880])
@pytest.mark.parametrize("chart", ["reliability", "coverage"])
def test_charts_take_their_size_and_colours_from_the_page(chart: str, width: int) -> None:
    svg = drawn(width)[chart]
    assert Xml.fromstring(svg).get("viewBox", "").split()[2] == str(width)
    assert not any(placeholder in svg for placeholder in VARIABLES)
    assert {"var(--accent)", "var(--rule)", "var(--muted)"} <= set(re.findall(r"var\(--\w+\)", svg))
    assert not re.search(r'(fill|stroke)="(white|black|#[^"]*)"', svg)
    assert "font-family" not in svg


def test_axes_begin_at_a_round_share_below_everything_drawn() -> None:
    assert min(float(text.rstrip("%")) for text in texts(drawn(880)["reliability"]) if text.endswith("%")) >= 50
    low = Shares(BINS.across, BINS.values, BINS.lows - 0.5, BINS.highs)
    assert "0%" in texts(reliability_plot(low, width=880, said="it says", so="it is so"))
    # Across it runs from nothing to all, upward from a round share below the lowest interval.
    found = texts(drawn(880)["coverage"])
    assert (found.count("80%"), found.count("90%")) == (1, 2)


def test_axes_are_named_and_marks_told_in_words() -> None:
    assert {"it says", "it is so", "as it says"} <= set(texts(drawn(880)["reliability"]))
    found = texts(drawn(880)["coverage"])
    assert {"answered", "right", "97.0%", "92.0%"} <= set(found)
    assert "95.0%" not in found


def test_every_bin_is_a_point_and_every_interval_a_line() -> None:
    svg = drawn(880)["reliability"]
    assert svg.count('stroke="var(--accent)" stroke-width="2"') == 3
