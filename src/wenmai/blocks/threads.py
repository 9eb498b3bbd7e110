"""How many threads compute, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from wenmai.core.machine import available_cores


@contextmanager
def on_threads(threads: int) -> Iterator[None]:
    """So many threads compute while the block lasts, and random numbers go on afterwards as if nothing had been.

    There are never more than processors: threads of one product wait for each other.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(min(threads, available_cores()))
    try:
        with torch.random.fork_rng(devices=range(torch.cuda.device_count())):
            yield
    finally:
        torch.set_num_threads(before)
