"""What changes the weights: which of them, by which optimiser, averaged how."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase

import torch
from torch import Tensor, nn

from wenmai.core.errors import UsageError
from wenmai.models.abilities import Stacked
from wenmai.models.loop_config import LoopConfig, OptimiserConfig

Named = dict[str, nn.Parameter]


def trained_parameters(module: nn.Module, loop: LoopConfig) -> Named:
    """The parameters that training may change, by their names; the others no longer ask for gradients.

    Raises:
        UsageError: when a pattern of ``freeze`` fits no parameter, blocks are asked for where there are none, or
            nothing is left to be trained.
    """
    named = dict(module.named_parameters())
    for pattern in loop.freeze:
        frozen = [name for name in named if fnmatchcase(name, pattern)]
        if not frozen:
            raise UsageError(
                f"training.loop.freeze names {pattern!r}, which fits no parameter",
                remedy=f"Parameters: {', '.join(named)}",
            )
        for name in frozen:
            named[name].requires_grad_(False)
    if loop.last_blocks is not None:
        below = _blocks_below(module, named)
        for name, parameter in named.items():
            parameter.requires_grad_(parameter.requires_grad and below[name] <= loop.last_blocks)
    trained = {name: parameter for name, parameter in named.items() if parameter.requires_grad}
    if not trained:
        raise UsageError("training.loop.freeze leaves nothing to be trained", remedy="Freeze fewer parameters")
    return trained


def adamw(module: nn.Module, parameters: Named, loop: LoopConfig) -> torch.optim.AdamW:
    """AdamW over the parameters; matrices are decayed, vectors are not.

    Each group has a ``share``, which the learning rate is multiplied by: less for blocks further below, and what the
    settings say for what comes after the last.
    """
    optimiser: OptimiserConfig = loop.optimiser
    apart = loop.block_decay < 1 or optimiser.head_rate != 1
    below = _blocks_below(module, parameters) if apart else dict.fromkeys(parameters, 0)
    groups: dict[tuple[bool, int], list[nn.Parameter]] = {}
    for name, one in parameters.items():
        groups.setdefault((one.ndim < 2, below[name]), []).append(one)
    return torch.optim.AdamW(
        [
            {
                "params": members,
                "weight_decay": 0.0 if vectors else optimiser.weight_decay,
                "share": loop.block_decay**depth if depth else optimiser.head_rate,
            }
            for (vectors, depth), members in sorted(groups.items(), key=lambda item: item[0])
        ],
        lr=loop.learning_rate,
        betas=optimiser.betas,
        eps=optimiser.epsilon,
        fused=True,
    )


def _blocks_below(module: nn.Module, names: Iterable[str]) -> dict[str, int]:
    """How many blocks each parameter stands below what comes after the last: 0 there, 1 in the last block.

    Raises:
        UsageError: for a network that is not made of blocks.
    """
    if not isinstance(module, Stacked):
        raise UsageError(
            "training.loop.last_blocks, block_decay and optimiser.head_rate are for networks of blocks, such as bert; "
            "this one has none",
            remedy="Leave them out; training.loop.freeze names parameters one by one",
        )
    blocks = module.blocks()
    return {
        name: next((len(blocks) - at for at, starts in enumerate(blocks) if name.startswith(starts)), 0)
        for name in names
    }


def gradient_length(parameters: Named, clip: float | None) -> float:
    """The length of the whole gradient; a longer one than ``clip`` is shortened to it."""
    gradients = [one.grad for one in parameters.values() if one.grad is not None]
    length = nn.utils.get_total_norm(gradients)
    if clip is not None and length > clip:
        nn.utils.clip_grads_with_norm_(list(parameters.values()), clip, length)
    return float(length)


class Average:
    """The exponential moving average of weights (Polyak and Juditsky 1992), with its bias at the start taken out."""

    def __init__(self, parameters: Named, decay: float) -> None:
        self._parameters = parameters
        self._decay = decay
        self.weights = {name: torch.zeros_like(one) for name, one in parameters.items()}
        self.updates = 0

    @torch.no_grad()
    def update(self) -> None:
        """Take in the weights as they are now."""
        self.updates += 1
        torch._foreach_lerp_(
            [self.weights[name] for name in self._parameters], list(self._parameters.values()), 1 - self._decay
        )

    @torch.no_grad()
    def exchange(self, given: dict[str, Tensor] | None = None, *, keep: bool = True) -> dict[str, Tensor]:
        """Put the average into the network, or what is given; gives what stood there before, where that is kept."""
        before = {name: one.detach().clone() for name, one in self._parameters.items()} if keep else {}
        scale = 1.0 if given is not None else 1 / (1 - self._decay**self.updates)
        for name, one in (given or self.weights).items():
            torch.mul(one, scale, out=self._parameters[name])
        return before
