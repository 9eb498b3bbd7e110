"""Pairs of texts through the commands: labels, scores, and answers that are ranked."""

from __future__ import annotations

import csv
import io
import json
import random
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]

THINGS = ("手机", "电脑", "相机", "耳机", "音箱")
PLACES = ("北京", "上海", "广州", "成都", "西安")


def write_pairs(path: Path, answer: str, count: int = 240) -> Path:
    """Questions that ask for the same thing or another one; for relevance, four answers to each."""
    draw = random.Random(1)
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write(["question1", "question2", answer])
        for number in range(count):
            thing, place = THINGS[number // 4 % 5], PLACES[number // 4 % 4]
            same = number % 4 == 0 if answer == "relevance" else draw.random() < 0.5
            other = thing if same else draw.choice([one for one in THINGS if one != thing])
            said = {"label": "same" if same else "other", "score": 4.5 if same else 0.5}.get(answer, int(same))
            question = f"{place}哪里能买{thing}{number // 4}"
            write([question, f"{other}在{place}怎么买{number}", said])
    return path


@pytest.fixture
def compared(wenmai: Call, tmp_path: Path) -> Callable[[str], Any]:
    def run(answer: str) -> Any:
        path = write_pairs(tmp_path / f"{answer}.csv", answer)
        option = ("--relevance", "relevance") if answer == "relevance" else ()
        return wenmai("compare", path, *option, "--models", "chars", "--out", answer)

    return run


def results(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "results.json").read_text("utf-8"))
    return found


def test_labels(wenmai: Call, compared: Callable[[str], Any], tmp_path: Path) -> None:
    done = compared("label")
    assert done.code == 0, done.err
    assert "Pair of texts in the columns 'question1' and 'question2' (by their names)" in done.err
    found = results(tmp_path / "label")
    assert [rung["name"] for rung in found["rungs"]] == ["majority:plain", "pair-overlap:chars", "pair-words:chars"]
    assert (found["data"]["task"], found["data"]["labels"]) == ("pair", ["other", "same"])
    assert found["findings"]["calibration"] is not None
    assert all(rung["costs"]["cold_start_seconds"] for rung in found["rungs"])
    bundle = "label/bundles/pair-words-chars"
    said = wenmai("predict", bundle, "西安哪里能买耳机", "耳机在西安怎么买", "--format", "json")
    assert json.loads(said.out)["label"] == "same"
    tabs = wenmai("predict", bundle, "-", stdin="西安哪里能买耳机\t音箱在西安怎么买\n西安\t\n")
    assert tabs.out.splitlines()[0].startswith("other\t")
    assert "line 2: the second text is empty" in tabs.err
    table = wenmai("predict", bundle, "--file", "label.csv", "--unsure-below", "0.9")
    rows = list(csv.DictReader(io.StringIO(table.out)))
    assert list(rows[0]) == ["question1", "question2", "label", "label_wenmai", "score", "unsure", "p_other", "p_same"]
    assert len(rows) == 240
    scored = wenmai("evaluate", bundle, "label.csv", "--format", "json")
    assert "macro_f1" in json.loads(scored.out)["metrics"]
    assert wenmai("verify", bundle).code == 0


def test_scores(wenmai: Call, compared: Callable[[str], Any], tmp_path: Path) -> None:
    done = compared("score")
    assert done.code == 0, done.err
    found = results(tmp_path / "score")
    assert (found["protocol"]["metric"], found["data"]["labels"], found["errors"]) == ("spearman", [], [])
    assert found["findings"]["calibration"] is None
    assert found["data"]["health"]["scores"] == {"min": 0.5, "mean": pytest.approx(2.5, abs=0.5), "max": 4.5}
    assert "Spearman × 100" in done.out
    assert "Pearson × 100" in done.out
    commands = [shlex.split(line) for line in done.out.splitlines() if line.startswith("  wenmai predict")]
    assert wenmai(*commands[0][1:]).code == 0
    page = (tmp_path / "score" / "report.html").read_text("utf-8")
    assert "Classes" not in page
    assert "0 classes" not in (tmp_path / "score" / "report.md").read_text("utf-8")
    bundle = "score/bundles/pair-overlap-chars"
    alike, apart = (
        float(wenmai("predict", bundle, "西安哪里能买耳机", other).out.split("\t")[0])
        for other in ("耳机在西安怎么买", "北京下雨")
    )
    assert alike > apart
    header = wenmai("predict", bundle, "a", "b", "--format", "csv").out.splitlines()[0]
    assert header == "first,second,score"
    table = wenmai("predict", bundle, "--file", "score.csv")
    assert table.out.splitlines()[0] == "question1,question2,score,score_wenmai"
    assert "spearman" in json.loads(wenmai("evaluate", bundle, "score.csv", "--format", "json").out)["metrics"]


def test_answers_are_ranked(wenmai: Call, compared: Callable[[str], Any], tmp_path: Path) -> None:
    done = compared("relevance")
    assert done.code == 0, done.err
    found = results(tmp_path / "relevance")
    assert found["protocol"]["metric"] == "map"
    assert any("their intervals are over questions" in one for one in found["protocol"]["sentences"])
    floor, *learnt = (rung["test"]["map"]["value"] for rung in found["rungs"])
    assert floor == pytest.approx((1 + 1 / 2 + 1 / 3 + 1 / 4) / 4)
    assert min(learnt) > floor
    scored = json.loads(
        wenmai("evaluate", "relevance/bundles/pair-words-chars", "relevance.csv", "--format", "json").out
    )
    assert set(scored["metrics"]) == {"map", "mrr"}
    assert "the scores are means over 60 questions, and their intervals are over questions" in scored["notes"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ("one text",),
            "one text is given, and this bundle reads pairs. Give two texts after each other: wenmai predict",
        ),
        (("a", "b", "c"), "3 texts do not make pairs."),
        (("a", "b", "--explain"), "--explain marks words of single texts. Leave out --explain."),
        (("a", "b", "--first", "x"), "--first and --second go with --file."),
        (("--file", "score.csv", "--text", "question1"), "--text names one text, and this bundle reads pairs."),
        (("--file", "score.csv", "--first", "x"), "score.csv: no column 'x'. Columns found: question1, question2"),
        (("a", "b", "--unsure-below", "0.5"), "says has no probability. Leave out --unsure-below."),
        (("-",), "standard input:1: one text where two texts are expected. Write the two texts of a pair on a line"),
    ],
)
def test_what_cannot_be_predicted_is_refused(
    wenmai: Call, tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    from wenmai.data.loading import load
    from wenmai.recipe import recipe_for
    from wenmai.training import fit

    path = write_pairs(tmp_path / "score.csv", "score", 40)
    fit(recipe_for("pair-overlap:chars", "zh"), load(path).dataset).save(tmp_path / "bundle")
    done = wenmai("predict", "bundle", *arguments, stdin="only one\n")
    assert done.code in (1, 2)
    assert message in done.message


def test_what_does_not_fit_pairs_is_refused_before_anything_is_trained(wenmai: Call, tmp_path: Path) -> None:
    path = write_pairs(tmp_path / "score.csv", "score", 80)
    done = wenmai("compare", path, "--models", "tfidf-lr:chars")
    assert "tfidf-lr:chars does not learn 'pair'. Models that do: majority, pair-overlap" in done.message
    done = wenmai("compare", path, "--class-weight", "balanced")
    assert "the rows have no classes that could be weighted. Leave out --class-weight." in done.message
