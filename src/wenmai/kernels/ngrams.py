"""Counting n-grams in bulk: open-addressing tables over the exact 64-bit keys of `wenmai.batches.ngram_keys`.

Letters of the shapes: S symbols of a block of documents, D documents of all blocks, B of one block, F features
(distinct n-grams), Z stored counts.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.core.machine import release_memory
from wenmai.kernels.threads import in_threads

_SYMBOL_BITS = np.uint64(21)

Keys = NDArray[np.uint64]
Block = tuple[NDArray[Any], NDArray[np.int64]]
"""Symbols [S] of some documents, int32 or uint16, and offsets [B + 1]: one document from each offset to the next."""

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_FILL_SHARE = 0.6
_FIRST_CAPACITY = 1 << 16
_BLOCKS_BETWEEN_RELEASES = 32


def distinct_ngrams(
    blocks: Sequence[Block], low: int, high: int, *, threads: int = 1
) -> tuple[Keys, NDArray[np.int32]]:
    """The distinct n-grams of orders ``low`` to ``high`` and in how many documents each occurs.

    Returns:
        keys [F] in ascending order; document frequencies [F].
    """
    shares = [blocks[start::threads] for start in range(min(threads, len(blocks)))]
    parts = in_threads(threads, lambda share: _distinct_of(share, low, high), shares)
    if not parts:
        return np.zeros(0, np.uint64), np.zeros(0, np.int32)
    keys = np.concatenate([part[0] for part in parts])
    frequencies = np.concatenate([part[1] for part in parts])
    order = np.argsort(keys)
    keys, frequencies = keys[order], frequencies[order]
    if len(parts) == 1 or not len(keys):
        return keys, frequencies
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]]))
    return keys[first], np.add.reduceat(frequencies, first).astype(np.int32)


def count_ngrams(
    blocks: deque[Block], low: int, high: int, keys: Keys, *, threads: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[Any]]:
    """How often each known n-gram occurs in each document, as sparse rows with ascending columns.

    Args:
        blocks: taken from the left and let go when counted, so that their memory serves the rows.
        keys: [F], the known n-grams in ascending order; column f counts ``keys[f]``.

    Returns:
        row pointers [D + 1], columns [Z], counts [Z] in the smallest unsigned type that holds them.
    """
    table, positions = _index(keys)
    pointers = np.zeros(sum(len(offsets) - 1 for _, offsets in blocks) + 1, np.int64)
    # Pages of an empty array that are never written take no memory, so the bound may be generous.
    bound = sum(len(symbols) for symbols, _ in blocks) * (high - low + 1)
    columns, counts = np.empty(bound, np.int32), np.empty(bound, np.uint8)
    row = filled = 0
    waiting: deque[Any] = deque()
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        while blocks or waiting:
            while blocks and len(waiting) < 2 * threads:
                symbols, offsets = blocks.popleft()
                waiting.append(pool.submit(_count_block, symbols, offsets, low, high, table, positions))
                del symbols, offsets
            lengths, block_columns, block_counts = waiting.popleft().result()
            if len(blocks) % _BLOCKS_BETWEEN_RELEASES == 0:
                release_memory()
            size = len(block_columns)
            wanted = np.min_scalar_type(int(block_counts.max(initial=0)))
            if wanted.itemsize > counts.itemsize:
                counts = _widened(counts, filled, wanted)
            columns[filled : filled + size] = block_columns
            counts[filled : filled + size] = block_counts
            pointers[row + 1 : row + 1 + len(lengths)] = filled + np.cumsum(lengths)
            row, filled = row + len(lengths), filled + size
    return pointers, columns[:filled], counts[:filled]


def _distinct_of(blocks: Sequence[Block], low: int, high: int) -> tuple[Keys, NDArray[np.int32]]:
    table = np.zeros(_FIRST_CAPACITY, np.uint64)
    frequency, latest = np.zeros(_FIRST_CAPACITY, np.int32), np.full(_FIRST_CAPACITY, -1, np.int32)
    used = document = 0
    for symbols, offsets in blocks:
        table, frequency, latest, used = _absorb(table, frequency, latest, used, symbols, offsets, document, low, high)
        document += len(offsets) - 1
    found = np.flatnonzero(table)
    return table[found], frequency[found]


def _widened(counts: NDArray[Any], filled: int, kind: np.dtype[Any]) -> NDArray[Any]:
    wider = np.empty(len(counts), kind)
    wider[:filled] = counts[:filled]
    return wider


def _kernel(function: Any) -> Any:
    return njit(nogil=True, cache=True)(function)


@_kernel
def _slot(table: Keys, key: np.uint64) -> int:
    """Where a key stands in the table, or the free slot where it belongs; the table's length is a power of two."""
    mask = np.uint64(len(table) - 1)
    mixed = key * _MULTIPLIER
    at = (mixed ^ (mixed >> np.uint64(29))) & mask
    while table[at] != np.uint64(0) and table[at] != key:
        at = (at + np.uint64(1)) & mask
    return int(at)


@_kernel
def _absorb(
    table: Keys,
    frequency: NDArray[np.int32],
    latest: NDArray[np.int32],
    used: int,
    symbols: NDArray[np.int32],
    offsets: NDArray[np.int64],
    first_document: int,
    low: int,
    high: int,
) -> tuple[Any, Any, Any, int]:
    for document in range(len(offsets) - 1):
        end = offsets[document + 1]
        number = first_document + document
        for first in range(offsets[document], end):
            key = np.uint64(0)
            for order in range(1, high + 1):
                at = first + order - 1
                if at >= end or symbols[at] == 0:
                    break
                key = (key << _SYMBOL_BITS) | np.uint64(symbols[at])
                if order < low:
                    continue
                slot = _slot(table, key)
                if table[slot] == np.uint64(0):
                    table[slot] = key
                    used += 1
                if latest[slot] != number:
                    latest[slot] = number
                    frequency[slot] += 1
                if used > len(table) * _FILL_SHARE:
                    table, frequency, latest = _doubled(table, frequency, latest)
    return table, frequency, latest, used


@_kernel
def _doubled(table: Keys, frequency: NDArray[np.int32], latest: NDArray[np.int32]) -> tuple[Any, Any, Any]:
    larger = np.zeros(2 * len(table), np.uint64)
    larger_frequency = np.zeros(len(larger), np.int32)
    larger_latest = np.full(len(larger), -1, np.int32)
    for old in range(len(table)):
        if table[old] != np.uint64(0):
            new = _slot(larger, table[old])
            larger[new] = table[old]
            larger_frequency[new] = frequency[old]
            larger_latest[new] = latest[old]
    return larger, larger_frequency, larger_latest


@_kernel
def _index(keys: Keys) -> tuple[Any, Any]:
    """An open-addressing table from key to its position in ``keys``."""
    capacity = 1 << 10
    while capacity * _FILL_SHARE < len(keys):
        capacity *= 2
    table = np.zeros(capacity, np.uint64)
    positions = np.empty(capacity, np.int32)
    for position in range(len(keys)):
        slot = _slot(table, keys[position])
        table[slot] = keys[position]
        positions[slot] = position
    return table, positions


@_kernel
def _count_block(
    symbols: NDArray[np.int32],
    offsets: NDArray[np.int64],
    low: int,
    high: int,
    table: Keys,
    positions: NDArray[np.int32],
) -> tuple[Any, Any, Any]:
    bound = len(symbols) * (high - low + 1)
    columns = np.empty(bound, np.int32)
    counts = np.empty(bound, np.int32)
    lengths = np.zeros(len(offsets) - 1, np.int64)
    filled = 0
    for document in range(len(offsets) - 1):
        end = offsets[document + 1]
        begin = filled
        for first in range(offsets[document], end):
            key = np.uint64(0)
            for order in range(1, high + 1):
                at = first + order - 1
                if at >= end or symbols[at] == 0:
                    break
                key = (key << _SYMBOL_BITS) | np.uint64(symbols[at])
                if order >= low:
                    slot = _slot(table, key)
                    if table[slot] == key:
                        columns[filled] = positions[slot]
                        filled += 1
        columns[begin:filled].sort()
        write = begin
        for read in range(begin, filled):
            if write > begin and columns[write - 1] == columns[read]:
                counts[write - 1] += 1
            else:
                columns[write] = columns[read]
                counts[write] = 1
                write += 1
        filled = write
        lengths[document] = filled - begin
    return lengths, columns[:filled].copy(), counts[:filled].copy()
