"""In which numbers the forward pass of training computes, and where."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext

import torch

from wenmai.core.errors import UsageError
from wenmai.core.machine import computes_bfloat16
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
