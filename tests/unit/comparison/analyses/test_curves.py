from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from corpora import labelled, reviews

from wenmai.catalog import CATALOG
from wenmai.comparison import compare
from wenmai.comparison.analyses import Ground, curves
from wenmai.comparison.analyses.curve_words import sentences
from wenmai.comparison.analyses.curves import DRAWS, learning_curves, nested_parts
from wenmai.comparison.division import division_of
from wenmai.comparison.estimates import rung_estimates
from wenmai.comparison.findings.curves import Curve, CurvePair, CurvePoint, LearningCurves, Passing
from wenmai.comparison.results import Recommendation
from wenmai.comparison.rung import Circumstances, run_rung
from wenmai.comparison.study import AUTO, Study
from wenmai.core.errors import UsageError
from wenmai.core.progress import SILENT
from wenmai.data.dataset import Dataset
from wenmai.data.strata import classes_of
from wenmai.stats.intervals import Estimate

CLASSES = ("bad", "delivery", "good")
RUNGS = ("naive-bayes:words", "naive-bayes:chars", "majority:plain")


def sparse_reviews(rows: int) -> Dataset:
    """Texts of which each holds two of its class's many words: there is always something left to learn."""
    generator = np.random.default_rng(3)
    labels = [CLASSES[row % 3] for row in range(rows)]
    own = [" ".join(f"{label}{word}" for word in generator.integers(0, 150, 2)) for label in labels]
    common = [" ".join(f"the{word}" for word in generator.integers(0, 30, 6)) for _ in labels]
    return labelled(
        [f"{first} {second} {row}" for row, (first, second) in enumerate(zip(own, common, strict=True))], labels
    )


def halves(rows: int) -> list[int]:
    """1/16, 1/8, 1/4, 1/2 and all of the rows, halves rounded up."""
    sizes = [rows]
    for _ in range(4):
        sizes.insert(0, -(-sizes[0] // 2))
    return sizes


@pytest.fixture(scope="module")
def ground() -> Ground:
    """Two members, one of them under two presets, fitted on 880 rows."""
    data, circumstances = sparse_reviews(1100), Circumstances()
    division = division_of(data, seed=0)
    done = [run_rung(name, division, circumstances) for name in RUNGS]
    recommendation = Recommendation(
        name=RUNGS[0], sentence="", metric="macro_f1", measured_on="dev", best=RUNGS[0], tied=RUNGS[:1], differences={}
    )
    return Ground(
        data=data,
        division=division,
        circumstances=circumstances,
        study=Study(learning_curve=(AUTO,)),
        done=done,
        recommendation=recommendation,
        folder=None,
        deadline=None,
        catalog=CATALOG,
        progress=SILENT,
        outsiders=(),
    )


def no_fit(*_: object, **__: object) -> None:
    raise AssertionError("fitted again")


def counted_fits(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The rows of every fit from now on."""
    fitted: list[int] = []
    usual = curves.fit

    def counting(recipe, train, *rest, **options):
        fitted.append(len(train))
        return usual(recipe, train, *rest, **options)

    monkeypatch.setattr(curves, "fit", counting)
    return fitted


@pytest.mark.parametrize("several", [False, True])
def test_parts_are_nested_in_proportion_and_the_same_for_the_same_seed(several: bool) -> None:
    data = reviews("en", 3, rows=800, several=several)
    parts, classes = nested_parts(data, 5), classes_of(data)
    sizes = [len(parts[denominator]) for denominator in (16, 8, 4, 2)]
    np.testing.assert_allclose(sizes, halves(800)[:-1], atol=0 if not several else 8)
    assert set(parts[16]) < set(parts[8]) < set(parts[4]) < set(parts[2]) < set(range(len(data)))
    shares = [[sum(label in classes[row] for row in rows) / len(rows) for label in CLASSES] for rows in parts.values()]
    whole = [sum(label in one for one in classes) / len(data) for label in CLASSES]
    np.testing.assert_allclose(shares, [whole] * 4, atol=0.05)
    for denominator, rows in nested_parts(data, 5).items():
        np.testing.assert_array_equal(rows, parts[denominator])
    assert set(nested_parts(data, 6)[2]) != set(parts[2])


def test_the_best_of_each_member_is_measured_and_all_rows_are_the_rung_itself(ground: Ground) -> None:
    found = learning_curves(ground)
    assert found is not None
    rows = len(ground.division.train)
    # The recommended rung stands for its member, even where another preset of it scored better.
    assert [curve.name for curve in found.curves] == ["naive-bayes:words", "majority:plain"]
    for curve, rung in zip(found.curves, (ground.done[0], ground.done[2]), strict=True):
        assert [point.rows for point in curve.points] == halves(rows)
        assert [point.draws for point in curve.points] == [DRAWS] * 4 + [1]
        assert curve.points[-1].score == rung_estimates(rung, ground.division, "test")["macro_f1"]
    pair = found.pairs[0]
    assert (pair.first, pair.second) == ("naive-bayes:words", "majority:plain")
    assert pair.rows == tuple(point.rows for point in found.curves[0].points)
    values = [[point.score.value for point in curve.points] for curve in found.curves]
    np.testing.assert_allclose([one.value for one in pair.differences], np.subtract(*values))
    assert pair.differences[-1].low > 0
    assert not found.notes
    assert found.sentences[0] == (
        "Multinomial naive Bayes, words is ahead of Majority class at every number of labels measured."
    )


def test_more_rows_of_a_task_that_can_be_learnt_score_better(ground: Ground) -> None:
    found = learning_curves(replace(ground, study=Study(learning_curve=("naive-bayes:words",))))
    assert found is not None
    scores = [point.score.value for point in found.curves[0].points]
    assert scores[-1] > scores[0] + 0.05
    assert found.pairs == ()


def test_nothing_is_measured_that_is_not_asked_for(ground: Ground) -> None:
    assert learning_curves(replace(ground, study=Study())) is None
    assert learning_curves(replace(ground, done=[], recommendation=None)) is None


def test_a_rung_that_was_not_fitted_is_named(ground: Ground) -> None:
    study = Study(learning_curve=("tfidf-lr", "majority"))
    found = learning_curves(replace(ground, study=study))
    assert found is not None
    assert [curve.name for curve in found.curves] == ["majority:plain"]
    assert found.notes == ("TF-IDF + logistic regression, words was not fitted",)


def test_a_part_that_is_too_small_or_lacks_a_class_is_left_out(ground: Ground) -> None:
    few = division_of(reviews("en", 3, rows=400), seed=0)
    done = [run_rung("majority:plain", few, ground.circumstances)]
    found = learning_curves(replace(ground, division=few, done=done, recommendation=None))
    assert found is not None
    rows = len(few.train)
    sizes = halves(rows)
    assert [point.rows for point in found.curves[0].points] == sizes[2:]
    assert found.notes == (
        f"1/16 of the labels was left out: {sizes[0]} rows are fewer than 50",
        f"1/8 of the labels was left out: {sizes[1]} rows are fewer than 50",
    )
    assert found.sentences == (
        f"What twice the {rows} labels would bring Majority class cannot be told: 3 sizes are too few for a curve with "
        "three parameters; 4 are the least.",
    )
    common = [row for row, labels in enumerate(classes_of(ground.division.train)) if labels != ("good",)]
    rare = np.array([*common, *(set(range(len(ground.division.train))) - set(common))][: len(common) + 4])
    thin = replace(
        ground.division, train=ground.division.train.select(np.sort(rare)), dev=ground.division.test, folds=()
    )
    rung = run_rung("majority:plain", thin, ground.circumstances)
    found = learning_curves(replace(ground, division=thin, done=[rung], recommendation=None))
    assert found is not None
    assert "1/8 of the labels was left out: it has no row of 'good'" in found.notes
    assert found.curves[0].points[0].rows > len(thin.train) / 8.5


def test_a_spent_budget_leaves_what_is_done_and_says_so(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = counted_fits(monkeypatch)
    found = learning_curves(replace(ground, deadline=0.0))
    assert found is not None
    assert fitted == []
    assert found.notes == ("The budget was spent before every part was learnt from: what was done stands",)
    assert [len(curve.points) for curve in found.curves] == [1, 1]
    assert {curve.doubt for curve in found.curves} == {"there is one size only"}
    assert found.pairs == ()


def test_a_fit_that_the_budget_ended_is_no_point(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = curves.fit

    def early(*given, budget, **options):
        bundle = usual(*given, **options)
        time.sleep(budget)
        return bundle

    monkeypatch.setattr(curves, "fit", early)
    found = learning_curves(replace(ground, deadline=time.monotonic() + 0.2, folder=tmp_path))
    assert found is not None
    assert [len(curve.points) for curve in found.curves] == [1, 1]
    assert not (tmp_path / "curves").exists()


def test_points_are_kept_and_used_again_where_nothing_changed(
    ground: Ground, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = replace(ground, folder=tmp_path)
    first = learning_curves(kept)
    fitted = counted_fits(monkeypatch)
    assert learning_curves(kept) == first
    assert fitted == []
    # A killed run leaves a part of the files: that fit alone is repeated.
    (tmp_path / "curves" / "naive-bayes-words-1of4-1.json").unlink()
    (tmp_path / "curves" / "majority-plain-1of2-0.safetensors").write_bytes(b"cut short")
    again = learning_curves(kept)
    assert fitted == halves(len(ground.division.train))[2:4]
    assert first is not None
    assert again is not None
    assert again.pairs == first.pairs
    # Even a spent budget does not take away what is there.
    spent = learning_curves(replace(kept, deadline=0.0))
    assert spent is not None
    assert spent.notes == ()
    fitted.clear()
    learning_curves(replace(kept, circumstances=Circumstances(seed=1)))
    assert len(fitted) == 2 * 4 * DRAWS


def test_only_what_is_compared_has_a_curve() -> None:
    data = reviews("en", 2, rows=60)
    with pytest.raises(UsageError, match="a learning curve of 'tfidf-lr:words' is asked for, which is not compared"):
        compare(data, models="majority", study=Study(learning_curve=("tfidf-lr",)))
    with pytest.raises(UsageError, match="'auto' is asked for beside other learning curves"):
        compare(data, models="majority", study=Study(learning_curve=("auto", "majority")))
    with pytest.raises(UsageError, match="unknown model 'majorty'"):
        compare(data, models="majority", study=Study(learning_curve=("majorty",)))


def test_a_new_run_in_the_same_folder_measures_anew_and_a_resumed_one_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, study = reviews("en", 2, rows=700), Study(learning_curve=("majority",))
    first = compare(data, models="majority", out=tmp_path, study=study).results.findings.curves
    fitted = counted_fits(monkeypatch)
    resumed = compare(data, models="majority", out=tmp_path, study=study, resume=True).results.findings.curves
    assert fitted == []
    assert first is not None
    assert resumed == first
    compare(data, models="majority", out=tmp_path, study=study)
    assert len(fitted) == 3 * DRAWS


def point(rows: int, value: float) -> CurvePoint:
    score = Estimate(value=value, low=value - 0.01, high=value + 0.01)
    return CurvePoint(rows=rows, draws=3, score=score, fit_seconds=0.1)


def difference(value: float, half: float = 0.01) -> Estimate:
    return Estimate(value=value, low=value - half, high=value + half)


def said(*differences: float, metric: str = "macro_f1", passing: Passing | None = None) -> str:
    """The sentence on a pair with these differences at 100, 200, … labels."""
    rows = tuple(100 * 2**number for number in range(len(differences)))
    pair = CurvePair(
        first="nb", second="lr", rows=rows, differences=tuple(map(difference, differences)), passing=passing
    )
    found = LearningCurves(metric=metric, pairs=(pair,))
    return sentences(found, {"nb": "naive Bayes", "lr": "logistic regression"})[0]


def test_a_pair_is_told_in_plain_words() -> None:
    rows = Estimate(value=1893.2, low=1214.0, high=3096.0)
    passing = Passing(before="nb", after="lr", rows=rows, beyond=False)
    assert said(0.1, -0.1, passing=passing) == (
        "With fewer than about 1,900 (1,200–3,100) labels naive Bayes is ahead of logistic regression; "
        "with more it is the other way."
    )
    assert said(0.1, 0.1, passing=passing.but(beyond=True)).startswith("Up to here naive Bayes is ahead of logistic")
    assert said(0.1, 0.1) == "naive Bayes is ahead of logistic regression at every number of labels measured."
    assert said(-0.1, -0.1) == "logistic regression is ahead of naive Bayes at every number of labels measured."
    assert said(0.1, 0.1, metric="log_loss").startswith("logistic regression is ahead of naive Bayes")
    assert said(0.001, -0.001) == "naive Bayes and logistic regression are tied at every number of labels measured."
    assert said(0.1, 0.05, 0.001) == (
        "naive Bayes is ahead of logistic regression at 100 and 200 labels; at the other numbers measured they are "
        "tied."
    )
    assert said(0.1, 0.0, -0.1) == (
        "naive Bayes is ahead of logistic regression at 100 labels, logistic regression at 400; where they pass each "
        "other these scores cannot tell."
    )


def test_what_twice_the_labels_would_bring_is_told_with_its_interval() -> None:
    curve = Curve(name="nb", points=(point(500, 0.8), point(1000, 0.85)), doubled=difference(0.021))
    found = LearningCurves(metric="macro_f1", curves=(curve,))
    assert sentences(found, {"nb": "naive Bayes"}) == (
        "Twice the 1,000 labels would change naive Bayes by about +2.1 (+1.1 to +3.1) points of Macro F1.",
    )
    assert "by about +0.021 (+0.011 to +0.031) Log loss" in sentences(found.but(metric="log_loss"), {"nb": "NB"})[0]
