from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.comparison.page.marks import character_weights, marked
from wenmai.comparison.results import DecidingSpan


def span(start: int, end: int, weight: float) -> DecidingSpan:
    return DecidingSpan(start=start, end=end, weight=weight)


def test_overlapping_spans_add_up_on_their_characters() -> None:
    assert character_weights(4, [span(0, 2, 1.0), span(1, 3, 1.0), span(3, 9, -0.5)]) == [0.5, 1.0, 0.5, -0.5]


def test_strength_and_direction_are_drawn() -> None:
    text = "屏幕很好，电池太差"
    assert marked(text, [span(2, 4, 2.0), span(7, 9, -1.0), span(0, 1, 0.01)]) == (
        '屏幕<mark class="for5">很好</mark>，电池<mark class="against2">太差</mark>'
    )


def test_a_text_without_spans_has_no_marks() -> None:
    assert marked("<plain>", []) == "&lt;plain&gt;"
    assert marked("", [span(0, 3, 1.0)]) == ""


def test_a_long_text_is_shown_around_its_strongest_part() -> None:
    text = "a" * 500 + "差" + "b" * 500
    shown = marked(text, [span(500, 501, 1.0)], limit=100)
    assert shown.startswith("… ")
    assert shown.endswith(" …")
    assert '<mark class="for5">差</mark>' in shown
    assert marked(text, [], limit=100) == "a" * 100 + " …"


@settings(max_examples=80, deadline=None)
@given(
    st.text(st.sampled_from("ab<&好🙂 "), max_size=40),
    st.lists(st.tuples(st.integers(0, 50), st.integers(0, 50), st.floats(-5, 5)), max_size=6),
)
def test_marks_never_change_the_text(text: str, pieces: list[tuple[int, int, float]]) -> None:
    shown = marked(text, [span(start, end, weight) for start, end, weight in pieces])
    bare = re.sub(r"</?mark[^>]*>", "", shown)
    assert bare.replace("&lt;", "<").replace("&amp;", "&") == text


def test_weights_below_the_faintest_are_not_drawn() -> None:
    assert marked("ab", [span(0, 1, 1.0), span(1, 2, 0.1)]) == '<mark class="for5">a</mark>b'
    assert marked("ab", [span(0, 1, 1.0), span(1, 2, 0.2)]) == '<mark class="for5">a</mark><mark class="for1">b</mark>'


def test_spans_of_no_length_say_nothing() -> None:
    assert character_weights(2, [span(1, 1, 4.0), span(2, 1, 4.0)]) == pytest.approx([0, 0])
