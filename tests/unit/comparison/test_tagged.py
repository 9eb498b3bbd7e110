"""A comparison of taggers: its report counts spans and types, and says nothing of rows or classes that is not so."""

import pyarrow as pa

from wenmai.comparison import compare
from wenmai.comparison.report_html import html
from wenmai.comparison.report_markdown import markdown
from wenmai.core.schema import Schema, TagColumns
from wenmai.data.dataset import Dataset

PEOPLE, PLACES = ("Ann", "Bo", "Cy", "Di"), ("Oslo", "Rome", "Bern", "Kiel", "Nice")


def sentences(count):
    tokens = [[PEOPLE[n % 4], "saw", PLACES[n // 4 % 5], "in", str(n)] for n in range(count)]
    table = pa.table({"tokens": tokens, "tags": [["B-PER", "O", "B-LOC", "O", "O"]] * count})
    return Dataset(table, Schema(columns=TagColumns(scheme="iob2"), language="en"))


def test_taggers_are_compared_by_spans():
    results = compare(sentences(60), models="frequent-tag:plain,hmm:plain", threads=1).results
    assert not results.failed
    assert (results.protocol.metric, results.data.labels) == ("entity_f1", ("LOC", "PER"))
    rung = results.rung("frequent-tag:plain")
    assert {one.label: one.support for one in rung.per_class} == {"LOC": 6, "PER": 6}
    assert rung.test["entity_f1"].value == 1.0
    assert rung.confusion is None
    text = markdown(results)
    assert "; 2 types. " in text
    assert "## Types" in text
    assert "| Type | F1 | Precision | Recall | Test spans | Predicted |" in text
    page = html(results)
    assert "Test spans" in page
    assert "Calibration" not in page
