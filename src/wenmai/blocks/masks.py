"""Which steps attention may look at: as a type, for texts that are padded and for texts that are packed.

Letters of the shapes: B texts, T steps of the longest, S steps of all texts together, A heads, d width of a head.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import torch
from torch import Tensor

Look = Callable[[Tensor, Tensor, Tensor, Tensor | None], Tensor]
"""Query, key, value [b, A, t, d] and what is allowed (None for everything) → what is taken [b, A, t, d]."""

FEW_GROUPS, SMALL_RECTANGLE = 3, 2048
"""A small batch of texts of more lengths than these is padded for attention: one call instead of many."""


class Mask(Protocol):
    """Lets a batch's steps look at each other, each at those of its own text."""

    def attend(self, look: Look, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """What each step takes, the heads side by side; the arguments' last two axes are heads and their width."""


@dataclass(frozen=True, slots=True)
class AttentionMask:
    """A mask over texts that are padded to one length.

    Attributes:
        allowed: bool, of a shape that widens to [B, A, T steps that look, T steps that are looked at].
    """

    allowed: Tensor

    @classmethod
    def hiding_padding(cls, mask: Tensor) -> AttentionMask:
        """Every step looks at the tokens of its text, ``mask`` [B, T], and at nothing else.

        A text without a token looks at its padding, for a mean over nothing is no number; pooling then hides it.
        """
        return cls((mask | ~mask.any(dim=1, keepdim=True))[:, None, None, :])

    def attend(self, look: Look, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """[B, T, A, d] each → [B, T, A · d]."""
        taken = look(query.transpose(1, 2), key.transpose(1, 2), value.transpose(1, 2), self.allowed)
        return taken.transpose(1, 2).flatten(2)


@dataclass(frozen=True, slots=True)
class Packing:
    """Texts one after the other without padding, the shortest first: those of one length need no mask.

    Attributes:
        places: [S] where each packed step stands among the B · T places of the padded rectangle.
        steps: [S] the number of each packed step in its text.
        rows: [S] the text that each packed step belongs to.
        groups: (first packed step, how many texts, how many steps each) for each length.
        rectangle: B and T.
    """

    places: Tensor
    steps: Tensor
    rows: Tensor
    groups: tuple[tuple[int, int, int], ...]
    rectangle: tuple[int, int]

    @classmethod
    def of(cls, lengths: Tensor, width: int) -> Packing:
        """The packing of texts of these lengths [B], padded to ``width`` steps."""
        if len(lengths) == 1:  # One text, asked for on its own, is not to wait for anything else.
            length = int(lengths[0])
            steps = torch.arange(length, device=lengths.device)
            return cls(steps, steps, torch.zeros_like(steps), ((0, 1, length),) if length else (), (1, width))
        sorted_lengths, order = torch.sort(lengths, stable=True)
        ends = torch.cumsum(sorted_lengths, 0)
        begins = ends - sorted_lengths
        total = int(ends[-1]) if len(ends) else 0
        rows = torch.repeat_interleave(order, sorted_lengths, output_size=total)
        steps = torch.arange(total, device=lengths.device)
        steps = steps - torch.repeat_interleave(begins, sorted_lengths, output_size=total)
        found, counts = torch.unique_consecutive(sorted_lengths, return_counts=True)
        groups, at = [], 0
        for length, count in zip(found.tolist(), counts.tolist(), strict=True):
            if length:
                groups.append((at, count, length))
            at += length * count
        return cls(rows * width + steps, steps, rows, tuple(groups), (len(lengths), width))

    def packed(self, values: Tensor) -> Tensor:
        """``values`` [B, T, …] without padding [S, …]."""
        flat = values.flatten(0, 1)
        # Texts of one length that stand in order already are packed as they are.
        return flat if len(self.groups) == 1 and len(flat) == len(self.places) else flat.index_select(0, self.places)

    @property
    def firsts(self) -> Tensor:
        """[B'] where the first step of each text that has one stands, in the packing's order."""
        return torch.nonzero(self.steps == 0)[:, 0]

    def attend(self, look: Look, query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        """[S, A, d] each → [S, A · d]; of a query [B', A, d] of the texts' first steps, [B', A · d]."""
        every = len(query) == len(key)
        if len(self.groups) > FEW_GROUPS and self.rectangle[0] * self.rectangle[1] <= SMALL_RECTANGLE:
            return self._attend_padded(look, query, key, value, self.places if every else self.rows[self.firsts])
        # Parts of one split take their gradients as one; slices would each fill the whole with zeros.
        sizes = [count * length for _, count, length in self.groups]
        asking = sizes if every else [count for _, count, _ in self.groups]
        taken = []
        for (_, count, length), *parts in zip(
            self.groups, torch.split(query, asking), torch.split(key, sizes), torch.split(value, sizes), strict=True
        ):
            asked, offered, given = (_texts(part, count).transpose(1, 2) for part in parts)
            looked = look(asked, offered, given, None)
            taken.append(looked.transpose(1, 2).reshape(count * (length if every else 1), -1))
        return taken[0] if len(taken) == 1 else torch.cat(taken)

    def _attend_padded(self, look: Look, query: Tensor, key: Tensor, value: Tensor, asking: Tensor) -> Tensor:
        """As `attend`, once for all texts, padded and masked; ``asking`` is where the query's steps stand."""
        texts, width = self.rectangle
        steps = width if len(query) == len(key) else 1
        asked = query.new_zeros(texts * steps, *query.shape[1:]).index_copy(0, asking, query)
        offered, given = (
            one.new_zeros(texts * width, *one.shape[1:]).index_copy(0, self.places, one) for one in (key, value)
        )
        shown = torch.zeros(texts * width, dtype=torch.bool, device=query.device).index_fill(0, self.places, True)
        mask = AttentionMask.hiding_padding(shown.view(texts, width))
        taken = mask.attend(look, *(_texts(one, texts) for one in (asked, offered, given)))
        return taken.flatten(0, 1).index_select(0, asking)

    def by_text(self, reduced: Callable[[Tensor], Tensor], values: Tensor, texts: int) -> Tensor:
        """One vector a text, in the batch's order; zeros for a text without a step.

        Args:
            reduced: [b, t, D] → [b, W], for texts of one length; values: [S, D]; texts: B.
        """
        found = [reduced(_texts(values[start : start + count * length], count)) for start, count, length in self.groups]
        if not found:
            return reduced(values.new_zeros(texts, 1, values.shape[1]))
        return self.spread(torch.cat(found), texts)

    def spread(self, vectors: Tensor, texts: int) -> Tensor:
        """Vectors [B', W] of the texts that have a step, in the batch's order [B, W]; zeros for the others."""
        rows = self.rows[self.firsts]
        return vectors.new_zeros(texts, vectors.shape[1]).index_copy(0, rows, vectors)


def _texts(values: Tensor, count: int) -> Tensor:
    """[b · t, …] → [b, t, …]."""
    return values.view(count, len(values) // count, *values.shape[1:])
