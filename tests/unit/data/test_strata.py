from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from wenmai.core.errors import DataError
from wenmai.core.schema import ClassifyColumns, EmbedColumns, PairColumns, Schema
from wenmai.data.dataset import Dataset
from wenmai.data.strata import check_classes, classes_of, deal, has_classes


def labelled(labels: list[Any], several: bool = False) -> Dataset:
    table = pa.table({"text": [f"text {row}" for row in range(len(labels))], "label": labels})
    return Dataset(
        table, Schema(columns=ClassifyColumns(several_labels=several)), "data.csv", np.arange(2, 2 + len(labels))
    )


def counts(parts: np.ndarray[Any, Any], labels: list[str], label: str, number: int) -> list[int]:
    mask = np.array(labels) == label
    return [int((parts[mask] == part).sum()) for part in range(number)]


def dealt(labels: list[str], shares: tuple[float, ...], seed: int = 0, units: Any = None) -> np.ndarray[Any, Any]:
    classes = [(label,) for label in labels]
    groups = np.arange(len(labels)) if units is None else np.asarray(units)
    return deal(classes, groups, shares, np.random.default_rng(seed))


def test_classes_of_rows() -> None:
    assert classes_of(labelled(["a", "b"])) == [("a",), ("b",)]
    assert classes_of(labelled([["b", "a"], [], ["a"]], several=True)) == [("a", "b"), (), ("a",)]
    table = pa.table({"first": ["a"], "second": ["b"], "label": [0.5], "text": ["x"]})
    assert classes_of(Dataset(table, Schema(columns=PairColumns(answer="score")))) == [()]
    assert not has_classes(Dataset(table, Schema(columns=EmbedColumns())))


def test_exact_shares_without_groups() -> None:
    labels = ["a"] * 100 + ["b"] * 50
    parts = dealt(labels, (0.8, 0.1, 0.1))
    assert counts(parts, labels, "a", 3) == [80, 10, 10]
    assert counts(parts, labels, "b", 3) == [40, 5, 5]


@pytest.mark.parametrize(
    ("rows", "expected"), [(1, [1, 0, 0]), (2, [1, 0, 1]), (3, [1, 1, 1]), (4, [2, 1, 1]), (10, [8, 1, 1])]
)
def test_small_classes_stand_in_every_part_they_can(rows: int, expected: list[int]) -> None:
    labels = ["big"] * 100 + ["small"] * rows
    assert counts(dealt(labels, (0.8, 0.1, 0.1)), labels, "small", 3) == expected


def test_rounding_is_not_lost_over_many_classes() -> None:
    labels = [str(at // 4) for at in range(400)]
    parts = dealt(labels, (0.5, 0.5))
    assert np.bincount(parts).tolist() == [200, 200]
    labels = [str(at // 3) for at in range(300)]
    assert np.bincount(dealt(labels, (1 / 5,) * 5)).tolist() == [60] * 5


def test_an_empty_share_gets_nothing() -> None:
    labels = ["a", "b"] * 20
    assert set(dealt(labels, (0.9, 0.0, 0.1))) == {0, 2}
    assert set(dealt(labels, (0.9, 0.0, 0.1), units=np.arange(40) // 2)) == {0, 2}


def test_several_labels_are_in_proportion() -> None:
    generator = np.random.default_rng(5)
    classes = [tuple(np.flatnonzero(row).astype(str)) for row in generator.random((2000, 8)) < 0.5 ** np.arange(1, 9)]
    parts = deal(classes, np.arange(2000), (0.8, 0.1, 0.1), np.random.default_rng(1))
    for label in map(str, range(8)):
        rows = np.array([label in labels for labels in classes])
        for part, share in enumerate((0.8, 0.1, 0.1)):
            assert abs(int((parts[rows] == part).sum()) - share * rows.sum()) <= 0.12 * rows.sum() * share + 3


def test_groups_are_in_proportion() -> None:
    generator = np.random.default_rng(2)
    units = generator.integers(0, 300, 3000)
    labels = ["a" if draw < 0.3 else "b" for draw in generator.random(3000)]
    parts = dealt(labels, (0.8, 0.1, 0.1), units=units)
    for label in "ab":
        total = labels.count(label)
        assert counts(parts, labels, label, 3)[1] == pytest.approx(0.1 * total, rel=0.15)
        assert counts(parts, labels, label, 3)[2] == pytest.approx(0.1 * total, rel=0.15)


@given(
    labels=st.lists(st.sampled_from("abc"), min_size=1, max_size=40),
    seed=st.integers(0, 5),
    groups=st.none() | st.integers(1, 10),
)
@hypothesis_settings(deadline=None, max_examples=80)
def test_dealing_keeps_units_whole_and_is_the_same_for_a_seed(labels: list[str], seed: int, groups: int | None) -> None:
    units = None if groups is None else np.arange(len(labels)) % groups
    parts = dealt(labels, (0.6, 0.2, 0.2), seed, units)
    assert set(parts) <= {0, 1, 2}
    assert (parts == dealt(labels, (0.6, 0.2, 0.2), seed, units)).all()
    if units is not None:
        assert all(len(set(parts[units == unit])) == 1 for unit in set(units))
    else:
        for label in set(labels):
            found = counts(parts, labels, label, 3)
            assert min(found) >= 1 or labels.count(label) < 3
            assert all(abs(part - share * sum(found)) <= 2 for part, share in zip(found, (0.6, 0.2, 0.2), strict=True))


def test_another_seed_deals_otherwise() -> None:
    labels = ["a", "b"] * 50
    assert (dealt(labels, (0.5, 0.5), 0) != dealt(labels, (0.5, 0.5), 1)).any()


@pytest.mark.parametrize(
    ("labels", "removed", "message"),
    [
        ([], 0, "data.csv: no rows are left. Give at least two texts of two classes."),
        (["a"], 0, "data.csv: there is only one row. Give at least two different texts of two classes."),
        (["a"], 9, "data.csv: all rows hold the same text: one is left after 9 duplicates were removed."),
        (["a"] * 3, 0, "data.csv: there is only one class, 'a' in 3 rows. A classifier needs rows of two classes;"),
        (
            ["a", "a", "b"],
            0,
            "data.csv:4: class 'b' has a single row, which cannot stand in both training and test part. Add rows of "
            "this class, give it the label of a class it belongs with, or remove the row.",
        ),
        (
            ["a", "a", "b", "c"],
            2,
            "data.csv:4: class 'b' has a single row after 2 duplicates were removed (and so have 'c'), which cannot",
        ),
    ],
)
def test_what_cannot_be_divided_is_refused(labels: list[str], removed: int, message: str) -> None:
    dataset = labelled(labels) if labels else labelled(["a"]).select([])
    with pytest.raises(DataError) as caught:
        check_classes(dataset, classes_of(dataset), removed=removed)
    assert message in str(caught.value)


def test_several_labels_may_be_rare() -> None:
    dataset = labelled([["a"], ["a", "b"], []], several=True)
    check_classes(dataset, classes_of(dataset))
    with pytest.raises(DataError, match="there is only one class, 'a' in 2 rows"):
        check_classes(dataset.select([0, 0]), [("a",), ("a",)])
    with pytest.raises(DataError, match="there is no class in 2 rows"):
        check_classes(dataset.select([2, 2]), [(), ()])
