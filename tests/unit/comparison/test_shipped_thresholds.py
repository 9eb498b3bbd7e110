"""Thresholds that are searched where choices are made are shipped, scored and resumed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from wenmai.bundle import load_bundle
from wenmai.comparison.comparing import compare
from wenmai.comparison.comparison import Comparison
from wenmai.comparison.division import division_of
from wenmai.comparison.outcome import outcome_key
from wenmai.comparison.rung import Circumstances
from wenmai.comparison.study import Study
from wenmai.core.errors import UnknownChoiceError, UsageError
from wenmai.core.schema import ClassifyColumns, Schema
from wenmai.data.dataset import Dataset
from wenmai.tasks.classify import Classify
from wenmai.tasks.thresholds import MistakeCosts, ThresholdSearch

WORDS = ["red", "green", "blue", "round", "square", "small", "large", "old", "new", "odd"]
MODELS = ["tfidf-lr:words", "naive-bayes:words"]


def rare(several: bool = False, rows: int = 700) -> Dataset:
    """One row in eight is odd, and not all that say so are."""
    generator = np.random.default_rng(0)
    odd = generator.random(rows) < 0.125
    says = generator.random(rows) < np.where(odd, 0.7, 0.06)
    texts = [
        " ".join([*generator.choice(WORDS[:-1], 5), *(["odd"] if word else []), str(at)])
        for at, word in enumerate(says)
    ]
    labels = [["odd", "any"] if one else ["any"] if at % 2 else [] for at, one in enumerate(odd)]
    answers = pa.array(labels) if several else pa.array(["odd" if one else "plain" for one in odd])
    table = pa.table({"text": texts, "label": answers})
    return Dataset(table, Schema(language="en", columns=ClassifyColumns(several_labels=several)), "rare")


def compared(data: Dataset, study: Study) -> Comparison:
    return compare(data, models=MODELS, study=study, threads=1)


@pytest.mark.parametrize("several", [False, True])
def test_bundles_and_scores_go_by_the_thresholds(several: bool) -> None:
    data = rare(several)
    fixed = compared(data, Study())
    board = compared(data, Study(thresholds="dev"))
    found = board.results.findings.thresholds
    assert found is not None
    assert found.shipped == "dev"
    test = division_of(data).test
    for rung in board.results.done:
        bundle, own = board.bundles[rung.name], found.of(rung.name)
        assert isinstance(bundle.task, Classify)
        assert own is not None
        assert bundle.task.thresholds is not None
        scores = bundle.task.scores(bundle.outputs(test), bundle.task.targets(test))
        assert rung.test["macro_f1"].value == pytest.approx(scores["macro_f1"])
        assert own.found["macro_f1"].value == pytest.approx(scores["macro_f1"])
        before = fixed.results.rung(rung.name)
        assert own.fixed["macro_f1"].value == pytest.approx(before.test["macro_f1"].value)
        assert rung.dev["macro_f1"].value >= before.dev["macro_f1"].value
        # What would have been found with them is told either way.
        told = fixed.results.findings.thresholds
        assert told is not None
        assert told.of(rung.name) == own


def test_a_saved_bundle_decides_so_and_a_finished_rung_is_used_again(tmp_path: Path) -> None:
    data, study, name = rare(), Study(thresholds="dev"), "naive-bayes:words"
    first = compare(data, models=[name], study=study, threads=1, out=tmp_path / "run")
    task = load_bundle(tmp_path / "run" / "bundles" / "naive-bayes-words").task
    assert task == first.bundles[name].task != task.but(thresholds=None)
    again = compare(data, models=[name], study=study, threads=1, out=tmp_path / "run", resume=True)
    assert again.results.rungs == first.results.rungs  # their times too: nothing was run again


def test_an_outcome_is_of_its_thresholds() -> None:
    division, fixed = division_of(rare()), Circumstances()
    keys = [
        outcome_key("majority", division, fixed.but(thresholds=search))
        for search in (None, ThresholdSearch(positive="odd"), ThresholdSearch(positive="plain"))
    ]
    assert len({key["decision thresholds"] for key in keys}) == 3
    assert {tuple({**key, "decision thresholds": ""}.items()) for key in keys} == {
        tuple({**keys[0], "decision thresholds": ""}.items())
    }


def test_costs_are_what_is_searched_for() -> None:
    costs = MistakeCosts(false_positive=1, false_negative=6)
    search = ThresholdSearch(costs=costs)
    found = compared(rare(), Study(thresholds="dev", threshold_search=search)).results.findings.thresholds
    assert found is not None
    assert found.search.positive == "odd"
    own = found.of("tfidf-lr:words")
    assert own is not None
    assert own.labels[0].threshold < 0.4
    assert own.difference["cost"].value < 0


def test_what_cannot_be_searched_is_refused_before_anything_is_trained() -> None:
    data = rare()
    study = Study(threshold_search=ThresholdSearch(positive="od"))
    with pytest.raises(UnknownChoiceError, match="unknown positive class 'od'. Did you mean 'odd'"):
        compared(data, study)
    three = data.table.set_column(1, "label", pa.array([["a", "b", "c"][at % 3] for at in range(len(data))]))
    with pytest.raises(UsageError, match="thresholds are searched for two classes, or for several labels a row"):
        compared(Dataset(three, data.schema, "three"), Study(thresholds="dev"))
    # Where nothing is asked for, three classes have no such finding and no error.
    board = compare(Dataset(three, data.schema, "three"), models="majority", threads=1)
    assert board.results.findings.thresholds is None
