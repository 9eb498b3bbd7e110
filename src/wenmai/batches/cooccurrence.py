"""How often words stand near each other in a text, counted within bounded memory.

Letters of the shapes: N tokens of the text, S rows (documents), V words, Z cells that are not zero.
"""

from __future__ import annotations

import itertools
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, NamedTuple, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

    from wenmai.kernels.cooccurrence import Cells, Window

MEMORY = 2 << 30
"""Bytes that counting may hold by default, half for a stretch of the text and half for what was found; what is more
goes to files."""

_BYTES_A_TOKEN = 8
_BYTES_A_CELL = 8
_PARTS_A_THREAD = 16


@dataclass(frozen=True, slots=True)
class Cooccurrences:
    """Sparse rows of how often (or how near) each word has others about it.

    Attributes:
        pointers: [V + 1] int64, word v has the cells ``pointers[v]:pointers[v + 1]``.
        columns: [Z] int32, the context words, ascending within a word.
        values: [Z] float32, above 0.
        symmetric: the count is the same either way, and only columns up to the word itself are stored.
    """

    pointers: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]
    symmetric: bool

    @property
    def words(self) -> int:
        """V."""
        return len(self.pointers) - 1

    def __len__(self) -> int:
        """Z."""
        return len(self.columns)

    def rows(self) -> NDArray[np.int32]:
        """The word of each cell [Z]."""
        return np.repeat(np.arange(self.words, dtype=np.int32), np.diff(self.pointers))

    def to_csr(self) -> csr_array:
        """The whole matrix [V, V], both halves of a symmetric one."""
        from scipy.sparse import csr_array

        from wenmai.kernels.cooccurrence import mirrored

        arrays = (self.pointers, self.columns, self.values)
        pointers, columns, values = mirrored(*arrays) if self.symmetric else arrays
        return csr_array((values, columns, pointers), shape=(self.words, self.words))


def count_cooccurrences(
    token_ids: NDArray[np.int32],
    offsets: NDArray[np.int64],
    words: int,
    window: Window,
    *,
    threads: int = 1,
    memory: int = MEMORY,
    folder: Path | None = None,
    check: Callable[[], object] = bool,
) -> Cooccurrences:
    """Count a text; with the same memory the same numbers come of any number of threads, bit for bit.

    Args:
        token_ids: [N] numbers below ``words``, by falling frequency, best memory-mapped where they are many.
        offsets: [S + 1], where each row begins; no window reaches over its row.
        words: V; window: what counts as near.
        memory: bytes to hold, above which what was found goes to files.
        folder: where such files stand, deleted when the result is let go; the system's temporary folder by default.
        check: called between parts, to end the work by raising.
    """
    from wenmai.kernels.cooccurrence import Stretch, count_words, merge_words, most_cells

    size = max(memory // 2 // _BYTES_A_TOKEN, 1)
    work = _Work(threads, memory // 2, folder, check)
    found = Rows(np.zeros(words + 1, np.int64), np.zeros(0, np.int32), np.zeros(0, np.float32))
    for start in range(0, len(token_ids), size):
        check()
        stop = min(start + size, len(token_ids))
        stretch = Stretch.of(token_ids, offsets, words, start, stop, window.size)
        most, effort = most_cells(stretch.starts, window), np.diff(stretch.starts)
        counted = work.gathered(partial(count_words, stretch, window), most, effort)
        if len(found.columns):
            most = np.diff(found.pointers) + np.diff(counted.pointers)
            counted = work.gathered(partial(merge_words, found, counted), most, most)
        found = counted
    return Cooccurrences(*found, symmetric=window.both_sides)


class Rows(NamedTuple):
    """Sparse rows as `Cooccurrences` has them."""

    pointers: NDArray[np.int64]
    columns: NDArray[np.int32]
    values: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Work:
    """Words in parts, side by side; what comes of them in order, in memory up to a limit of bytes."""

    threads: int
    limit: int
    folder: Path | None
    check: Callable[[], object]

    def gathered(self, part: Callable[[int, int], Cells], most: NDArray[Any], effort: NDArray[Any]) -> Rows:
        """The cells of all words.

        Args:
            part: gives those of the words from one number to another.
            most: [V] how many cells a word has at most; effort: [V] how much work it is.
        """
        store = _Store(self.limit, self.folder)
        waiting: deque[Future[Cells]] = deque()
        with ThreadPoolExecutor(max_workers=self.threads) as pool:
            for first, last in self._parts(most, effort):
                self.check()
                waiting.append(pool.submit(part, first, last))
                if len(waiting) > self.threads:
                    store.add(*waiting.popleft().result())
            while waiting:
                store.add(*waiting.popleft().result())
        return store.rows()

    def _parts(self, most: NDArray[Any], effort: NDArray[Any]) -> Iterator[tuple[int, int]]:
        """Ranges of words of about the same effort, whose cells fit into a share of the memory."""
        share = self.limit / (4 * self.threads * _BYTES_A_CELL)
        cost = effort * (_PARTS_A_THREAD * self.threads / max(effort.sum(), 1)) + most / share
        level = np.floor(np.cumsum(cost) - cost / 2)
        cuts = np.flatnonzero(level[1:] > level[:-1]) + 1
        return itertools.pairwise([0, *cuts.tolist(), len(most)])


class _Store:
    """Cells in the order in which they are added; in files once they take more than so many bytes."""

    def __init__(self, limit: int, folder: Path | None) -> None:
        self.limit, self.folder = limit, folder
        self.lengths: list[NDArray[np.int64]] = []
        self.parts: list[tuple[NDArray[np.int32], NDArray[np.float32]]] = []
        self.held = 0
        self.files: tuple[IO[bytes], IO[bytes]] | None = None

    def add(self, lengths: NDArray[np.int64], columns: NDArray[np.int32], values: NDArray[np.float32]) -> None:
        """Take the cells of the words that follow."""
        self.lengths.append(lengths)
        self.parts.append((columns, values))
        self.held += columns.nbytes + values.nbytes
        if self.held > self.limit and self.files is None:
            self.files = (_unnamed(self.folder), _unnamed(self.folder))
        if self.files is not None:
            for part in self.parts:
                for file, array in zip(self.files, part, strict=True):
                    array.tofile(file)
            self.parts.clear()

    def rows(self) -> Rows:
        """All of them; what is in files as a map of those, which go when it is let go."""
        pointers = np.concatenate([[0], np.cumsum(np.concatenate(self.lengths))]).astype(np.int64)
        if self.files is None:
            columns, values = (np.concatenate(arrays) for arrays in zip(*self.parts, strict=True))
            return Rows(pointers, columns, values)
        with self.files[0] as columns_file, self.files[1] as values_file:
            columns = np.memmap(columns_file, np.dtype(np.int32), "r+")
            values = np.memmap(values_file, np.dtype(np.float32), "r+")
        return Rows(pointers, columns, values)


def _unnamed(folder: Path | None) -> IO[bytes]:
    """A file that nobody sees and that is gone when no one holds it."""
    return cast(IO[bytes], tempfile.TemporaryFile(dir=folder))
