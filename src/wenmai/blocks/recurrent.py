"""Recurrent layers that read texts of different lengths from both ends, without packed sequences.

A packed sequence is stepped through by small products, one a step; a padded batch of texts of like length goes through
the processor's fused kernel. Reading forwards, padding on the right comes last and changes nothing before it. Reading
backwards, each text is turned round within its own length first, so that its last token comes first, not its padding.

Letters of the shapes: B texts, T steps, D width of the input, H hidden size of one direction.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from wenmai.blocks.dropout import VariationalDropout


def reversed_steps(lengths: Tensor, steps: int) -> Tensor:
    """Where each step [B, T] of the texts turned round comes from; padding stays where it is.

    Args:
        lengths: [B]; steps: T.
    """
    places = torch.arange(steps, device=lengths.device)
    ends = lengths[:, None] - 1
    return torch.where(places <= ends, ends - places, places)


class BidirectionalLSTM(nn.Module):
    """Layers of LSTMs, each one reading forwards and one backwards: a sequence in, a sequence of 2H out.

    What each layer reads is dropped out in columns, the same at every step of a text.

    - Hochreiter, S., Schmidhuber, J. (1997). Long short-term memory. Neural Computation 9(8).
    - Schuster, M., Paliwal, K. (1997). Bidirectional recurrent neural networks. IEEE Trans. Signal Processing 45(11).
    """

    def __init__(self, width: int, hidden_size: int, layers: int = 1, dropout: float = 0.0) -> None:
        super().__init__()
        widths = [width] + [2 * hidden_size] * (layers - 1)
        self.forwards = nn.ModuleList(nn.LSTM(one, hidden_size) for one in widths)
        self.backwards = nn.ModuleList(nn.LSTM(one, hidden_size) for one in widths)
        self.dropout = VariationalDropout(dropout)
        for lstm in (*self.forwards, *self.backwards):
            _initialise(lstm.named_parameters(), hidden_size)

    def forward(self, values: Tensor, lengths: Tensor) -> Tensor:
        """Both directions [B, T, 2H] of ``values`` [B, T, D]; what stands beyond ``lengths`` [B] means nothing."""
        texts, steps = values.shape[:2]
        # Steps first is what the kernel reads; with the batch first it would copy all of it, twice a layer.
        along = values.transpose(0, 1).contiguous()  # [T, B, D]
        places = reversed_steps(lengths, steps).T * texts + torch.arange(texts, device=lengths.device)
        turned = places.flatten()  # of the T · B steps one after the other
        for onward, back in zip(self.forwards, self.backwards, strict=True):
            along = self.dropout(along.transpose(0, 1)).transpose(0, 1)
            read_onward = onward(along)[0]  # [T, B, H]
            read_back = _take(back(_take(along, turned))[0], turned)  # [T, B, H]
            along = torch.cat([read_onward, read_back], dim=2)
        return along.transpose(0, 1)


def _take(values: Tensor, places: Tensor) -> Tensor:
    """The steps [T, B, …] at these places of the flattened first two axes, in the same shape."""
    return values.flatten(0, 1).index_select(0, places).view(values.shape)


def _initialise(parameters: Iterable[tuple[str, nn.Parameter]], hidden_size: int) -> None:
    """Orthogonal recurrence, and a forget gate that starts open: Jozefowicz et al. (2015), ICML."""
    for name, parameter in parameters:
        if name.startswith("weight_hh"):
            for gate in torch.split(parameter.data, hidden_size):
                nn.init.orthogonal_(gate)
        elif name.startswith("weight_ih"):
            for gate in torch.split(parameter.data, hidden_size):
                nn.init.xavier_uniform_(gate)
        else:
            nn.init.zeros_(parameter)
            if name.startswith("bias_ih"):
                parameter.data[hidden_size : 2 * hidden_size] = 1.0
