import pytest
import torch
from torch import nn

from wenmai.core.errors import UsageError
from wenmai.models.loop_config import LoopConfig, OptimiserConfig
from wenmai.training.optimisation import Average, adamw, gradient_length, trained_parameters


def network():
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.Linear(4, 2))


def test_matrices_are_decayed_and_vectors_are_not():
    module = network()
    loop = LoopConfig(optimiser=OptimiserConfig(weight_decay=0.1))
    optimiser = adamw(module, dict(module.named_parameters()), loop)
    decay = {id(one): group["weight_decay"] for group in optimiser.param_groups for one in group["params"]}
    assert {name: decay[id(one)] for name, one in module.named_parameters()} == {
        "0.weight": 0.1,
        "0.bias": 0.0,
        "1.weight": 0.0,
        "1.bias": 0.0,
        "2.weight": 0.1,
        "2.bias": 0.0,
    }


def test_frozen_parameters_ask_for_no_gradient():
    module = network()
    left = trained_parameters(module, LoopConfig(freeze=("0.*", "1.bias")))
    assert set(left) == {"1.weight", "2.weight", "2.bias"}
    module(torch.ones(1, 3)).sum().backward()
    assert module[0].weight.grad is None


@pytest.mark.parametrize(
    ("freeze", "message"), [(("9.*",), "fits no parameter. Parameters: 0.weight"), (("?.*",), "nothing")]
)
def test_freezing_what_there_is_not_or_everything_is_refused(freeze, message):
    with pytest.raises(UsageError, match=message):
        trained_parameters(network(), LoopConfig(freeze=freeze))


class Stack(nn.Sequential):
    """Two blocks and what comes after them."""

    def blocks(self):
        return [("0.",), ("1.",)]


def stack():
    return Stack(nn.Linear(2, 2), nn.Linear(2, 2), nn.Linear(2, 2))


@pytest.mark.parametrize(("blocks", "trained"), [(0, {"2."}), (1, {"1.", "2."}), (2, {"0.", "1.", "2."})])
def test_only_the_last_blocks_are_trained(blocks, trained):
    left = trained_parameters(stack(), LoopConfig(last_blocks=blocks))
    assert {name[:2] for name in left} == trained


def test_a_block_learns_at_a_share_of_the_rate_of_the_next():
    module = stack()
    optimiser = adamw(module, dict(module.named_parameters()), LoopConfig(block_decay=0.5))
    share = {id(one): group["share"] for group in optimiser.param_groups for one in group["params"]}
    assert {name: share[id(one)] for name, one in module.named_parameters() if name.endswith("weight")} == {
        "0.weight": 0.25,
        "1.weight": 0.5,
        "2.weight": 1.0,
    }


def test_what_comes_after_the_blocks_learns_at_a_rate_of_its_own():
    module, loop = stack(), LoopConfig(block_decay=0.5, optimiser=OptimiserConfig(head_rate=20))
    optimiser = adamw(module, dict(module.named_parameters()), loop)
    share = {id(one): group["share"] for group in optimiser.param_groups for one in group["params"]}
    assert [share[id(layer.weight)] for layer in module] == [0.25, 0.5, 20]
    assert [share[id(layer.bias)] for layer in module] == [0.25, 0.5, 20]


WITHOUT_BLOCKS = [
    LoopConfig(last_blocks=1),
    LoopConfig(block_decay=0.5),
    LoopConfig(optimiser=OptimiserConfig(head_rate=2)),
]


@pytest.mark.parametrize("loop", WITHOUT_BLOCKS)
def test_a_network_without_blocks_has_no_last_ones(loop):
    module = network()
    with pytest.raises(UsageError, match="for networks of blocks, such as bert; this one has none"):
        adamw(module, trained_parameters(module, loop), loop)


def test_a_long_gradient_is_shortened_and_its_length_before_told():
    module = network()
    (module(torch.full((1, 3), 100.0)).sum() * 50).backward()
    named = dict(module.named_parameters())
    expected = torch.linalg.vector_norm(torch.cat([one.grad.reshape(-1) for one in named.values()]))
    assert gradient_length(named, None) == pytest.approx(float(expected))
    assert gradient_length(named, 1.0) == pytest.approx(float(expected))
    assert gradient_length(named, 2.0) == pytest.approx(1.0, rel=1e-4)


def test_the_average_of_constant_weights_is_these_weights():
    module = network()
    named = dict(module.named_parameters())
    before = {name: one.detach().clone() for name, one in named.items()}
    average = Average(named, 0.9)
    for _ in range(3):
        average.update()
    average.exchange()
    for name, one in named.items():
        torch.testing.assert_close(one, before[name])


def test_the_average_is_exchanged_and_put_back():
    module = nn.Linear(1, 1, bias=False)
    average = Average(dict(module.named_parameters()), 0.5)
    for value in (1.0, 3.0):
        module.weight.data.fill_(value)
        average.update()
    before = average.exchange()
    assert module.weight.item() == pytest.approx((0.25 * 1 + 0.5 * 3) / 0.75)
    average.exchange(before)
    assert module.weight.item() == 3.0
