"""Counting n-grams in bulk: open-addressing tables over the exact 64-bit keys of `wenmai.batches.ngram_keys`.

Letters of the shapes: S symbols of all documents joined, D documents, F features (distinct n-grams), Z stored counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

_SYMBOL_BITS = np.uint64(21)

Symbols = NDArray[np.int32]
Offsets = NDArray[np.int64]
Keys = NDArray[np.uint64]

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)
_FILL_SHARE = 0.6
_BLOCK_DOCUMENTS = 1 << 15


def distinct_ngrams(
    symbols: Symbols, offsets: Offsets, low: int, high: int, *, threads: int = 1
) -> tuple[Keys, NDArray[np.int32]]:
    """The distinct n-grams of orders ``low`` to ``high`` and in how many documents each occurs.

    Args:
        symbols: [S], the documents' symbols one after the other.
        offsets: [D + 1], document d is ``symbols[offsets[d]:offsets[d + 1]]``.

    Returns:
        keys [F] in ascending order; document frequencies [F].
    """
    documents = len(offsets) - 1
    cuts = np.linspace(0, documents, max(1, min(threads, documents)) + 1).astype(np.int64)
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        parts = list(pool.map(lambda part: _distinct(symbols, offsets, part[0], part[1], low, high), _pairs(cuts)))
    if len(parts) == 1:
        keys, frequencies = parts[0]
        order = np.argsort(keys)
        return keys[order], frequencies[order]
    keys = np.concatenate([part[0] for part in parts])
    frequencies = np.concatenate([part[1] for part in parts])
    order = np.argsort(keys)
    keys, frequencies = keys[order], frequencies[order]
    first = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.zeros(0, np.int64)
    return keys[first], np.add.reduceat(frequencies, first).astype(np.int32) if len(keys) else frequencies


def count_ngrams(
    symbols: Symbols, offsets: Offsets, low: int, high: int, keys: Keys, *, threads: int = 1
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.float32]]:
    """How often each known n-gram occurs in each document, as a CSR matrix with sorted columns.

    Args:
        symbols: [S]; offsets: [D + 1], as for `distinct_ngrams`.
        keys: [F], the known n-grams in ascending order; column f counts ``keys[f]``.

    Returns:
        row pointers [D + 1], columns [Z], counts [Z].
    """
    documents = len(offsets) - 1
    table_keys, table_columns = _index(keys)
    pointers = np.zeros(documents + 1, np.int64)
    # Pages of an empty array that are never written take no memory, so the bound may be generous.
    bound = len(symbols) * (high - low + 1)
    columns, counts = np.empty(bound, np.int32), np.empty(bound, np.float32)
    filled = 0
    cuts = np.arange(0, documents + _BLOCK_DOCUMENTS, _BLOCK_DOCUMENTS).clip(max=documents)
    with ThreadPoolExecutor(max_workers=max(1, threads)) as pool:
        blocks = pool.map(
            lambda part: _count_block(symbols, offsets, part[0], part[1], low, high, table_keys, table_columns),
            _pairs(cuts),
        )
        for (start, stop), (lengths, block_columns, block_counts) in zip(_pairs(cuts), blocks, strict=True):
            size = len(block_columns)
            columns[filled : filled + size] = block_columns
            counts[filled : filled + size] = block_counts
            pointers[start + 1 : stop + 1] = filled + np.cumsum(lengths)
            filled += size
    return pointers, columns[:filled], counts[:filled]


def weigh_rows(
    pointers: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[np.float32],
    weights: NDArray[np.float32],
    *,
    sublinear: bool,
    normalize: bool,
) -> None:
    """Turn counts, in place, into ``count · weight`` or ``(1 + ln count) · weight``, and rows to unit length.

    Args:
        pointers: [D + 1]; columns: [Z]; values: [Z], counts on entry; weights: [F].
    """
    _weigh(pointers, columns, values, weights, sublinear, normalize)


def _pairs(cuts: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
    return ((int(start), int(stop)) for start, stop in itertools.pairwise(cuts))


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
    return np.int64(at)


@_kernel
def _distinct(symbols: Symbols, offsets: Offsets, start: int, stop: int, low: int, high: int) -> tuple[Any, Any]:
    capacity = 1 << 16
    table = np.zeros(capacity, np.uint64)
    frequency = np.zeros(capacity, np.int32)
    latest = np.full(capacity, -1, np.int32)
    used = 0
    for document in range(start, stop):
        end = offsets[document + 1]
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
                if latest[slot] != document:
                    latest[slot] = document
                    frequency[slot] += 1
                if used > capacity * _FILL_SHARE:
                    capacity *= 2
                    larger = np.zeros(capacity, np.uint64)
                    larger_frequency = np.zeros(capacity, np.int32)
                    larger_latest = np.full(capacity, -1, np.int32)
                    for old in range(len(table)):
                        if table[old] != np.uint64(0):
                            new = _slot(larger, table[old])
                            larger[new] = table[old]
                            larger_frequency[new] = frequency[old]
                            larger_latest[new] = latest[old]
                    table, frequency, latest = larger, larger_frequency, larger_latest
    keys = np.empty(used, np.uint64)
    frequencies = np.empty(used, np.int32)
    filled = 0
    for slot in range(len(table)):
        if table[slot] != np.uint64(0):
            keys[filled] = table[slot]
            frequencies[filled] = frequency[slot]
            filled += 1
    return keys, frequencies


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
    symbols: Symbols,
    offsets: Offsets,
    start: int,
    stop: int,
    low: int,
    high: int,
    table: Keys,
    positions: NDArray[np.int32],
) -> tuple[Any, Any, Any]:
    bound = (offsets[stop] - offsets[start]) * (high - low + 1)
    columns = np.empty(bound, np.int32)
    counts = np.empty(bound, np.float32)
    lengths = np.zeros(stop - start, np.int64)
    filled = 0
    for document in range(start, stop):
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
                counts[write - 1] += np.float32(1)
            else:
                columns[write] = columns[read]
                counts[write] = np.float32(1)
                write += 1
        filled = write
        lengths[document - start] = filled - begin
    return lengths, columns[:filled].copy(), counts[:filled].copy()


@_kernel
def _weigh(
    pointers: NDArray[np.int64],
    columns: NDArray[np.int32],
    values: NDArray[np.float32],
    weights: NDArray[np.float32],
    sublinear: bool,
    normalize: bool,
) -> None:
    for row in range(len(pointers) - 1):
        squares = 0.0
        for at in range(pointers[row], pointers[row + 1]):
            value = values[at]
            if sublinear:
                value = np.float32(1) + np.log(value)
            value *= weights[columns[at]]
            values[at] = value
            squares += np.float64(value) * np.float64(value)
        if normalize and squares > 0:
            scale = np.float32(1 / np.sqrt(squares))
            for at in range(pointers[row], pointers[row + 1]):
                values[at] *= scale
