"""Slots and intents from the command line: detected, scored, told with the spans, refused by what cannot tell them."""

import csv
import io
import json

import pytest
from corpora import requests
from given import fit

from wenmai.recipe import recipe_for, with_settings

SETTINGS = ["model.hidden_size=16", *(f"training.loop.{one}" for one in ("learning_rate=0.01", "budget.epochs=6"))]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return fit(with_settings(recipe_for("bilstm-crf:words", "en"), SETTINGS), requests()).save(
        tmp_path_factory.mktemp("slots") / "bundle"
    )


@pytest.fixture
def rows(tmp_path):
    lines = [json.dumps(row) for row in requests(40, first=100).table.to_pylist()]
    (tmp_path / "requests.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    return "requests.jsonl"


def test_both_are_told_in_every_form(wenmai, bundle):
    assert wenmai("predict", bundle, "play Queen").out == "Music: play [Queen artist]\n"
    said = json.loads(wenmai("predict", bundle, "play Queen", "--format", "json").out)
    assert (said["intent"], [one["text"] for one in said["spans"]]) == ("Music", ["Queen"])
    written = wenmai("predict", bundle, "play Queen", "play", "--format", "csv", "--html", "page.html").out
    first, second = csv.DictReader(io.StringIO(written))
    assert (first["label"], first["piece"], first["intent"]) == ("artist", "Queen", "Music")
    assert (second["text"], second["piece"], second["intent"]) == ("2", "", "Music")  # No slot, and an intent.


def test_both_are_scored(wenmai, bundle, rows, tmp_path):
    outcome = wenmai("evaluate", bundle, rows)
    assert outcome.code == 0, outcome.err
    assert "Accuracy of intents" in outcome.out
    assert "Intent and slots right" in outcome.out
    wenmai("predict", bundle, "play Queen", "--html", "page.html")
    assert "<b>Music</b> play" in (tmp_path / "page.html").read_text("utf-8")


def test_inspect_says_which_intents_there_are(wenmai, rows):
    assert (
        "Column 'intent' holds 2 intents of sentences: Music 20, Weather 20"
        in wenmai("inspect", rows, "--intent", "intent").out
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("inspect", "ROWS", "--intent", "wish"), "requests.jsonl: no column 'wish' of intents."),
        (
            ("train", "hmm", "ROWS", "--intent", "intent", "--out", "run"),
            "hmm tags tokens and tells no intent. Take a network, such as bilstm-crf or bert-crf, or leave out --int",
        ),
    ],
)
def test_what_cannot_be_is_said(wenmai, rows, arguments, message):
    outcome = wenmai(*(rows if one == "ROWS" else one for one in arguments))
    assert outcome.code != 0
    assert message in outcome.err + outcome.out


def test_a_sentence_without_an_intent_is_named(wenmai, rows, tmp_path):
    lines = (tmp_path / rows).read_text("utf-8").splitlines()
    lines[2] = lines[2].replace('"intent": "Music"', '"intent": ""')
    (tmp_path / rows).write_text("\n".join(lines) + "\n", "utf-8")
    outcome = wenmai("inspect", rows, "--intent", "intent")
    assert "requests.jsonl:3" in outcome.message
    assert "the intent in column 'intent' is empty. Give every sentence one, or leave out --intent." in outcome.message
