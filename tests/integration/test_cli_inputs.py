"""Bundles that models build on, given on the command line."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wenmai.data.loading import load
from wenmai.recipe import recipe_for, with_settings
from wenmai.training import fit

Call = Callable[..., Any]
Write = Callable[..., Path]


@pytest.fixture(scope="module")
def vectors(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Vectors of the words that the tests' reviews are made of."""
    words = ("屏幕很好", "质量不错", "价格便宜", "太差了", "不推荐", "电池不行")
    rows = [{"text": "，".join(words[start : start + 3])} for start in (0, 3)] * 20
    recipe = with_settings(recipe_for("count-vectors:ppmi", "zh"), ["model.dim=8"])
    bundle = fit(recipe, load(rows, labelled=False, language="zh").dataset)
    return bundle.save(tmp_path_factory.mktemp("vectors") / "vectors")


def test_a_model_is_trained_on_given_vectors_in_a_process_of_its_own(
    wenmai: Call, labelled: Write, vectors: Path, tmp_path: Path
) -> None:
    path = labelled("reviews.csv")
    done = wenmai("train", "averaged-vectors:sif", path, "--input", f"vectors={vectors}", "--out", "run")
    assert done.code == 0, done.err
    folder = tmp_path / "run" / "bundles" / "averaged-vectors-sif"
    recipe = json.loads((folder / "bundle.json").read_text("utf-8"))["recipe"]
    assert [one["name"] for one in recipe["inputs"]] == ["vectors"]
    assert (folder / "inputs" / "vectors" / "weights.safetensors").is_file()
    assert wenmai("verify", folder).code == 0


def test_what_a_model_builds_on_and_is_not_given_is_told_before_anything_is_trained(
    wenmai: Call, labelled: Write, tmp_path: Path
) -> None:
    done = wenmai("compare", labelled("reviews.csv"), "--models", "majority,averaged-vectors", "--out", "run")
    assert done.code == 2
    assert done.message == (
        "averaged-vectors:mean builds on another bundle, its input 'vectors', which is not given. "
        "Give the folder of a trained bundle: --input vectors=FOLDER."
    )
    assert not (tmp_path / "run" / "bundles").exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["vectors"], "--input 'vectors' is no name and its folder. Write it as NAME=FOLDER."),
        (["vectors=none"], "none: there is no such folder. Check the path after --input."),
        (["a=.", "a=."], "--input has two folders for 'a'. Give each folder a name of its own."),
        (["vectors=empty"], "empty/bundle.json: the file is missing."),
    ],
)
def test_inputs_are_folders_with_names(
    wenmai: Call, labelled: Write, tmp_path: Path, values: list[str], message: str
) -> None:
    path = labelled("reviews.csv")
    (tmp_path / "empty").mkdir()
    given = [part for value in values for part in ("--input", value)]
    done = wenmai("train", "averaged-vectors", path, *given)
    assert done.code in (1, 2)
    assert done.message == message


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("vektors", "unknown input 'vektors'. Did you mean 'vectors'? Valid: vectors."),
        ("Vectors", "input 'Vectors': setting 'name' is 'Vectors'"),
    ],
)
def test_an_input_that_no_model_takes_is_refused(
    wenmai: Call, labelled: Write, vectors: Path, name: str, message: str
) -> None:
    given = ("--input", f"vectors={vectors}", "--input", f"{name}={vectors}")
    done = wenmai("train", "averaged-vectors", labelled("reviews.csv"), *given)
    assert done.code == 2
    assert message in done.message
