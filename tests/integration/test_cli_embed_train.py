"""`wenmai embed train`: a text file or a table in, a bundle of vectors out, and on again after a kill."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from wenmai.bundle import load_bundle

Call = Callable[..., Any]

LINES = ["the king rules the land", "the queen rules the land", "", "a dog eats the meat", "a cat eats the meat"] * 20
SMALL = ("--set", "model.dim=8", "--threads", "1")


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "corpus.txt"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return path


def test_a_text_file_becomes_a_bundle_that_knows_its_words(wenmai: Call, text: Path) -> None:
    done = wenmai("embed", "train", text, "--out", "vectors", *SMALL)
    assert done.code == 0, done.err
    assert "10 of 8 numbers each, from 100 texts" in done.out
    assert "wenmai embed neighbors vectors the" in done.out
    assert not Path("vectors.training").exists()
    bundle = load_bundle("vectors")
    assert bundle.model.words[0] == "the"
    assert wenmai("embed", "neighbors", "vectors", "king").code == 0


def test_a_compressed_file_and_a_table_give_the_same(wenmai: Call, text: Path) -> None:
    Path("corpus.txt.gz").write_bytes(gzip.compress(text.read_bytes()))
    Path("corpus.jsonl").write_text("".join(json.dumps({"text": line}) + "\n" for line in LINES), encoding="utf-8")
    for number, source in enumerate(("corpus.txt", "corpus.txt.gz", "corpus.jsonl")):
        done = wenmai("embed", "train", source, "--out", f"v{number}", "--language", "en", *SMALL, "--format", "json")
        assert done.code == 0, done.err
        told = json.loads(done.out)
        assert (told["words"], told["dimensions"], told["rows"]) == (10, 8, 100)
    fingerprints = {load_bundle(f"v{number}").fingerprint for number in range(3)}
    assert len(fingerprints) == 1


def test_words_can_be_given(wenmai: Call) -> None:
    Path("given.txt").write_text("The-King don't,stop\n" * 10, encoding="utf-8")
    done = wenmai("embed", "train", "given.txt", "--out", "v", "--given-words", *SMALL, "--format", "csv")
    assert done.code == 0, done.err
    assert done.out.splitlines()[0] == "model,words,dimensions,rows,seconds,notes,bundle"
    assert load_bundle("v").model.words == ("The-King", "don't,stop")


def test_a_training_that_was_ended_goes_on(wenmai: Call, text: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wenmai.kernels.word2vec._WORDS_IN_A_STRETCH", 100)
    monkeypatch.setattr("wenmai.training.checkpoints.EVERY_SECONDS", 0.0)
    whole = wenmai("embed", "train", text, "--out", "whole", *SMALL)
    assert whole.code == 0, whole.err
    said = []

    def end(self: object, words: str) -> None:
        said.append(words)
        if len(said) == 4:
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("wenmai.cli.progress.Lines.say", end)
        ended = wenmai("embed", "train", text, "--out", "v", *SMALL)
    assert ended.code == 130
    assert "to go on, add: --resume" in ended.err
    assert not Path("v").exists()
    refused = wenmai("embed", "train", text, "--out", "v", *SMALL)
    assert refused.code == 2
    assert "Go on with --resume" in refused.message
    done = wenmai("embed", "train", text, "--out", "v", *SMALL, "--resume")
    assert done.code == 0, done.err
    assert load_bundle("v").fingerprint == load_bundle("whole").fingerprint
    assert not Path("v.training").exists()


WRONG = {
    "a model of labels": (("--model", "tfidf-lr"), 2, "tfidf-lr learns no vectors from text alone"),
    "no such model": (("--model", "word3vec"), 2, "Did you mean 'word2vec'"),
    "no such setting": (("--set", "model.dimm=3"), 2, "Did you mean 'model.dim'"),
    "a column of lines": (("--text", "text"), 2, "--text names a column, and the text is lines"),
    "nothing to go on from": (("--resume",), 2, "Leave out --resume"),
    "no budget": (("--budget", "soon"), 2, "Write it as 90s"),
    "too rare": (("--set", "model.min_count=1000"), 1, "Lower model.min_count"),
}


@pytest.mark.parametrize(("options", "code", "message"), WRONG.values(), ids=WRONG)
def test_what_cannot_be_done_is_said_and_leaves_nothing(
    wenmai: Call, text: Path, options: tuple[str, ...], code: int, message: str
) -> None:
    done = wenmai("embed", "train", text, "--out", "v", *SMALL, *options)
    assert (done.code, message in done.message) == (code, True), done.err
    assert sorted(path.name for path in Path().iterdir()) == ["corpus.txt"]


def test_a_file_that_is_not_there_and_a_folder_that_is(wenmai: Call, text: Path) -> None:
    missing = wenmai("embed", "train", "no.txt", "--out", "v")
    assert (missing.code, missing.message) == (2, "no.txt: there is no such file. Check the path.")
    Path("there").mkdir()
    done = wenmai("embed", "train", text, "--out", "there")
    assert (done.code, "there exists already" in done.message) == (2, True)


def test_a_tagged_text_has_senses(wenmai: Call) -> None:
    Path("tagged.txt").write_text("the_DT duck_NN swims_VBZ\nwe_PRP duck_VB often_RB\n" * 40, encoding="utf-8")
    done = wenmai("embed", "train", "tagged.txt", "--model", "sense2vec", "--out", "senses", *SMALL)
    assert done.code == 0, done.err
    assert "Language en." in done.err
    assert "wenmai embed neighbors senses 'duck|NN'" in done.out
    told = json.loads(wenmai("embed", "neighbors", "senses", "duck", "the|DT", "--count", "2", "--format", "json").out)
    assert list(told) == ["duck|NN", "duck|VB", "the|DT"]
    assert len(told["duck|NN"]) == 2
    message = wenmai("embed", "similarity", "senses", "duck", "the|DT").message
    assert message == "senses: there is no vector of the word 'duck'. With its tags there is duck|NN, duck|VB."


def test_a_table_for_senses_holds_tags(wenmai: Call) -> None:
    Path("plain.csv").write_text("text\n" + "the duck swims\n" * 40, encoding="utf-8")
    Path("tagged.csv").write_text("text\n" + "the|D duck|N swims|V\n" * 40, encoding="utf-8")
    asked = ("--model", "sense2vec", "--language", "en", *SMALL)
    done = wenmai("embed", "train", "plain.csv", "--out", "plain", *asked)
    assert done.code == 2
    assert done.message.startswith("plain.csv: the texts of the table are not tagged. Write each word as word|tag, or ")
    assert wenmai("embed", "train", "tagged.csv", "--out", "senses", *asked).code == 0
    assert load_bundle("senses").model.words == ("duck|N", "swims|V", "the|D")
