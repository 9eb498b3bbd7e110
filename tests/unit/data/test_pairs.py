"""Pairs of texts from a file to honest parts."""

from __future__ import annotations

import gzip
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from wenmai.core.errors import DataError, UsageError
from wenmai.core.schema import EmbedColumns, PairAnswer, PairColumns, Schema
from wenmai.data.dataset import Dataset
from wenmai.data.health import inspect
from wenmai.data.loading import load, load_splits
from wenmai.data.splits import folds, respect, split

ROWS = [(f"the first text number {at}", f"the second text number {at}", ("no", "yes")[at % 2]) for at in range(30)]


def pairs(rows: list[tuple[str, str, Any]], answer: PairAnswer = "label") -> Dataset:
    first, second, label = (list(column) for column in zip(*rows, strict=True))
    table = pa.table({"first": first, "second": second, "label": label})
    return Dataset(table, Schema(columns=PairColumns(answer=answer)), "pairs.csv", np.arange(2, len(rows) + 2))


def sides(data: Dataset) -> set[frozenset[str]]:
    inputs = data.inputs()
    assert inputs.second is not None
    return {frozenset(pair) for pair in zip(inputs.text, inputs.second, strict=True)}


@pytest.mark.parametrize(
    ("name", "write"),
    [
        ("pairs.csv", lambda rows: "\n".join(["sentence1,sentence2,label", *map(",".join, rows)])),
        ("pairs.tsv", lambda rows: "\n".join(map("\t".join, rows))),
        (
            "pairs.jsonl",
            lambda rows: "\n".join(
                json.dumps(dict(zip(("premise", "hypothesis", "gold"), r, strict=True))) for r in rows
            ),
        ),
    ],
)
def test_pairs_are_read_from_any_table(tmp_path: Path, name: str, write: Any) -> None:
    path = tmp_path / name
    path.write_text(write(ROWS) + "\n", "utf-8")
    loaded = load(path)
    columns = loaded.dataset.schema.columns
    assert isinstance(columns, PairColumns)
    assert columns.answer == "label"
    inputs = loaded.dataset.inputs(3, 4)
    assert (inputs.text, inputs.second) == ([ROWS[3][0]], [ROWS[3][1]])
    assert loaded.dataset.answers() == [row[2] for row in ROWS]
    assert any(note.startswith("Pair of texts in the columns ") for note in loaded.notes)


def test_scores_are_numbers(tmp_path: Path) -> None:
    path = tmp_path / "scores.tsv"
    lines = [f"{first}\t{second}\t{at / 4}" for at, (first, second, _) in enumerate(ROWS)]
    lines[3] = f"{ROWS[3][0]}\t{ROWS[3][1]}\t"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    loaded = load(path)
    assert loaded.dataset.answers()[:4] == [0.0, 0.25, 0.5, 1.0]
    assert f"1 of 30 rows has no score in column 'column_3' and was dropped ({path}:4)" in loaded.notes
    health = inspect(loaded)
    assert health.scores is not None
    assert (health.scores.min, health.scores.max, health.unit, health.classes) == (0.0, 7.25, "pair", {})


@pytest.mark.parametrize(
    ("cells", "option", "message"),
    [
        (
            ["0.5", "high", "1"],
            "score",
            "2: column 'c' holds 'high', not a number. Write a number in",
        ),
        (["0.5", "inf", "1"], "score", "2: column 'c' holds 'inf', not a number."),
        (["0", "1", "2"], "relevance", "3: column 'c' holds '2', not 0 or 1. Write 1 where the second text answers"),
    ],
)
def test_an_answer_that_is_none_is_told_with_its_line(
    tmp_path: Path, cells: list[str], option: str, message: str
) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("a,b,c\n" + "".join(f"one {c},two {c},{c}\n" for c in cells), "utf-8")
    with pytest.raises(DataError) as caught:
        load(path, first="a", second="b", **{option: "c"})
    line, _, rest = message.partition(":")
    assert str(caught.value).startswith(f"{path}:{int(line) + 1}:{rest}")


def test_several_labels_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("text1,text2,label\none,two,a;b\nthree,four,a\n", "utf-8")
    with pytest.raises(UsageError, match="the pairs carry several labels each, in column 'label'"):
        load(path, label_separator=";")
    with pytest.raises(UsageError, match="a text and the texts of a pair are both named"):
        load(path, text="text1", first="text1")


def test_rows_with_more_fields_than_the_first_are_cut_only_where_asked(tmp_path: Path) -> None:
    path = tmp_path / "pairs.tsv"
    rows = ["\t".join(row) for row in ROWS]
    path.write_text("\n".join([*rows[:5], rows[5] + "\tfrom here\tand there", *rows[6:]]) + "\n", "utf-8")
    with pytest.raises(DataError, match=r"6:\d+: 5 fields where 3 are expected .*--surplus"):
        load(path)
    loaded = load(path, surplus=True)
    assert len(loaded.dataset) == 30
    cut = f"1 row has more than 3 fields, the number of the first: what goes beyond was left out ({path}:6)"
    assert cut in loaded.notes


def test_a_csv_of_tabs_has_ordinary_quotes(tmp_path: Path) -> None:
    path = tmp_path / "pairs.csv"
    path.write_text("".join(f'{a}\t"{b}" he said\t{at / 3}\n' for at, (a, b, _) in enumerate(ROWS)), "utf-8")
    assert load(path).dataset.inputs().second == [f'"{row[1]}" he said' for row in ROWS]


def test_a_pair_and_its_reverse_never_stand_on_two_sides() -> None:
    rows = [row for a, b, label in ROWS for row in ((a, b, label), (b, a, label))]
    parts = split(pairs(rows), seed=0)
    train, dev, test = map(sides, (parts.train, parts.dev, parts.test))
    assert not [one for one, other in ((train, dev), (train, test), (dev, test)) if one & other]
    assert len(parts.train) + len(parts.dev) + len(parts.test) == 60  # the reverse is no repetition
    for learnt, held in folds(pairs(rows), 3, seed=0):
        assert not sides(pairs(rows).select(learnt)) & sides(pairs(rows).select(held))


def test_given_parts_lose_pairs_that_recur_in_either_order() -> None:
    test = pairs([(b.upper(), a, label) for a, b, label in ROWS[:4]])
    parts = respect(pairs(ROWS), None, test, seed=0)
    assert "4 rows of train recur in test and were dropped from train" in parts.notes
    health = inspect(load_splits(as_rows(pairs(ROWS)), test=as_rows(test), first="first", second="second"))
    assert health.crossing["train, test"] == 4
    assert "4 pairs stand in both train and test" in health.warnings


def as_rows(data: Dataset) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = data.table.to_pylist()
    return rows


def test_a_repeated_pair_is_removed_and_one_text_alone_is_not() -> None:
    rows = [*ROWS, (ROWS[0][0].upper(), ROWS[0][1], "no"), (ROWS[0][0], "quite another text", "yes")]
    parts = split(pairs(rows), seed=0)
    assert parts.notes[0] == "1 of 32 rows repeats the pair of another and was removed before splitting"
    assert len(parts.train) + len(parts.dev) + len(parts.test) == 31


@hypothesis_settings(deadline=None, max_examples=25)
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 30)), min_size=40, max_size=80), st.integers(0, 5))
def test_the_answers_to_a_question_stay_together(given: list[tuple[int, int]], seed: int) -> None:
    rows = [(f"question {q}?", f"answer {a}", float(a % 2)) for q, a in given]
    rows += [(f"question {q}?", f"answer of its own {q}", 1.0) for q in range(6)]
    data = pairs(rows, "relevance")
    parts = split(data, seed=seed, fractions=(0.6, 0.2, 0.2))
    train, dev, test = (set(part.inputs().text) for part in (parts.train, parts.dev, parts.test))
    assert not [one for one, other in ((train, dev), (train, test), (dev, test)) if one & other]


@pytest.mark.data
@pytest.mark.parametrize(
    ("name", "rows", "answer"),
    [
        ("en/rte", 2490, "label"),
        ("en/snli/dev.txt.gz", 9842, "label"),
        ("en/quora/dev.txt.gz", 10000, "label"),
        ("en/stsb", 5749, "score"),
        ("zh/afqmc", 34334, "label"),
        ("zh/lcqmc/dev.txt.gz", 8802, "label"),
        ("zh/pawsx_zh/dev_2k.tsv.gz", 2000, "label"),
    ],
)
def test_real_sets(name: str, rows: int, answer: str) -> None:
    folder = os.environ.get("WENMAI_DATA")
    if folder is None or not (Path(folder) / name).exists():
        pytest.skip(f"WENMAI_DATA names no folder with {name}")
    path = Path(folder) / name
    loaded = load(path, surplus=name == "en/stsb")
    columns = loaded.dataset.schema.columns
    assert isinstance(columns, PairColumns)
    assert (len(loaded.dataset), columns.answer) == (rows, answer)
    if path.is_file():
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            lines = file.read().split("\n")
        row = loaded.dataset.inputs(100, 101)
        assert row.second is not None
        line = lines[int(loaded.dataset.where(100).rpartition(":")[2]) - 1]
        assert row.text[0] in line
        assert row.second[0] in line


def test_single_texts_stay_single_texts(tmp_path: Path) -> None:
    path = tmp_path / "corpus.csv"
    path.write_text("sentence1,sentence2\none,two\n", "utf-8")
    loaded = load(path, text=["sentence1", "sentence2"], labelled=False)
    assert loaded.dataset.schema.columns == EmbedColumns(text=("sentence1", "sentence2"))
