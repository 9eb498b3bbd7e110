from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from wenmai.core.errors import UsageError
from wenmai.data.pair_columns import Asked, PairRoles, choose_pair

FIRST = [f"the first sentence of pair {at}" for at in range(40)]
SECOND = [f"another sentence that goes with {at}" for at in range(40)]
LABELS = ["yes", "no"] * 20
SCORES = [at / 10 for at in range(40)]


def choose(columns: dict[str, Any], **options: Any) -> PairRoles | None:
    asked = Asked(**{name: options.pop(name) for name in ("first", "second", "score", "relevance") if name in options})
    return choose_pair(pa.table(columns), where="pairs.csv", asked=asked, **options)


@pytest.mark.parametrize(
    ("first", "second"),
    [("sentence1", "sentence2"), ("Sentence_A", "Sentence_B"), ("premise", "hypothesis"), ("文本1", "文本2")],
)
def test_names_tell_a_pair(first: str, second: str) -> None:
    roles = choose({"id": range(40), first: FIRST, second: SECOND, "gold_label": LABELS})
    assert roles is not None
    assert (roles.first, roles.second, roles.label, roles.answer) == (first, second, "gold_label", "label")
    assert roles.notes == (
        f"Pair of texts in the columns {first!r} and {second!r} (by their names)",
        "Label column 'gold_label' (by its name)",
    )


def test_two_texts_of_like_length_are_a_pair_only_where_columns_have_no_names() -> None:
    columns = {"column_1": FIRST, "column_2": SECOND, "column_3": LABELS}
    assert choose(columns) is None
    roles = choose(columns, named=False)
    assert roles is not None
    assert (roles.first, roles.second, roles.label) == ("column_1", "column_2", "column_3")
    assert "(by their content)" in roles.notes[0]


def test_a_title_beside_a_body_is_no_pair() -> None:
    body = [f"{text}, and so it goes on {text} for quite a while, {text}" for text in SECOND]
    assert choose({"column_1": LABELS, "column_2": FIRST, "column_3": body}, named=False) is None


@pytest.mark.parametrize("values", [SCORES, [f"{score:.2f}" for score in SCORES]])
def test_numbers_with_decimals_are_a_score(values: list[Any]) -> None:
    roles = choose(
        {"genre": ["news", "forum"] * 20, "id": [f"{at:04}" for at in range(40)], "n": values, "a": FIRST, "b": SECOND},
        named=False,
    )
    assert roles is not None
    assert (roles.label, roles.answer) == ("n", "score")
    assert roles.notes[1] == ("Score column 'n' (its numbers have decimals; if they are classes, name it with --label)")


@pytest.mark.parametrize(
    ("values", "answer"), [([0, 1, 2, 3] * 10, "score"), ([0, 1] * 20, "label"), (["x", "y"] * 20, "label")]
)
def test_a_column_called_score_is_one_where_it_holds_a_scale(values: list[Any], answer: str) -> None:
    roles = choose({"text1": FIRST, "text2": SECOND, "score": values})
    assert roles is not None
    assert roles.answer == answer


def test_missing_numbers_are_no_decimals() -> None:
    roles = choose({"text1": FIRST, "text2": SECOND, "label": [0.0, 1.0, None, float("nan")] * 10})
    assert roles is not None
    assert roles.answer == "label"


def test_a_pair_that_is_asked_for_may_have_weaker_names() -> None:
    columns = {"question": FIRST, "answer": SECOND, "right": [0, 1] * 20}
    assert choose(columns) is None
    roles = choose(columns, relevance="right")
    assert roles is not None
    assert (roles.first, roles.second, roles.label, roles.answer) == ("question", "answer", "right", "relevance")


def test_the_other_text_is_found_beside_one_that_is_named() -> None:
    roles = choose({"x": FIRST, "y": SECOND, "label": LABELS}, second="x")
    assert roles is not None
    assert (roles.first, roles.second) == ("y", "x")


def test_rows_to_predict_need_no_answer_but_must_be_asked_for() -> None:
    columns = {"sentence1": FIRST, "sentence2": SECOND}
    assert choose(columns, labelled=False) is None
    roles = choose(columns, labelled=False, first="sentence1")
    assert roles is not None
    assert (roles.second, roles.label) == ("sentence2", None)


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        (
            {"text1": FIRST, "text2": SECOND, "label": LABELS},
            {"label": "label", "score": "label"},
            "--label and --score are both given. A pair has one answer: name one column",
        ),
        (
            {"text1": FIRST, "text2": SECOND, "label": LABELS},
            {"first": "text1", "second": "text1"},
            "column 'text1' is named by --first and --second. Name two columns",
        ),
        (
            {"text1": FIRST, "text2": SECOND, "label": LABELS},
            {"first": "tex1"},
            "no column 'tex1'. Did you mean 'text1'",
        ),
        (
            {"x": FIRST, "label": LABELS},
            {"first": "x"},
            "no column looks like the other text of the pair. Name it with --second; columns: x, label",
        ),
        (
            {"x": FIRST, "y": SECOND, "z": SECOND, "s": SCORES},
            {"score": "s"},
            "3 columns could be one of the two texts of a pair. Name both with --first and --second",
        ),
        (
            {"text1": FIRST, "text2": SECOND, "id": [f"id{at}" for at in range(40)]},
            {},
            "no column looks like a label or a score of the pairs. Name it with --label or --score; columns found: ",
        ),
    ],
)
def test_what_cannot_be_told_is_refused(columns: dict[str, Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose(columns, **options)
    assert str(caught.value).startswith(f"pairs.csv: {message}")
