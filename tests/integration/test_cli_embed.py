"""`wenmai embed`: word vectors of other programs' files, asked and told."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

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
