"""fastText's stochastic gradient descent: averaged rows of a table, one linear layer, Hogwild threads.

A text's hidden vector is the mean of its input rows; its gradient goes back to each of them::

    h = (1 / n) · Σ_i input[i],    a_k = rate · (y_k - P_k(output · h))
    input[i] += (1 / n) · Σ_k a_k · output[k],    output[k] += a_k · h

- Joulin, A., Grave, E., Bojanowski, P., Mikolov, T. (2016). Bag of tricks for efficient text classification.
- Recht, B., Re, C., Wright, S., Niu, F. (2011). Hogwild! NIPS: threads that write without locks.

Rows are padded with zeros to whole cache lines of 16 numbers; `wenmai.kernels.vectors` says what ``blocks`` is.

Letters of the shapes: D texts, S input rows of all texts, R rows of the table, W their width, C labels, K output rows
(C, or C - 1 for hierarchical softmax), L labels of all texts.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.threads import in_threads
from wenmai.kernels.vectors import LINE, add_to_rows, exchange, mean_of_rows, product

SOFTMAX, ONE_VS_ALL, HIERARCHICAL, NEGATIVE = range(4)

_FAST = {"reassoc", "contract", "nsz", "arcp"}
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)
_ROWS_FOR_A_THREAD = 50_000
_ROWS_IN_A_STRETCH = 10_000_000


@dataclass(frozen=True, slots=True)
class Rows:
    """What the texts are made of.

    Attributes:
        ids: [S] int32, the input rows of every text; offsets: [D + 1] int64, text d has
            ``ids[offsets[d]:offsets[d + 1]]``.
        labels: [L] int32; label_offsets: [D + 1] int64.
    """

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    labels: NDArray[np.int32]
    label_offsets: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Loss:
    """How scores meet labels.

    Attributes:
        kind: `SOFTMAX`, `ONE_VS_ALL`, `HIERARCHICAL` or `NEGATIVE`.
        present: [C] float32, how much a row counts where it has the label; absent: [C], where it has not
            (one-vs-all alone).
        nodes: [·] int32 and codes [·] int8: the inner nodes from each label to the root, and 1 where the way to the
            label turns right; node_offsets: [C + 1] int64 (hierarchical softmax alone).
        cumulative: [C] float64, the distribution function that negatives are drawn from; negatives: how many a row.
    """

    kind: int
    present: NDArray[np.float32]
    absent: NDArray[np.float32]
    nodes: NDArray[np.int32]
    codes: NDArray[np.int8]
    node_offsets: NDArray[np.int64]
    cumulative: NDArray[np.float64]
    negatives: int


def aligned_zeros(rows: int, width: int) -> NDArray[np.float32]:
    """Zeros [rows, width] that begin on a cache line."""
    flat = np.zeros(rows * width + LINE, np.float32)
    start = -flat.ctypes.data % (4 * LINE) // 4
    return flat[start : start + rows * width].reshape(rows, width)


def padded_width(dim: int) -> int:
    """The smallest multiple of a cache line that holds ``dim`` numbers."""
    return -(-dim // LINE) * LINE


@dataclass(frozen=True, slots=True)
class Schedule:
    """Passes over the texts, the first learning rate, which falls to 0 by rows seen, and what decides the order."""

    epochs: int
    learning_rate: float
    seed: int


@dataclass(frozen=True, slots=True)
class Watch:
    """Called on the way: ``check`` between stretches of texts, to end it by raising; ``epoch_done`` after an epoch."""

    check: Callable[[], object] = bool
    epoch_done: Callable[[], object] = bool


NOBODY = Watch()


def descend(
    table: NDArray[np.float32],
    output: NDArray[np.float32],
    rows: Rows,
    loss: Loss,
    schedule: Schedule,
    *,
    threads: int = 1,
    watch: Watch = NOBODY,
) -> None:
    """Learn a table and its output rows, in place; every epoch goes through the texts in an order of its own.

    With one thread the same seed gives the same numbers, bit for bit. With several, which share each stretch of texts,
    the order in which their writes meet decides the last digits. Few rows are left to one.

    Args:
        table: [R, W] input rows; output: [K, W].
        watch: whom to tell how far it is.
    """
    generator = np.random.default_rng(schedule.seed)
    sizes = np.diff(rows.offsets)
    threads = max(1, min(threads, len(rows.ids) // _ROWS_FOR_A_THREAD))
    stretches = -(-len(rows.ids) // (_ROWS_IN_A_STRETCH * threads)) or 1
    for epoch in range(schedule.epochs):
        order = generator.permutation(len(sizes))
        seen = np.concatenate([[0], np.cumsum(sizes[order])])
        cuts = np.searchsorted(seen, np.linspace(0, seen[-1], stretches * threads + 1))
        cuts[-1] = len(order)
        for first in range(0, stretches * threads, threads):
            watch.check()
            ends = (cuts[first], cuts[first + threads])
            done = [(epoch + seen[end] / max(seen[-1], 1)) / schedule.epochs for end in ends]
            rates = (schedule.learning_rate * (1 - done[0]), schedule.learning_rate * (1 - done[1]))
            parts = [
                (order[cuts[at] : cuts[at + 1]], int(generator.integers(1 << 63)))
                for at in range(first, first + threads)
            ]
            in_threads(threads, lambda part: descend_once(table, output, rows, loss, part[0], rates, part[1]), parts)  # noqa: B023
        watch.epoch_done()


def descend_once(
    table: NDArray[np.float32],
    output: NDArray[np.float32],
    rows: Rows,
    loss: Loss,
    order: NDArray[np.int64],
    rates: tuple[float, float],
    seed: int,
) -> None:
    """One pass over some texts by one thread, in place.

    Args:
        table: [R, W] input rows; output: [K, W].
        order: the texts, in the order in which they are seen.
        rates: the learning rate at the first of them and behind the last; in between it falls by rows seen.
        seed: decides the draws of labels and negatives.
    """
    _descend(
        table.reshape(-1),
        output.reshape(-1),
        rows.ids,
        rows.offsets,
        rows.labels,
        rows.label_offsets,
        loss.kind,
        loss.present,
        loss.absent,
        loss.nodes,
        loss.codes,
        loss.node_offsets,
        loss.cumulative,
        loss.negatives,
        order,
        *rates,
        np.uint64(seed),
        (0,) * (table.shape[1] // LINE),
    )


def uniform_table(rows: int, dim: int, seed: int, threads: int = 1) -> NDArray[np.float32]:
    """A table [rows, W] of U(-1/dim, 1/dim), zeros beyond ``dim``; the same for a seed, whatever the threads."""
    table = aligned_zeros(rows, padded_width(dim))
    cuts = np.linspace(0, rows, threads + 1).astype(np.int64).tolist()
    start = np.uint32(np.random.default_rng(seed).integers(1 << 32))
    in_threads(threads, lambda part: _uniform_rows(table, *part, dim, start), list(itertools.pairwise(cuts)))
    return table


def _kernel(function: Any) -> Any:
    return njit(nogil=True, cache=True, fastmath=_FAST)(function)


@_kernel
def _mixed(state: np.uint64) -> np.uint64:
    """SplitMix64's output function (Steele, Lea, Flood 2014)."""
    state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return state ^ (state >> np.uint64(31))


@_kernel
def _uniform_rows(table: Any, first: int, last: int, dim: int, seed: np.uint32) -> None:
    """Numbers by their places, mixed as MurmurHash3 does in the end (Appleby 2011)."""
    scale = np.float32(2.0 / dim / (1 << 24))
    shift = np.float32(1.0 / dim)
    for row in range(first, last):
        at = np.uint32(row * dim)
        line = table[row]
        for column in range(dim):
            draw = np.uint32((at + np.uint32(column)) * np.uint32(0x9E3779B9)) ^ seed
            draw = np.uint32((draw ^ (draw >> np.uint32(16))) * np.uint32(0x85EBCA6B))
            draw = np.uint32((draw ^ (draw >> np.uint32(13))) * np.uint32(0xC2B2AE35))
            draw = draw ^ (draw >> np.uint32(16))
            line[column] = np.float32(np.int32(draw >> np.uint32(8))) * scale - shift


@_kernel
def _binary(output: Any, k: int, hidden: Any, gradient: Any, answer: int, rate: np.float32, blocks: Any) -> None:
    score = product(output, k, hidden, blocks)
    probability = np.float32(1) / (np.float32(1) + np.exp(-score))
    exchange(output, k, hidden, gradient, rate * (np.float32(answer) - probability), blocks)


@_kernel
def _softmax(output: Any, target: int, hidden: Any, gradient: Any, scores: Any, rate: np.float32, blocks: Any) -> None:
    classes = len(scores)
    largest = np.float32(-np.inf)
    for k in range(classes):
        scores[k] = product(output, k, hidden, blocks)
        largest = max(largest, scores[k])
    total = np.float32(0)
    for k in range(classes):
        scores[k] = np.exp(scores[k] - largest)
        total += scores[k]
    for k in range(classes):
        answer = np.float32(1) if k == target else np.float32(0)
        exchange(output, k, hidden, gradient, rate * (answer - scores[k] / total), blocks)


@_kernel
def _descend(
    table: Any,
    output: Any,
    ids: Any,
    offsets: Any,
    labels: Any,
    label_offsets: Any,
    kind: int,
    present: Any,
    absent: Any,
    nodes: Any,
    codes: Any,
    node_offsets: Any,
    cumulative: Any,
    negatives: int,
    order: Any,
    first_rate: float,
    last_rate: float,
    seed: np.uint64,
    blocks: Any,
) -> None:
    width = LINE * len(blocks)
    hidden, gradient = np.zeros(width, np.float32), np.zeros(width, np.float32)
    scores = np.zeros(len(output) // width, np.float32)
    carried = np.zeros(len(present), np.uint8)
    total = 0
    for text in order:
        total += offsets[text + 1] - offsets[text]
    seen = 0
    for text in order:
        start, stop = offsets[text], offsets[text + 1]
        labels_start, labels_stop = label_offsets[text], label_offsets[text + 1]
        rate = np.float32(first_rate + (last_rate - first_rate) * seen / total)
        seen += stop - start
        if start == stop or (labels_start == labels_stop and kind != ONE_VS_ALL):
            continue
        mean_of_rows(hidden, table, ids, start, stop, blocks)
        gradient[:] = 0
        if kind == ONE_VS_ALL:
            for at in range(labels_start, labels_stop):
                carried[labels[at]] = 1
            for k in range(len(scores)):
                weight = present[k] if carried[k] else absent[k]
                _binary(output, k, hidden, gradient, carried[k], rate * weight, blocks)
            for at in range(labels_start, labels_stop):
                carried[labels[at]] = 0
        else:
            target = labels[labels_start]
            if labels_stop - labels_start > 1:
                seed += _GOLDEN
                target = labels[labels_start + int(_mixed(seed) % np.uint64(labels_stop - labels_start))]
            weighted = rate * present[target]
            if kind == SOFTMAX:
                _softmax(output, target, hidden, gradient, scores, weighted, blocks)
            elif kind == HIERARCHICAL:
                for at in range(node_offsets[target], node_offsets[target + 1]):
                    _binary(output, nodes[at], hidden, gradient, codes[at], weighted, blocks)
            else:
                _binary(output, target, hidden, gradient, 1, weighted, blocks)
                for _ in range(negatives):
                    negative = target
                    while negative == target:
                        seed += _GOLDEN
                        draw = np.float64(_mixed(seed) >> np.uint64(11)) * 2.0**-53
                        negative = np.searchsorted(cumulative, draw, side="right")
                    _binary(output, negative, hidden, gradient, 0, weighted, blocks)
        share = np.float32(1.0) / np.float32(stop - start)
        add_to_rows(table, ids, start, stop, gradient, share, blocks)
