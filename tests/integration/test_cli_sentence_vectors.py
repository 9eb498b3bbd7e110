"""`wenmai search`, `clusters`, `few-shot` and `senses` over averaged word vectors."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wenmai.data.loading import load
from wenmai.recipe import recipe_for
from wenmai.training import fit

Call = Callable[..., Any]

MONEY = ["loan", "cash", "credit", "pay", "rate", "debt", "fund", "money"]
RIVER = ["water", "shore", "boat", "fish", "flood", "stream", "mud", "reed"]


def texts(count: int, seed: int = 0) -> list[tuple[str, str]]:
    draw = random.Random(seed)
    made = []
    for number in range(count):
        topic, words = ("money", MONEY) if number % 2 else ("river", RIVER)
        around = draw.choices(words, k=6)
        made.append((" ".join([*around[:3], "bank", *around[3:]]), topic))
    return made


@pytest.fixture
def corpus(wenmai: Call, tmp_path: Path) -> Path:
    """A table of texts with labels, and a bundle ``vectors`` learnt from them."""
    rows = texts(240)
    (tmp_path / "texts.csv").write_text("text,label\n" + "".join(f"{a},{b}\n" for a, b in rows), "utf-8")
    data = load(tmp_path / "texts.csv", labelled=False, text="text", language="en").dataset
    fit(recipe_for("count-vectors:ppmi", "en"), data).save(tmp_path / "vectors")
    return tmp_path / "texts.csv"


def test_search(wenmai: Call, corpus: Path) -> None:
    arguments = ("search", corpus, "cash debt", "--text", "text", "--vectors", "vectors", "--count", "3")
    done = wenmai(*arguments, "--index", "index")
    assert done.code == 0, done.err
    assert done.out.startswith("cash debt, among 240 texts\n")
    assert "texts.csv:" in done.out
    again = wenmai(*arguments, "--index", "index", "--format", "json")
    found = json.loads(again.out)["found"]
    assert len(found) == 3
    assert all(set(one["text"].split()) & set(MONEY) for one in found)
    lines = wenmai(
        "search", corpus, "-", "--text", "text", "--vectors", "vectors", "--format", "csv", stdin="boat\n\nfund\n"
    )
    assert {row["query"] for row in csv.DictReader(io.StringIO(lines.out))} == {"boat", "fund"}


def test_clusters(wenmai: Call, corpus: Path, tmp_path: Path) -> None:
    arguments = ("clusters", corpus, "--text", "text", "--vectors", "vectors", "--clusters", "2")
    done = wenmai(*arguments, "--out", "grouped.csv")
    assert done.code == 0, done.err
    assert "2 groups of 240 texts" in done.out
    rows = list(csv.DictReader(io.StringIO((tmp_path / "grouped.csv").read_text("utf-8"))))
    assert len({(row["label"], row["cluster"]) for row in rows}) == 2
    one, other = json.loads(wenmai(*arguments, "--format", "json").out)["clusters"]
    assert {one["texts"], other["texts"]} == {120}
    assert {frozenset(one["words"]) <= {*MONEY}, frozenset(other["words"]) <= {*MONEY}} == {True, False}


def test_few_shot(wenmai: Call, corpus: Path) -> None:
    done = wenmai("few-shot", corpus, "--vectors", "vectors", "--shots", "2", "--draws", "3")
    assert done.code == 0, done.err
    assert done.out.startswith("2 labelled texts of each class, drawn 3 times, scored on ")
    found = json.loads(wenmai("few-shot", corpus, "--vectors", "vectors", "--shots", "1", "--format", "json").out)
    assert set(found["scores"]) == {"vectors + logistic regression", "TF-IDF + logistic regression"}


def test_senses(wenmai: Call, corpus: Path, tmp_path: Path) -> None:
    done = wenmai("senses", "bank", corpus, "--text", "text", "--vectors", "vectors", "--out", "bank.html")
    assert done.code == 0, done.err
    assert "2 senses of bank in 240 texts" in done.out
    assert "the one static vector of bank" in (tmp_path / "bank.html").read_text("utf-8")
    found = json.loads(
        wenmai("senses", "bank", corpus, "--text", "text", "--vectors", "vectors", "--format", "json").out
    )
    assert [sense["texts"] for sense in found["senses"]] == [120, 120]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("search", "texts.csv", "boat", "--vectors", "none"), "none: there is no such folder."),
        (("search", "texts.csv", "zebra", "--vectors", "vectors"), "nothing of the query 'zebra' is known"),
        (("search", "texts.csv", "boat", "-", "--vectors", "vectors"), "- stands among other queries."),
        (("search", "texts.csv", "boat", "--vectors", "vectors", "--index", "."), "the folder holds something else"),
        (("clusters", "texts.csv", "--vectors", "vectors", "--clusters", "999"), "999 groups of 240 texts."),
        (("clusters", "texts.csv", "--vectors", "vectors", "--out", "x.doc"), "x.doc"),
        (("few-shot", "texts.csv", "--vectors", "vectors", "--shots", "500"), "rows to draw 500 from."),
        (("senses", "zebra", "texts.csv", "--vectors", "vectors"), "'zebra' stands in 0 texts, too few"),
    ],
)
def test_what_cannot_be_done_is_told(wenmai: Call, corpus: Path, arguments: tuple[str, ...], message: str) -> None:
    text = () if arguments[0] == "few-shot" else ("--text", "text")
    done = wenmai(*arguments, *text)
    assert done.code in (1, 2)
    assert message in done.message
