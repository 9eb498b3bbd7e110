"""Which rows stand in which batch: as many tokens as a budget allows, texts of like length together.

A batch is a rectangle as wide as its longest text. Rows of like length leave little of it empty; sorting only within
windows of shuffled rows, and shuffling the batches, keeps the order of training random.
Khomenko et al. (2016), Accelerating recurrent neural network training using sequence bucketing. DSMP.
"""

from __future__ import annotations

import itertools

import numpy as np
from numpy.typing import NDArray

Rows = NDArray[np.int64]

WINDOW = 64
"""Batches whose rows are sorted by length together."""


def batches_by_length(lengths: NDArray[np.int64], tokens: int, rows: Rows | None = None) -> list[Rows]:
    """Cut rows, sorted by length, into batches of at most so many tokens, padding included.

    Args:
        lengths: of all texts [N]; tokens: the budget of a batch; a longer text is a batch of its own.
        rows: which of the texts, all by default.
    """
    rows = np.arange(len(lengths)) if rows is None else rows
    rows = rows[np.argsort(lengths[rows], kind="stable")]
    widths = np.maximum(lengths[rows], 1).tolist()
    cuts, start = [0], 0
    for at, width in enumerate(widths):
        if at > start and width * (at + 1 - start) > tokens:
            cuts.append(at)
            start = at
    return [rows[first:last] for first, last in itertools.pairwise([*cuts, len(rows)])] if len(rows) else []


def shuffled_batches(lengths: NDArray[np.int64], tokens: int, *, seed: int, epoch: int) -> list[Rows]:
    """The batches of one epoch, each row in one of them; the same for the same seed and epoch."""
    generator = np.random.default_rng([seed, epoch])
    order = generator.permutation(len(lengths))
    mean = max(float(np.maximum(lengths, 1).mean()), 1.0) if len(lengths) else 1.0
    window = max(int(WINDOW * tokens / mean), 1)
    batches: list[Rows] = []
    for start in range(0, len(order), window):
        batches += batches_by_length(lengths, tokens, order[start : start + window])
    return [batches[at] for at in generator.permutation(len(batches))]


def budget_for(lengths: NDArray[np.int64], tokens: int, least_batches: int) -> int:
    """The budget of a batch, made smaller where data is so small that an epoch had fewer batches than asked for."""
    total = int(np.maximum(lengths, 1).sum())
    return max(min(tokens, total // least_batches), 1)


def padding_share(lengths: NDArray[np.int64], batches: list[Rows]) -> float:
    """The share of the batches' rectangles that is padding."""
    area = sum(int(np.maximum(lengths[rows], 1).max()) * len(rows) for rows in batches)
    return 1 - int(lengths.sum()) / area if area else 0.0
