"""Dropout: how much is dropped, what becomes of the rest, and that the seed decides."""

import pytest
import torch
from torch import nn

from wenmai.blocks.dropout import FEW, Dropout, VariationalDropout, dropped

MANY = 4 * 50_000
VALUES = torch.randn(50, 7, 40, generator=torch.Generator().manual_seed(0)) + 5.0


@pytest.mark.parametrize("numbers", [torch.bfloat16, torch.float32, torch.float64])
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_the_share_is_dropped_wherever_a_value_stands(numbers, share):
    torch.manual_seed(0)
    found = dropped(torch.ones(MANY, dtype=numbers), share)
    # Four values come of one draw: each of the four is as random as the others.
    for gone in (found == 0).view(-1, 4).unbind(dim=1):
        assert gone.float().mean().item() == pytest.approx(share, abs=5 * (share * (1 - share) * 4 / MANY) ** 0.5)
    assert found[found != 0].double().sub(1 / (1 - share)).abs().max() < (0.01 if numbers == torch.bfloat16 else 1e-4)


def test_what_one_draw_gives_four_values_is_independent():
    torch.manual_seed(1)
    gone = (dropped(torch.ones(MANY), 0.5) == 0).float().view(-1, 4)
    together = torch.corrcoef(gone.T) - torch.eye(4)
    assert together.abs().max() < 5 * (4 / MANY) ** 0.5


@pytest.mark.parametrize("shape", [(FEW + 3,), (3, 7, 401), (2, 0, 5)])
def test_any_shape_comes_back_as_it_was(shape):
    values = torch.randn(shape)
    found = dropped(values, 0.3)
    assert found.shape == values.shape
    torch.testing.assert_close(found[found != 0], values[found != 0] / 0.7, rtol=1e-4, atol=0)


def test_the_seed_decides():
    values = torch.ones(MANY)
    torch.manual_seed(3)
    once = dropped(values, 0.2)
    assert not torch.equal(once, dropped(values, 0.2))
    torch.manual_seed(3)
    assert torch.equal(once, dropped(values, 0.2))


def test_gradients_go_where_values_went():
    values = torch.randn(MANY, dtype=torch.float32, requires_grad=True)
    found = dropped(values, 0.4)
    found.sum().backward()
    assert torch.equal(values.grad == 0, found.detach() == 0)


def test_nothing_happens_to_who_does_not_learn():
    layer: nn.Module = Dropout(0.5).eval()
    values = torch.randn(MANY)
    assert layer(values) is values
    assert dropped(values, 0.0) is values


def test_the_same_columns_are_dropped_at_every_step_of_a_text():
    torch.manual_seed(0)
    found = VariationalDropout(0.25)(VALUES)
    hidden = found == 0
    assert (hidden == hidden[:, :1]).all()
    assert hidden[:, 0].float().mean().item() == pytest.approx(0.25, abs=0.03)
    assert not (hidden[0, 0] == hidden[1, 0]).all()
    torch.testing.assert_close(found[~hidden], VALUES[~hidden] / 0.75)


def test_nothing_is_dropped_outside_training_or_without_a_share():
    assert torch.equal(VariationalDropout(0.5).eval()(VALUES), VALUES)
    assert torch.equal(VariationalDropout(0.0)(VALUES), VALUES)


def test_the_numbers_stay_of_their_type():
    assert VariationalDropout(0.5)(VALUES.bfloat16()).dtype == torch.bfloat16
