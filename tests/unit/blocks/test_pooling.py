import torch

from wenmai.blocks.pooling import max_over_time, mean_over_time

VALUES = torch.tensor([[[1.0, -5.0], [3.0, -2.0], [99.0, 99.0]], [[7.0, 7.0], [8.0, 8.0], [9.0, 9.0]]])
MASK = torch.tensor([[True, True, False], [False, False, False]])


def test_only_what_the_mask_shows_is_pooled():
    assert max_over_time(VALUES, MASK).tolist() == [[3.0, -2.0], [0.0, 0.0]]
    assert mean_over_time(VALUES, MASK).tolist() == [[2.0, -3.5], [0.0, 0.0]]


def test_gradients_are_finite_where_nothing_is_shown():
    values = VALUES.clone().requires_grad_()
    (max_over_time(values, MASK).sum() + mean_over_time(values, MASK).sum()).backward()
    assert torch.isfinite(values.grad).all()
    assert (values.grad[1] == 0).all()
