"""GloVe's descent: words and contexts whose products shall be the logarithms of how often they stand together.

    loss = ½ Σ f(X_ij) · (w_i · c_j + b_i + d_j - ln X_ij)²,    f(x) = min(1, (x / limit)^power)

by AdaGrad, as Stanford's program does it: a gradient g moves a number by ``rate · g / √s`` and then adds (rate · g)² to
its s, which begins at 1.

- Pennington, J., Socher, R., Manning, C. D. (2014). GloVe: global vectors for word representation. EMNLP.
- Duchi, J., Hazan, E., Singer, Y. (2011). Adaptive subgradient methods. JMLR 12.
- Recht, B., Re, C., Wright, S., Niu, F. (2011). Hogwild! NIPS: threads that write without locks.

A word has four lines of numbers side by side: its vector as a word, the sums s of that, its vector as a context, the
sums of that. The biases stand in the vectors: behind the D numbers of a word come (b, 1), behind those of a context
(1, d), so that one product gives all. The ones stay as they are: their sums are so large that no step moves them.

Cells are shuffled in tiles, so that the words of a tile stay in the cache while its cells are gone through: tiles come
in a random order, and cells within a tile.

Letters of the shapes: V words, D numbers in a vector, W those of a line (D + 2, filled up with zeros), Z cells.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.adagrad import approach
from wenmai.kernels.fasttext import aligned_zeros, padded_width
from wenmai.kernels.threads import in_threads

LINES = 4
"""A word's vector, its sums, its vector as a context, the sums of that."""

_FROZEN = 1e30
_CELLS_IN_A_STRETCH = 2_000_000
_CELLS_FOR_A_THREAD = 50_000
_GOLDEN = np.uint64(0x9E3779B97F4A7C15)

Tile = tuple[int, int]
"""Words and contexts of a tile."""

TILE: Tile = (128, 1024)


@dataclass(frozen=True, slots=True)
class GloveCells:
    """Cells in the order in which they are learnt from.

    Attributes:
        rows: [Z] int32 words; columns: [Z] int32 contexts.
        logarithms: [Z] float32, ln X; weights: [Z] float32, f(X).
        symmetric: whether each cell stands for its mirror image too.
    """

    rows: NDArray[np.int32]
    columns: NDArray[np.int32]
    logarithms: NDArray[np.float32]
    weights: NDArray[np.float32]
    symmetric: bool

    def __len__(self) -> int:
        return len(self.rows)

    @classmethod
    def shuffled(
        cls,
        pointers: NDArray[np.int64],
        columns: NDArray[np.int32],
        values: NDArray[np.float32],
        *,
        symmetric: bool,
        limit: float,
        power: float,
        seed: int,
        tile: Tile = TILE,
    ) -> GloveCells:
        """The cells of sparse rows (pointers [V + 1], columns [Z], values [Z] above 0).

        Args:
            limit: the count from which on a cell weighs 1; power: of the weight below that.
            tile: its words and contexts.
        """
        words = len(pointers) - 1
        across = -(-words // tile[1]) or 1
        down = -(-words // tile[0]) or 1
        generator = np.random.default_rng(seed)
        starts = np.zeros(down * across + 1, np.int64)
        order = generator.permutation(down * across)
        _count_tiles(pointers, columns, tile[0], tile[1], across, order, starts)
        np.cumsum(starts, out=starts)
        made = cls(
            np.empty(len(columns), np.int32),
            np.empty(len(columns), np.int32),
            np.empty(len(columns), np.float32),
            np.empty(len(columns), np.float32),
            symmetric,
        )
        _fill_tiles(
            pointers, columns, values, tile[0], tile[1], across, order, starts[:-1].copy(), made.rows, made.columns,
            made.logarithms,
        )  # fmt: skip
        _shuffle_within(starts, np.uint64(generator.integers(1 << 63)), made.rows, made.columns, made.logarithms)
        np.divide(made.logarithms, np.float32(limit), out=made.weights)
        np.power(made.weights, np.float32(power), out=made.weights)
        np.minimum(made.weights, np.float32(1), out=made.weights)
        np.log(made.logarithms, out=made.logarithms)
        return made


def drawn_table(words: int, dim: int, seed: int) -> NDArray[np.float32]:
    """Fresh vectors and biases, even between -1 / 2D and 1 / 2D, with their sums [V, 4, W]."""
    generator = np.random.default_rng(seed)
    width = padded_width(dim + 2)
    table = aligned_zeros(words, LINES * width).reshape(words, LINES, width)
    table[:, 1::2] = 1
    for line, one in ((0, dim + 1), (2, dim)):
        table[:, line, : dim + 2] = (generator.random((words, dim + 2), np.float32) - np.float32(0.5)) / np.float32(dim)
        table[:, line, one] = 1
        table[:, line + 1, one] = _FROZEN
    return table


def vectors_of(table: NDArray[np.float32], dim: int) -> NDArray[np.float32]:
    """The vectors [V, D]: as a word plus as a context."""
    vectors: NDArray[np.float32] = table[:, 0, :dim] + table[:, 2, :dim]
    return vectors


def descend_epoch(
    table: NDArray[np.float32],
    cells: GloveCells,
    rate: float,
    *,
    threads: int = 1,
    check: Callable[[], object] = bool,
    done: Callable[[float], object] = bool,
) -> float:
    """Go once through all cells, in place; the mean loss of a cell, as it was when its turn came.

    With one thread the same table becomes the same, bit for bit. With several, each goes through a part of its own, and
    the order in which their writes meet decides the last digits. Few cells are left to one.

    Args:
        table: [V, 4, W].
        check: called between stretches, to end the work by raising; done: is told there what share is gone through.
    """
    if not len(cells):
        return 0.0
    threads = max(1, min(threads, len(cells) // _CELLS_FOR_A_THREAD))
    stretches = -(-len(cells) // (_CELLS_IN_A_STRETCH * threads))
    cuts = np.linspace(0, len(cells), stretches * threads + 1).astype(np.int64)
    flat, blocks = table.reshape(-1), (0,) * (table.shape[2] // 16)

    def part(number: int) -> float:
        return float(
            _descend(
                flat, cells.rows, cells.columns, cells.logarithms, cells.weights, cuts[number], cuts[number + 1],
                np.float32(rate), cells.symmetric, blocks,
            )
        )  # fmt: skip

    loss = 0.0
    for stretch in range(stretches):
        check()
        loss += sum(in_threads(threads, part, [thread * stretches + stretch for thread in range(threads)]))
        done((stretch + 1) / stretches)
    mirrored = int((cells.rows != cells.columns).sum()) if cells.symmetric else 0
    return loss / (len(cells) + mirrored)


def _kernel(function: Any) -> Any:
    return njit(nogil=True, cache=True)(function)


@_kernel
def _count_tiles(pointers: Any, columns: Any, high: int, wide: int, across: int, order: Any, starts: Any) -> None:
    for word in range(len(pointers) - 1):
        first = (word // high) * across
        for cell in range(pointers[word], pointers[word + 1]):
            starts[order[first + columns[cell] // wide] + 1] += 1


@_kernel
def _fill_tiles(
    pointers: Any,
    columns: Any,
    values: Any,
    high: int,
    wide: int,
    across: int,
    order: Any,
    free: Any,
    tiled_rows: Any,
    tiled_columns: Any,
    tiled_values: Any,
) -> None:
    for word in range(len(pointers) - 1):
        first = (word // high) * across
        for cell in range(pointers[word], pointers[word + 1]):
            tile = order[first + columns[cell] // wide]
            at = free[tile]
            free[tile] += 1
            tiled_rows[at] = word
            tiled_columns[at] = columns[cell]
            tiled_values[at] = values[cell]


@_kernel
def _shuffle_within(starts: Any, seed: np.uint64, rows: Any, columns: Any, values: Any) -> None:
    for tile in range(len(starts) - 1):
        first = starts[tile]
        for last in range(starts[tile + 1] - 1, first, -1):
            seed += _GOLDEN
            draw = (seed ^ (seed >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            draw = (draw ^ (draw >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            at = first + np.int64((draw ^ (draw >> np.uint64(31))) % np.uint64(last - first + 1))
            rows[at], rows[last] = rows[last], rows[at]
            columns[at], columns[last] = columns[last], columns[at]
            values[at], values[last] = values[last], values[at]


@_kernel
def _descend(
    table: Any,
    rows: Any,
    columns: Any,
    logarithms: Any,
    weights: Any,
    first: int,
    last: int,
    rate: np.float32,
    symmetric: bool,
    blocks: Any,
) -> float:
    loss = 0.0
    for cell in range(first, last):
        row, column = np.int64(4 * rows[cell]), np.int64(4 * columns[cell])
        logarithm, weight = logarithms[cell], weights[cell]
        difference = approach(table, row, column + 2, logarithm, weight, rate, blocks)
        loss += weight * np.float64(difference) * np.float64(difference)
        if symmetric and row != column:
            difference = approach(table, column, row + 2, logarithm, weight, rate, blocks)
            loss += weight * np.float64(difference) * np.float64(difference)
    return 0.5 * loss
