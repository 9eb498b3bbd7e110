import pytest
import torch

from wenmai.blocks.dropout import VariationalDropout

VALUES = torch.randn(50, 7, 40, generator=torch.Generator().manual_seed(0)) + 5.0


def test_the_same_columns_are_dropped_at_every_step_of_a_text():
    torch.manual_seed(0)
    dropped = VariationalDropout(0.25)(VALUES)
    hidden = dropped == 0
    assert (hidden == hidden[:, :1]).all()
    assert hidden[:, 0].float().mean().item() == pytest.approx(0.25, abs=0.03)
    assert not (hidden[0, 0] == hidden[1, 0]).all()
    torch.testing.assert_close(dropped[~hidden], VALUES[~hidden] / 0.75)


def test_nothing_is_dropped_outside_training_or_without_a_share():
    assert torch.equal(VariationalDropout(0.5).eval()(VALUES), VALUES)
    assert torch.equal(VariationalDropout(0.0)(VALUES), VALUES)


def test_the_numbers_stay_of_their_type():
    assert VariationalDropout(0.5)(VALUES.bfloat16()).dtype == torch.bfloat16
