"""`wenmai embed`: word vectors of other programs' files, asked and told."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wenmai.apps.conversion_target import Target

Call = Callable[..., Any]

VECTORS = """\
7 3
man 1 0 0.1
woman -1 0 0.1
king 1 1 0.3
queen -1 1 0.3
prince 1 1 -0.8
apple 0 -1 0.5
苹果 0.1 -1 0.5
"""


@pytest.fixture
def vectors(tmp_path: Path) -> str:
    (tmp_path / "small.vec").write_text(VECTORS, "utf-8")
    return "small.vec"


def test_neighbours_of_words(wenmai: Call, vectors: str) -> None:
    done = wenmai("embed", "neighbors", vectors, "apple", "king", "--count", "2")
    assert done.code == 0, done.err
    assert [line.split() for line in done.out.splitlines()] == [
        ["apple,", "among", "7", "words"],
        ["neighbor", "cosine"],
        ["苹果", "0.996"],
        ["man", "0.044"],
        ["king,", "among", "7", "words"],
        ["neighbor", "cosine"],
        ["prince", "0.749"],
        ["man", "0.709"],
    ]
    told = json.loads(wenmai("embed", "neighbors", vectors, "apple", "--count", "1", "--format", "json").out)
    assert [one["word"] for one in told["apple"]] == ["苹果"]
    rows = list(csv.reader(io.StringIO(wenmai("embed", "neighbors", vectors, "apple", "--format", "csv").out)))
    assert rows[0] == ["of", "rank", "word", "cosine"]
    assert [row[:3] for row in rows[1:2]] == [["apple", "1", "苹果"]]
    assert len(rows) == 7


def test_similarity_and_analogy(wenmai: Call, vectors: str) -> None:
    assert wenmai("embed", "similarity", vectors, "apple", "苹果").out == "0.996\n"
    assert json.loads(wenmai("embed", "similarity", vectors, "man", "man", "--format", "json").out)["cosine"] == 1
    for method in ("add", "mul"):
        asked = ("embed", "analogy", vectors, "man", "king", "woman", "--method", method)
        assert wenmai(*asked).out.splitlines()[2].split()[0] == "queen"
        assert json.loads(wenmai(*asked, "--format", "json").out)["answers"][0]["word"] == "queen"
        assert wenmai(*asked, "--format", "csv").out.splitlines()[1].startswith("1,queen,")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("neighbors", "none.vec", "a"), "none.vec: there is no such file. Check the path."),
        (("neighbors", "small.vec", "Queen"), "small.vec: there is no vector of the word 'Queen'. Spelt alike: queen"),
        (("similarity", "small.vec", "man", "?"), "small.vec: there is no vector of the word '?'. There are 7 words."),
        (("analogy", "small.vec", "man", "king", "x"), "small.vec: there is no vector of the word 'x'."),
    ],
)
def test_what_cannot_be_asked_is_told(wenmai: Call, vectors: str, arguments: tuple[str, ...], message: str) -> None:
    done = wenmai("embed", *arguments)
    assert done.code == 2
    assert done.message.startswith(message)
    assert done.out == ""


def test_a_damaged_file_is_told_with_its_place(wenmai: Call, vectors: str, tmp_path: Path) -> None:
    (tmp_path / "bad.vec").write_text(VECTORS.replace("queen -1", "queen x"), "utf-8")
    done = wenmai("embed", "neighbors", "bad.vec", "man")
    assert (done.code, done.message) == (1, "bad.vec:5:7: 'x' where a number is expected.")
    (tmp_path / "twice.vec").write_text(VECTORS.replace("queen", "king"), "utf-8")
    done = wenmai("embed", "similarity", "twice.vec", "man", "king")
    assert (done.code, done.out) == (0, "0.709\n")
    assert done.err == "1 row repeats a word; the first vector of each word is kept\n"


def test_eval_shows_scores_with_intervals_and_coverage(wenmai: Call, vectors: str, tmp_path: Path) -> None:
    pairs = "man\tking\t8\nMAN\twoman\t2\nqueen\tking\t8.5\napple\t苹果\t9\napple\tgnu\t1\n"
    (tmp_path / "pairs.tsv").write_text(pairs, "utf-8")
    questions = ": royal\nman king woman queen\nwoman queen man King\nman king gnu x\n: fruit\nman king woman apple\n"
    (tmp_path / "quiz.txt").write_text(questions, "utf-8")
    asked = ("embed", "eval", vectors, "--pairs", "pairs.tsv", "--analogies", "quiz.txt")
    done = wenmai(*asked)
    assert done.code == 0, done.err
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[2][0] == "pairs.tsv"
    assert lines[2][-3:] == ["4", "of", "5"]
    assert [line[0] for line in lines[5:]] == ["royal", "fruit", "all"]
    assert lines[5][1:] == ["100.0", "(34.2–100.0)", "2", "of", "3"]
    assert "case is folded" in done.err
    assert "Questions share words" in done.err
    told = json.loads(wenmai(*asked, "--format", "json").out)
    assert told["pairs"]["pairs.tsv"]["missing"] == ["gnu"]
    assert told["pairs"]["pairs.tsv"]["spearman"]["value"] == pytest.approx(0.8)
    assert told["analogies"]["quiz.txt"]["all sections"]["right"] == 2
    assert (told["fold_case"], told["method"], told["among"]) == (True, "add", 7)
    rows = list(csv.DictReader(io.StringIO(wenmai(*asked, "--format", "csv").out)))
    assert [row["section"] for row in rows] == ["", "royal", "fruit", "all sections"]
    exact = json.loads(wenmai(*asked, "--exact-case", "--method", "mul", "--format", "json").out)
    assert exact["pairs"]["pairs.tsv"]["covered"] == 3
    assert exact["analogies"]["quiz.txt"]["royal"]["covered"] == 1


def test_eval_of_nothing_is_refused(wenmai: Call, vectors: str) -> None:
    done = wenmai("embed", "eval", vectors)
    assert (done.code, done.message) == (2, "there is nothing to score. Give --pairs FILE, --analogies FILE, or both.")
    done = wenmai("embed", "eval", vectors, "--pairs", "none.tsv")
    assert (done.code, done.message) == (2, "none.tsv: there is no such file. Check the path.")


@pytest.mark.parametrize("to", [choice.value for choice in Target if choice is not Target.HUGGINGFACE])
def test_convert_and_ask_what_was_converted(wenmai: Call, vectors: str, to: str) -> None:
    done = wenmai("embed", "convert", vectors, "other", "--to", to)
    assert (done.code, done.out) == (0, ""), done.err
    assert done.message == "Written to other"
    before = wenmai("embed", "neighbors", vectors, "apple", "--format", "csv").out
    assert wenmai("embed", "neighbors", "other", "apple", "--format", "csv").out == before


def test_convert_refuses_what_is_not_there(wenmai: Call, vectors: str) -> None:
    done = wenmai("embed", "convert", "none.vec", "other", "--to", "glove")
    assert (done.code, done.message) == (2, "none.vec: there is no such file or folder. Check the path.")


def test_map_writes_a_page(wenmai: Call, vectors: str, tmp_path: Path) -> None:
    done = wenmai("embed", "map", vectors, "--out", "map.html", "--words", "5", "--clusters", "2")
    assert done.code == 0, done.err
    assert done.message == "5 words on map.html"
    text = (tmp_path / "map.html").read_text("utf-8")
    assert '"words":["man","woman","king","queen","prince"]' in text
    (tmp_path / "classes.tsv").write_text("苹果\tfruit\napple\tfruit\nking\tking\nqueen\tking\ngnu\tbeast\n", "utf-8")
    done = wenmai("embed", "map", vectors, "--out", "map.html", "--classes", "classes.tsv")
    assert "1 of 5 words have no vector: gnu" in done.err
    assert '"names":["king","fruit"]' in (tmp_path / "map.html").read_text("utf-8")
