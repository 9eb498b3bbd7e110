"""A network as it computes fastest when nothing is learnt: products joined, numbers smaller.

- Jacob, B., et al. (2018). Quantization and training of neural networks for efficient integer-arithmetic-only
  inference. CVPR: products of whole numbers of 8 bits.

Letters of the shapes: S steps of all texts, D width, A heads, d width of a head, I and O widths in and out.
"""

from __future__ import annotations

import copy
from typing import Literal

import numpy as np
import torch
from torch import Tensor, nn

from wenmai.blocks.attention import SelfAttention, SoftmaxAttention
from wenmai.blocks.encoder import Encoder
from wenmai.blocks.masks import Mask, Packing
from wenmai.core.errors import UsageError
from wenmai.core.machine import computes_bfloat16
from wenmai.kernels.attention import attend, attends
from wenmai.kernels.bytes import to_bytes

InferencePrecision = Literal["float32", "bfloat16", "int8"]
"""In which numbers products are computed; norms and softmax add up in float32 in any case."""

LARGEST = 127
"""Of the whole numbers that weights become."""


class JoinedAttention(nn.Module):
    """Self-attention whose queries, keys and values come of one product, and meet in one call for all texts."""

    def __init__(self, given: SelfAttention) -> None:
        super().__init__()
        parts = (given.query, given.key, given.value)
        width = given.query.in_features
        self.joined = nn.Linear(width, 3 * width)
        self.joined.weight = nn.Parameter(torch.cat([part.weight for part in parts]))
        self.joined.bias = nn.Parameter(torch.cat([part.bias for part in parts]))
        self.output = given.output
        self.heads, self.look = given.heads, given.look
        self.plain = given.positions is None and isinstance(given.kind, SoftmaxAttention)

    def forward(self, values: Tensor, mask: Mask) -> Tensor:
        """As `SelfAttention.forward`."""
        return self._mixed(values, mask, None)

    def first(self, values: Tensor, mask: Mask, firsts: Tensor) -> Tensor:
        """As `SelfAttention.first`."""
        return self._mixed(values, mask, firsts)

    def _mixed(self, values: Tensor, mask: Mask, firsts: Tensor | None) -> Tensor:
        joined: Tensor = self.joined(values)
        if self.plain and isinstance(mask, Packing) and _meets(joined, self.heads):
            taken = _met(joined, mask, self.heads, first=firsts is not None)
        else:
            query, key, value = joined.view(len(values), 3, self.heads, -1).unbind(1)
            query = query if firsts is None else query.index_select(0, firsts)
            taken = mask.attend(self.look, query, key, value)
        mixed: Tensor = self.output(taken)
        return mixed


def _meets(joined: Tensor, heads: int) -> bool:
    """Whether the kernel takes these queries, keys and values [S, 3D]."""
    if joined.device.type != "cpu" or joined.dtype not in _ITEMS:
        return False
    return attends(joined.shape[1] // 3, heads, pairs=joined.dtype == torch.bfloat16)


_ITEMS = {torch.float32: torch.float32, torch.bfloat16: torch.uint32}
"""Type of numbers → that of the kernel's items."""


def _met(joined: Tensor, packing: Packing, heads: int, *, first: bool) -> Tensor:
    """What each step takes [S, D], or each first one [B', D]."""
    lengths = np.array([length for _, count, length in packing.groups for _ in range(count)], np.int64)
    starts = np.concatenate([np.zeros(1, np.int64), np.cumsum(lengths)])
    items = joined.contiguous().view(_ITEMS[joined.dtype]).numpy()
    found = attend(items, starts, heads, first=first, threads=torch.get_num_threads())
    return torch.from_numpy(found).view(joined.dtype)


class PackedLinear(nn.Module):
    """A linear layer whose weights lie as oneDNN reads them, which it otherwise sees to at every product."""

    def __init__(self, given: nn.Linear) -> None:
        super().__init__()
        self.packed = torch.ops.mkldnn._reorder_linear_weight(given.weight.detach(), None)
        self.bias = given.bias.detach()

    def forward(self, values: Tensor) -> Tensor:
        """[S, I] → [S, O]."""
        found: Tensor = torch.ops.mkldnn._linear_pointwise(values, self.packed, self.bias, "none", [], "")
        return found


class Int8Linear(nn.Module):
    """A linear layer over 8-bit whole numbers: weights by the row, what goes in by the batch, once it is seen."""

    def __init__(self, given: nn.Linear) -> None:
        super().__init__()
        weight = given.weight.detach().float()
        self.scales = (weight.abs().amax(dim=1) / LARGEST).clamp(min=torch.finfo(torch.float32).tiny)
        whole = (weight / self.scales[:, None]).round().to(torch.int8)
        self.packed = torch.ops.onednn.qlinear_prepack(whole, None)
        self.zeros = torch.zeros(len(weight), dtype=torch.int64)
        self.bias = given.bias.detach().float()

    def forward(self, values: Tensor) -> Tensor:
        """[S, I] → [S, O], of the same type."""
        array = values.contiguous().view(_BITS[values.dtype]).numpy()
        whole, scale, zero = to_bytes(array, threads=torch.get_num_threads())
        found: Tensor = torch.ops.onednn.qlinear_pointwise(
            torch.from_numpy(whole), scale, zero, self.packed, self.scales, self.zeros, self.bias,
            1.0, 0, values.dtype, "none", [], "",
        )  # fmt: skip
        return found


_BITS = {torch.float32: torch.float32, torch.bfloat16: torch.uint16}
"""Type of numbers → that of which numpy knows the bits."""


def prepared(module: nn.Module, precision: InferencePrecision) -> nn.Module:
    """A copy of a network for inference; the products of its encoders' layers are computed in this precision.

    Raises:
        UsageError: for whole numbers where this build of torch has no oneDNN.
    """
    module = copy.deepcopy(module).eval().requires_grad_(False)
    fast = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if precision == "int8" and not fast:
        raise UsageError("int8 needs oneDNN, which this build of torch lacks", remedy="Take float32 or bfloat16")
    for encoder in [one for one in module.modules() if isinstance(one, Encoder)]:
        for layer in encoder.layers:
            if isinstance(attention := getattr(layer, "attention", None), SelfAttention):
                layer.add_module("attention", JoinedAttention(attention))
        # Beside products of whole numbers all else is a fraction of the work in bfloat16, GELU above all.
        if precision == "bfloat16" or (precision == "int8" and computes_bfloat16()):
            encoder.layers.to(torch.bfloat16)
            encoder.numbers = torch.bfloat16
        if fast and next(encoder.parameters()).device.type == "cpu":
            _replace(encoder.layers, Int8Linear if precision == "int8" else PackedLinear)
    return module


def _replace(module: nn.Module, kind: type[Int8Linear | PackedLinear]) -> None:
    """Put other linear layers in the place of torch's."""
    for name, child in module.named_children():
        if isinstance(child, nn.Linear):
            module.add_module(name, kind(child))
        else:
            _replace(child, kind)
