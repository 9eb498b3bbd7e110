from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.viz.layout import log_ticks, place_labels, score_range, shorten, text_width


def test_full_width_characters_take_an_em() -> None:
    assert text_width("情感", 10) == 20
    assert text_width("ab", 10) == pytest.approx(11.2)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30), st.integers(20, 200))
def test_a_shortened_text_fits_and_keeps_its_beginning(text: str, width: int) -> None:
    short = shorten(text, width, 10)
    assert text_width(short, 10) <= width
    assert short == text or text.startswith(short[:-1])


def test_a_baseline_far_below_does_not_squeeze_the_rest() -> None:
    values = np.array([0.92, 0.91, 0.5])
    shown = score_range(values, values - 0.01, values + 0.01)
    assert shown.inside.tolist() == [True, True, False]
    assert 0.89 < shown.low < 0.9
    assert 0.93 < shown.high < 0.94


def test_a_lone_best_is_shown_with_all_the_others() -> None:
    values = np.array([0.9, 0.6, 0.5])
    assert score_range(values, values, values).inside.all()


def test_losses_are_all_shown() -> None:
    values = np.array([0.2, 0.25, 3.0])
    shown = score_range(values, values, values, lower_is_better=True)
    assert shown.inside.all()
    assert shown.high > 3


def test_equal_scores_still_span_a_range() -> None:
    values = np.array([0.5, 0.5])
    shown = score_range(values, values, values)
    assert shown.low < 0.5 < shown.high


@settings(max_examples=60, deadline=None)
@given(st.floats(1e-4, 1e3), st.floats(1.5, 1e6), st.integers(3, 10))
def test_log_ticks_lie_in_the_range_and_are_few(low: float, ratio: float, most: int) -> None:
    ticks = log_ticks(low, low * ratio, most)
    assert all(low <= tick <= low * ratio for tick in ticks)
    assert len(ticks) <= most
    assert ticks == sorted(ticks)


def test_log_ticks_are_round() -> None:
    assert log_ticks(0.1, 5, 10) == [0.1, 0.2, 0.5, 1, 2, 5]
    assert log_ticks(0.1, 200, 4) == [0.1, 1, 10, 100]


def test_labels_of_points_close_together_do_not_overlap() -> None:
    x, y = [200.0, 205.0, 210.0, 390.0], [100.0, 102.0, 99.0, 5.0]
    placed = place_labels(
        x, y, ["first", "second", "third", "fourth"], whiskers=[(90, 110)] * 4, width=400, height=200, size=12
    )
    boxes = []
    for label, place in zip(["first", "second", "third", "fourth"], placed, strict=True):
        wide = text_width(label, 12)
        left = {"left": place.x, "right": place.x - wide, "center": place.x - wide / 2}[place.align]
        boxes.append((left, place.y - 6, left + wide, place.y + 6))
    for i, one in enumerate(boxes):
        assert one[0] >= 0
        assert one[2] <= 400
        for other in boxes[:i]:
            assert one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] or other[3] <= one[1]
