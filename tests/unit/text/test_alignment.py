from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.text.alignment import Aligned, Edit, apply_edits, changed_middle


def test_a_text_that_nothing_changed_needs_no_arrays() -> None:
    aligned = Aligned("abc")
    assert aligned.replaced([]) is aligned
    assert aligned.span(1, 3) == (1, 3)


def test_one_for_one_replacement_keeps_the_fast_path() -> None:
    aligned = Aligned("ａbc").replaced([(0, 1, "a")])
    assert aligned == Aligned("abc")


def test_replacements_map_to_the_whole_part_and_deletions_to_nothing() -> None:
    aligned = Aligned("x&amp;<b>y").replaced([(1, 6, "&"), (6, 9, "")])
    assert aligned.text == "x&y"
    assert [aligned.span(at, at + 1) for at in range(3)] == [(0, 1), (1, 6), (9, 10)]
    assert aligned.span(0, 3) == (0, 10)


def test_insertions_map_to_the_gap() -> None:
    aligned = Aligned("ab").replaced([(1, 1, "--")])
    assert aligned.text == "a--b"
    assert aligned.span(1, 3) == (1, 1)
    assert aligned.span(1, 1) == (1, 1)


def test_a_second_change_leads_to_the_first_original() -> None:
    aligned = Aligned("&lt;&gt;").replaced([(0, 4, "<"), (4, 8, ">")]).replaced([(0, 2, "tag")])
    assert aligned.span(0, 1) == (0, 8)


def test_a_text_of_another_length_cannot_be_respelled() -> None:
    with pytest.raises(ValueError, match="3 characters cannot stand for 2"):
        Aligned("ab").respelled("abc")


@st.composite
def edited(draw: st.DrawFn, text: str) -> list[Edit]:
    cuts = sorted(draw(st.lists(st.integers(0, len(text)), max_size=6)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    return [(start, end, draw(st.text("xyz", max_size=3))) for start, end in pairs]


@settings(max_examples=150, deadline=None)
@given(st.data(), st.text("abcdef", max_size=12))
def test_composition_is_the_same_as_one_change_after_the_other(data: st.DataObject, text: str) -> None:
    first = Aligned(text).replaced(data.draw(edited(text)))
    edits = data.draw(edited(first.text))
    directly = first.replaced(edits)
    composed = first.then(Aligned(first.text).replaced(edits))
    assert composed.text == directly.text == apply_edits(first.text, edits)
    spans = [(directly.span(at, at + 1), composed.span(at, at + 1)) for at in range(len(directly.text))]
    assert all(one == other for one, other in spans)
    if directly.starts is not None and directly.ends is not None:
        assert (np.diff(directly.starts) >= 0).all()
        assert (np.diff(directly.ends) >= 0).all()
        assert (directly.starts <= directly.ends).all()


@given(st.text("ab", max_size=8), st.text("ab", max_size=8))
def test_the_changed_middle_turns_one_text_into_the_other(old: str, new: str) -> None:
    assert apply_edits(old, changed_middle(old, new)) == new
