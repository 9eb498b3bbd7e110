"""`wenmai embed classes`: words in classes, by vectors and by neighbours, shown, told and written."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from wenmai.apps.vector_map import read_classes

Call = Callable[..., Any]

VECTORS = "6 2\ncat 1 0\ntea 0 1\ndog 2 0.1\ncow 1 0.1\nale 0.1 3\ngin 0.1 1\n"
KINDS = (("cat", "dog", "cow"), ("eats", "sees"), ("grass", "corn", "meat"))


@pytest.fixture
def text(tmp_path: Path) -> str:
    generator = np.random.default_rng(0)
    lines = [" ".join(generator.choice(words) for words in KINDS) for _ in range(400)]
    (tmp_path / "farm.txt").write_text("\n".join(lines) + "\n", "utf-8")
    return "farm.txt"


def test_vectors_in_classes(wenmai: Call) -> None:
    Path("small.vec").write_text(VECTORS, "utf-8")
    done = wenmai("embed", "classes", "small.vec", "--classes", "2", "--out", "classes.tsv")
    assert done.code == 0, done.err
    assert [line.split() for line in done.out.splitlines()] == [
        ["6", "words", "in", "2", "classes"],
        ["class", "words", "the", "most", "frequent"],
        ["0", "3", "cat", "dog", "cow"],
        ["1", "3", "tea", "ale", "gin"],
    ]
    assert Path("classes.tsv").read_text("utf-8").splitlines()[:2] == ["cat\t0", "tea\t1"]
    assert len(read_classes(Path("classes.tsv"))) == 6
    few = wenmai("embed", "classes", "small.vec", "--classes", "2", "--words", "2", "--format", "csv")
    assert few.out == "word,class,count\ncat,0,\ntea,1,\n"
    assert "The first 2 of 6 words" in few.err


def test_classes_go_to_the_map(wenmai: Call) -> None:
    Path("small.vec").write_text(VECTORS, "utf-8")
    assert wenmai("embed", "classes", "small.vec", "--classes", "2", "--out", "c.tsv").code == 0
    drawn = wenmai("embed", "map", "small.vec", "--classes", "c.tsv", "--out", "map.html")
    assert drawn.code == 0, drawn.err


def test_a_text_in_classes(wenmai: Call, text: str) -> None:
    asked = ("embed", "classes", text, "--method", "brown", "--classes", "3", "--threads", "1")
    done = wenmai(*asked, "--show", "2", "--out", "classes.json", "--language", "en")
    assert done.code == 0, done.err
    shown = [line.split() for line in done.out.splitlines()[2:]]
    assert [row[0] for row in shown] == sorted(row[0] for row in shown)
    assert {row[1] for row in shown} == {"2", "3"}
    assert all(row[-1] == "…" for row in shown if row[1] == "3")
    told = json.loads(Path("classes.json").read_text("utf-8"))
    assert told["method"] == "brown"
    assert {frozenset(one["word"] for one in each["words"]) for each in told["classes"]} == set(map(frozenset, KINDS))
    assert sum(one["count"] for each in told["classes"] for one in each["words"]) == 1200
    assert json.loads(wenmai(*asked, "--format", "json").out) == told
    rows = list(csv.reader(io.StringIO(wenmai(*asked, "--given-words", "--format", "csv").out)))
    assert rows[0] == ["word", "class", "count"]
    assert len(rows) == 9


def test_a_table_in_classes(wenmai: Call, text: str) -> None:
    lines = Path(text).read_text("utf-8").splitlines()
    Path("farm.jsonl").write_text("".join(json.dumps({"said": line}) + "\n" for line in lines), "utf-8")
    from_table, from_text = (
        wenmai("embed", "classes", source, *told, "--method", "brown", "--classes", "3", "--format", "csv").out
        for source, told in (("farm.jsonl", ("--text", "said")), (text, ()))
    )
    assert from_table == from_text
    assert len(from_text.splitlines()) == 9


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none.vec",), "none.vec: there is no such file. Check the path."),
        (("none.txt", "--method", "brown"), "none.txt: there is no such file. Check the path."),
        (("farm.txt", "--language", "en"), "--language is about a text, and kmeans reads vectors. For a text, add "),
        (("farm.txt", "--method", "brown", "--min-count", "900"), "no word occurs 900 times. Lower --min-count"),
        (("farm.txt", "--method", "brown", "--text", "a"), "farm.txt: --text names a column, and the text is lines."),
        (("bundle", "--method", "brown"), "bundle: these are vectors, and brown reads a text. Leave out --method "),
        (
            ("farm.txt", "--method", "brown", "--given-words", "--user-dict", "own.txt"),
            "--user-dict helps to cut words, and --given-words cuts none. Leave one out.",
        ),
    ],
)
def test_what_cannot_be_classified_is_told(wenmai: Call, text: str, arguments: tuple[str, ...], message: str) -> None:
    Path("bundle").mkdir()
    Path("bundle/bundle.json").write_text("{}", "utf-8")
    done = wenmai("embed", "classes", *arguments)
    assert done.code == 2, done.err
    assert done.message.startswith(message)
