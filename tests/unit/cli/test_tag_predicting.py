"""What `wenmai predict` prints of a tagger's findings, in every form, and the page that it writes."""

import json

import pyarrow as pa
import pytest

from wenmai.catalog import CATALOG, Entry
from wenmai.cli.options import Format
from wenmai.cli.tag_predicting import check_tag_options, marked, predict_tags, written
from wenmai.core.errors import UsageError
from wenmai.core.schema import Schema, TagColumns
from wenmai.data.dataset import Dataset
from wenmai.recipe import recipe_for
from wenmai.training import fit

USUAL = CATALOG.extended(
    [
        Entry(
            name="usual-tag",
            title="usual tag",
            summary="a tagger",
            config="wenmai.models.frequent_tag:FrequentTagConfig",
            presets={"plain": "wenmai.models.frequent_tag:plain"},
            tasks=("tag",),
            year=2026,
            paper="none",
            ancestor=None,
        )
    ]
)


def bundle(tokens, tags, scheme, language="en"):
    table = pa.table({"tokens": tokens, "tags": tags})
    data = Dataset(table, Schema(columns=TagColumns(scheme=scheme), language=language))
    return fit(recipe_for("usual-tag", language, catalog=USUAL), data, catalog=USUAL)


@pytest.fixture(scope="module")
def names():
    return bundle([["Ann", "met", "Bo", "."], ["he", "left"]], [["B-P", "O", "B-P", "O"], ["O", "O"]], "iob2")


def test_json_has_spans_of_characters(names, capsys):
    predict_tags(names, [["Ann left.", ""]], Format.JSON, unsure_below=0.0)
    first, empty = map(json.loads, capsys.readouterr().out.splitlines())
    assert first["text"] == "Ann left."
    ((span),) = first["spans"]
    assert (span["start"], span["end"], span["label"], span["text"]) == (0, 3, "P", "Ann")
    assert 0 < span["score"] <= 1
    assert first["unsure"] is False
    assert empty == {"text": "", "spans": [], "unsure": False}


def test_csv_has_a_row_for_each_span(names, capsys):
    predict_tags(names, [["Ann left"], ["Bo met Ann"]], Format.CSV, unsure_below=1.0)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "text,start,end,label,piece,score,unsure"
    assert [line.split(",")[:5] for line in lines[1:]] == [
        ["1", "0", "3", "P", "Ann"],
        ["2", "0", "2", "P", "Bo"],
        ["2", "7", "10", "P", "Ann"],
    ]
    assert {line.rpartition(",")[2] for line in lines[1:]} == {"true"}


def test_a_line_where_there_are_no_colours(names, capsys):
    predict_tags(names, [["Ann\nmet Bo."]], Format.TABLE)
    assert capsys.readouterr().out == "[Ann P] met [Bo P].\n"
    words = bundle([list("我爱北京")], [list("SSBE")], "bmes", "zh")
    assert written(words.predict("北京爱我")[0]) == "北京 爱 我"
    tags = bundle([["it", "rains"]], [["PRON", "VERB"]], "plain")
    assert written(tags.predict("it rains")[0]) == "it/PRON rains/VERB"


def test_on_a_terminal_the_text_is_whole_and_types_are_named(names):
    text = marked(names.predict("he, Ann met Bo.")[0], unsure_below=1.1)
    assert text.plain.startswith("he")
    assert "Ann P " in text.plain
    assert text.plain.endswith(".")
    assert len(text.spans) >= 4


def test_the_page(names, tmp_path, capsys):
    predict_tags(names, [["Ann <met> Bo"]], Format.JSON, html=tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    assert "Ann<small>P</small></mark> &lt;met&gt; " in page
    assert "page.html" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"explain": True, "out": False}, "a tagger cannot say which words decided. Leave out --explain"),
        ({"explain": None, "out": True}, "--out writes labels. Redirect the output"),
    ],
)
def test_options_without_use_are_refused(options, message):
    with pytest.raises(UsageError, match=message):
        check_tag_options(**options)
