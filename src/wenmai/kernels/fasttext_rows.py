"""From words to the rows of fastText's input table, in bulk; `wenmai.batches.fasttext_hashes` says what is hashed how.

Letters of the shapes: U distinct words, D texts, S symbols of all texts, G character n-grams of all words, H buckets
that occur, N rows of all texts.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.threads import in_threads

_FACTOR = np.uint64(116049371)


@dataclass(frozen=True, slots=True)
class WordRows:
    """What each distinct word gives to the texts that hold it.

    Attributes:
        rows: [U] int32, the word's own row, or -1 where it has none.
        hashes: [U] uint32.
        buckets: [G] int32, the buckets of its character n-grams; bucket_offsets: [U + 1] int64.
    """

    rows: NDArray[np.int32]
    hashes: NDArray[np.uint32]
    buckets: NDArray[np.int32]
    bucket_offsets: NDArray[np.int64]


def text_rows(
    symbols: NDArray[np.int32],
    offsets: NDArray[np.int64],
    words: WordRows,
    *,
    first_row: int,
    word_ngrams: int,
    bucket: int,
    threads: int,
) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int32]]:
    """The input rows of texts.

    Args:
        symbols: [S], numbers of words from 0; offsets: [D + 1].
        first_row: where the rows of buckets begin.
        word_ngrams: the longest run of words that is hashed; 1 for none.
        bucket: how many buckets there are.

    Returns:
        rows [N], their offsets [D + 1], the buckets [H] that occur, ascending: bucket h has row ``first_row + h``.
    """
    seen = np.zeros(bucket, np.uint8)
    row_offsets = np.zeros(len(offsets), np.int64)
    numbers, rows = np.zeros(0, np.int32), np.zeros(0, np.int32)
    hashes = words.hashes.view(np.int32)
    goals = np.searchsorted(offsets, np.linspace(0, offsets[-1], threads + 1))
    goals[0], goals[-1] = 0, len(offsets) - 1
    ranges = list(itertools.pairwise(goals.tolist()))

    def one_pass(part: tuple[int, int]) -> None:
        _text_rows(
            *part,
            symbols,
            offsets,
            words.rows,
            hashes,
            words.buckets,
            words.bucket_offsets,
            word_ngrams,
            bucket,
            first_row,
            seen,
            numbers,
            row_offsets,
            rows,
        )

    in_threads(threads, one_pass, ranges)
    np.cumsum(row_offsets, out=row_offsets)
    buckets = np.flatnonzero(seen).astype(np.int32)
    numbers = np.zeros(bucket, np.int32)
    numbers[buckets] = np.arange(first_row, first_row + len(buckets), dtype=np.int32)
    rows = np.empty(int(row_offsets[-1]), np.int32)
    in_threads(threads, one_pass, ranges)
    return rows, row_offsets, buckets


def _kernel(function: Any) -> Any:
    return njit(nogil=True, cache=True)(function)


@_kernel
def _text_rows(
    first_text: int,
    last_text: int,
    symbols: Any,
    offsets: Any,
    word_rows: Any,
    hashes: Any,
    buckets: Any,
    bucket_offsets: Any,
    word_ngrams: int,
    bucket: int,
    first_row: int,
    seen: Any,
    numbers: Any,
    row_offsets: Any,
    rows: Any,
) -> None:
    """Marks the buckets and counts each text's rows where ``numbers`` is empty; fills ``rows`` otherwise."""
    counting = len(numbers) == 0
    for text in range(first_text, last_text):
        begin, end = offsets[text], offsets[text + 1]
        filled = 0 if counting else row_offsets[text]
        for at in range(begin, end):
            symbol = symbols[at]
            if word_rows[symbol] >= 0:
                if not counting:
                    rows[filled] = word_rows[symbol]
                filled += 1
            for subword in range(bucket_offsets[symbol], bucket_offsets[symbol + 1]):
                if counting:
                    seen[buckets[subword]] = 1
                else:
                    rows[filled] = numbers[buckets[subword]]
                filled += 1
        for at in range(begin, end):
            value = np.uint64(hashes[symbols[at]])
            for following in range(at + 1, min(at + word_ngrams, end)):
                value = value * _FACTOR + np.uint64(hashes[symbols[following]])
                found = np.int64(value % np.uint64(bucket))
                if counting:
                    seen[found] = 1
                else:
                    rows[filled] = numbers[found]
                filled += 1
        if counting:
            row_offsets[text + 1] = filled
