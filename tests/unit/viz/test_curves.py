from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree as Xml

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.viz.curves import Drawn, apart, learning_plot, training_plot
from wenmai.viz.differences import Differences, difference_plot
from wenmai.viz.svg import VARIABLES


def curve(label: str, last: float, *, chosen: bool = False) -> Drawn:
    values = last - np.array([0.2, 0.1, 0.05, 0.02, 0.0])
    rows = np.array([433.0, 865.0, 1730.0, 3459.0, 6917.0])
    return Drawn(label, rows, values, values - 0.02, values + 0.02, chosen)


CURVES = [curve("TF-IDF + 逻辑回归 <b>", 0.9, chosen=True), curve("naive Bayes", 0.895), curve("majority", 0.5)]
LOSSES = np.linspace(0.7, 0.1, 40)
PASSES = [
    Drawn("1", np.linspace(0.1, 4, 40), LOSSES, LOSSES, LOSSES, True),
    Drawn("2", np.linspace(0.5, 2, 4), LOSSES[:4], LOSSES[:4], LOSSES[:4], False),
]
PAIRS = Differences(
    names=["naive Bayes: words − characters <b>", "SVM: words − characters"],
    values=np.array([-3.7, 0.2]),
    lows=np.array([-5.4, -1.5]),
    highs=np.array([-2.0, 1.8]),
    title="points",
)


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in Xml.fromstring(svg).iter() if element.tag.endswith("text")]


@pytest.fixture(
    scope="module", params=["curves", "numbered curves", "passes", "differences", "differences under names"]
)
def svg(request: pytest.FixtureRequest) -> str:
    match request.param:
        case "curves":
            return learning_plot(CURVES, width=880, metric="Macro F1", percent=True)
        case "numbered curves":
            numbered = [curve(str(number), 0.9, chosen=number == 1) for number in range(1, 6)]
            return learning_plot(numbered, width=340, metric="Macro F1", percent=True)
        case "passes":
            return training_plot(PASSES, width=340, title="loss", percent=False)
        case "differences":
            return difference_plot(PAIRS, width=880)
        case _:
            return difference_plot(PAIRS, width=340, names_above=True)


def test_colours_and_type_come_from_the_page(svg: str) -> None:
    assert not any(placeholder in svg for placeholder in VARIABLES)
    assert {"var(--accent)", "var(--ink)", "var(--muted)"} <= set(re.findall(r"var\(--\w+\)", svg))
    assert "font-family" not in svg
    assert not re.search(r'(fill|stroke)="(white|black|#[^"]*)"', svg)


def test_a_chart_is_sized_by_its_view_box_and_silent(svg: str) -> None:
    root = Xml.fromstring(svg)
    assert root.get("aria-hidden") == "true"
    assert root.get("viewBox", "").split()[2] in ("880", "340")
    assert len(svg) < 30_000


def test_curves_are_named_at_their_ends_and_sizes_stand_on_the_axis() -> None:
    found = texts(learning_plot(CURVES, width=880, metric="Macro F1", percent=True))
    assert {one.label for one in CURVES} < set(found)
    assert {"433", "865", "1,730", "3,459", "6,917", "Macro F1"} < set(found)


def test_where_sizes_would_touch_every_other_one_is_written_the_last_in_any_case() -> None:
    rows = np.array([62_500.0, 125_000.0, 250_000.0, 500_000.0, 1_000_000.0])
    wide = [Drawn("1", rows, one.values, one.lows, one.highs, one.chosen) for one in CURVES[:1]]
    found = texts(learning_plot(wide, width=340, metric="Macro F1", percent=True))
    assert {"62,500", "250,000", "1,000,000"} < set(found)
    assert not {"125,000", "500,000"} & set(found)


def test_points_of_a_training_are_marked_where_they_are_few() -> None:
    svg = training_plot(PASSES, width=880, title="loss", percent=False)
    assert {"passes over the training rows", "loss"} < set(texts(svg))
    assert len(re.findall(r"mark-symbol", svg)) == 1, "four points are marked, forty are a line"


def test_ties_are_rings_and_others_are_filled() -> None:
    svg = difference_plot(PAIRS, width=880)
    assert set(PAIRS.names) < set(texts(svg))
    assert "0" in texts(svg)
    points = [one for one in Xml.fromstring(svg).iter() if one.tag.endswith("path") and one.get("stroke-width") == "2"]
    assert [(one.get("fill"), one.get("stroke")) for one in points] == [
        ("var(--accent)", "var(--accent)"),
        ("var(--paper)", "var(--muted)"),
    ]


@given(st.lists(st.floats(0, 200), min_size=1, max_size=6))
def test_labels_are_moved_apart_in_their_order_and_only_as_needed(places: list[float]) -> None:
    moved = apart(places, 16, 200)
    order = np.argsort(places, kind="stable")
    for first, second in pairwise(moved[one] for one in order):
        assert second - first >= 16 - 1e-6
    assert min(moved) >= -1e-6
    assert max(moved) <= 200 + 1e-6
    if all(abs(first - second) >= 16 for first, second in pairwise(sorted(places))):
        np.testing.assert_allclose(moved, places)
