"""Attention over packed texts, when nothing is learnt: softmax(Q Kᵀ / √d) V of every text and head in one call.

Scores of four steps stand in the nearest cache and never leave it, and all adds up in float32, whatever type the
numbers come in. Nothing is padded but the ends of vectors.

- Vaswani, A., et al. (2017). Attention is all you need. NeurIPS, section 3.2.1.
- Dao, T., et al. (2022). FlashAttention. NeurIPS: scores that are never written out.

Letters of the shapes: S steps of all texts, N texts, T steps of one, A heads, d width of a head, B' texts that have a
step. An item is a number, or a pair of bfloat16 numbers: d items are d numbers, or 2d.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numba import njit, types
from numba.extending import overload
from numpy.typing import NDArray

from wenmai.kernels.threads import in_threads
from wenmai.kernels.tiles import (
    HEIGHT,
    TILE,
    exponentials,
    multiplies_pairs,
    multiply_tile,
    pair_rows,
    scaled_row,
    turn_block,
)
from wenmai.kernels.vectors import LINE

WORTH_A_THREAD = 4_000_000
"""Multiplications below which a second thread is not worth its start."""


def attends(width: int, heads: int, *, pairs: bool) -> bool:
    """Whether `attend` takes queries of this width in float32, or in pairs of bfloat16, on this machine."""
    return not pairs or (width // heads % 2 == 0 and multiplies_pairs())


def attend(
    joined: NDArray[Any], starts: NDArray[np.int64], heads: int, *, first: bool = False, threads: int = 1
) -> NDArray[Any]:
    """What each step takes from its text.

    Args:
        joined: [S, 3 · A · d], queries, keys and values side by side: float32, or pairs of bfloat16 as uint32.
        starts: [N + 1], text n has the steps ``starts[n]:starts[n + 1]``.
        first: whether only the first step of each text that has one looks.

    Returns:
        [S, A · d], or [B', A · d], of the type of ``joined``.
    """
    lengths = np.diff(starts)
    width = joined.shape[1] // 3
    rows = np.cumsum(lengths > 0) - 1 if first else starts[:-1]
    taken = np.empty((int((lengths > 0).sum()) if first else len(joined), width), joined.dtype)
    costs = np.cumsum(lengths * (HEIGHT if first else lengths) * 2 * width)
    parts = max(min(threads, 1 + int(costs[-1]) // WORTH_A_THREAD), 1) if len(costs) else 1
    ends = np.linspace(0, costs[-1] if len(costs) else 0, parts + 1)[1:-1]
    cuts = np.searchsorted(costs, ends, side="right").tolist()

    def part(cut: tuple[int, int]) -> None:
        _attend_range(
            *cut, joined.reshape(-1), joined.reshape(-1).view(np.uint16), per_item, starts, rows, heads, width, first,
            longest, taken.reshape(-1),
        )  # fmt: skip

    per_item, longest = 1 if joined.dtype == np.float32 else 2, int(lengths.max(initial=0))
    in_threads(parts, part, list(itertools.pairwise([0, *cuts, len(lengths)])))
    return taken


@njit(nogil=True, cache=True)
def _attend_range(
    begin: int,
    end: int,
    joined: Any,
    halves: Any,
    per_item: int,
    starts: Any,
    rows: Any,
    heads: int,
    width: int,
    first: bool,
    longest: int,
    taken: Any,
) -> None:
    size, row_items = width // heads, 3 * width
    numbers = size * per_item
    wide, most = _up_to(numbers, TILE), _up_to(longest, TILE)
    keys, values = np.zeros(size * most, joined.dtype), np.zeros(most * wide, joined.dtype)
    scores, powers = np.zeros(HEIGHT * most, np.float32), np.zeros(HEIGHT * most, joined.dtype)
    found, shares = np.empty(HEIGHT * wide, np.float32), np.empty(HEIGHT, np.float32)
    scale = np.float32(1.0 / math.sqrt(numbers))
    for text in range(begin, end):
        start, steps = starts[text] * row_items, starts[text + 1] - starts[text]
        if steps == 0:
            continue
        columns, pairs = _up_to(steps, TILE), -(-steps // per_item)
        asking = 1 if first else steps
        for head in range(heads):
            at = start + head * size
            _turn_keys(joined, at + width, row_items, steps, size, keys, columns)
            _lay_values(joined, halves, at + 2 * width, row_items, steps, size, values, wide)
            for block in range(0, asking, HEIGHT):
                height = min(HEIGHT, asking - block)
                for column in range(0, columns, TILE):
                    queries = at + block * row_items
                    multiply_tile(joined, queries, row_items, height, keys, column, columns, size, scores, columns)
                for row in range(height):
                    total = exponentials(scores, row * columns, steps, scale, powers, row * columns)
                    shares[row] = np.float32(1.0) / total
                for column in range(0, wide, TILE):
                    multiply_tile(powers, 0, columns, height, values, column, wide, pairs, found, wide)
                for row in range(height):
                    to = (rows[text] + block + row) * width + head * size
                    scaled_row(found, row * wide, numbers, shares[row], taken, to)


@njit(nogil=True, cache=True, inline="always")
def _turn_keys(joined: Any, at: int, apart: int, steps: int, size: int, keys: Any, columns: int) -> None:
    """The keys of a text and head, an item after the other [d, T]; what stands beyond the steps does not matter."""
    if size % LINE == 0:
        for t in range(0, steps, LINE):
            for j in range(0, size, LINE):
                turn_block(joined, at + t * apart + j, apart, steps - t, keys, j * columns + t, columns)
    else:
        for t in range(steps):
            for j in range(size):
                keys[j * columns + t] = joined[at + t * apart + j]


def _lay_values(joined: Any, halves: Any, at: int, apart: int, steps: int, size: int, values: Any, wide: int) -> None:
    """The values of a text and head: of one step a row, or of two, whose numbers are pairs."""


@overload(_lay_values)
def _compile_lay_values(
    joined: Any, halves: Any, at: int, apart: int, steps: int, size: int, values: Any, wide: int
) -> Any:
    def numbers(joined: Any, halves: Any, at: int, apart: int, steps: int, size: int, values: Any, wide: int) -> None:
        for t in range(steps):
            for j in range(size):
                values[t * wide + j] = joined[at + t * apart + j]

    def pairs(joined: Any, halves: Any, at: int, apart: int, steps: int, size: int, values: Any, wide: int) -> None:
        whole = 2 * size // LINE * LINE
        for t in range(0, steps, 2):
            # A pair without its second step takes the first twice: its power is 0.
            low, high, to = 2 * (at + t * apart), 2 * (at + min(t + 1, steps - 1) * apart), t // 2 * wide
            pair_rows(halves, low, high, whole, values, to)
            for j in range(whole, 2 * size):
                values[to + j] = np.uint32(halves[low + j]) | (np.uint32(halves[high + j]) << np.uint32(16))

    return numbers if joined.dtype == types.float32 else pairs


@njit(nogil=True, cache=True, inline="always")
def _up_to(count: int, multiple: int) -> int:
    """The multiple that is not less."""
    return -(-count // multiple) * multiple
