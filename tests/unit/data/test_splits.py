from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from wenmai.core.errors import DataError, UsageError, WenmaiError
from wenmai.core.schema import ClassifyColumns, EmbedColumns, Schema
from wenmai.data.dataset import Dataset
from wenmai.data.duplicates import normalised
from wenmai.data.splits import Splits, folds, respect, split, without_duplicates


def make(rows: list[tuple[Any, ...]], *, group: bool = False, several: bool = False, name: str = "data.csv") -> Dataset:
    columns: dict[str, Any] = {"text": [row[0] for row in rows], "label": [row[1] for row in rows]}
    if group:
        columns["group"] = pa.array([row[2] for row in rows], pa.string())
    schema = Schema(columns=ClassifyColumns(several_labels=several), group="group" if group else None)
    return Dataset(pa.table(columns), schema, name, np.arange(2, len(rows) + 2))


def distinct(count: int, prefix: str = "text", classes: str = "ab") -> list[tuple[str, str]]:
    return [(f"{prefix} {at}", classes[at % len(classes)]) for at in range(count)]


def texts_of(dataset: Dataset) -> list[str]:
    return [normalised(text) for text in dataset.inputs().text]


def parts_of(splits: Splits) -> dict[str, Dataset]:
    return {"train": splits.train, "dev": splits.dev, "test": splits.test}


def assert_apart(parts: dict[str, Dataset]) -> None:
    """No text and no group stands in two parts."""
    named = list(parts.values())
    for at, one in enumerate(named):
        for other in named[at + 1 :]:
            assert not set(texts_of(one)) & set(texts_of(other))
            if one.schema.group is not None:
                assert not (set(one.groups() or ()) & set(other.groups() or ())) - {None}


def test_the_first_row_of_a_text_is_kept() -> None:
    dataset = make([("One", "a"), ("two", "b"), ("one", "a"), ("ONE ", "a")])
    kept, notes = without_duplicates(dataset)
    assert kept.inputs().text == ["One", "two"]
    assert notes == ["2 of 4 rows repeat the text of another and were removed before splitting"]


def test_nothing_is_said_where_nothing_repeats() -> None:
    dataset = make(distinct(4))
    assert without_duplicates(dataset) == (dataset, [])


def test_texts_under_several_labels() -> None:
    rows = [("x", "a"), ("y", "a"), ("x", "b"), ("x", "b"), ("y", "b"), ("z", "a"), ("z", "a")]
    kept, notes = without_duplicates(make(rows))
    assert list(zip(kept.inputs().text, kept.answers(), strict=True)) == [("x", "b"), ("z", "a")]
    assert notes[1:] == [
        "1 text stands under several labels; the majority's was kept",
        "1 text stands under several labels without a majority and was removed",
    ]


def test_sets_of_labels_are_compared_as_sets() -> None:
    kept, notes = without_duplicates(make([("x", ["a", "b"]), ("x", ["b", "a"]), ("y", ["a"])], several=True))
    assert len(kept) == 2
    assert len(notes) == 1


def test_unlabelled_texts_are_divided_too() -> None:
    table = pa.table({"text": [f"text {at % 50}" for at in range(100)]})
    splits = split(Dataset(table, Schema(columns=EmbedColumns())), seed=0)
    assert [len(part) for part in parts_of(splits).values()] == [40, 5, 5]
    assert splits.notes[-1] == "Divided into 40 train, 5 dev and 5 test rows"


def test_division_is_by_class() -> None:
    splits = split(make([(f"t{at}", "a" if at % 4 else "b") for at in range(200)]), seed=1)
    for part, size in zip(parts_of(splits).values(), (160, 20, 20), strict=True):
        assert (len(part), part.answers().count("b")) == (size, size // 4)
    assert splits.notes == ("Divided into 160 train, 20 dev and 20 test rows, each class in proportion",)


def test_a_dev_part_may_be_left_out() -> None:
    splits = split(make(distinct(40)), seed=1, fractions=(0.75, 0.0, 0.25))
    assert [len(part) for part in parts_of(splits).values()] == [30, 0, 10]


@pytest.mark.parametrize("fractions", [(0.8, 0.1, 0.2), (0.9, 0.1, 0.0), (0.0, 0.5, 0.5), (1.2, -0.1, -0.1)])
def test_fractions_that_are_no_division(fractions: tuple[float, float, float]) -> None:
    with pytest.raises(UsageError, match=r"for train, dev and test\. Give three shares that sum to 1"):
        split(make(distinct(40)), seed=1, fractions=fractions)
    with pytest.raises(UsageError, match="Give three shares"):
        respect(make(distinct(40)), seed=1, fractions=fractions)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([("same", "a"), ("Same", "a"), (" same", "a")], "all rows hold the same text: one is left after 2 duplicates"),
        ([("same", "a"), ("same", "b")], "no rows are left after 2 duplicates were removed"),
        (distinct(10, classes="a"), "there is only one class, 'a' in 10 rows"),
        ([*distinct(10), ("alone", "c")], "data.csv:12: class 'c' has a single row, which"),
        (
            [*distinct(10), ("twice", "c"), ("Twice", "c")],
            "data.csv:12: class 'c' has a single row after 1 duplicate was removed",
        ),
    ],
)
def test_what_cannot_be_split_is_refused(rows: list[tuple[str, str]], message: str) -> None:
    with pytest.raises(DataError) as caught:
        split(make(rows), seed=0)
    assert message in str(caught.value)


def test_too_few_rows_are_refused() -> None:
    dataset = Dataset(pa.table({"text": ["one", "two"]}), Schema(columns=EmbedColumns()))
    with pytest.raises(DataError, match="too few rows to divide: nothing is left for dev. Give more data"):
        split(dataset, seed=0)


def test_no_rows_are_refused() -> None:
    with pytest.raises(DataError, match="no rows are left"):
        split(make(distinct(4)).select([]), seed=0)


def test_too_few_groups_are_refused() -> None:
    rows = [(*row, "one" if at < 10 else "two") for at, row in enumerate(distinct(20))]
    with pytest.raises(DataError, match="too few groups to divide: nothing is left for dev. Give more groups"):
        split(make(rows, group=True), seed=0)


rows_with_groups = st.lists(
    st.tuples(
        st.sampled_from([f"{word} {number}" for word in ("A", "a", "b", "ｂ") for number in range(30)]),
        st.sampled_from("xy"),
        st.sampled_from([None, *"ghijklmnop"]),
    ),
    min_size=12,
    max_size=60,
)


@given(rows=rows_with_groups, seed=st.integers(0, 3), group=st.booleans())
@hypothesis_settings(deadline=None, max_examples=120)
def test_a_split_shares_nothing_loses_nothing_and_repeats_itself(rows: list[Any], seed: int, group: bool) -> None:
    dataset = make(rows, group=group)
    try:
        splits = split(dataset, seed=seed)
    except DataError:
        assume(False)
    parts = parts_of(splits)
    assert_apart(parts)
    together = sorted(text for part in parts.values() for text in texts_of(part))
    assert together == sorted(texts_of(without_duplicates(dataset)[0]))
    assert len(set(together)) == len(together)
    again = parts_of(split(dataset, seed=seed))
    assert all(np.array_equal(part.rows, again[name].rows) for name, part in parts.items())


@given(train=rows_with_groups, dev=st.none() | rows_with_groups, test=st.none() | rows_with_groups, group=st.booleans())
@hypothesis_settings(deadline=None, max_examples=120)
def test_respected_parts_share_nothing_and_test_keeps_all(train: Any, dev: Any, test: Any, group: bool) -> None:
    given_dev, given_test = (None if rows is None else make(rows, group=group) for rows in (dev, test))
    try:
        splits = respect(make(train, group=group), given_dev, given_test, seed=0)
    except WenmaiError:
        assume(False)
    assert_apart(parts_of(splits))
    if given_test is not None:
        assert splits.test is given_test
    if given_dev is not None:
        known = set() if given_test is None else set(texts_of(given_test))
        if not group:
            assert texts_of(splits.dev) == [text for text in texts_of(given_dev) if text not in known]


def test_train_rows_that_recur_are_dropped_from_train() -> None:
    train = make([*distinct(10), ("shared dev", "a"), ("shared test", "b")])
    dev = make([("Shared  dev", "b"), ("both", "a"), ("dev only", "a")])
    test = make([("shared test", "a"), ("both", "a"), ("both", "b"), ("test only", "b")])
    splits = respect(train, dev, test, seed=0)
    assert len(splits.train) == 10
    assert texts_of(splits.dev) == ["shared dev", "dev only"]
    assert splits.test is test
    assert splits.notes == (
        "1 row of dev recurs in test and was dropped from dev",
        "1 row of train recurs in dev and was dropped from train",
        "1 row of train recurs in test and was dropped from train",
        "1 row of test repeats another of its texts and was left there",
    )


def test_train_rows_that_share_a_group_are_dropped_from_train() -> None:
    train = make([(*row, f"g{at}" if at < 8 else None) for at, row in enumerate(distinct(10))], group=True)
    test = make([("other", "a", "g0"), ("more", "b", "g1"), ("none", "b", None)], group=True)
    splits = respect(train, make([("dev", "a", "d"), ("dev 2", "b", "d")], group=True), test, seed=0)
    assert splits.train.groups() == ["g2", "g3", "g4", "g5", "g6", "g7", None, None]
    assert "2 rows of train share a group with test and were dropped from train" in splits.notes


def test_trains_own_duplicates_stay_where_nothing_is_carved() -> None:
    splits = respect(make([*distinct(6), ("text 0", "a")]), make(distinct(2, "dev")), make(distinct(2, "test")), seed=0)
    assert len(splits.train) == 7
    assert splits.notes == ("1 row of train repeats another of its texts and was left there",)


def test_a_missing_dev_part_is_carved_from_train() -> None:
    train, test = make([*distinct(90), *distinct(9)]), make(distinct(20, "test"))
    splits = respect(train, test=test, seed=0)
    assert (len(splits.train), len(splits.dev)) == (80, 10)
    assert splits.dev.answers().count("a") == 5
    assert splits.notes == (
        "9 of 99 rows repeat the text of another and were removed before splitting",
        "dev was carved from train: 10 rows",
    )


def test_a_missing_test_part_is_carved_from_train() -> None:
    splits = respect(make(distinct(90)), make(distinct(20, "dev")), seed=0)
    assert (len(splits.train), len(splits.dev), len(splits.test)) == (80, 20, 10)


def test_no_dev_part_is_carved_where_none_is_wanted() -> None:
    splits = respect(make(distinct(90)), test=make(distinct(10, "test")), seed=0, fractions=(0.9, 0.0, 0.1))
    assert (len(splits.train), len(splits.dev), len(splits.test)) == (90, 0, 10)
    assert splits.notes == ()


def test_both_parts_are_carved_as_split_does() -> None:
    dataset = make(distinct(100))
    one, other = respect(dataset, seed=4), split(dataset, seed=4)
    assert [texts_of(part) for part in parts_of(one).values()] == [texts_of(part) for part in parts_of(other).values()]


def test_classes_that_train_has_not_are_noted() -> None:
    test = make([("x", "c"), ("y", "c"), ("z", "a"), ("w", "d")])
    splits = respect(make(distinct(10)), make(distinct(4, "dev")), test, seed=0)
    assert splits.notes == ("3 rows of test are of classes that train has not: 'c', 'd'",)


def test_nothing_left_to_train_on() -> None:
    with pytest.raises(
        DataError, match=r"train\.csv: every row of train recurs in dev or test\. Give parts that differ"
    ):
        respect(make(distinct(6), name="train.csv"), make(distinct(2, "dev")), make(distinct(6)), seed=0)
    with pytest.raises(DataError, match="there is only one class, 'b' in 3 rows"):
        respect(make(distinct(6)), make(distinct(2, "dev")), make(distinct(6)[::2]), seed=0)


@given(rows=rows_with_groups, k=st.integers(2, 4), seed=st.integers(0, 2), group=st.booleans())
@hypothesis_settings(deadline=None, max_examples=80)
def test_folds_hold_each_row_out_once(rows: list[Any], k: int, seed: int, group: bool) -> None:
    dataset = make(rows, group=group)
    try:
        found = folds(dataset, k, seed=seed)
    except DataError:
        assume(False)
    assert sorted(row for _, held in found for row in held) == list(range(len(rows)))
    for train, held in found:
        assert len(train) + len(held) == len(rows)
        assert_apart({"train": dataset.select(train), "held": dataset.select(held)})
    for one, other in zip(found, folds(dataset, k, seed=seed), strict=True):
        assert one[1].tolist() == other[1].tolist()


def test_folds_are_by_class_and_of_one_size() -> None:
    dataset = make([(f"t{at}", "a" if at % 3 else "b") for at in range(150)])
    for _, held in folds(dataset, 5, seed=0):
        part = dataset.select(held)
        assert (len(part), part.answers().count("b")) == (30, 10)


def test_a_class_of_two_rows_goes_through_a_split_and_its_folds() -> None:
    parts = split(make([*distinct(40), ("one of c", "c"), ("other of c", "c")]), seed=0)
    assert [part.answers().count("c") for part in (parts.train, parts.dev, parts.test)] == [1, 0, 1]
    held = [parts.train.select(held).answers().count("c") for _, held in folds(parts.train, 5, seed=0)]
    assert sorted(held) == [0, 0, 0, 0, 1]


def test_a_class_may_have_a_single_row_where_all_parts_are_given() -> None:
    train, dev, test = (make([*distinct(8, prefix), (f"{prefix} c", "c")]) for prefix in ("train", "dev", "test"))
    assert respect(train, dev, test, seed=0).train.answers().count("c") == 1


@pytest.mark.parametrize(
    ("rows", "k", "message"),
    [
        (distinct(6), 1, "1 folds. Ask for two folds or more"),
        (distinct(6), 7, "6 different texts or groups cannot make 7 folds. Ask for 6 folds or fewer"),
        (distinct(6, classes="a"), 2, "there is only one class, 'a'"),
        ([*distinct(6, classes="a"), ("alone", "b")], 2, "data.csv:8: all rows that are not 'a' stand in one fold"),
    ],
)
def test_folds_that_cannot_be(rows: list[tuple[str, str]], k: int, message: str) -> None:
    with pytest.raises(WenmaiError) as caught:
        folds(make(rows), k, seed=0)
    assert message in str(caught.value)
