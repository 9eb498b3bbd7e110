"""In which numbers the forward pass of training computes, and where."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

from wenmai.core.errors import UsageError
from wenmai.core.machine import available_cores, computes_bfloat16
from wenmai.models.loop_config import Device, Precision


def device_of(device: Device) -> torch.device:
    """The device that is meant: ``auto`` is a CUDA GPU where there is one.

    Raises:
        UsageError: when a GPU is asked for and there is none.
    """
    if device == "cuda" and not torch.cuda.is_available():
        raise UsageError("there is no CUDA GPU here", remedy="Set training.loop.device to auto or cpu")
    if device == "cpu" or not torch.cuda.is_available():
        return torch.device("cpu")
    return torch.device("cuda", torch.cuda.current_device())


def number_type(precision: Precision, device: torch.device) -> torch.dtype:
    """The type of the forward pass: ``auto`` is bfloat16 where the processor multiplies in it natively."""
    if precision == "auto":
        native = torch.cuda.is_bf16_supported() if device.type == "cuda" else computes_bfloat16()
        return torch.bfloat16 if native else torch.float32
    return torch.bfloat16 if precision == "bfloat16" else torch.float32


def mixed(numbers: torch.dtype, device: torch.device) -> AbstractContextManager[object]:
    """A block whose multiplications compute in these numbers; weights stay float32."""
    return nullcontext() if numbers == torch.float32 else torch.autocast(device.type, numbers)


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
