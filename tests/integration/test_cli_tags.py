"""The command line on tagged text: inspect, train, evaluate, predict, and what is refused."""

import json

import pytest

PEOPLE, PLACES = ("Ann", "Bo", "Cy", "Di"), ("Oslo", "Rome", "Bern", "Kiel", "Nice")


def conll(count, first=0):
    """Sentences in two columns, all different."""
    made = []
    for number in range(first, first + count):
        name, place = PEOPLE[number % 4], PLACES[number // 4 % 5]
        tagged = [(name, "B-PER"), ("Lee", "I-PER"), ("saw", "O"), (place, "B-LOC"), ("in", "O"), (str(number), "O")]
        made.append("\n".join(f"{token}\t{tag}" for token, tag in tagged))
    return "\n\n".join(made) + "\n"


@pytest.fixture
def trained(wenmai, tmp_path):
    (tmp_path / "names.conll").write_text(conll(80))
    outcome = wenmai("train", "frequent-tag", "names.conll", "--out", "run", "--threads", "1")
    assert outcome.code == 0, outcome.err
    assert "F1 of spans" in outcome.out
    assert "bundles/frequent-tag-plain 'Ann moved from Paris to New York last year'" in outcome.out
    assert "bundles/frequent-tag-plain new-rows.conll" in outcome.out
    return tmp_path / "run/bundles/frequent-tag-plain"


def test_a_tagger_from_text_to_prediction(wenmai, trained, tmp_path):
    outcome = wenmai("predict", trained, "So Bo Lee saw Rome.", "--format", "json", "--html", "page.html")
    spans = json.loads(outcome.out)["spans"]
    assert [(one["start"], one["end"], one["label"]) for one in spans] == [(3, 9, "PER"), (14, 18, "LOC")]
    assert "Bo Lee<small>PER</small>" in (tmp_path / "page.html").read_text()
    assert wenmai("predict", trained, "Bo Lee saw Rome.").out == "[Bo Lee PER] saw [Rome LOC].\n"
    assert wenmai("predict", trained, "-", stdin="Bo saw\n\nRome\n").out.splitlines()[1:] == ["", "[Rome LOC]"]
    (tmp_path / "new.conll").write_text(conll(20, first=100))
    outcome = wenmai("predict", trained, "--file", "new.conll", "--format", "csv")
    assert outcome.out.splitlines()[1].startswith("1,0,7,PER,Ann Lee,")
    outcome = wenmai("evaluate", trained, "new.conll")
    assert outcome.code == 0, outcome.err
    assert "Of 40 gold spans: 40 right, 0 under another type, 0 with other bounds" in outcome.out
    assert "spans  predicted" in outcome.out


def test_further_columns_are_learnt_from_and_needed_to_predict(wenmai, tmp_path):
    def sentences(count, first):
        rows = []
        for number in range(first, first + count):
            words = [(f"x{number}", "DET", "O"), (f"y{number * 7 % 31}", "NOUN", "B-N"), (f"z{number}", "VERB", "O")]
            rows.append("\n".join(" ".join(one) for one in words))
        return "\n\n".join(rows) + "\n"

    (tmp_path / "chunks.conll").write_text(sentences(60, 0))
    (tmp_path / "new.conll").write_text(sentences(10, 100))
    outcome = wenmai(
        "train", "crf:words", "chunks.conll", "--factors", "2", "--out", "run", "--threads", "1",
        "--set", "model.max_iterations=20",
    )  # fmt: skip
    assert outcome.code == 0, outcome.err
    bundle = tmp_path / "run/bundles/crf-words"
    assert "bundles/crf-words --file new-rows.conll" in outcome.out
    assert wenmai("evaluate", bundle, "new.conll").code == 0
    assert wenmai("verify", bundle).code == 0
    (tmp_path / "untagged.conll").write_text("a DET\nb NOUN\nc VERB\n")
    assert wenmai("predict", bundle, "--file", "untagged.conll").out == "a [b N] c\n"
    refused = wenmai("predict", bundle, "a b c")
    assert refused.code == 2
    assert "the tagger also reads column 2 of each token, which the texts do not have. Give a file" in refused.err


def test_inspect_says_what_was_detected(wenmai, tmp_path):
    (tmp_path / "names.txt").write_text(conll(10))
    outcome = wenmai("inspect", "names.txt", "--convert-scheme", "bioes")
    assert "Tags: IOB2, spans with types (detected)" in outcome.out
    assert "Converted from IOB2 into BIOES, which says the same" in outcome.out
    assert "10 sentences, 60 tokens, 20 spans (PER 10, LOC 10)" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("evaluate", "BUNDLE", "labels.csv"), "tags text, and these rows have no tags. Give tagged text"),
        (("predict", "BUNDLE", "x", "--explain"), "a tagger cannot say which words decided. Leave out --explain."),
        (("predict", "BUNDLE", "--file", "labels.csv", "--out", "x.csv"), "--out writes labels."),
        (
            ("inspect", "labels.csv", "--scheme", "iob2"),
            "does not look like tagged text. Name its layout with --layout",
        ),
        (("inspect", "broken.conll"), "broken.conll:2: 1 column where 2 are expected."),
        (("inspect", "mixed.conll"), "the tags 'I-X' and 'M-X' are of two schemes"),
    ],
)
def test_what_is_refused(wenmai, trained, tmp_path, arguments, message):
    (tmp_path / "labels.csv").write_text("text,label\na b,x\nc d,y\n")
    (tmp_path / "broken.conll").write_text("a\tO\nb\n")
    (tmp_path / "mixed.conll").write_text("a\tB-X\nb\tM-X\nc\tI-X\n")
    outcome = wenmai(*(trained if one == "BUNDLE" else one for one in arguments))
    assert outcome.code != 0
    assert message in outcome.message
