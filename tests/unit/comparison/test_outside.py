"""Outside predictions: read or refused, scored as scikit-learn scores them, compared and never recommended."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from corpora import reviews
from doubles import DOUBLES
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score, log_loss, roc_auc_score

from wenmai.catalog import CATALOG
from wenmai.comparison import Comparison, compare
from wenmai.comparison.division import Division, division_of
from wenmai.comparison.outside_file import Asked, read_outside
from wenmai.comparison.predictions import RowNumbers
from wenmai.comparison.report_html import html
from wenmai.comparison.report_markdown import markdown
from wenmai.core.errors import DataError, UsageError, WenmaiError
from wenmai.core.schema import EmbedColumns, Schema
from wenmai.data.dataset import Dataset
from wenmai.data.loading import load

DATA = reviews("en", 2, rows=2700)
DIVISION = division_of(DATA, seed=0)
NUMBERS = RowNumbers.of(DATA, DIVISION)
ASKED = Asked(NUMBERS.test, NUMBERS.choosing)
GENERATOR = np.random.default_rng(4)


def gold(part: Dataset) -> np.ndarray:
    """1 for a bad review."""
    return np.array([label == "bad" for label in part.answers()]).astype(int)


def guessed(truth: np.ndarray, noise: float) -> np.ndarray:
    """The probability of a bad review, by somebody who is sometimes wrong."""
    return 1 / (1 + np.exp(-(4 * truth - 2 + noise * GENERATOR.normal(size=len(truth)))))


def rows_of(numbers: np.ndarray, bad: np.ndarray) -> list[dict[str, Any]]:
    return [
        {"row": int(row), "label": "bad" if p > 0.5 else "good", "p_bad": p, "p_good": 1 - p}
        for row, p in zip(numbers.tolist(), bad.tolist(), strict=True)
    ]


TEST_BAD, DEV_BAD = guessed(gold(DIVISION.test), 2.5), guessed(gold(DIVISION.choosing), 2.5)
TEST_ROWS, DEV_ROWS = rows_of(NUMBERS.test, TEST_BAD), rows_of(NUMBERS.choosing, DEV_BAD)


def perfect(rows: np.ndarray, part: Dataset) -> list[dict[str, Any]]:
    return [{"row": int(row), "label": label} for row, label in zip(rows, part.answers(), strict=True)]


@pytest.fixture(scope="module")
def board() -> Comparison:
    oracle = [*perfect(NUMBERS.test, DIVISION.test), *perfect(NUMBERS.choosing, DIVISION.choosing)]
    outside = {
        "theirs": [*TEST_ROWS, *DEV_ROWS],
        "labels only": [{"row": row["row"], "label": row["label"]} for row in TEST_ROWS],
        "oracle": oracle,
    }
    return compare(DATA, models="majority,naive-bayes:words", outside=outside)


def test_scores_are_those_of_scikit_learn(board: Comparison) -> None:
    truth, found = gold(DIVISION.test), board.results.rung("theirs")
    said = (TEST_BAD > 0.5).astype(int)
    assert (found.status, found.title, found.costs, found.bundle) == ("outside", "theirs", None, None)
    expected = {
        "accuracy": accuracy_score(truth, said),
        "macro_f1": f1_score(truth, said, average="macro"),
        "auc": roc_auc_score(truth, TEST_BAD),
        "log_loss": log_loss(truth, TEST_BAD),
    }
    assert {metric: found.test[metric].value for metric in expected} == pytest.approx(expected)
    assert found.dev["auc"].value == pytest.approx(roc_auc_score(gold(DIVISION.choosing), DEV_BAD))
    assert found.confusion is not None
    assert found.confusion.counts[0][0] == np.sum((truth == 1) & (said == 1))
    by_label = {one.label: one for one in found.per_class}
    assert by_label["bad"].f1.value == pytest.approx(f1_score(truth, said))
    assert by_label["bad"].f1.low < by_label["bad"].f1.value < by_label["bad"].f1.high


def test_metrics_of_probabilities_need_probabilities(board: Comparison) -> None:
    found, whole = board.results.rung("labels only"), board.results.rung("theirs")
    assert set(whole.test) - set(found.test) == {"auc", "log_loss"}
    assert {metric: whole.test[metric] for metric in found.test} == found.test
    assert found.dev == {}


def test_the_difference_from_the_recommended_is_paired_on_the_test_rows(board: Comparison) -> None:
    results = board.results
    chosen = results.rung("naive-bayes:words")
    theirs, labels_only, _ = results.findings.outside
    assert (theirs.against, theirs.on_dev, labels_only.on_dev) == ("naive-bayes:words", True, False)
    for one in (theirs, labels_only):
        found = one.differences["macro_f1"]
        value = results.rung(one.name).test["macro_f1"].value - chosen.test["macro_f1"].value
        assert found.value == pytest.approx(value)
        assert found.low < found.value < found.high
    assert "auc" in theirs.differences
    assert "auc" not in labels_only.differences


def test_what_has_no_bundle_may_be_the_best_and_is_not_recommended(board: Comparison) -> None:
    found = board.results.recommendation
    assert found is not None
    assert (found.best, found.tied, found.name) == ("oracle", ("oracle",), "naive-bayes:words")
    assert set(found.differences) == {"majority:plain", "naive-bayes:words", "theirs"}
    assert "The outside predictions oracle score better on the dev rows, where it differs from oracle by −" in (
        found.sentence
    )
    assert found.sentence.startswith("Use Multinomial naive Bayes, words:")
    assert board.recommended is board.bundle("naive-bayes:words")


def test_the_reports_show_them_as_rows(board: Comparison) -> None:
    page, text = html(board.results), markdown(board.results)
    for shown in (page, text):
        assert "Outside predictions" in shown
        assert "outside predictions, from labels only" in shown
        assert "the recommended rung, paired row by row on the test rows" in shown
    assert 'class="badge">outside, tied</span>' in page
    assert "| oracle (tied) (outside) |" in text or "| oracle (outside) (tied) |" in text
    assert "Outside predictions cannot be shipped. Of the fitted rungs Multinomial naive Bayes" in page
    assert board.results.scored[-1].name == "oracle"
    assert "oracle" not in {rung.name for rung in board.results.done}


def test_a_tied_outsider_is_named_beside_the_recommended() -> None:
    first = compare(DATA, models="naive-bayes:words", outside={})
    bundle = first.recommended
    again = [
        {"row": int(row), "predicted": one.label, **{f"p_{label}": p for label, p in one.probabilities.items()}}
        for part, numbers in ((DIVISION.test, NUMBERS.test), (DIVISION.choosing, NUMBERS.choosing))
        for row, one in zip(numbers, bundle.predict(part.inputs()), strict=True)
    ]
    board = compare(DATA, models="majority,naive-bayes:words", outside={"again": again})
    found = board.results.recommendation
    assert found is not None
    assert (found.name, found.tied) == ("naive-bayes:words", ("naive-bayes:words", "again"))
    assert "No other rung with a bundle comes near it on the dev rows." in found.sentence
    assert "The outside predictions again are tied with it on the dev rows" in found.sentence
    ours, theirs = board.results.rung("naive-bayes:words"), board.results.rung("again")
    for metric, estimate in ours.test.items():
        assert theirs.test[metric].value == pytest.approx(estimate.value), metric
        assert theirs.test[metric].low == pytest.approx(estimate.low), metric


def read(rows: Any, asked: Asked = ASKED, division: Division = DIVISION) -> Any:
    (found,) = read_outside({"it": rows}, asked, division, CATALOG, ["majority:plain"])
    return found


@given(
    order=st.permutations(range(len(TEST_ROWS))), kind=st.sampled_from(["dicts", "csv", "jsonl", "parquet", "frame"])
)
def test_neither_the_order_nor_the_format_matters(
    order: list[int], kind: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    rows = [TEST_ROWS[at] for at in order]
    frame, path = pl.DataFrame(rows), tmp_path_factory.mktemp("outside") / f"it.{kind}"
    source: Any = {"dicts": rows, "frame": frame}.get(kind, path)
    if kind == "csv":
        frame.write_csv(path)
    elif kind == "jsonl":
        frame.write_ndjson(path)
    elif kind == "parquet":
        frame.write_parquet(path)
    found, expected = read(source), read(TEST_ROWS)
    assert (found.test.predicted == expected.test.predicted).all()
    assert found.test.probabilities == pytest.approx(expected.test.probabilities)
    assert found.dev is None


def test_without_row_numbers_the_order_is_assumed_and_said() -> None:
    plain = [{"predicted": row["label"]} for row in TEST_ROWS]
    found = read(plain)
    assert (found.test.predicted == read(TEST_ROWS).test.predicted).all()
    assert found.notes == ("as there is no column 'row', its rows were taken to be the test rows in their order",)
    both = read([*plain, *({"predicted": row["label"]} for row in DEV_ROWS)])
    assert (both.dev.predicted == read([*TEST_ROWS, *DEV_ROWS]).dev.predicted).all()
    with pytest.raises(DataError, match=r"there is no column 'row' and there are 7 rows instead of 270 test rows, or"):
        read(plain[:7])


def test_labels_follow_from_probabilities_and_one_column_says_it_all_of_two() -> None:
    rows = [{"row": row["row"], "p_good": round(row["p_good"], 3), "other": "ignored"} for row in TEST_ROWS]
    found = read(rows)
    assert (found.test.predicted == read(TEST_ROWS).test.predicted).all()
    assert found.test.probabilities.sum(axis=1) == pytest.approx(1)
    assert found.test.probabilities == pytest.approx(read(TEST_ROWS).test.probabilities, abs=6e-4)


def test_rounded_probabilities_are_scaled_to_one() -> None:
    rows = [row | {"p_bad": round(row["p_bad"], 2), "p_good": round(row["p_good"] - 0.004, 2)} for row in TEST_ROWS]
    assert read(rows).test.probabilities.sum(axis=1) == pytest.approx(1)


def test_labels_and_their_own_probabilities_may_differ_by_a_threshold() -> None:
    never = read([row | {"label": "good"} for row in TEST_ROWS])
    assert (never.test.predicted == never.task.labels.index("good")).all()
    assert never.test.probabilities == pytest.approx(read(TEST_ROWS).test.probabilities)


def csv_file(folder: Path, rows: list[dict[str, Any]]) -> Path:
    path = folder / "theirs.csv"
    pl.DataFrame(rows).write_csv(path)
    return path


def changed(at: int, **cells: Any) -> list[dict[str, Any]]:
    return [row | cells if number == at else row for number, row in enumerate(TEST_ROWS)]


FIRST = int(NUMBERS.test[0])


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (TEST_ROWS[:-2], r"theirs.csv: 2 of 270 test rows have no prediction: row \d+, \d+\. Predict every row of to_"),
        (
            [*TEST_ROWS, TEST_ROWS[0]],
            rf"theirs.csv:272: row {FIRST} has a prediction already, at .*theirs.csv:2\. Give",
        ),
        ([*TEST_ROWS, DEV_ROWS[0]], r"269 of 270 dev rows have no prediction: row \d+, .*, or none of them\."),
        (changed(3, row=99_999), r"theirs.csv:5: row 99999 is none of the rows to predict\. Predict the rows of"),
        (changed(3, label="god"), r"theirs.csv:5: unknown label 'god'\. Did you mean 'good'\? Valid: bad, good\."),
        (changed(3, label=None), r"theirs.csv:5: there is no label\. Give every row its prediction\."),
        (changed(3, row=None), r"theirs.csv:5: there is no row number\. Keep the column 'row'"),
        (changed(4, p_bad=1.5), r"theirs.csv:6: 'p_bad' is '1.5', which is no probability\. Give numbers from 0 to 1"),
        (changed(4, p_bad=float("nan")), r"theirs.csv:6: 'p_bad' is 'NaN', which is no probability"),
        (changed(4, p_bad=None), r"theirs.csv:6: 'p_bad' is '', which is no probability"),
        (changed(4, p_bad=0.5, p_good=0.2), r"theirs.csv:6: the probabilities sum to 0.7\. With one label a row"),
        (
            [{"row": row["row"], "said": row["label"]} for row in TEST_ROWS],
            r"no column 'predicted' or 'label'\. Columns",
        ),
    ],
)
def test_what_does_not_answer_every_row_once_is_refused(
    rows: list[dict[str, Any]], message: str, tmp_path: Path
) -> None:
    with pytest.raises(WenmaiError, match=message):
        read(csv_file(tmp_path, rows))


def test_what_is_no_row_number_is_refused() -> None:
    with pytest.raises(DataError, match=r"it row 4: the row is 'four', which is no number"):
        read(
            [{"row": "four" if at == 3 else str(row["row"]), "label": row["label"]} for at, row in enumerate(TEST_ROWS)]
        )


def test_row_numbers_may_have_become_floats() -> None:
    assert read([row | {"row": float(row["row"])} for row in TEST_ROWS]).fingerprint == read(TEST_ROWS).fingerprint


@pytest.mark.parametrize("name", ["", " ", "majority:plain"])
def test_a_name_that_is_taken_or_none_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="outside predictions cannot be called"):
        read_outside({name: TEST_ROWS}, ASKED, DIVISION, CATALOG, ["majority:plain"])


def test_all_but_labels_and_several_parts_are_refused(tmp_path: Path) -> None:
    for part in ("train", "test"):
        pl.DataFrame(TEST_ROWS).write_csv(tmp_path / f"{part}.csv")
    with pytest.raises(UsageError, match="the predictions come in several parts"):
        read(tmp_path)
    unlabelled = Dataset(DATA.table, Schema(columns=EmbedColumns()))
    division = Division(unlabelled, unlabelled, unlabelled, (), ())
    with pytest.raises(UsageError, match="outside predictions are labels, and the task is 'embed'"):
        read_outside({"it": TEST_ROWS}, ASKED, division, DOUBLES, [])


SEVERAL = reviews("en", 3, rows=2700, several=True)
SEVERAL_DIVISION = division_of(SEVERAL, seed=0)
SEVERAL_ASKED = Asked(RowNumbers.of(SEVERAL, SEVERAL_DIVISION).test, np.zeros(0, np.int64), "##")


def said(separator: str | None) -> list[dict[str, Any]]:
    answers = SEVERAL_DIVISION.test.answers()
    cells = answers if separator is None else [separator.join(answer) for answer in answers]
    return [{"row": int(row), "labels": cell} for row, cell in zip(SEVERAL_ASKED.test, cells, strict=True)]


@pytest.mark.parametrize("separator", [None, "##", ";", ", ", "|", " ", "json"])
def test_several_labels_come_as_lists_or_with_a_separator(separator: str | None) -> None:
    rows = said(";" if separator == "json" else separator)
    if separator == "json":
        rows = [row | {"labels": json.dumps(row["labels"].split(";") if row["labels"] else [])} for row in rows]
    found = read(rows, SEVERAL_ASKED, SEVERAL_DIVISION)
    assert (found.test.predicted == (found.task.targets(SEVERAL_DIVISION.test) == 1)).all()
    empty = sum(not answer for answer in SEVERAL_DIVISION.test.answers())
    assert found.notes == (f"{empty} rows were given no label",)


def test_several_labels_with_probabilities_are_scored(tmp_path: Path) -> None:
    truth = np.array([[name in row for name in ("bad", "delivery", "good")] for row in SEVERAL_DIVISION.test.answers()])
    p = np.clip(truth * 0.5 + GENERATOR.random(truth.shape) * 0.55, 0, 1)
    rows = [
        {"row": int(row), "p_bad": one[0], "p_delivery": one[1], "p_good": one[2]}
        for row, one in zip(SEVERAL_ASKED.test, p, strict=True)
    ]
    board = compare(SEVERAL, models="majority", outside={"it": csv_file(tmp_path, rows)})
    found = board.results.rung("it").test
    assert found["exact_match"].value == pytest.approx(accuracy_score(truth, p >= 0.5))
    assert found["micro_f1"].value == pytest.approx(f1_score(truth, p >= 0.5, average="micro"))
    assert found["auc"].value == pytest.approx(roc_auc_score(truth, p))
    assert board.results.rung("it").confusion is None
    with pytest.raises(UsageError, match="there is no column 'p_bad' beside the other probabilities"):
        read([{k: v for k, v in row.items() if k != "p_bad"} for row in rows], SEVERAL_ASKED, SEVERAL_DIVISION)


@pytest.mark.parametrize(
    ("cell", "message"), [("bad;god", "unknown label 'god'"), ("[1", r"unknown label '\[1'"), (None, "no label")]
)
def test_unknown_labels_among_several_are_refused(cell: str | None, message: str) -> None:
    rows = said(";")
    rows[5] = rows[5] | {"labels": cell}
    with pytest.raises(WenmaiError, match=f"it row 6: .*{message}"):
        read(rows, SEVERAL_ASKED, SEVERAL_DIVISION)


def test_under_cross_validation_only_the_test_rows_are_asked() -> None:
    data = reviews("en", 2, rows=200)
    division = division_of(data, seed=0)
    numbers = RowNumbers.of(data, division)
    rows = perfect(numbers.test, division.test)
    board = compare(data, models="majority", outside={"oracle": rows})
    assert board.results.rung("oracle").dev == {}
    assert board.results.rung("oracle").test["macro_f1"].value == 1
    with pytest.raises(DataError, match="is none of the rows to predict"):
        compare(data, models="majority", outside={"it": [*rows, *perfect(numbers.choosing, division.choosing)]})


def test_where_every_rung_fails_they_still_stand() -> None:
    board = compare(DATA, models="majority", budget=1e-9, outside={"theirs": [*TEST_ROWS, *DEV_ROWS]})
    assert [rung.status for rung in board.results.rungs] == ["failed", "outside"]
    assert board.results.recommendation is None
    assert board.results.findings.outside == ()
    assert "theirs" in html(board.results)
    assert "theirs" in markdown(board.results)


@pytest.mark.data
def test_a_pipeline_of_scikit_learn_joins_on_sst2(real_data: Path, tmp_path: Path) -> None:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    folder = real_data / "en" / "sst2"
    if not folder.is_dir():
        pytest.skip("needs en/sst2")
    for part in ("train", "dev", "test"):
        (tmp_path / f"{part}.txt.gz").write_bytes((folder / f"stsa.binary.{part}.gz").read_bytes())
    data = load(tmp_path)
    division = division_of(data, seed=0)
    numbers = RowNumbers.of(data, division)
    texts = {part: list(getattr(division, part).inputs().text) for part in ("train", "dev", "test")}
    answers = {part: getattr(division, part).answers() for part in texts}
    pipeline = make_pipeline(TfidfVectorizer(), LogisticRegression(max_iter=300)).fit(texts["train"], answers["train"])
    rows = [
        {"row": int(row), "label": label, "p_1": p}
        for part, at in (("test", numbers.test), ("dev", numbers.choosing))
        for row, label, p in zip(
            at, pipeline.predict(texts[part]), pipeline.predict_proba(texts[part])[:, 1], strict=True
        )
    ]
    board = compare(data, models="majority", outside={"sklearn": rows})
    found = board.results.rung("sklearn")
    predicted, p = pipeline.predict(texts["test"]), pipeline.predict_proba(texts["test"])[:, 1]
    assert found.test["macro_f1"].value == pytest.approx(f1_score(answers["test"], predicted, average="macro"))
    assert found.test["auc"].value == pytest.approx(roc_auc_score(np.array(answers["test"]) == "1", p))
    assert found.test["macro_f1"].value > 0.77
    assert board.results.recommendation is not None
    assert board.results.recommendation.best == "sklearn"
