"""A batch of token numbers as tensors: what the forward pass of every network over text receives.

Letters of the shapes: B texts of the batch, T tokens of the longest.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from wenmai.batches.token_rows import Rows, TokenRows


@dataclass(frozen=True, slots=True)
class TokenBatch:
    """Texts padded on the right to the length of the longest.

    Attributes:
        token_ids: [B, T] int64, at least one token wide.
        lengths: [B] int64; 0 for an empty text.
        segment_ids: [B, T] int64, 0 in the first text of a pair and its frame, 1 in the second; None for texts alone.
        columns: [B, T, E] int64, further numbers of each token, 0 at padding; None where there are none.
    """

    token_ids: Tensor
    lengths: Tensor
    segment_ids: Tensor | None = None
    columns: Tensor | None = None

    @classmethod
    def of(cls, texts: TokenRows, rows: Rows, padding_id: int, device: torch.device | str = "cpu") -> TokenBatch:
        """The batch of some rows."""
        token_ids, lengths = texts.padded(rows, padding_id)
        segments = None
        if texts.second_starts is not None:
            steps = np.arange(token_ids.shape[1])
            segments = torch.from_numpy((steps >= texts.second_starts[rows][:, None]).astype(np.int64)).to(device)
        columns = texts.padded_columns(rows)
        return cls(
            torch.from_numpy(token_ids).to(device),
            torch.from_numpy(lengths).to(device),
            segments,
            None if columns is None else torch.from_numpy(columns).to(device),
        )

    def __len__(self) -> int:
        return len(self.token_ids)

    @property
    def mask(self) -> Tensor:
        """[B, T] bool: whether a token stands there, and no padding."""
        steps = torch.arange(self.token_ids.shape[1], device=self.lengths.device)
        return steps < self.lengths[:, None]

    def with_dropped_words(self, share: float, unknown_id: int) -> TokenBatch:
        """The same with a random share of the tokens unknown, so that the vector of unknown tokens is trained too."""
        dropped = torch.rand(self.token_ids.shape, device=self.token_ids.device) < share
        return replace(self, token_ids=torch.where(dropped & self.mask, unknown_id, self.token_ids))
