"""`wenmai embed quantize`: a bundle of fastText becomes a small file, and what it costs is shown."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wenmai.bundle import load_bundle
from wenmai.data.loading import load
from wenmai.recipe import recipe_for, with_settings
from wenmai.training import fit

Call = Callable[..., Any]


@pytest.fixture
def model(labelled: Callable[..., Path]) -> str:
    data = load(labelled("train.csv", 120), language="zh").dataset
    recipe = with_settings(recipe_for("fasttext:chars", "zh"), ["model.bucket=5000", "model.epochs=5"])
    fit(recipe, data).save("model")
    return "model"


def test_a_bundle_becomes_a_small_file(wenmai: Call, model: str, labelled: Callable[..., Path]) -> None:
    labelled("test.csv", 40, first=500)
    asked = ("embed", "quantize", model, "small.ftz", "--cutoff", "200", "--dsub", "4", "--qnorm", "--data", "test.csv")
    done = wenmai(*asked)
    assert done.code == 0, done.err
    lines = [line.split() for line in done.out.splitlines()]
    assert lines[0][1:] == ["times", "smaller"]
    assert lines[2][0] == "bytes"
    assert int(lines[2][2].replace(",", "")) == Path("small.ftz").stat().st_size
    assert lines[3][:1] + lines[3][2:] == ["rows", "200"]
    assert "Log loss" in done.out
    assert "Hashed runs without a row no longer count in a text's mean." in done.err
    assert "Written to small.ftz" in done.err
    first = Path("small.ftz").read_bytes()
    told = json.loads(wenmai(*asked, "--format", "json").out)
    assert Path("small.ftz").read_bytes() == first
    assert told["after"]["rows"] == 200
    assert 0 <= told["after"]["accuracy"] <= 1
    rows = list(csv.reader(io.StringIO(wenmai(*asked, "--format", "csv").out)))
    assert [row[0] for row in rows] == ["", "before", "after"]
    assert rows[0][1:3] == ["bytes", "rows"]


def test_a_small_file_is_made_smaller_and_read_again(wenmai: Call, model: str) -> None:
    assert wenmai("embed", "quantize", model, "small.ftz").code == 0
    done = wenmai("embed", "quantize", "small.ftz", "smaller.ftz", "--cutoff", "50", "--format", "json")
    assert done.code == 0, done.err
    told = json.loads(done.out)
    assert told["after"] == {"bytes": Path("smaller.ftz").stat().st_size, "rows": 50}
    assert wenmai("embed", "convert", "smaller.ftz", "again", "--to", "bundle").code == 0
    assert len(load_bundle("again").model.input) == 50
    assert load_bundle("again").predict(["很 好"])[0].label in {"pos", "neg"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("none", "small.ftz"), "none: there is no such file or folder. Check the path."),
        (("vectors.vec", "small.ftz"), "vectors.vec, byte 0: this is no model of fastText."),
        (("other", "small.ftz"), "tfidf-lr is not fastText. Give a bundle of fasttext."),
        (("model", "small.ftz", "--label", "x"), "--text and --label are about --data, and there is none. Add --data"),
        (("small.ftz", "small.ftz"), "small.ftz: the new file would take the place of the old one. Name another."),
    ],
)
def test_what_cannot_be_quantised_is_told(
    wenmai: Call, model: str, bundle: Path, arguments: tuple[str, ...], message: str
) -> None:
    Path("vectors.vec").write_text("2 2\na 1 2\nb 2 3\n", "utf-8")
    Path("other").symlink_to(bundle)
    if "small.ftz" in arguments[0]:
        wenmai("embed", "quantize", model, "small.ftz")
    done = wenmai("embed", "quantize", *arguments)
    assert done.code in (1, 2)
    assert done.message.startswith(message), done.message
