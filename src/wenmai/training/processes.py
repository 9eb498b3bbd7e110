"""Several processes that train one network together, each on its share of every batch, as torchrun starts them."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
from torch import Tensor, distributed, nn

from wenmai.batches.token_rows import Rows


@dataclass(frozen=True, slots=True)
class Processes:
    """Where this process stands among those that train together; one alone by default."""

    rank: int = 0
    count: int = 1

    @classmethod
    def here(cls, device: torch.device) -> Processes:
        """As torchrun says in the environment; makes the connection when it is not there yet."""
        count = int(os.environ.get("WORLD_SIZE", "1"))
        if count == 1:
            return cls()
        if not distributed.is_initialized():
            distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
        return cls(distributed.get_rank(), count)

    @property
    def first(self) -> bool:
        """Whether this is the process that evaluates, writes and reports."""
        return self.rank == 0

    def share(self, rows: Rows) -> Rows:
        """The rows of a batch that this process works on; texts of every length in every share."""
        return rows[self.rank :: self.count]

    def add_up(self, parameters: Iterable[nn.Parameter], loss: float) -> float:
        """Give every process the sum of all gradients; gives the sum of the losses."""
        if self.count == 1:
            return loss
        trained = list(parameters)
        parts = [torch.zeros_like(one) if one.grad is None else one.grad for one in trained]
        flat = torch.cat([part.reshape(-1) for part in parts] + [parts[0].new_tensor([loss])])
        distributed.all_reduce(flat)
        for one, part in zip(trained, torch.split(flat[:-1], [one.numel() for one in trained]), strict=True):
            one.grad = part.reshape(one.shape)
        return float(flat[-1])

    def agreed(self, *values: float, device: torch.device) -> list[float]:
        """What the first process says, in all."""
        if self.count == 1:
            return list(values)
        told: Tensor = torch.tensor(values, dtype=torch.float64, device=device)
        distributed.broadcast(told, 0)
        found: list[float] = told.tolist()
        return found
