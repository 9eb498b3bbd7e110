import numpy as np
import pytest
from corpora import labelled

from wenmai.recipe import TrainingConfig, recipe_for
from wenmai.training import fit


def trained(answers, *, several=False, class_weight="none"):
    recipe = recipe_for("majority", "en").but(training=TrainingConfig(class_weight=class_weight))
    return fit(recipe, labelled(["x"] * len(answers), answers, several=several))


def test_the_most_frequent_class_is_said_of_everything():
    bundle = trained(list("abbcb"))
    assert [row.label for row in bundle.predict(["a", "", "zz"])] == ["b", "b", "b"]
    assert bundle.predict("x")[0].probabilities == pytest.approx({"a": 2 / 8, "b": 4 / 8, "c": 2 / 8})


def test_each_of_several_labels_is_said_by_its_own_share():
    bundle = trained([["a"], ["a", "b"], ["a"], []], several=True)
    assert bundle.predict("x")[0].labels == ("a",)
    assert bundle.predict("x")[0].probabilities == pytest.approx({"a": 4 / 6, "b": 2 / 6})


def test_weights_of_classes_count():
    assert trained(list("abb"), class_weight={"a": 10.0}).predict("x")[0].label == "a"
    said = trained([["a"], ["b"], [], []], several=True, class_weight={"a": 9.0}).predict("x")[0]
    assert said.probabilities == pytest.approx({"a": 10 / 14, "b": 2 / 6})
    balanced = trained(list("abbb"), class_weight="balanced")
    np.testing.assert_allclose(list(balanced.predict("x")[0].probabilities.values()), 0.5)
