from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from wenmai.core.schema import ClassifyColumns, EmbedColumns, Language, PairColumns, Schema
from wenmai.data.dataset import Dataset
from wenmai.data.health import Health, inspect
from wenmai.data.loading import Loaded
from wenmai.data.splits import Splits


def make(
    rows: list[tuple[Any, Any]], *, several: bool = False, language: Language = "en", name: str = "d.csv"
) -> Dataset:
    table = pa.table({"text": pa.array([row[0] for row in rows], pa.string()), "label": [row[1] for row in rows]})
    schema = Schema(columns=ClassifyColumns(several_labels=several), language=language)
    return Dataset(table, schema, name, np.arange(2, len(rows) + 2))


def test_one_data_set() -> None:
    rows = [("Good film", "pos"), ("good  film", "pos"), ("bad", "neg"), ("Bad", "pos"), ("", "neg"), (None, "neg")]
    health = inspect(make([*rows, ("lost \ufffd\ufffd", "pos")]))
    assert (health.name, health.rows, health.parts, health.language) == ("d.csv", 7, {"data": 7}, "en")
    assert health.columns == ("text", "label")
    assert {label: (share.rows, share.share) for label, share in health.classes.items()} == {
        "pos": (4, 0.571429),
        "neg": (3, 0.428571),
    }
    assert (health.lengths.min, health.lengths.p50, health.lengths.max) == (0, 3, 10)
    assert (health.repeats.distinct, health.repeats.repeated, health.repeats.near) == (4, 3, 0)
    assert health.repeats.conflicting == 1
    assert health.repeats.conflicting_examples == ("d.csv:4 and d.csv:5",)
    assert (health.empty_rows, health.lost_characters) == (2, 2)
    assert health.crossing == {}
    assert health.out_of_vocabulary == {}
    assert health.truncation == {}
    assert health.warnings == (
        "3 of 7 rows (43%) repeat another text",
        "1 text stands under different labels, for example d.csv:4 and d.csv:5",
        "2 rows have no text",
        "2 characters were lost before wenmai read the text",
    )


def test_a_clean_data_set_has_no_warnings() -> None:
    assert inspect(make([(f"words {at}", "ab"[at % 2]) for at in range(10)])).warnings == ()


def parts() -> dict[str, Dataset]:
    return {
        "train": make([("a b c", "x"), ("d e", "y")], name="train.csv"),
        "dev": make([("a q", "x"), ("D  E", "x")], name="dev.csv"),
        "test": make([("q r s t", "y"), ("a q", "y")], name="test.csv"),
    }


@pytest.mark.parametrize("kind", ["loaded", "splits"])
def test_parts(kind: str) -> None:
    given = parts()
    data = (
        Loaded(given["train"], given, ()) if kind == "loaded" else Splits(given["train"], given["dev"], given["test"])
    )
    health = inspect(data)
    assert health.parts == {"train": 2, "dev": 2, "test": 2}
    assert health.rows == 6
    assert health.crossing == {"train, dev": 1, "train, test": 0, "dev, test": 1}
    assert health.out_of_vocabulary == {"dev": 0.25, "test": 0.833333}
    assert health.repeats.conflicting_examples == ("train.csv:3 and dev.csv:3", "dev.csv:2 and test.csv:3")
    assert "1 text stands in both train and dev" in health.warnings
    assert "83% of the words of test do not occur in train" in health.warnings


def test_folders_are_not_told() -> None:
    rows = [("same", "x"), ("Same", "y"), ("other", "x")]
    health = inspect(make(rows, name="/home/somebody/private/train.csv"))
    assert health.name == "train.csv"
    assert health.repeats.conflicting_examples == ("train.csv:2 and train.csv:3",)
    assert "somebody" not in health.to_json()


def test_parts_without_rows_are_left_out() -> None:
    given = parts()
    assert inspect(Splits(given["train"], given["dev"].select([]), given["test"])).parts == {"train": 2, "test": 2}


def test_an_undivided_loaded_source() -> None:
    assert inspect(Loaded(parts()["train"], None, ())).parts == {"data": 2}


def test_unknown_characters_of_chinese_and_words_that_are_given() -> None:
    train, test = make([("很好", "a"), ("不好", "b")], language="zh"), make([("很差", "b")], language="zh")
    splits = Splits(train, test.select([]), test)
    assert inspect(splits).out_of_vocabulary == {"test": 0.5}
    assert "50% of the characters of test do not occur in train" in inspect(splits).warnings
    health = inspect(splits, words=lambda texts: [[text] for text in texts])
    assert health.out_of_vocabulary == {"test": 1.0}
    assert "100% of the words of test do not occur in train" in health.warnings


def test_classes_that_are_rare_or_alone() -> None:
    rows = [(f"words {at}", "often") for at in range(50)] + [("one", "x"), ("two", "y")]
    assert inspect(make(rows)).warnings == (
        "2 classes have a single row: 'x', 'y'",
        "Classes are unbalanced: 'often' has 50 times the rows of 'x'",
    )
    assert inspect(make(rows[:50])).warnings == ("There is only one class, 'often'",)


def test_several_labels() -> None:
    health = inspect(make([("one", ["a", "b"]), ("two", ["a"]), ("three", []), ("two", ["a", "b"])], several=True))
    assert {label: share.share for label, share in health.classes.items()} == {"a": 0.75, "b": 0.5}
    assert health.repeats.conflicting == 1


def test_rows_that_all_lack_labels() -> None:
    table = pa.table({"text": ["one", "two"], "label": pa.array([[], []], pa.list_(pa.string()))})
    health = inspect(Dataset(table, Schema(columns=ClassifyColumns(several_labels=True))))
    assert health.classes == {}
    assert health.warnings == ()


def test_unlabelled_texts_and_pairs() -> None:
    table = pa.table({"text": ["one", "one"], "second": ["b", None], "label": ["1", "0"]})
    unlabelled = inspect(Dataset(table, Schema(columns=EmbedColumns())))
    assert unlabelled.classes == {}
    assert unlabelled.repeats.conflicting == 0
    pairs = inspect(Dataset(table, Schema(columns=PairColumns(first="text"))))
    assert (pairs.rows, pairs.empty_rows, pairs.repeats.repeated) == (2, 1, 0)


def test_near_duplicates_are_counted_or_not_sought() -> None:
    text = "the screen is good but the battery does not last a day, and the box came late"
    dataset = make([(text, "a"), (text + "!", "b"), ("something else entirely", "a"), ("and more", "b")])
    assert inspect(dataset).repeats.near == 1
    assert inspect(dataset, near=False).repeats.near is None


def test_what_was_left_out_is_a_warning() -> None:
    text = "the screen is good but the battery does not last a day, and the box came late, so late that " * 3
    dataset = make([(f"{text} {at:02}", "ab"[at % 2]) for at in range(40)])
    assert inspect(dataset).warnings == ("Where more than 16 texts are alike, each was compared with 16 others only",)
    splits = Splits(dataset, dataset.select([]), make([("other", "a")]))
    assert inspect(splits).warnings[-1].startswith("In train, where more than 16 texts are alike")


def test_the_ledger_travels_as_json() -> None:
    health = inspect(make([("one", "a"), ("two", "b")]))
    assert Health.parse_json(health.to_json()) == health
    assert health.but(truncation={"BERT": 0.25}).truncation == {"BERT": 0.25}


def test_classes_that_look_like_lists_of_others_are_noticed() -> None:
    names = ["joy", "anger", "fear", "love"]
    lists = [f"{one},{other}" for one in names for other in names if one < other]

    def warned(labels: list[str]) -> bool:
        table = pa.table({"text": [f"text {row}" for row in range(len(labels))], "label": labels})
        found = inspect(Dataset(table, Schema()))
        return any("--label-separator ','" in warning for warning in found.warnings)

    assert warned((names + lists) * 3)
    assert not warned([f"{name}, the" for name in names] * 5)
