"""A Hugging Face folder from the command line: tuned, used in smaller numbers, and what is cut told."""

from __future__ import annotations

import csv
import json

import pytest
from corpora import reviews
from given import encoder
from typer.testing import CliRunner

from wenmai.cli.main import app
from wenmai.interop.huggingface_writing import write_huggingface

SHORT = ["training.loop.budget.epochs=1", "pipeline.max_pieces=12"]


@pytest.fixture(scope="module")
def tuned(tmp_path_factory):
    place = tmp_path_factory.mktemp("encoder")
    write_huggingface(encoder("en"), place / "folder")
    data = reviews("en", 2, rows=120)
    with (place / "rows.csv").open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        writer.writerows(zip(data.values("text"), data.values("label"), strict=True))
    arguments = ["train", "bert:given", str(place / "rows.csv"), "--input", f"encoder={place / 'folder'}"]
    arguments += [part for setting in SHORT for part in ("--set", setting)]
    ran = CliRunner().invoke(app, [*arguments, "--out", str(place / "run"), "--threads", "1"])
    assert ran.exit_code == 0, ran.output
    return place / "run/bundles/bert-given"


def predicted(*arguments):
    ran = CliRunner().invoke(app, ["predict", *map(str, arguments), "--format", "json"])
    assert ran.exit_code == 0, ran.output
    return ran


def test_a_tuned_bundle_needs_the_folder_no_more(tuned):
    assert not (tuned / "inputs").exists()
    manifest = json.loads((tuned / "bundle.json").read_text("utf-8"))
    assert manifest["recipe"]["inputs"][0]["name"] == "encoder"
    assert manifest["recipe"]["model"]["encoder"]["shape"]["layers"] == 2


@pytest.mark.parametrize("precision", ["float32", "bfloat16", "int8"])
def test_it_answers_in_smaller_numbers(tuned, precision):
    ran = predicted(tuned, "great phone", "--precision", precision)
    assert json.loads(ran.stdout.splitlines()[0])["label"] in ("good", "bad")


def test_what_is_cut_is_told(tuned):
    ran = predicted(tuned, "great " * 40, "great")
    assert "1 of 2 texts have more than the 12 tokens that are read" in ran.stderr
    assert "tokens" not in predicted(tuned, "great").stderr


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("vectors")
    write_huggingface(encoder("en"), place / "folder")
    lines = [text for text in reviews("en", 2, rows=60).values("text") if text]
    (place / "texts.txt").write_text("\n".join(lines) + "\n", "utf-8")
    (place / "bank.txt").write_text("\n".join(f"{line} phone {line[::-1]}" for line in lines[:20]) + "\n", "utf-8")
    return place


def ran(*arguments):
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == 0, done.output
    return done.stdout


def test_vectors_in_smaller_numbers(folder):
    index = folder / "index"
    search = ("search", folder / "texts.txt", "great phone", "--vectors", folder / "folder", "--format", "json")
    exact = json.loads(ran(*search, "--index", index))
    assert json.loads((index / "index.json").read_text("utf-8"))["precision"] == "float32"
    small = json.loads(ran(*search, "--index", index, "--precision", "int8"))
    assert json.loads((index / "index.json").read_text("utf-8"))["precision"] == "int8"
    assert [one["cosine"] for one in small["found"]] != [one["cosine"] for one in exact["found"]]
    assert abs(small["found"][0]["cosine"] - exact["found"][0]["cosine"]) < 0.05
    groups = ("clusters", folder / "texts.txt", "--vectors", folder / "folder", "--clusters", "2")
    assert "2 groups of 59 texts" in ran(*groups, "--precision", "bfloat16")


def test_senses_in_smaller_numbers(folder):
    senses = (
        "senses",
        "phone",
        folder / "bank.txt",
        "--vectors",
        folder / "folder",
        "--senses",
        "2",
        "--format",
        "json",
    )
    exact, small = json.loads(ran(*senses)), json.loads(ran(*senses, "--precision", "bfloat16"))
    assert sum(one["texts"] for one in small["senses"]) == 20
    assert exact["silhouettes"]["2"] != small["silhouettes"]["2"]
    assert abs(exact["silhouettes"]["2"][0] - small["silhouettes"]["2"][0]) < 0.05


def test_word_vectors_have_one_precision(folder, tmp_path):
    from given import vectors

    vectors("en").save(tmp_path / "vectors")
    arguments = ["search", str(folder / "texts.txt"), "phone", "--vectors", str(tmp_path / "vectors")]
    done = CliRunner().invoke(app, [*arguments, "--precision", "int8"])
    assert done.exit_code == 2
    assert "count-vectors is no network: there is one precision that it answers in. Leave it out." in done.stderr
