from __future__ import annotations

import pyarrow as pa
import pytest

from wenmai.comparison.division import CROSS_VALIDATED_BELOW, FOLDS, division_of
from wenmai.core.errors import DataError
from wenmai.core.schema import Schema
from wenmai.data.dataset import Dataset
from wenmai.data.loading import Loaded


def rows(count: int, prefix: str = "text") -> Dataset:
    texts = [f"{prefix} {at}" for at in range(count)]
    return Dataset(pa.table({"text": texts, "label": ["ab"[at % 2] for at in range(count)]}), Schema(), "data.csv")


def test_few_rows_are_cross_validated_over_all_but_the_test_rows() -> None:
    division = division_of(rows(100))
    assert (len(division.train), division.dev, len(division.test), len(division.folds)) == (90, None, 10, FOLDS)
    assert sorted(division.choosing.inputs().text) == sorted(division.train.inputs().text)
    assert division.sentences() == (
        "Every rung learnt from the same 90 rows.",
        "All choices were made by 5-fold cross-validation over 90 rows.",
        "The 10 test rows were scored once, after all choices.",
        "Divided into 80 train, 10 dev and 10 test rows, each class in proportion.",
        "With so few rows the 10 dev rows were joined to the 80 training rows.",
    )


def test_many_rows_have_a_dev_part() -> None:
    division = division_of(rows(CROSS_VALIDATED_BELOW * 10 // 9 + 10))
    assert division.dev is not None
    assert division.choosing is division.dev
    assert division.folds == ()
    assert division.sentences()[1] == f"All choices were made on {len(division.dev)} dev rows."


def test_parts_that_are_given_stay_and_their_notes_are_sentences() -> None:
    train, test = rows(60), rows(10, "test")
    division = division_of(Loaded(train, {"train": train, "test": test}, ()))
    assert division.test.inputs().text == test.inputs().text
    assert division.sentences()[-2:] == (
        "Dev was carved from train: 7 rows.",
        "With so few rows the 7 dev rows were joined to the 53 training rows.",
    )


def test_a_part_of_one_row_is_refused() -> None:
    train, one = rows(60), rows(1, "test")
    with pytest.raises(DataError, match="the test part has a single row, which cannot tell one model from another"):
        division_of(Loaded(train, {"train": train, "test": one}, ()))
