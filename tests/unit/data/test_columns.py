from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from wenmai.core.errors import UsageError
from wenmai.data.columns import Roles, choose_columns, is_role_name

SENTENCES = [f"this is sentence number {at}, which is long enough" for at in range(40)]
OTHERS = [f"another sentence, number {at}, of about the same length" for at in range(40)]
CLASSES = ["good", "bad"] * 20


def choose(columns: dict[str, Any], **options: Any) -> Roles:
    return choose_columns(pa.table(columns), where="data.csv", **options)


@pytest.mark.parametrize(
    ("names", "text", "label"),
    [
        (("text", "label"), "text", "label"),
        (("Review Text", "Class Name"), "Review Text", "Class Name"),
        (("评论", "情感"), "评论", "情感"),
        (("内容", "标签"), "内容", "标签"),
        (("content", "category"), "content", "category"),
        (("title", "stars"), "title", "stars"),
        (("sentence", "y"), "sentence", "y"),
    ],
)
def test_names_tell_the_columns(names: tuple[str, str], text: str, label: str) -> None:
    roles = choose({"id": range(40), names[0]: SENTENCES, names[1]: CLASSES})
    assert (roles.text, roles.label) == ((text,), label)
    assert roles.notes == (f"Text column {text!r} (by its name)", f"Label column {label!r} (by its name)")


def test_a_better_name_wins() -> None:
    roles = choose({"comment": OTHERS, "text": SENTENCES, "category": CLASSES, "label": CLASSES, "score": range(40)})
    assert (roles.text, roles.label) == (("text",), "label")


def test_a_title_is_joined_to_its_body() -> None:
    roles = choose({"body": SENTENCES, "Title": OTHERS, "label": CLASSES})
    assert roles.text == ("Title", "body")
    assert roles.notes[0] == "Text columns 'Title' and 'body' (by their names, joined by a line break)"


@pytest.mark.parametrize("flipped", [False, True])
def test_content_tells_columns_without_names(flipped: bool) -> None:
    columns = {"column_1": CLASSES, "column_2": SENTENCES} if flipped else {"column_1": SENTENCES, "column_2": CLASSES}
    roles = choose(columns)
    assert (roles.text, roles.label) == (("column_2",), "column_1") if flipped else (("column_1",), "column_2")
    assert "by its content: the longest values, " in roles.notes[0]
    assert roles.notes[1].endswith("(by its content: 2 different values in 40 rows)")


def test_numbers_are_labels_and_never_text() -> None:
    roles = choose(
        {"column_1": ["12345678901234567890123"] * 40, "column_2": ["short"] * 40, "column_3": ["0", "1"] * 20}
    )
    assert (roles.text, roles.label) == (("column_2",), "column_3")


def test_an_identifier_is_no_label() -> None:
    roles = choose({"a": SENTENCES, "b": CLASSES, "c": [f"id{at}" for at in range(40)]})
    assert roles.label == "b"


def test_lists_can_be_labels() -> None:
    assert choose({"x": SENTENCES, "z": [["a"], ["a", "b"]] * 20}).label == "z"


def test_a_constant_column_is_the_label_only_if_nothing_else_is() -> None:
    assert choose({"a": SENTENCES, "b": ["same"] * 40}).label == "b"
    assert choose({"a": SENTENCES, "b": ["same"] * 40, "c": CLASSES}).label == "c"


def test_named_columns_win() -> None:
    roles = choose({"text": SENTENCES, "label": CLASSES, "other": OTHERS, "kind": CLASSES}, text="other", label="kind")
    assert roles == Roles(("other",), "kind", ())


def test_several_text_columns_may_be_named() -> None:
    assert choose({"a": SENTENCES, "b": OTHERS, "label": CLASSES}, text=["b", "a"]).text == ("b", "a")


def test_the_label_is_found_among_what_the_named_text_leaves() -> None:
    assert choose({"a": SENTENCES, "b": CLASSES}, text="a").label == "b"


def test_the_group_is_neither() -> None:
    roles = choose({"a": SENTENCES, "b": CLASSES, "c": CLASSES}, group="b")
    assert roles.label == "c"


def test_prediction_needs_no_label() -> None:
    assert choose({"a": SENTENCES}, labelled=False) == Roles(
        ("a",), None, ("Text column 'a' (by its content: the only text column, 48 characters on average)",)
    )


@pytest.mark.parametrize(
    ("columns", "options", "message"),
    [
        (
            {"x": SENTENCES, "y2": OTHERS, "label": CLASSES},
            {},
            "data.csv: 2 columns could be the text: 'y2' (for example 'another sentence, number 0, o…'); 'x' (for "
            "example 'this is sentence number 0, wh…'). Name one with --text, for example --text y2 (several may be "
            "named and are joined); for pairs of texts: --first x --second y2.",
        ),
        (
            {"review": SENTENCES, "comment": OTHERS, "label": CLASSES},
            {},
            "data.csv: 2 columns could be the text: 'review'",
        ),
        (
            {"text": SENTENCES, "sentiment": CLASSES, "topic": CLASSES},
            {},
            "data.csv: 2 columns could be the label: 'sentiment' (for example 'good'); 'topic' (for example 'good'). "
            "Name one with --label, for example --label sentiment.",
        ),
        (
            {"text": SENTENCES, "a": CLASSES, "b": CLASSES},
            {},
            "data.csv: 2 columns could be the label: 'a' (for example 'good'); 'b'",
        ),
        (
            {"a": range(40), "b": CLASSES[:20] + [None] * 20},
            {"label": "b"},
            "data.csv: no column holds text. Name the text column with --text; columns found: a, b.",
        ),
        (
            {"text": SENTENCES, "id": [f"id{at}" for at in range(40)]},
            {},
            "data.csv: no column looks like a label. Name it with --label; columns found: text, id.",
        ),
        ({"text": SENTENCES}, {}, "data.csv: no column looks like a label."),
        (
            {"reviews_text": SENTENCES, "label": CLASSES},
            {"text": "review_text"},
            "data.csv: no column 'review_text'. Did you mean 'reviews_text'? Columns found: reviews_text, label.",
        ),
        ({"text": SENTENCES, "label": CLASSES}, {"label": "zzz"}, "no column 'zzz'. Columns found: text, label."),
        ({"text": SENTENCES, "label": CLASSES}, {"group": "Label"}, "no column 'Label'. Did you mean 'label'?"),
        (
            {"text": SENTENCES, "label": CLASSES},
            {"text": "text", "label": "text"},
            "data.csv: column 'text' is named as text and as label. Name two columns.",
        ),
    ],
)
def test_what_cannot_be_told_is_asked(columns: dict[str, Any], options: dict[str, Any], message: str) -> None:
    with pytest.raises(UsageError) as caught:
        choose(columns, **options)
    assert message in str(caught.value)
    assert caught.value.exit_code == 2


def test_role_names_are_folded() -> None:
    assert all(map(is_role_name, ("Text", "review_text", "Review Body", "LABEL", "标签", "类别")))
    assert not any(map(is_role_name, ("id", "good film", "1", "")))
