"""`wenmai predict`: texts, tables, streams, and what is refused."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from wenmai.data.loading import load
from wenmai.recipe import recipe_for
from wenmai.training import fit

Call = Callable[..., Any]
TEXT = "屏幕很好、质量不错"


def test_texts_become_label_score_and_text_parted_by_tabs(wenmai: Call, bundle: Path) -> None:
    done = wenmai("predict", bundle, TEXT, "太差了\n退货了")
    assert done.code == 0
    first, second = (line.split("\t") for line in done.out.splitlines())
    assert first[0] == "pos"
    assert first[2] == TEXT
    assert 0.5 < float(first[1]) <= 1
    assert second[0] == "neg"
    assert second[2] == "太差了 退货了"  # One result a line.


def test_a_label_of_two_lines_takes_one(wenmai: Call, tmp_path: Path) -> None:
    rows = [("很好", "of two\nlines"), ("很差", "a\tb")] * 4
    data = load([{"text": f"{text} {at}", "label": label} for at, (text, label) in enumerate(rows)]).dataset
    saved = fit(recipe_for("naive-bayes:chars", "zh"), data).save(tmp_path / "saved")
    done = wenmai("predict", saved, "很好", "很差")
    assert [line.split("\t")[0] for line in done.out.splitlines()] == ["of two lines", "a b"]


def test_json_has_one_object_a_line(wenmai: Call, bundle: Path) -> None:
    done = wenmai("predict", bundle, TEXT, "退货了", "--format", "json", "--explain")
    lines = [json.loads(line) for line in done.out.splitlines()]
    assert [line["label"] for line in lines] == ["pos", "neg"]
    assert sum(lines[0]["probabilities"].values()) == pytest.approx(1)
    words = lines[0]["words"]
    assert all(TEXT[one["start"] : one["end"]] == one["word"] for one in words)
    assert any(one["weight"] > 0 for one in words)


def test_csv_has_a_column_for_each_probability(wenmai: Call, bundle: Path) -> None:
    done = wenmai("predict", bundle, 'says "很好", twice', "--format", "csv")
    (row,) = csv.DictReader(io.StringIO(done.out))
    assert list(row) == ["text", "label", "score", "p_neg", "p_pos"]
    assert row["text"] == 'says "很好", twice'
    assert float(row["p_neg"]) + float(row["p_pos"]) == pytest.approx(1)


def test_explain_names_the_words_that_decided(wenmai: Call, bundle: Path) -> None:
    done = wenmai("predict", bundle, TEXT, "--explain")
    assert TEXT in done.out
    decided = next(line for line in done.out.splitlines() if "words that decided" in line)
    assert "+" in decided
    assert any(word in decided for word in ("屏幕", "质量", "不错", "好"))


def test_explain_is_refused_where_nothing_is_read(wenmai: Call, majority: Path) -> None:
    done = wenmai("predict", majority, TEXT, "--explain")
    assert done.code == 2
    assert "cannot say which words decided" in done.message


def test_an_empty_text_is_noted_and_still_predicted(wenmai: Call, bundle: Path) -> None:
    done = wenmai("predict", bundle, TEXT, "")
    assert done.code == 0
    assert len(done.out.splitlines()) == 2
    assert done.message.startswith("text 2: the text is empty")
    assert "before reading" in done.message


def test_lines_of_standard_input(wenmai: Call, bundle: Path) -> None:
    done = wenmai("predict", bundle, "-", stdin="\ufeff很好\r\n\n退货了\t真的\n太差了".encode())
    lines = [line.split("\t", 2) for line in done.out.splitlines()]
    assert [line[2] for line in lines] == ["很好", "", "退货了\t真的", "太差了"]
    assert [line[0] for line in lines][2:] == ["neg", "neg"]
    assert done.message.startswith("1 empty lines")


def test_a_stream_gives_what_texts_give(wenmai: Call, bundle: Path) -> None:
    texts = [f"{TEXT}{number}" for number in range(2500)]
    streamed = wenmai("predict", bundle, "-", "--format", "csv", stdin="\n".join(texts))
    assert streamed.out == wenmai("predict", bundle, *texts, "--format", "csv").out
    assert len(streamed.out.splitlines()) == 2501


def test_undecodable_bytes_in_the_stream(wenmai: Call, bundle: Path) -> None:
    done = wenmai("predict", bundle, "-", stdin="很好\n很".encode() + b"\xff\n")
    assert done.code == 1
    assert done.message.startswith("standard input:2:2: byte 0xFF is not UTF-8.")
    assert "--encoding" in done.message
    assert wenmai("predict", bundle, "-", "--encoding", "gb18030", stdin="很好".encode("gb18030")).out.endswith(
        "很好\n"
    )


def test_unknown_encoding_of_the_stream(wenmai: Call, bundle: Path) -> None:
    done = wenmai("predict", bundle, "-", "--encoding", "klingon", stdin="x")
    assert done.code == 2
    assert "unknown encoding 'klingon'" in done.message
    assert "gb18030" in done.message


def test_a_text_of_ten_megabytes(wenmai: Call, bundle: Path) -> None:
    done = wenmai("predict", bundle, "-", stdin=("好" * (10 * 2**20 // 3) + "\n很好").encode())
    assert done.code == 0
    assert [line[:3] for line in done.out.splitlines()] == ["pos", "pos"]


def test_a_table_keeps_its_columns(wenmai: Call, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text('id,text\n1,"很好, 不错"\n2,\n', "utf-8")
    done = wenmai("predict", bundle, "--file", "new.csv")
    assert done.code == 0
    read = list(csv.DictReader(io.StringIO(done.out)))
    assert list(read[0]) == ["id", "text", "label", "score", "p_neg", "p_pos"]
    assert [row["id"] for row in read] == ["1", "2"]
    assert read[0]["text"] == "很好, 不错"
    assert read[0]["label"] == "pos"


def test_a_taken_name_is_not_overwritten(wenmai: Call, bundle: Path, labelled: Callable[..., Path]) -> None:
    done = wenmai("predict", bundle, "--file", labelled("old.csv", 10), "--format", "json")
    first = json.loads(done.out.splitlines()[0])
    assert list(first) == ["text", "label", "label_wenmai", "score", "p_neg", "p_pos"]
    assert "There is a column 'label' already: the new one is 'label_wenmai'" in done.err


@pytest.mark.parametrize("name", ["out.csv", "out.tsv", "out.jsonl", "deep/er/out.parquet"])
def test_a_table_is_written_by_its_ending(
    wenmai: Call, bundle: Path, labelled: Callable[..., Path], tmp_path: Path, name: str
) -> None:
    done = wenmai("predict", bundle, "--file", labelled("new.csv", 12, "text,truth"), "--out", name)
    assert done.code == 0
    assert done.out == ""
    assert f"12 rows written to {name}" in done.err
    path = tmp_path / name
    if name.endswith("parquet"):
        names = pq.read_table(path).column_names
    elif name.endswith("jsonl"):
        names = list(json.loads(path.read_text("utf-8").splitlines()[0]))
    else:
        names = path.read_text("utf-8").splitlines()[0].split("\t" if name.endswith("tsv") else ",")
    assert names == ["text", "truth", "label", "score", "p_neg", "p_pos"]
    assert [one.name for one in path.parent.iterdir() if one.name.startswith(".")] == []


def test_an_ending_that_names_no_format(wenmai: Call, bundle: Path, labelled: Callable[..., Path]) -> None:
    done = wenmai("predict", bundle, "--file", labelled("new.csv"), "--out", "out.xlsx")
    assert done.code == 2
    assert done.message.startswith("out.xlsx: the ending '.xlsx' names no format.")
    assert ".parquet" in done.message


def test_another_text_column_is_found_or_named(wenmai: Call, bundle: Path, labelled: Callable[..., Path]) -> None:
    path = labelled("new.csv", 10, "review,truth")
    found = wenmai("predict", bundle, "--file", path)
    assert "Text column 'review' (by its name)" in found.err
    assert wenmai("predict", bundle, "--file", path, "--text", "review").out == found.out
    missing = wenmai("predict", bundle, "--file", path, "--text", "revew")
    assert missing.code == 2
    assert "no column 'revew'" in missing.message
    assert "Did you mean 'review'?" in missing.message


def test_several_labels_a_row(wenmai: Call, several: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("text\n屏幕很好太差了1\n", "utf-8")
    done = wenmai("predict", several, "--file", "new.csv", "--format", "json")
    row = json.loads(done.out)
    assert list(row) == ["text", "labels", "score", "p_a", "p_b"]
    assert set(row["labels"]) <= {"a", "b"}
    lines = wenmai("predict", several, "屏幕很好太差了0", "很好")
    assert lines.code == 0
    assert wenmai("predict", several, "很好", "--explain").code == 0


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        ([], "nothing to predict is given"),
        (["x", "--file", "y.csv"], "texts and --file are both given"),
        (["-", "x"], "- stands among other texts"),
        (["x", "--out", "y.csv"], "--text and --out go with --file"),
        (["-", "--explain"], "--explain goes with texts"),
        (["--file", "nothere.csv"], "nothere.csv: there is no such file"),
        (["bad \udcff byte"], "text 1 holds bytes that are not UTF-8"),
    ],
)
def test_what_is_refused(wenmai: Call, bundle: Path, arguments: list[str], found: str) -> None:
    done = wenmai("predict", bundle, *arguments)
    assert done.code == 2
    assert found in done.message
    assert done.out == ""
    assert done.message.count(". ") >= 1  # What to do stands after what was found.


def test_a_bundle_that_is_none(wenmai: Call, bundle: Path, tmp_path: Path) -> None:
    missing = wenmai("predict", "nothere", "x")
    assert missing.code == 1
    assert missing.message.startswith("nothere: there is no bundle here.")
    (tmp_path / "empty").mkdir()
    assert wenmai("predict", "empty", "x").message.startswith("empty/bundle.json: the file is missing")


def test_unsure_rows_are_marked_in_every_form(wenmai: Call, bundle: Path, tmp_path: Path) -> None:
    texts = [TEXT, "嗯"]
    sure, unsure = (json.loads(line) for line in wenmai("predict", bundle, *texts, "--format", "json").out.splitlines())
    assert "unsure" not in sure
    assert unsure["score"] < sure["score"]
    below = ["--unsure-below", f"{(sure['score'] + unsure['score']) / 2:.4f}"]
    lines = wenmai("predict", bundle, *texts, "--format", "json", *below).out.splitlines()
    assert [json.loads(line)["unsure"] for line in lines] == [False, True]
    piped = wenmai("predict", bundle, "-", *below, stdin="\n".join(texts)).out.splitlines()
    assert [line.split("\t")[2:] for line in piped] == [["false", TEXT], ["true", "嗯"]]
    streamed = wenmai("predict", bundle, "-", "--format", "csv", *below, stdin="\n".join(texts)).out
    rows = list(csv.DictReader(io.StringIO(streamed)))
    assert list(rows[0]) == ["text", "label", "score", "unsure", "p_neg", "p_pos"]
    assert [row["unsure"] for row in rows] == ["false", "true"]
    (tmp_path / "new.csv").write_text("text\n" + "\n".join(texts) + "\n", "utf-8")
    table = wenmai("predict", bundle, "--file", "new.csv", *below).out
    assert [row["unsure"] for row in csv.DictReader(io.StringIO(table))] == ["false", "true"]
    brief = wenmai("predict", bundle, "--file", "new.csv", "--format", "table", *below).out.splitlines()
    assert brief[0].split("\t") == ["label", "score", "unsure", "text"]
    explained = wenmai("predict", bundle, *texts, "--explain", *below).out
    assert explained.count("unsure: ") == 1


def test_a_confidence_is_a_probability(wenmai: Call, bundle: Path) -> None:
    done = wenmai("predict", bundle, TEXT, "--unsure-below", "60")
    assert done.code == 2
    assert "Input should be less than or equal to 1" in done.err


def test_evaluate_tells_what_share_is_sure(wenmai: Call, bundle: Path, labelled: Callable[..., Path]) -> None:
    rows = labelled("rows.csv", 40)
    done = wenmai("evaluate", bundle, rows, "--unsure-below", "0.5")
    assert "100.0% (91.2–100.0) of the rows are as sure as 0.5 or surer; of these " in done.out
    assert "No row is as sure as 1." in wenmai("evaluate", bundle, rows, "--unsure-below", "1").out
    found = json.loads(wenmai("evaluate", bundle, rows, "--unsure-below", "0.9", "--format", "json").out)
    assert found["sure"]["unsure_below"] == 0.9
