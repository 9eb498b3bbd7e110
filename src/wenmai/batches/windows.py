"""Long texts in overlapping windows, which together hold every token."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

OVERLAP = 0.25
"""The share of a window that the next one reads too."""


def windows(lengths: Sequence[int], most: int) -> Iterator[tuple[int, int]]:
    """Stretches of tokens that together hold all, each within the length that a model reads, overlapping by a quarter.

    A token that is longer by itself makes a stretch of its own.

    Args:
        lengths: of each token; most: of a stretch.
    """
    start, count = 0, len(lengths)
    while start < count:
        stop, used = start, 0
        while stop < count and (stop == start or used + lengths[stop] <= most):
            used += lengths[stop]
            stop += 1
        yield start, stop
        if stop == count:
            return
        back, shared = stop, 0
        while back - 1 > start and shared + lengths[back - 1] <= OVERLAP * most:
            back -= 1
            shared += lengths[back]
        while back < stop and shared + lengths[stop] > most:  # or the next one would not reach further
            shared -= lengths[back]
            back += 1
        start = back
