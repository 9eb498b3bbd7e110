"""`wenmai models`, `verify`, `tokenizer`, and the help."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wenmai import __version__
from wenmai.catalog import CATALOG
from wenmai.recipe import recipe_for, with_settings

Call = Callable[..., Any]

COMMANDS = ("compare", "train", "demo", "predict", "evaluate", "verify", "embed", "inspect", "models", "tokenizer")


def test_models_lists_every_member(wenmai: Call) -> None:
    done = wenmai("models")
    assert done.code == 0
    for entry in CATALOG.entries.values():
        assert entry.name in done.out
        assert str(entry.year) in done.out
        assert entry.paper in done.out
    listed = json.loads(wenmai("models", "--format", "json").out)
    assert [one["name"] for one in listed["models"]] == list(CATALOG.entries)
    assert listed["ladders"]["quick"] == list(CATALOG.ladders["quick"])
    rows = list(csv.DictReader(io.StringIO(wenmai("models", "--format", "csv").out)))
    assert [row["ancestor"] for row in rows] == [entry.ancestor or "" for entry in CATALOG.entries.values()]


def test_the_tree_hangs_each_member_below_its_ancestor(wenmai: Call) -> None:
    lines = wenmai("models", "--tree").out.splitlines()
    depth = {line.split("─ ")[1].split()[0]: line.index("─ ") for line in lines if "─ " in line}
    assert set(depth) == set(CATALOG.entries)
    for entry in CATALOG.entries.values():
        if entry.ancestor is not None:
            assert depth[entry.name] == depth[entry.ancestor] + 4


@pytest.mark.parametrize("rung", CATALOG.rungs(CATALOG.entries))
def test_a_models_settings_are_lines_that_set_takes(wenmai: Call, rung: str) -> None:
    done = wenmai("models", rung, "--language", "en")
    settings = [line.strip() for line in done.out.splitlines() if line.startswith(("  model.", "  pipeline."))]
    recipe = recipe_for(rung, "en")
    assert with_settings(recipe, settings) == recipe
    values = json.loads(wenmai("models", rung, "--language", "en", "--format", "json").out)["settings"]
    assert [f"{path}={value}" for path, value in values[rung.partition(":")[2]].items()][: len(settings)] == settings
    rows = list(csv.DictReader(io.StringIO(wenmai("models", rung, "--language", "en", "--format", "csv").out)))
    assert [f"{row['path']}={row['value']}" for row in rows][: len(settings)] == settings


def test_what_a_model_tries_is_said(wenmai: Call) -> None:
    assert "model.learner.C 0.1, 1.0, 10.0" in wenmai("models", "tfidf-lr:chars").out
    assert "tried" not in wenmai("models", "majority").out


def test_an_unknown_model_and_a_pointless_tree(wenmai: Call) -> None:
    unknown = wenmai("models", "tfidf-lx")
    assert unknown.code == 2
    assert "Did you mean 'tfidf-lr'" in unknown.message
    assert wenmai("models", "majority", "--tree").message.startswith("--tree draws the whole lineage.")


def test_verify(wenmai: Call, bundle: Path) -> None:
    done = wenmai("verify", bundle)
    assert done.code == 0
    assert "is in order" in done.out
    assert "24 probes, bit-identical" in done.out
    values = json.loads(wenmai("verify", bundle, "--format", "json").out)
    assert (values["difference"], values["bit_identical"]) == (0, True)
    assert wenmai("verify", bundle, "--format", "csv").out.startswith("bundle,model,fingerprint,files")


def test_verify_a_changed_bundle(wenmai: Call, bundle: Path, tmp_path: Path) -> None:
    import shutil

    shutil.copytree(bundle, tmp_path / "copy")
    (tmp_path / "copy" / "card.md").write_text("better than it is")
    done = wenmai("verify", "copy")
    assert done.code == 1
    assert done.message.startswith("copy/card.md: the file was changed or damaged")
    assert "Copy the folder again" in done.message


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.txt"
    path.write_text("low lower lowest\nnew newer newest\n" * 20, "utf-8")
    return path


@pytest.mark.parametrize("kind", ["bpe", "byte_bpe", "wordpiece", "unigram"])
def test_a_tokenizer_is_trained_applied_and_shown(wenmai: Call, corpus: Path, kind: str) -> None:
    size = 300 if kind == "byte_bpe" else 30
    trained = wenmai("tokenizer", "train", corpus, "--kind", kind, "--size", size, "--out", "tok.json")
    assert trained.code == 0
    assert "pieces written to tok.json" in trained.err
    applied = wenmai("tokenizer", "apply", "tok.json", stdin="lower newest\n\nlow")
    assert applied.out.replace("@@ ", "") == "lower newest\n\nlow\n"
    shown = json.loads(wenmai("tokenizer", "show", "tok.json", "low", "--second", "new", "--format", "json").out)
    assert list(shown[0]) == ["piece", "id", "mask", "segment", "start", "end", "original"]
    assert (shown[0]["piece"], shown[-1]["piece"]) == ("[CLS]", "[SEP]")
    assert "".join(one["original"] for one in shown if one["segment"] == 0) == "low"
    assert "".join(one["original"] for one in shown if one["segment"] == 1) == "new"
    bare = wenmai("tokenizer", "show", "tok.json", "low", "--frame", "none", "--format", "csv")
    assert "[CLS]" not in bare.out


def test_a_tokenizer_from_a_table_with_own_tokens(wenmai: Call, tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("id,body\n" + "".join(f"{n},good <sep> words {n}\n" for n in range(30)), "utf-8")
    arguments = ("--text", "body", "--size", "40", "--own-token", "<sep>", "--out", "tok.json")
    assert wenmai("tokenizer", "train", "t.csv", *arguments).code == 0
    assert "<sep>" in wenmai("tokenizer", "show", "tok.json", "good<sep>words").out.split()
    refused = wenmai("tokenizer", "train", "-", "--text", "body", "--out", "x.json", stdin="a b")
    assert refused.code == 2
    assert "--text names a column" in refused.message


def test_apply_reads_files_of_any_name(wenmai: Call, corpus: Path, tmp_path: Path) -> None:
    assert wenmai("tokenizer", "train", corpus, "--size", "30", "--out", "tok.json").code == 0
    (tmp_path / "corpus.en").write_bytes(b"low new\r\nlow\n")
    assert wenmai("tokenizer", "apply", "tok.json", "corpus.en").out.replace("@@ ", "") == "low new\nlow\n"
    (tmp_path / "bad.en").write_bytes(b"low\nn\xe9w\n")
    bad = wenmai("tokenizer", "apply", "tok.json", "bad.en")
    assert bad.code == 1
    assert bad.message.startswith("bad.en:2:2: byte 0xE9 is not UTF-8")
    assert wenmai("tokenizer", "apply", "tok.json", "none.en").message.startswith("none.en: there is no such file")


@pytest.mark.parametrize("kind", ["bpe", "unigram"])
def test_errors_of_the_corpus_are_told_as_they_are(wenmai: Call, kind: str) -> None:
    missing = wenmai("tokenizer", "train", "none.txt", "--kind", kind, "--out", "tok.json")
    assert missing.code == 2
    assert missing.message == "none.txt: there is no such file. Check the path."
    empty = wenmai("tokenizer", "train", "-", "--kind", kind, "--out", "tok.json", stdin="\n \n")
    assert empty.code == 1
    assert "found no characters to learn from" in empty.message


def test_what_a_bundles_pipeline_gives(wenmai: Call, bundle: Path) -> None:
    rows = list(csv.DictReader(io.StringIO(wenmai("tokenizer", "show", bundle, "屏幕Ａ", "--format", "csv").out)))
    assert [(row["piece"], row["original"]) for row in rows] == [("屏", "屏"), ("幕", "幕"), ("a", "Ａ")]
    assert "屏" in wenmai("tokenizer", "show", bundle, "屏幕").out
    assert wenmai("tokenizer", "show", bundle, "").code == 0
    assert wenmai("tokenizer", "show", bundle, "x", "--second", "y").message.endswith("Leave out --second.")
    assert "--frame goes with" in wenmai("tokenizer", "show", bundle, "x", "--frame", "bert").message
    assert "no subword tokenizer" in wenmai("tokenizer", "apply", bundle, stdin="x").message


def test_help_is_grouped_and_has_examples(wenmai: Call) -> None:
    page = wenmai("--help").out
    assert all(f"\n  {name} " in page for name in COMMANDS)
    assert page.index("\nTrain:") < page.index("\nUse:") < page.index("\nLook:")
    page = wenmai("compare", "-h").out
    assert page.startswith("Usage: wenmai compare [OPTIONS] DATA\n")
    assert page.index("\nData:") < page.index("\nTraining:") < page.index("\nOutput:") < page.index("\nExamples:")
    assert "wenmai compare reviews.csv" in page
    assert wenmai("--version").out == f"wenmai {__version__}\n"
