"""What an encoder says of each token in its context.

Letters of the shapes: T tokens of a text, D width.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from wenmai.batches.planning import batches_by_length
from wenmai.batches.token_batch import TokenBatch
from wenmai.blocks.text_encoder import TextEncoder
from wenmai.core.errors import UsageError
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Model
from wenmai.models.network import INFERENCE_TOKENS, NetworkModel

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class TokenVectors:
    """The tokens of one text, without those of its frame.

    Attributes:
        pieces: the tokens as the vocabulary spells them; offsets: (start, end) of each in characters of the text.
        vectors: [T, D] float32.
        cut: how many tokens the encoder did not read, being longer than it reads.
    """

    pieces: tuple[str, ...]
    offsets: tuple[Span, ...]
    vectors: NDArray[np.float32]
    cut: int

    def of(self, start: int, end: int) -> NDArray[np.float32] | None:
        """The mean [D] of the tokens that have a character in ``start:end``; None where none has."""
        rows = [at for at, (first, last) in enumerate(self.offsets) if first < end and start < last]
        if not rows:
            return None
        mean: NDArray[np.float32] = self.vectors[rows].mean(axis=0)
        return mean


def token_vectors(
    model: Model,
    texts: Sequence[str],
    layers: int | Sequence[int] = -1,
    *,
    joined: Literal["mean", "concatenated"] = "mean",
    prepared: nn.Module | None = None,
) -> list[TokenVectors]:
    """The vectors of all tokens of some texts.

    Args:
        model: an encoder's, as `wenmai.bundle.Bundle.model` has it.
        layers: 0 for what the first layer reads, 1 for what it leaves, -1 for what the last leaves; or several.
        joined: what several layers become: their mean, or a vector of all side by side, which as features did best of
            what Devlin et al. (2019, table 7) tried.
        prepared: the encoder's network as it answers in other numbers (`wenmai.blocks.inference.prepared`).

    Raises:
        UsageError: when the model is no encoder, or has no such layer.
    """
    if not isinstance(model, NetworkModel) or not isinstance(network := prepared or model.network(), TextEncoder):
        raise UsageError("only an encoder has vectors of tokens in their context", remedy="Give a BERT's bundle")
    wanted = _checked(layers, network.encoder.count)
    encodings = [model.pipeline.encode(text) for text in texts]
    rows = model.encode(Inputs(texts))
    found: dict[int, NDArray[np.float32]] = {}
    for batch_rows in batches_by_length(rows.lengths, INFERENCE_TOKENS):
        batch = TokenBatch.of(rows, batch_rows, model.lexicon.padding_id)
        for row, vectors in zip(batch_rows.tolist(), _of_batch(network, batch, wanted, joined=joined), strict=True):
            found[row] = vectors
    made = []
    for row, encoding in enumerate(encodings):
        shown = [at for at, (start, end) in enumerate(encoding.offsets) if start < end]
        pieces = tuple(encoding.pieces[at] for at in shown)
        offsets = tuple(encoding.offsets[at] for at in shown)
        made.append(TokenVectors(pieces, offsets, found[row][shown], encoding.truncated))
    return made


def _checked(layers: int | Sequence[int], count: int) -> list[int]:
    wanted = [layers] if isinstance(layers, int) else list(layers)
    for layer in wanted:
        if not -count - 1 <= layer <= count:
            raise UsageError(f"there is no layer {layer}: the encoder has {count}", remedy=f"Give 0 to {count}, or -1")
    if not wanted:
        raise UsageError("no layer is named", remedy="Give one or more")
    return [layer % (count + 1) for layer in wanted]


def _of_batch(
    network: TextEncoder, batch: TokenBatch, layers: list[int], *, joined: str
) -> Iterator[NDArray[np.float32]]:
    """The vectors [T, D] of each text of a batch, padding left out; D is wider where layers stand side by side."""
    network.eval()
    with torch.inference_mode():
        states, packing = network.states(batch)
        chosen = [states[layer].float() for layer in layers]
        whole = torch.cat(chosen, dim=1) if joined == "concatenated" else torch.stack(chosen).mean(dim=0)
        flat = whole.new_zeros(batch.token_ids.numel(), whole.shape[1]).index_copy(0, packing.places, whole)
    padded = flat.view(*batch.token_ids.shape, -1).numpy()
    for row, length in enumerate(batch.lengths.tolist()):
        yield padded[row, :length]
