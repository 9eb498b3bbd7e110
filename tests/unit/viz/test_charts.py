from __future__ import annotations

import re
import sys
from xml.etree import ElementTree as Xml

import numpy as np
import pytest

from wenmai.core.errors import MissingExtraError
from wenmai.viz.charts import Scored, cost_plot, interval_plot
from wenmai.viz.svg import VARIABLES

SCORED = Scored(
    names=["TF-IDF + 逻辑回归 <b>", "linear SVM", "naive Bayes", "majority"],
    values=np.array([0.92, 0.918, 0.89, 0.5]),
    lows=np.array([0.91, 0.908, 0.88, 0.49]),
    highs=np.array([0.93, 0.928, 0.90, 0.51]),
    emphasis=["tied", "chosen", "other", "other"],
    metric="Macro F1",
)
TIMES = np.array([0.9, 0.7, 0.2, 0.02])


def texts(svg: str) -> list[str]:
    return [element.text or "" for element in Xml.fromstring(svg).iter() if element.tag.endswith("text")]


@pytest.fixture(scope="module", params=["intervals", "intervals under names", "costs", "costs by number"])
def svg(request: pytest.FixtureRequest) -> str:
    match request.param:
        case "intervals":
            return interval_plot(SCORED, width=880)
        case "intervals under names":
            return interval_plot(SCORED, width=340, names_above=True)
        case "costs":
            return cost_plot(SCORED, TIMES, width=880, labels=SCORED.names, title="milliseconds")
        case _:
            return cost_plot(SCORED, TIMES, width=340, labels=["1", "2", "3", "4"], title="milliseconds")


def test_colours_and_type_come_from_the_page(svg: str) -> None:
    assert not any(placeholder in svg for placeholder in VARIABLES)
    assert {"var(--accent)", "var(--ink)", "var(--rule)", "var(--paper)"} <= set(re.findall(r"var\(--\w+\)", svg))
    assert "font-family" not in svg
    assert not re.search(r'(fill|stroke)="(white|black|#[^"]*)"', svg)


def test_a_chart_is_sized_by_its_view_box_and_silent(svg: str) -> None:
    root = Xml.fromstring(svg)
    assert root.get("aria-hidden") == "true"
    assert root.get("width") is None
    assert root.get("viewBox", "").split()[2] in ("880", "340")
    assert "role=" not in svg
    assert svg.count("aria-") == 1
    assert len(svg) < 30_000


def test_names_are_escaped_and_far_scores_stand_on_the_edge_in_words() -> None:
    found = texts(interval_plot(SCORED, width=880))
    assert set(SCORED.names) <= set(found)
    assert "◂ 50.0%" in found
    assert "Macro F1" in found
    assert "majority · 50.0%" in texts(cost_plot(SCORED, TIMES, width=880, labels=SCORED.names, title="milliseconds"))


def test_marks_tell_the_chosen_the_tied_and_the_others_apart() -> None:
    marks = re.findall(r'<path[^>]*fill="(var[^"]*)"[^>]*stroke="(var[^"]*)"', interval_plot(SCORED, width=880))
    assert marks == [
        ("var(--paper)", "var(--accent)"),
        ("var(--accent)", "var(--accent)"),
        ("var(--muted)", "var(--muted)"),
    ]


def test_losses_are_plain_numbers() -> None:
    losses = Scored(
        ["a", "b"], *np.array([[0.2, 0.3], [0.15, 0.25], [0.25, 0.35]]), ["chosen", "other"], "Log loss", False, True
    )
    found = texts(interval_plot(losses, width=600))
    assert not any("%" in text for text in found)
    assert "0.20" in found


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'wenmai\[report\]'"):
        interval_plot(SCORED, width=600)
