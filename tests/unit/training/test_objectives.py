import numpy as np
import pytest
import torch

from wenmai.core.errors import FitError
from wenmai.models.contract import Head
from wenmai.training.objectives import Objective

ROWS = np.arange(2)


def test_classes_are_cross_entropy_and_weighted_by_class():
    objective = Objective.of(np.array([0, 1]), Head("classes", 2, ("a", "b")), {"b": 3.0})
    losses = objective.losses(torch.zeros(2, 2), ROWS)
    np.testing.assert_allclose(losses.numpy(), np.log(2) * np.array([1, 3]), rtol=1e-6)
    assert objective.weight(ROWS) == 4


def test_labels_are_judged_one_by_one():
    targets = np.array([[1, 0], [0, 0]], np.int8)
    objective = Objective.of(targets, Head("labels", 2, ("a", "b")), {"a": 2.0})
    losses = objective.losses(torch.zeros(2, 2), ROWS)
    np.testing.assert_allclose(losses.numpy(), np.log(2) * np.array([[2, 1], [1, 1]]), rtol=1e-6)
    assert objective.weight(ROWS) == 5


def test_balanced_classes_weigh_the_same_in_total():
    objective = Objective.of(np.array([0, 0, 0, 1]), Head("classes", 2, ("a", "b")), "balanced")
    assert objective.weight(np.arange(3)) == pytest.approx(objective.weight(np.array([3])))


def test_a_value_is_a_squared_error():
    objective = Objective.of(np.array([1.0, 5.0]), Head("value", 1), "none")
    assert objective.losses(torch.tensor([[3.0], [5.0]]), ROWS).tolist() == [4, 0]


def test_a_head_without_a_loss_is_refused():
    with pytest.raises(FitError, match="no loss for 'spans'. It has: classes, labels, value"):
        Objective.of(np.zeros(2), Head("spans", 2), "none")
