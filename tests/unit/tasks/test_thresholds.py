from __future__ import annotations

import numpy as np
import pytest
from corpora import labelled, reviews
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from sklearn.metrics import f1_score

from wenmai.bundle import load_bundle
from wenmai.core.errors import ConfigError, UnknownChoiceError, UsageError
from wenmai.data.dataset import Inputs
from wenmai.recipe import recipe_for
from wenmai.stats.contributions import values_of
from wenmai.tasks.classify import Classify
from wenmai.tasks.thresholds import FEWEST, MistakeCosts, ThresholdSearch, settled, with_thresholds
from wenmai.training import fit

TWO = Classify(labels=("ham", "spam"))
THREE = Classify(labels=("a", "b", "c"), several=True)
MACRO = ThresholdSearch(positive="spam")


def logits_of(probabilities: np.ndarray) -> np.ndarray:
    """Outputs [N, 2] whose second probability is as given [N]."""
    return np.log(np.stack([1 - probabilities, probabilities], axis=1))


def rare(rows: int = 400, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Outputs and targets of a class of one row in eight whose probability is told too low."""
    generator = np.random.default_rng(seed)
    targets = (np.arange(rows) % 8 == 0).astype(np.int64)
    return logits_of(1 / (1 + np.exp(2.5 - 2.2 * targets - generator.normal(size=rows)))), targets


@pytest.mark.parametrize(
    ("labels", "several", "thresholds", "message"),
    [
        (("a", "b"), False, (0.5,), "there are 1 thresholds for 2 labels"),
        (("a", "b"), False, (0.5, 0.6), "add up to 1"),
        (("a", "b", "c"), False, (0.3, 0.3, 0.4), "with one label a row, thresholds are for two classes"),
        (("a", "b"), True, (0.5, float("nan")), "thresholds"),
    ],
)
def test_thresholds_that_make_no_sense_are_refused(
    labels: tuple[str, ...], several: bool, thresholds: tuple[float, ...], message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        Classify.parse({"labels": labels, "several": several, "thresholds": thresholds})


def test_absent_thresholds_are_not_written_and_present_ones_come_back() -> None:
    assert "thresholds" not in TWO.to_json()
    assert "thresholds" not in TWO.model_dump(mode="json")
    changed = TWO.but(thresholds=(0.75, 0.25))
    assert Classify.parse_json(changed.to_json()) == changed
    assert changed.fingerprint != TWO.fingerprint
    assert changed.but(thresholds=None) == TWO


@given(arrays(np.float64, st.tuples(st.integers(1, 6), st.just(2)), elements=st.floats(-30, 30)))
def test_halves_decide_as_no_thresholds_do(outputs: np.ndarray) -> None:
    halves = TWO.but(thresholds=(0.5, 0.5))
    probabilities = TWO.probabilities(outputs)
    assert halves.decided(probabilities).tolist() == TWO.decided(probabilities).tolist()


@pytest.mark.parametrize(
    ("task", "outputs", "targets"),
    [
        (TWO.but(thresholds=(0.8, 0.2)), *rare()),
        (
            THREE.but(thresholds=(0.3, 0.5, 1.5)),
            np.random.default_rng(0).normal(size=(90, 3)),
            np.random.default_rng(1).integers(0, 2, (90, 3)),
        ),
    ],
    ids=["two classes", "several labels"],
)
def test_predictions_scores_contributions_and_resamples_all_go_by_the_thresholds(
    task: Classify, outputs: np.ndarray, targets: np.ndarray
) -> None:
    predictions = task.predictions(outputs, Inputs(["x"] * len(outputs)))
    if task.several:
        said = np.array([[label in one.labels for label in task.labels] for one in predictions])
        assert not said[:, 2].any()
        assert all((one.label in one.labels) if one.labels else one.label == "" for one in predictions)
    else:
        said = np.array([task.labels.index(one.label) for one in predictions])
    expected = f1_score(targets, said, average="macro")
    assert expected != pytest.approx(task.but(thresholds=None).scores(outputs, targets)["macro_f1"])
    scores, bootstrap = task.scores(outputs, targets), task.bootstrap(outputs, targets)
    contributed = values_of(task.contributions(outputs, targets))
    assert scores["macro_f1"] == pytest.approx(expected)
    for name, value in scores.items():
        assert contributed[name] == pytest.approx(value), name
        assert bootstrap.points[name] == pytest.approx(value), name
    sure = task.confidence(task.probabilities(outputs))
    assert [one.confidence for one in predictions] == pytest.approx(sure.tolist())
    assert all(one.score == one.probabilities[one.label] for one in predictions if one.label)
    assert [task.winner(outputs[at : at + 1]) for at in range(5)] == [
        task.labels.index(one.label or max(one.probabilities, key=one.probabilities.__getitem__))
        for one in predictions[:5]
    ]


def test_the_confidence_in_several_labels_is_that_of_all_decisions() -> None:
    (row,) = THREE.predictions(np.array([[0.0, np.log(4), -np.log(4)]]), Inputs(["x"]))
    assert row.labels == ("a", "b")
    assert row.confidence == pytest.approx(0.5 * 0.8 * 0.8)


@pytest.mark.parametrize("positive", ["ham", "spam"])
def test_two_classes_get_the_threshold_of_the_highest_macro_f1_whatever_is_positive(positive: str) -> None:
    outputs, targets = rare()
    found = with_thresholds(TWO, outputs, targets, ThresholdSearch(positive=positive))
    reached = found.scores(outputs, targets)["macro_f1"]
    shares = TWO.probabilities(outputs)[:, 1]
    best = max(f1_score(targets, shares >= one, average="macro", zero_division=0) for one in shares)
    assert reached == pytest.approx(best)
    assert reached > TWO.scores(outputs, targets)["macro_f1"] + 0.05


@given(st.integers(0, 2**16), st.integers(1, 4), st.sampled_from(["ham", "spam"]))
def test_what_is_found_is_never_worse_on_the_rows_it_was_found_on(seed: int, places: int, positive: str) -> None:
    generator = np.random.default_rng(seed)
    targets = generator.integers(0, 2, 60)
    # Rounding gives many rows the same probability, and some a half.
    outputs = logits_of(np.clip((0.3 * targets + 0.6 * generator.random(60)).round(places), 0.001, 0.999))
    found = with_thresholds(TWO, outputs, targets, ThresholdSearch(positive=positive))
    fixed = TWO.scores(outputs, targets)["macro_f1"]
    assert found.scores(outputs, targets)["macro_f1"] >= fixed - 1e-12


@pytest.mark.parametrize("positive", ["ham", "spam"])
def test_costs_move_the_threshold_to_where_they_say(positive: str) -> None:
    generator = np.random.default_rng(3)
    chance = generator.random(20_000)
    targets = (generator.random(20_000) < chance).astype(np.int64)
    costs = MistakeCosts(false_positive=1, false_negative=4)
    found = with_thresholds(TWO, logits_of(chance), targets, ThresholdSearch(costs=costs, positive=positive))
    assert found.thresholds is not None
    # Of probabilities that are true the best threshold is known: the price of a wrong yes among both prices.
    assert found.thresholds[TWO.labels.index(positive)] == pytest.approx(0.2, abs=0.03)


@pytest.mark.parametrize("positive", [0, 1])
def test_a_class_can_be_given_to_all_rows_though_all_have_the_same_probability(positive: int) -> None:
    outputs, targets = logits_of(np.full(40, 0.3 if positive else 0.7)), np.arange(40) % 2
    costs = MistakeCosts(false_positive=0, false_negative=1)
    found = with_thresholds(TWO, outputs, targets, ThresholdSearch(costs=costs, positive=TWO.labels[positive]))
    assert found.decided(found.probabilities(outputs)).tolist() == [positive] * 40


def test_labels_of_few_rows_keep_a_half() -> None:
    generator = np.random.default_rng(0)
    targets = np.zeros((300, 3), np.int8)
    targets[: FEWEST - 1, 0] = 1
    targets[:FEWEST, 1] = 1
    targets[: 300 - FEWEST + 1, 2] = 1
    outputs = 3.0 * targets - 3.5 + 0.3 * generator.normal(size=(300, 3))
    found = with_thresholds(THREE, outputs, targets, ThresholdSearch())
    assert found.thresholds is not None
    assert (found.thresholds[0], found.thresholds[2]) == (0.5, 0.5)
    assert found.thresholds[1] != 0.5
    few = with_thresholds(TWO, logits_of(np.full(60, 0.4)), (np.arange(60) < FEWEST - 1).astype(int), MACRO)
    assert few == TWO


def test_the_positive_class_is_the_rarer_one_unless_it_is_named() -> None:
    train = labelled(["x"] * 5, ["ham", "ham", "ham", "spam", "spam"])
    assert settled(ThresholdSearch(), TWO, train).positive == "spam"
    assert settled(ThresholdSearch(positive="ham"), TWO, train).positive == "ham"
    even = labelled(["x"] * 2, ["ham", "spam"])
    assert settled(ThresholdSearch(), TWO, even).positive == "spam"
    several = labelled(["x"] * 2, [["a"], ["b", "c"]], several=True)
    assert settled(ThresholdSearch(), THREE, several) == ThresholdSearch()


def test_what_has_no_thresholds_and_what_is_no_class_is_refused() -> None:
    train = labelled(["x"] * 3, ["a", "b", "c"])
    with pytest.raises(UsageError, match="thresholds are searched for two classes, or for several labels a row"):
        settled(ThresholdSearch(), Classify.of(train), train)
    with pytest.raises(UsageError, match="thresholds are searched for two classes"):
        with_thresholds(Classify.of(train), np.zeros((3, 3)), np.arange(3), ThresholdSearch())
    with pytest.raises(UnknownChoiceError, match="unknown positive class 'sapm'. Did you mean 'spam'"):
        settled(ThresholdSearch(positive="sapm"), TWO, labelled(["x"] * 2, ["ham", "spam"]))
    several = labelled(["x"] * 2, [["a"], ["b", "c"]], several=True)
    with pytest.raises(UsageError, match="'a' is named as the positive class, but rows carry several labels"):
        settled(ThresholdSearch(positive="a"), THREE, several)
    with pytest.raises(ConfigError, match="at least one of the two mistakes must cost something"):
        MistakeCosts.parse({"false_positive": 0, "false_negative": 0})


def test_a_bundle_keeps_its_thresholds_and_says_them(tmp_path) -> None:
    from dataclasses import replace

    bundle = fit(recipe_for("tfidf-lr:words", "en"), reviews("en", 2))
    changed = replace(bundle, task=bundle.task.but(thresholds=(0.1, 0.9)))
    assert changed.fingerprint != bundle.fingerprint
    assert "Given from a probability of: " not in (bundle.save(tmp_path / "fixed") / "card.md").read_text()
    saved = changed.save(tmp_path / "changed")
    assert " 0.1, " in (saved / "card.md").read_text()
    loaded = load_bundle(saved)
    assert loaded.task == changed.task
    texts = list(reviews("en", 2, seed=3).inputs().text)
    assert loaded.predict(texts) == changed.predict(texts) != bundle.predict(texts)
    assert load_bundle(tmp_path / "fixed").fingerprint == bundle.fingerprint
