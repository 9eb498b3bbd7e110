"""Texts with spans of characters, and rows of tokens and tags: every form, and every fault by its line."""

import json

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.core.errors import DataError, UsageError
from wenmai.core.tags import spans_of
from wenmai.data.loading import load
from wenmai.text.token_places import token_places

CLUENER = [
    {"text": "叶老桂在浙商银行", "label": {"name": {"叶老桂": [[0, 2]]}, "company": {"浙商银行": [[4, 7]]}}},
    {"text": "没有名字", "label": {}},
]
LISTED = [
    {
        "text": "Ann lives in Oslo.",
        "entities": [{"start": 0, "end": 3, "label": "PER"}, {"start": 13, "end": 17, "label": "LOC"}],
    },
    {"text": "Nobody.", "entities": []},
]


def written(folder, rows, name="data.jsonl"):
    path = folder / name
    path.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")
    return path


def test_cluener_ends_at_the_last_character(tmp_path):
    loaded = load(written(tmp_path, CLUENER))
    data = loaded.dataset
    assert data.schema.columns.sentence == "sentence"
    assert data.inputs().text == ["叶老桂在浙商银行", "没有名字"]
    assert data.answers()[0] == ["B-name", "I-name", "E-name", "O", "B-company", "I-company", "I-company", "E-company"]
    assert any("their ends are the last character of each" in note for note in loaded.notes)


@pytest.mark.parametrize("form", ["dicts", "lists", "surfaces"])
def test_the_common_forms(tmp_path, form):
    rows = [dict(row) for row in LISTED]
    for row in rows:
        text, spans = row["text"], row.pop("entities")
        if form == "lists":
            spans = [[one["start"], one["end"], one["label"]] for one in spans]
        if form == "surfaces":
            spans = [
                {
                    "start_offset": one["start"],
                    "end_offset": one["end"] - 1,
                    "type": one["label"],
                    "text": text[one["start"] : one["end"]],
                }
                for one in spans
            ]
        row["label"] = spans
    data = load(written(tmp_path, rows)).dataset
    assert data.inputs().tokens == [["Ann", "lives", "in", "Oslo", "."], ["Nobody", "."]]
    assert data.answers() == [["S-PER", "O", "O", "S-LOC", "O"], ["O", "O"]]


def test_a_word_is_cut_where_a_span_ends_in_it(tmp_path):
    loaded = load(written(tmp_path, [{"text": "a pro-Oslo view", "spans": [[6, 10, "LOC"]]}]), convert_scheme="iob2")
    assert loaded.dataset.inputs().tokens == [["a", "pro-", "Oslo", "view"]]
    assert loaded.dataset.answers() == [["O", "O", "B-LOC", "O"]]
    assert "1 word was cut where a span begins or ends; raw text is not cut there" in loaded.notes


@pytest.mark.parametrize(
    ("spans", "message"),
    [
        ([[3, 9, "X"]], r"data.jsonl:1: the span 3:9 'X' stands outside the text, which has 4 characters"),
        ([[2, 2, "X"]], r"data.jsonl:1: the span 2:2 'X' is empty"),
        ([{"start": 0, "end": 1}], r"data.jsonl:1: .* is no span. Write each as"),
        (
            [{"start": 0, "end": 1, "label": "X", "text": "乙"}],
            r"data.jsonl:1: characters 0 to 1 are '甲', and the span says",
        ),
        ([[0, 1, "X"], {"a": 1}], r"data.jsonl:1: .*'a': 1.* is no span"),
    ],
)
def test_spans_that_cannot_be(tmp_path, spans, message):
    with pytest.raises(DataError, match=message):
        load(written(tmp_path, [{"text": "甲乙丙丁", "spans": spans}]))


def test_spans_that_overlap(tmp_path):
    rows = [{"text": "甲乙丙丁", "spans": [[0, 3, "X"], [2, 4, "Y"]]}, {"text": "戊", "spans": []}]
    with pytest.raises(DataError, match=r"data.jsonl:1: the spans 0:3 '甲乙丙' \(X\) and 2:4 '丙丁' \(Y\) overlap"):
        load(written(tmp_path, rows), strict=True)
    loaded = load(written(tmp_path, rows))
    assert loaded.dataset.answers() == [["B-X", "I-X", "E-X", "O"], ["O"]]
    assert any(note.startswith("1 span overlaps a longer one and was left out (") for note in loaded.notes)


TOKENS = [{"tokens": ["Ann", "sings"], "ner_tags": ["B-PER", "O"]}, {"tokens": ["La"], "ner_tags": ["O"]}]


@pytest.mark.parametrize("form", ["jsonl", "json", "parquet", "list", "polars", "pandas", "arrow"])
def test_tokens_and_tags_from_everywhere(tmp_path, form):
    source = TOKENS
    if form in {"jsonl", "json"}:
        source = tmp_path / f"data.{form}"
        rows = [json.dumps(row) for row in TOKENS]
        source.write_text("\n".join(rows) if form == "jsonl" else f"[{', '.join(rows)}]")
    if form == "parquet":
        source = tmp_path / "data.parquet"
        pl.DataFrame(TOKENS).write_parquet(source)
    if form in {"polars", "pandas", "arrow"}:
        source = {"polars": pl.DataFrame, "pandas": pd.DataFrame, "arrow": pa.Table.from_pylist}[form](TOKENS)
    data = load(source).dataset
    assert data.schema.kind == "tag"
    assert data.answers() == [["B-PER", "O"], ["O"]]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([{"tokens": ["a", "b"], "tags": ["O"]}], r"data row 1: 2 tokens and 1 tag. Give each token one tag"),
        ([{"tokens": ["a"], "tags": [3]}], r"data row 1: column 'tags' holds 3, which is no tag's name"),
        ([{"tokens": ["a", ""], "tags": ["O", "O"]}], r"data row 1: column 'tokens' holds '', which is no token"),
    ],
)
def test_rows_that_do_not_fit(rows, message):
    with pytest.raises(DataError, match=message):
        load(rows)


def test_json_of_something_else(tmp_path):
    with pytest.raises(UsageError, match=r"no columns of tokens and tags, and none of a text and its spans"):
        load(written(tmp_path, [{"a": 1}]), layout="spans")
    with pytest.raises(UsageError, match=r"the scheme IOB2 is stated, and the source has no tags but spans"):
        load(written(tmp_path, LISTED), scheme="iob2")


def test_labels_of_texts_are_no_spans(tmp_path):
    rows = [{"text": "good", "label": ["a", "b"]}, {"text": "bad", "label": ["a"]}]
    assert load(written(tmp_path, rows)).dataset.schema.kind == "classify"


@given(st.data())
def test_spans_of_characters_come_back(data):
    text = data.draw(st.text("ab 甲乙,.", min_size=1, max_size=20).filter(lambda one: bool(one.strip())))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    pairs = zip(cuts[::2], cuts[1::2], strict=False)
    spans = [(a, b) for a, b in pairs if text[a:b] == text[a:b].strip() and text[a:b]]
    language = data.draw(st.sampled_from(["zh", "en", "mixed"]))
    rows = load([{"text": text, "spans": [[a, b, "X"] for a, b in spans]}], layout="spans", language=language).dataset
    places = token_places(text, rows.inputs().tokens[0])
    found = [(places[one.start][0], places[one.stop - 1][1]) for one in spans_of(rows.answers()[0], "bioes")]
    assert found == spans


def test_further_columns_beside_lists_of_tokens():
    rows = [{"tokens": ["Bo", "ran"], "pos": ["NNP", "VBD"], "tags": ["B-P", "O"]}] * 2
    loaded = load(rows, factors="pos")
    assert loaded.dataset.inputs().factors == {"pos": [["NNP", "VBD"]] * 2}
    assert "Column 'tokens' holds the tokens, column 'tags' the tags; 'pos' read beside the tokens" in loaded.notes
    for change, message in (
        ({"pos": ["NNP"]}, "data row 2: 2 tokens and 1 value of 'pos'. Give each token one"),
        ({"pos": [1, 2]}, "data row 2: column 'pos' holds \\[1, 2\\], and not a text for each token"),
        ({"pos": None}, "data row 2: column 'pos' holds None, and not a text for each token"),
    ):
        with pytest.raises(DataError, match=message):
            load([rows[0], rows[1] | change], factors="pos")
    with pytest.raises(UsageError, match="a further column cannot be called 'tags'"):
        load([{"tokens": ["a"], "tags": ["X"], "ner_tags": ["B-P"]}] * 2, tags="ner_tags", factors="tags")
    with pytest.raises(UsageError, match="a text with spans of its characters has no further columns"):
        load([{"text": "Bo ran", "spans": [[0, 2, "P"]]}] * 2, factors="pos")
