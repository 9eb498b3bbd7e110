import re
import time

import given
import pytest
from corpora import labelled, reviews
from doubles import DOUBLES

from wenmai.catalog import CATALOG
from wenmai.core.errors import DataError, FitError, UnknownChoiceError, UsageError
from wenmai.recipe import TrainingConfig, recipe_for
from wenmai.tasks.classify import Classify
from wenmai.training import fit

DATA = reviews("en", 3, rows=90)
RECIPE = recipe_for("tfidf-svm:words", "en")


class Events:
    """Writes down what is begun and ended, and how many steps each stage had."""

    def __init__(self):
        self.open, self.stages, self.steps = [], [], {}

    def begin(self, stage, total):
        self.open.append(stage)
        self.stages.append((stage, total))
        self.steps[stage] = 0

    def advance(self, steps=1):
        self.steps[self.open[-1]] += steps

    def say(self, text):
        pass

    def end(self):
        self.open.pop()


def test_no_row_cannot_be_learnt_from():
    with pytest.raises(DataError, match="made up: there is no row to learn from"):
        fit(RECIPE, DATA.select([]))


def test_one_class_cannot_be_learnt():
    with pytest.raises(
        DataError, match="made up: column 'label' holds only the label 'bad'. There must be at least two"
    ):
        fit(RECIPE, labelled(["a", "b"], ["bad", "bad"]))


def test_a_dev_label_that_no_training_row_has_is_told_by_its_row():
    dev = labelled(["x", "y"], ["bad", "fine"], name="dev.csv")
    with pytest.raises(DataError, match="dev.csv row 2: label 'fine' does not occur in the training rows"):
        fit(RECIPE, DATA, dev)


def test_dev_rows_of_the_other_kind_are_refused():
    with pytest.raises(DataError, match="the rows carry several labels each, the model learnt one"):
        fit(RECIPE, DATA, reviews("en", 3, several=True))


def test_dev_rows_may_be_none_at_all():
    assert fit(RECIPE, DATA, DATA.select([])).fingerprint == fit(RECIPE, DATA).fingerprint
    assert fit(RECIPE, DATA, reviews("en", 3, seed=1)).fingerprint != fit(RECIPE, DATA).fingerprint


def test_a_task_can_be_given_where_the_rows_do_not_show_every_label():
    task = Classify(labels=("bad", "delivery", "fine", "good"))
    bundle = fit(RECIPE, DATA, task=task)
    assert bundle.task.labels == task.labels
    assert bundle.predict("great")[0].probabilities["fine"] == 0
    assert "fine" not in {row.label for row in bundle.predict(DATA)}


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        ({"budget": 0}, FitError, "the budget was spent before the fit was done. Give a larger --budget"),
        ({"budget": -1.0}, FitError, "the budget was spent"),
        ({"seed": -1}, UsageError, "the seed is -1. Give a whole number from 0 to 4294967295"),
        ({"seed": 1 << 32}, UsageError, "the seed is 4294967296"),
        ({"threads": 0}, UsageError, "0 threads can compute nothing. Give at least 1"),
    ],
)
@pytest.mark.parametrize("rung", ["majority", "naive-bayes:chars", "tfidf-lr", "tfidf-svm"])
def test_circumstances_that_cannot_be_are_refused(rung, changes, error, message):
    with pytest.raises(error, match=re.escape(message)):
        fit(recipe_for(rung, "en"), DATA, **changes)


def test_the_largest_seed_and_an_ample_budget_are_fine():
    assert fit(RECIPE, DATA, seed=(1 << 32) - 1, budget=600).provenance.seed == (1 << 32) - 1


def test_a_budget_is_kept_while_the_solver_runs():
    data = reviews("en", 3, rows=4000)
    recipe = recipe_for("tfidf-lr:chars", "en")
    learner = recipe.model.learner.but(C=1e6, max_iterations=100_000)
    fit(RECIPE, DATA)  # what is compiled at first use is not part of the budget
    began = time.monotonic()
    with pytest.raises(FitError, match="the budget was spent"):
        fit(recipe.but(model=recipe.model.but(learner=learner)), data, budget=0.3)
    assert time.monotonic() - began < 5


def test_a_member_that_does_not_learn_the_task_is_refused_with_those_that_do():
    with pytest.raises(
        UsageError, match="made up: word-vectors does not learn 'classify'. Models that do: majority, naive"
    ):
        fit(recipe_for("word-vectors", "en", catalog=DOUBLES), DATA, catalog=DOUBLES)


def test_a_weight_for_a_class_that_there_is_not_is_refused_before_any_text_is_read():
    recipe, events = RECIPE.but(training=TrainingConfig(class_weight={"god": 2.0})), Events()
    with pytest.raises(UnknownChoiceError, match="class_weight: unknown class 'god'. Did you mean 'good'"):
        fit(recipe, DATA, progress=events)
    assert events.stages == []


@pytest.mark.parametrize(
    "rung",
    [
        f"{name}:{preset}"
        for name, entry in CATALOG.entries.items()
        if "classify" in entry.tasks
        for preset in entry.presets
    ],
)
def test_every_stage_that_begins_ends(rung):
    events = Events()
    given.fit(recipe_for(rung, "en"), DATA, progress=events)
    assert events.open == []
    assert bool(events.stages) == (rung != "majority:plain")
    for stage, total in events.stages:
        assert total in (None, events.steps[stage])


def test_every_stage_ends_when_the_fit_fails():
    events = Events()
    with pytest.raises(FitError, match="min_documents") as error:
        fit(recipe_for("tfidf-lr:chars", "en"), labelled(["a", "b"], ["x", "y"]), progress=events)
    assert error.value is not None
    assert events.open == []
    assert [stage for stage, _ in events.stages] == ["read texts", "count features"]


def test_the_provenance_says_where_a_bundle_comes_from():
    data = labelled(list(DATA.inputs().text), DATA.answers(), name="/home/somebody/reviews.csv")
    provenance = fit(RECIPE, data, seed=5).provenance
    assert provenance.data == "reviews.csv"
    assert provenance.data_fingerprint == data.fingerprint
    assert provenance.source_fingerprint is None
    assert (provenance.rows, provenance.seed) == (90, 5)
    assert 0 < provenance.seconds < 60
    assert {"python", "wenmai", "numpy"} <= set(provenance.versions)


def test_what_the_solver_has_to_say_is_noted():
    recipe = RECIPE.but(model=RECIPE.model.but(learner=RECIPE.model.learner.but(max_iterations=1, C=100)))
    bundle = fit(recipe, DATA)
    assert bundle.provenance.notes == ("svm stopped at max_iterations before it had converged",)
