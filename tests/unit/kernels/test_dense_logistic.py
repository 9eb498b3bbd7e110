"""Logistic regression over dense rows: gradient and Hessian are those of the loss, the end is scikit-learn's."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from wenmai.kernels.dense_logistic import DenseLogisticLoss
from wenmai.kernels.logistic import minimize_logistic


def problem(classes, seed=0):
    generator = np.random.default_rng(seed)
    rows = generator.standard_normal((120, 5))
    targets = np.argmax(rows @ generator.standard_normal((5, classes)) + generator.standard_normal((120, classes)), 1)
    weights = generator.random(120) + 0.5
    return DenseLogisticLoss(rows, targets, weights, 1 if classes == 2 else classes)


@pytest.mark.parametrize("classes", [2, 4])
def test_slopes_and_curvature_are_those_of_the_loss(classes):
    loss = problem(classes)
    generator = np.random.default_rng(1)
    parameters, direction = generator.standard_normal((2, 6 * loss.columns))
    _, gradient, probabilities = loss.value_and_gradient(parameters)
    step = 1e-5
    ahead, ahead_gradient, _ = loss.value_and_gradient(parameters + step * direction)
    behind, behind_gradient, _ = loss.value_and_gradient(parameters - step * direction)
    assert gradient @ direction == pytest.approx((ahead - behind) / (2 * step), rel=1e-6)
    curved = (ahead_gradient - behind_gradient) / (2 * step)
    np.testing.assert_allclose(loss.hessian_times(probabilities, direction), curved, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_weights_are_those_of_scikit_learn(classes):
    loss = problem(classes)
    weights, bias, converged = minimize_logistic(loss, tolerance=1e-8, max_iterations=100, check=lambda: None)
    peer = LogisticRegression(C=1.0, tol=1e-10, max_iter=10_000)
    peer.fit(loss.rows, loss.targets, sample_weight=loss.row_weights)
    assert converged
    np.testing.assert_allclose(weights.T, peer.coef_, atol=1e-4)
    centred = bias - bias.mean() if classes > 2 else bias
    np.testing.assert_allclose(centred, peer.intercept_ - (peer.intercept_.mean() if classes > 2 else 0), atol=1e-4)


def test_scores_of_any_size_do_not_overflow():
    loss = DenseLogisticLoss(np.array([[1e4], [-1e4]]), np.array([1, 0]), np.ones(2), 1)
    value, gradient, _ = loss.value_and_gradient(np.array([100.0, 0.0]))
    assert np.isfinite(value)
    assert np.isfinite(gradient).all()
