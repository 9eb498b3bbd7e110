"""Alignment: which characters of the original every character of a changed text came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Edit = tuple[int, int, str]
"""Characters ``start:end`` of a text, and what stands there instead."""

Positions = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text as a model sees it, and its place, in characters, in the original text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Aligned:
    """A text and where its characters came from.

    Attributes:
        text: the changed text, of n characters.
        starts: [n], the first original character of each character; None when every character stands where it stood.
        ends: [n], one past the last; None together with ``starts``. Both never decrease.
    """

    text: str
    starts: Positions | None = None
    ends: Positions | None = None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """The characters of the original from which the characters ``start:end`` of the text came."""
        if self.starts is None or self.ends is None:
            return start, end
        if start >= end:
            return self._gap(start)
        return int(self.starts[start]), int(self.ends[end - 1])

    def replaced(self, edits: Sequence[Edit]) -> Aligned:
        """The text with some parts replaced; every new character maps to the whole part that it replaces.

        Args:
            edits: in order, not overlapping; an empty replacement deletes, an empty part inserts.
        """
        if not edits:
            return self
        text = apply_edits(self.text, edits)
        if all(end - start == 1 == len(new) for start, end, new in edits):
            return Aligned(text, self.starts, self.ends)
        starts, ends = self._arrays()
        new_starts: list[Positions] = []
        new_ends: list[Positions] = []
        done = 0
        for start, end, new in edits:
            new_starts.append(starts[done:start])
            new_ends.append(ends[done:start])
            if new:
                low, high = self.span(start, end)
                new_starts.append(np.full(len(new), low, dtype=np.int32))
                new_ends.append(np.full(len(new), high, dtype=np.int32))
            done = end
        new_starts.append(starts[done:])
        new_ends.append(ends[done:])
        return Aligned(text, np.concatenate(new_starts), np.concatenate(new_ends))

    def respelled(self, text: str) -> Aligned:
        """Another text of as many characters, each in the place of the one it stands for.

        Raises:
            ValueError: when the lengths differ.
        """
        if len(text) != len(self.text):
            raise ValueError(f"{len(text)} characters cannot stand for {len(self.text)}")
        return Aligned(text, self.starts, self.ends)

    def then(self, later: Aligned) -> Aligned:
        """The composition: ``later`` is aligned to this text, the result to this text's original."""
        if later.starts is None or later.ends is None:
            return self.respelled(later.text)
        if self.starts is None or self.ends is None or not len(later.text):
            return later
        empty = later.starts >= later.ends
        gaps = np.array([self._gap(int(at)) for at in later.starts[empty]], dtype=np.int32).reshape(-1, 2)
        last = max(len(self.text) - 1, 0)
        starts = self.starts[np.minimum(later.starts, last)] if self.text else np.zeros(len(later.text), np.int32)
        ends = self.ends[np.maximum(later.ends, 1) - 1] if self.text else np.zeros(len(later.text), np.int32)
        starts[empty] = gaps[:, 0]
        ends[empty] = gaps[:, 1]
        return Aligned(later.text, starts, ends)

    def _arrays(self) -> tuple[Positions, Positions]:
        if self.starts is None or self.ends is None:
            places = np.arange(len(self.text) + 1, dtype=np.int32)
            return places[:-1], places[1:]
        return self.starts, self.ends

    def _gap(self, at: int) -> tuple[int, int]:
        """The place in the original of the gap before character ``at``; within an expansion, all that was expanded."""
        if self.starts is None or self.ends is None:
            return at, at
        after = int(self.starts[at]) if at < len(self.starts) else None
        before = int(self.ends[at - 1]) if at > 0 else after or 0
        return (before if after is None else min(before, after)), before


def apply_edits(text: str, edits: Sequence[Edit]) -> str:
    """The text with some parts replaced; ``edits`` as `Aligned.replaced` takes them."""
    parts: list[str] = []
    done = 0
    for start, end, new in edits:
        parts.append(text[done:start])
        parts.append(new)
        done = end
    parts.append(text[done:])
    return "".join(parts)


def changed_middle(old: str, new: str) -> list[Edit]:
    """The one edit between two texts: what stands between their common beginning and their common end."""
    if old == new:
        return []
    shorter = min(len(old), len(new))
    head = next((at for at in range(shorter) if old[at] != new[at]), shorter)
    room = shorter - head
    tail = next((at for at in range(room) if old[-1 - at] != new[-1 - at]), room)
    return [(head, len(old) - tail, new[head : len(new) - tail])]
