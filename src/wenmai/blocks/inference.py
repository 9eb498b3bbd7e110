"""A network as it computes fastest when nothing is learnt: products joined, numbers smaller.

- Jacob, B., et al. (2018). Quantization and training of neural networks for efficient integer-arithmetic-only
  inference. CVPR: products of whole numbers of 8 bits.

Letters of the shapes: S steps of all texts, D width, A heads, d width of a head, I and O widths in and out.
"""

from __future__ import annotations

import copy
import warnings
from typing import Literal

import torch
from torch import Tensor, nn

from wenmai.blocks.attention import SelfAttention
from wenmai.blocks.encoder import Encoder
from wenmai.blocks.masks import Mask
from wenmai.core.machine import computes_bfloat16

InferencePrecision = Literal["float32", "bfloat16", "int8"]
"""In which numbers products are computed; norms and softmax add up in float32 in any case."""

LARGEST = 127
"""Of the whole numbers that weights become."""


class JoinedAttention(nn.Module):
    """Self-attention whose queries, keys and values come of one product."""

    def __init__(self, given: SelfAttention) -> None:
        super().__init__()
        parts = (given.query, given.key, given.value)
        width = given.query.in_features
        self.joined = nn.Linear(width, 3 * width)
        self.joined.weight = nn.Parameter(torch.cat([part.weight for part in parts]))
        self.joined.bias = nn.Parameter(torch.cat([part.bias for part in parts]))
        self.output = given.output
        self.heads, self.look = given.heads, given.look

    def forward(self, values: Tensor, mask: Mask) -> Tensor:
        """As `SelfAttention.forward`."""
        query, key, value = self._parts(values)
        mixed: Tensor = self.output(mask.attend(self.look, query, key, value))
        return mixed

    def first(self, values: Tensor, mask: Mask, firsts: Tensor) -> Tensor:
        """As `SelfAttention.first`."""
        query, key, value = self._parts(values)
        mixed: Tensor = self.output(mask.attend(self.look, query.index_select(0, firsts), key, value))
        return mixed

    def _parts(self, values: Tensor) -> tuple[Tensor, ...]:
        """Query, key and value [S, A, d]."""
        joined: Tensor = self.joined(values)
        return joined.view(len(values), 3, self.heads, -1).unbind(1)


class Int8Linear(nn.Module):
    """A linear layer over 8-bit whole numbers: weights by the row, what goes in by the batch, once it is seen."""

    def __init__(self, given: nn.Linear) -> None:
        super().__init__()
        weight = given.weight.detach().float()
        scales = (weight.abs().amax(dim=1) / LARGEST).clamp(min=torch.finfo(torch.float32).tiny)
        zeros = torch.zeros(len(weight), dtype=torch.int64)
        with warnings.catch_warnings():
            # torch 2.13 says that its tensors of this type will go one day; the product of them has no successor yet.
            warnings.simplefilter("ignore", UserWarning)
            whole = torch.quantize_per_channel(weight, scales.double(), zeros, 0, torch.qint8)
        self.packed = torch.ops.quantized.linear_prepack(whole, given.bias.detach().float())

    def forward(self, values: Tensor) -> Tensor:
        """[S, I] → [S, O], of the same type."""
        found: Tensor = torch.ops.quantized.linear_dynamic(values.float(), self.packed)
        return found.to(values.dtype)


def prepared(module: nn.Module, precision: InferencePrecision) -> nn.Module:
    """A copy of a network for inference; the products of its encoders' layers are computed in this precision."""
    module = copy.deepcopy(module).eval().requires_grad_(False)
    for encoder in [one for one in module.modules() if isinstance(one, Encoder)]:
        for layer in encoder.layers:
            if isinstance(attention := getattr(layer, "attention", None), SelfAttention):
                layer.add_module("attention", JoinedAttention(attention))
        if precision == "bfloat16":
            encoder.layers.to(torch.bfloat16)
            encoder.numbers = torch.bfloat16
        elif precision == "int8":
            _quantise(encoder.layers)
            # What stands between the products takes a fraction of the time in it, GELU above all.
            encoder.numbers = torch.bfloat16 if computes_bfloat16() else None
    return module


def _quantise(module: nn.Module) -> None:
    for name, child in module.named_children():
        if isinstance(child, nn.Linear):
            module.add_module(name, Int8Linear(child))
        else:
            _quantise(child)
