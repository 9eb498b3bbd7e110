import pytest
import torch

from wenmai.blocks.pooling import POOLINGS, max_over_time, mean_and_max_over_time, mean_over_time, pooled_width

VALUES = torch.tensor([[[1.0, -2.0], [3.0, -4.0], [99.0, 99.0]], [[5.0, 6.0], [99.0, 99.0], [99.0, 99.0]]])
MASK = torch.tensor([[True, True, False], [True, False, False]])


def test_each_pooling_takes_what_the_mask_shows():
    assert max_over_time(VALUES, MASK).tolist() == [[3.0, -2.0], [5.0, 6.0]]
    assert mean_over_time(VALUES, MASK).tolist() == [[2.0, -3.0], [5.0, 6.0]]
    assert mean_and_max_over_time(VALUES, MASK).tolist() == [[2.0, -3.0, 3.0, -2.0], [5.0, 6.0, 5.0, 6.0]]
    assert POOLINGS["first"](VALUES, MASK).tolist() == [[1.0, -2.0], [5.0, 6.0]]


@pytest.mark.parametrize("pooling", POOLINGS)
def test_the_width_is_said_and_a_text_without_a_step_is_zeros(pooling):
    pooled = POOLINGS[pooling](VALUES, torch.zeros(2, 3, dtype=torch.bool))
    assert pooled.shape == (2, pooled_width(pooling, 2))
    assert not pooled.any()


@pytest.mark.parametrize("pooling", POOLINGS)
def test_what_is_hidden_gets_no_gradient(pooling):
    values = VALUES.clone().requires_grad_()
    POOLINGS[pooling](values, MASK).sum().backward()
    assert values.grad[MASK].any()
    assert not values.grad[~MASK].any()


@pytest.mark.parametrize("pooling", POOLINGS)
def test_gradients_are_finite_where_nothing_is_shown(pooling):
    values = VALUES.clone().requires_grad_()
    POOLINGS[pooling](values, MASK & torch.tensor([[True], [False]])).sum().backward()
    assert torch.isfinite(values.grad).all()
    assert (values.grad[1] == 0).all()
