from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.cli.options import class_weight, delimiter
from wenmai.core.errors import UsageError

LABELS = st.text(st.characters(exclude_characters=",=", exclude_categories=["Cs"]), min_size=1).filter(
    lambda label: label == label.strip()
)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("none", "none"),
        ("balanced", "balanced"),
        ("spam=3,ham=0.5", {"spam": 3.0, "ham": 0.5}),
        ("a=b=2", {"a=b": 2.0}),
        ("一=1e1,", {"一": 10.0}),
    ],
)
def test_class_weights(text: str, value: object) -> None:
    assert class_weight(text) == value


@pytest.mark.parametrize(
    "text", ["", "Balanced", "spam", "spam=", "=3", "spam=x", "spam=0", "spam=-1", "a=nan", "a=inf"]
)
def test_what_is_no_class_weight(text: str) -> None:
    with pytest.raises(UsageError, match="--class-weight spam=3,ham=1|spam=3,ham=1"):
        class_weight(text)


@given(st.dictionaries(LABELS, st.floats(0.001, 1e6), min_size=1))
def test_class_weights_come_back(weights: dict[str, float]) -> None:
    assert class_weight(",".join(f"{label}={weight!r}" for label, weight in weights.items())) == weights


def test_a_tab_may_be_written() -> None:
    assert [delimiter(text) for text in (r"\t", "tab", ";", None)] == ["\t", "\t", ";", None]
