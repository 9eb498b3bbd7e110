"""fastText's dictionary: which words and hashed runs have a row of the input table, in the official program's layout.

Rows of words come first, the most frequent foremost, the end of a text (``</s>``) among them as one of them. Rows of
buckets follow. The official table has a row for every bucket; here those alone have one that occur in training, in
ascending order, as the others would keep the noise that they began with.

Letters of the shapes: V words with a row, H buckets with a row, D texts, S pieces of all texts, N rows of all texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.batches.arena import Arena
from wenmai.batches.corpus import Corpus
from wenmai.batches.fasttext_hashes import hash_words, run_buckets, subword_buckets
from wenmai.batches.word_index import WordIndex
from wenmai.core.errors import BundleError

END = "</s>"
"""Stands at the end of every text, so that no text is empty."""

UNSEEN = -1
"""The row of a bucket that has none: it counts in the mean and adds nothing."""


@dataclass(frozen=True, slots=True)
class Hashing:
    """What is hashed: runs of up to ``word_ngrams`` words, runs of ``minn`` to ``maxn`` characters; none for 0."""

    word_ngrams: int
    minn: int
    maxn: int
    bucket: int


@dataclass(frozen=True, slots=True)
class Found:
    """The rows of a few texts.

    Attributes:
        rows: [N], text by text, `UNSEEN` where a bucket has no row; offsets: [D + 1].
        positions: [N], the first piece of each in all pieces joined, `END` being one; lengths: [N], its pieces.
        piece_offsets: [D + 1], text d has the pieces ``piece_offsets[d]:piece_offsets[d + 1]``.
    """

    rows: NDArray[np.int64]
    offsets: NDArray[np.int64]
    positions: NDArray[np.int64]
    lengths: NDArray[np.int64]
    piece_offsets: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class TrainingRows:
    """The rows of the training texts: ids [N] int32, text d has ``ids[offsets[d]:offsets[d + 1]]``."""

    ids: NDArray[np.int32]
    offsets: NDArray[np.int64]


class FastTextDictionary:
    """Words and buckets that have a row.

    Attributes:
        words: number n has row n - 1; counts: [V], how often each occurred; buckets: [H], ascending.
    """

    def __init__(self, hashing: Hashing) -> None:
        self.hashing = hashing
        self.words = WordIndex([END])
        self.counts = np.zeros(1, np.int64)
        self.buckets = np.zeros(0, np.int32)
        self._hashes: NDArray[np.uint32] | None = None

    @property
    def size(self) -> int:
        """How many rows there are."""
        return len(self.words) + len(self.buckets)

    @property
    def end_row(self) -> int:
        """The row of `END`."""
        return int(self.words.arena([[END]]).symbols[0]) - 1

    def learn(self, corpus: Corpus, min_count: int, threads: int, given: Sequence[str] = ()) -> TrainingRows:
        """Take the words that occur ``min_count`` times, `END` in any case, and the buckets that occur.

        Args:
            corpus: the texts, a row each, with all their words.
            min_count: how often a word must occur; threads: how many may compute.
            given: words that are taken however often they occur, behind all others where they do not.
        """
        from wenmai.kernels.fasttext_rows import WordRows, text_rows

        spelt, counts, symbols, offsets = _ended(corpus)
        kept = counts >= min_count
        kept[spelt.index(END)] = True
        if given:
            wanted, there = set(given), set(spelt)
            kept |= np.array([word in wanted for word in spelt])
            spelt += [word for word in dict.fromkeys(given) if word not in there]
            counts = np.concatenate([counts, np.zeros(len(spelt) - len(counts), np.int64)])
            kept = np.concatenate([kept, np.ones(len(spelt) - len(kept), np.bool_)])
        order = np.argsort(-counts, kind="stable")
        order = order[kept[order]]
        subwords = self._subwords(spelt)
        word_rows = np.full(len(spelt), UNSEEN, np.int32)
        word_rows[order] = np.arange(len(order), dtype=np.int32)
        self.words = WordIndex([spelt[number] for number in order.tolist()])
        self.counts, self._hashes = counts[order], None
        ids, row_offsets, self.buckets = text_rows(
            symbols,
            offsets,
            WordRows(word_rows, hash_words(spelt), *subwords),
            first_row=len(self.words),
            word_ngrams=self.hashing.word_ngrams,
            bucket=self.hashing.bucket,
            threads=threads,
        )
        return TrainingRows(ids, row_offsets)

    def arrays(self) -> dict[str, NDArray[Any]]:
        """``words`` (UTF-8, one a line), ``word_counts`` [V], ``buckets`` [H]."""
        return {"words": self.words.to_bytes(), "word_counts": self.counts, "buckets": self.buckets}

    def restore(self, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Take the arrays that `arrays` gave.

        Raises:
            BundleError: when they do not fit each other.
        """
        words, counts, buckets = WordIndex.from_bytes(arrays["words"]), arrays["word_counts"], arrays["buckets"]
        if len(words) != len(counts):
            raise BundleError(f"there are counts of {len(counts)} of {len(words)} words")
        if not words.arena([[END]]).symbols[0]:
            raise BundleError(f"the words lack {END!r}, which ends every text")
        if (buckets[1:] <= buckets[:-1]).any() or buckets.min(initial=0) < 0:
            raise BundleError("the buckets are not in ascending order from 0")
        if buckets.max(initial=0) >= self.hashing.bucket:
            raise BundleError(f"a bucket is {buckets.max()} where there are {self.hashing.bucket}")
        self.words, self.counts, self.buckets, self._hashes = words, counts, buckets, None

    def find(self, texts: Sequence[Sequence[str]]) -> Found:
        """The rows of a few texts, given as their pieces, by numpy alone."""
        pieces = [[*pieces, END] for pieces in texts]
        arena = self.words.arena(pieces)
        known = np.flatnonzero(arena.symbols)
        rows, positions = [arena.symbols[known].astype(np.int64) - 1], [known]
        lengths = [np.ones(len(known), np.int64)]
        if self.hashing.maxn:
            buckets, owners = self._subwords_of(pieces)
            rows.append(self._bucket_rows(buckets))
            positions.append(owners)
            lengths.append(np.ones(len(owners), np.int64))
        if self.hashing.word_ngrams > 1:
            hashes = self._hashes_of(arena, pieces)
            runs, firsts, sizes = run_buckets(hashes, arena.offsets, self.hashing.word_ngrams, self.hashing.bucket)
            rows.append(self._bucket_rows(runs))
            positions.append(firsts)
            lengths.append(sizes)
        position = np.concatenate(positions)
        text = np.searchsorted(arena.offsets, position, side="right") - 1
        order = np.argsort(text, kind="stable")
        offsets = np.searchsorted(text[order], np.arange(len(texts) + 1))
        return Found(
            np.concatenate(rows)[order], offsets, position[order], np.concatenate(lengths)[order], arena.offsets
        )

    def subword_rows(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The rows of every word's runs of characters, and their offsets [V + 1]."""
        buckets, offsets = self._subwords([self.words.word(row + 1) for row in range(len(self.words))])
        return self._bucket_rows(buckets), offsets

    def _subwords(self, words: Sequence[str]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The buckets of words' runs of characters and their offsets; `END` has none."""
        if not self.hashing.maxn:
            return np.zeros(0, np.int32), np.zeros(len(words) + 1, np.int64)
        buckets, offsets = subword_buckets(words, self.hashing.minn, self.hashing.maxn, self.hashing.bucket)
        lengths = np.diff(offsets)
        own = np.array([word != END for word in words], bool)
        buckets = buckets[np.repeat(own, lengths)]
        return buckets, np.concatenate([[0], np.cumsum(lengths * own)])

    def _subwords_of(self, pieces: Sequence[Sequence[str]]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The buckets in a few texts' pieces, and the position of the piece of each."""
        joined = [piece for text in pieces for piece in text]
        distinct = list(dict.fromkeys(joined))
        number = {piece: at for at, piece in enumerate(distinct)}
        buckets, offsets = self._subwords(distinct)
        at = np.array([number[piece] for piece in joined])
        lengths = np.diff(offsets)[at]
        ends = np.cumsum(lengths)
        places = np.arange(int(ends[-1])) + np.repeat(offsets[at] - (ends - lengths), lengths)
        return buckets[places], np.repeat(np.arange(len(joined)), lengths)

    def _hashes_of(self, arena: Arena, pieces: Sequence[Sequence[str]]) -> NDArray[np.uint32]:
        """The hash of every piece of a few texts; those of known words are kept."""
        if self._hashes is None:
            self._hashes = hash_words([self.words.word(row + 1) for row in range(len(self.words))])
        hashes: NDArray[np.uint32] = self._hashes[arena.symbols - 1]
        unknown = np.flatnonzero(arena.symbols == 0)
        if len(unknown):
            joined = [piece for text in pieces for piece in text]
            hashes[unknown] = hash_words([joined[at] for at in unknown])
        return hashes

    def _bucket_rows(self, buckets: NDArray[np.int64] | NDArray[np.int32]) -> NDArray[np.int64]:
        if not len(self.buckets):
            return np.full(len(buckets), UNSEEN, np.int64)
        buckets = buckets.astype(np.int32)  # Of another type, all of the dictionary's would be converted first.
        at = np.minimum(np.searchsorted(self.buckets, buckets), len(self.buckets) - 1)
        return np.where(self.buckets[at] == buckets, at + len(self.words), UNSEEN)


def _ended(corpus: Corpus) -> tuple[list[str], NDArray[np.int64], NDArray[np.int32], NDArray[np.int64]]:
    """The words of a corpus and their counts [V], its numbers [S] and offsets [D + 1], with `END` after every text."""
    spelt, counts = list(corpus.words), corpus.counts.copy()
    if END not in spelt:
        spelt.append(END)
        counts = np.append(counts, 0)
    end = spelt.index(END)
    counts[end] += corpus.rows
    offsets = corpus.offsets + np.arange(corpus.rows + 1)
    symbols = np.empty(int(offsets[-1]), np.int32)
    inside = np.ones(len(symbols), np.bool_)
    inside[offsets[1:] - 1] = False
    symbols[inside], symbols[~inside] = corpus.token_ids, end
    return spelt, counts, symbols, offsets
