from __future__ import annotations

import pytest

from wenmai.comparison.page.ledger import LIST_SHOWN, title_of, value_words


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("rows", 35031, "35,031"),
        ("oov_rate", 0.0123, "1.2%"),
        ("out_of_vocabulary", {"dev": 0.01, "test": 0.02}, "dev 1.0% · test 2.0%"),
        ("crossing", {"train, test": 3}, "train, test: 3"),
        ("mean", 12.345678, "12.35"),
        ("empty", True, "yes"),
        ("truncation", {}, None),
        ("language", "zh", "zh"),
        ("nothing", None, None),
        ("lines", [1, 2, None], "1 · 2 · –"),
    ],
)
def test_values_of_the_ledger(key: str, value: object, words: str | None) -> None:
    assert value_words(key, value) == words


def test_long_lists_are_cut_and_counted() -> None:
    words = value_words("lines", list(range(LIST_SHOWN + 1000)))
    assert words is not None
    assert words.endswith(f"{LIST_SHOWN - 1} … and 1,000 more")


def test_names_of_fields_become_words() -> None:
    assert (title_of("empty_rows"), title_of("out_of_vocabulary")) == ("Empty rows", "Not seen in train")
