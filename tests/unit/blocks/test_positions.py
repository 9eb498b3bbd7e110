import math

import pytest
import torch

from wenmai.blocks.positions import LearnedPositions, SinusoidalPositions
from wenmai.core.errors import UsageError


def test_sinusoids_are_those_of_the_paper():
    steps, width = 7, 10
    added = SinusoidalPositions().module(width)(torch.zeros(2, steps, width))
    for step in range(steps):
        for pair in range(width // 2):
            angle = step / 10000 ** (2 * pair / width)
            assert added[1, step, 2 * pair].item() == pytest.approx(math.sin(angle), abs=1e-6)
            assert added[1, step, 2 * pair + 1].item() == pytest.approx(math.cos(angle), abs=1e-6)


def test_an_odd_width_has_one_sine_more():
    assert SinusoidalPositions().module(5)(torch.zeros(1, 3, 5)).shape == (1, 3, 5)


def test_learned_positions_are_added_and_learnt():
    torch.manual_seed(0)
    module = LearnedPositions(limit=4).module(3)
    values = torch.randn(2, 2, 3)
    added = module(values)
    torch.testing.assert_close(added - values, module.vectors[:2].expand(2, 2, 3))
    added.sum().backward()
    assert module.vectors.grad[:2].tolist() == [[2.0] * 3] * 2
    assert not module.vectors.grad[2:].any()


def test_a_text_longer_than_what_is_learnt_is_refused():
    with pytest.raises(UsageError, match=r"a text has 5 tokens and positions are learnt up to 4"):
        LearnedPositions(limit=4).module(3)(torch.zeros(1, 5, 3))
