"""fastText's hashes, by numpy alone: of words, of the characters in a word, of runs of words.

A word's hash is 32-bit FNV-1a over its UTF-8, each byte taken as a signed number. A run of words rolls their hashes,
sign and all, in 64 bits: ``h = h · 116049371 + hash``. A hash's remainder by the number of buckets is its bucket. All
this is as in the files of the official program, so that tables can be exchanged with it.

- Joulin, A., Grave, E., Bojanowski, P., Mikolov, T. (2016). Bag of tricks for efficient text classification.
- Bojanowski, P., Grave, E., Joulin, A., Mikolov, T. (2017). Enriching word vectors with subword information. TACL 5.

Letters of the shapes: U words, D texts, S symbols of all texts, G runs.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Hashes = NDArray[np.uint32]
Places = NDArray[np.int64]

_BASIS, _PRIME = np.uint32(2166136261), np.uint32(16777619)
_FACTOR = np.uint64(116049371)
_SIGN = np.uint32(0xFFFFFF00)
_LONGEST_CHARACTER = 4
_FEW = 20


def hash_words(words: Sequence[str]) -> Hashes:
    """The hashes [U] of words."""
    if len(words) < _FEW:
        return np.array([_hash(word.encode("utf-8", "surrogatepass")) for word in words], np.uint32)
    content, starts = _joined(words)
    lengths = np.diff(starts)
    order = np.argsort(-lengths, kind="stable")
    sorted_lengths = -lengths[order]
    at = starts[:-1][order]
    values = np.full(len(words), _BASIS)
    for place in range(int(lengths.max(initial=0))):
        longer = int(np.searchsorted(sorted_lengths, -place, side="left"))
        values[:longer] = _absorbed(values[:longer], content[at[:longer] + place])
    hashes = np.empty_like(values)
    hashes[order] = values
    return hashes


def subword_buckets(words: Sequence[str], minn: int, maxn: int, bucket: int) -> tuple[NDArray[np.int32], Places]:
    """The buckets [G] of each word's runs of ``minn`` to ``maxn`` characters, and their offsets [U + 1].

    ``<`` stands before a word and ``>`` behind it; neither of them alone is a run.
    """
    content, word_starts = _joined([f"<{word}>" for word in words])
    starts = np.flatnonzero((content & 0xC0) != 0x80)
    sizes = np.diff(np.append(starts, len(content)))
    word = np.searchsorted(word_starts, starts, side="right") - 1
    mark = np.isin(starts, word_starts[:-1]) | np.isin(starts, word_starts[1:] - 1)
    values = np.full(len(starts), _BASIS)
    buckets, owners = [np.zeros(0, np.int32)], [np.zeros(0, np.int64)]
    for length in range(1, maxn + 1):
        count = max(len(starts) - length + 1, 0)
        ends = starts[length - 1 :]
        values = values[:count]
        for byte in range(_LONGEST_CHARACTER):
            there = np.flatnonzero(sizes[length - 1 :] > byte)
            values[there] = _absorbed(values[there], content[ends[there] + byte])
        whole = word[:count] == word[length - 1 :]
        if length == 1:
            whole &= ~mark
        if length >= minn:
            at = np.flatnonzero(whole)
            buckets.append((values[at] % np.uint32(bucket)).astype(np.int32))
            owners.append(word[at])
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    return np.concatenate(buckets)[order], np.searchsorted(owner[order], np.arange(len(words) + 1))


def run_buckets(hashes: Hashes, offsets: Places, longest: int, bucket: int) -> tuple[Places, Places, Places]:
    """The buckets of runs of two to ``longest`` words.

    Args:
        hashes: [S], word by word; offsets: [D + 1], text d has ``hashes[offsets[d]:offsets[d + 1]]``.

    Returns:
        buckets [G]; positions [G] of their first words; their lengths [G] in words.
    """
    signed = hashes.view(np.int32).astype(np.int64).view(np.uint64)
    text = np.repeat(np.arange(len(offsets) - 1), np.diff(offsets))
    values = signed
    buckets, positions, lengths = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    for length in range(2, longest + 1):
        count = max(len(signed) - length + 1, 0)
        values = values[:count] * _FACTOR + signed[length - 1 :][:count]
        at = np.flatnonzero(text[:count] == text[length - 1 :][:count])
        buckets.append((values[at] % np.uint64(bucket)).astype(np.int64))
        positions.append(at)
        lengths.append(np.full(len(at), length))
    return np.concatenate(buckets), np.concatenate(positions), np.concatenate(lengths)


def _hash(content: bytes) -> int:
    """The hash of one word, which for a few words is quicker than arrays."""
    value = int(_BASIS)
    for byte in content:
        value = ((value ^ (byte | 0xFFFFFF00 if byte >= 128 else byte)) * 16777619) & 0xFFFFFFFF
    return value


def _joined(words: Sequence[str]) -> tuple[NDArray[np.uint8], Places]:
    """The UTF-8 of words in one array, and where each begins [U + 1]."""
    encoded = [word.encode("utf-8", "surrogatepass") for word in words]
    starts = np.zeros(len(words) + 1, np.int64)
    np.cumsum(np.fromiter(map(len, encoded), np.int64, len(words)), out=starts[1:])
    return np.frombuffer(b"".join(encoded), np.uint8), starts


def _absorbed(values: Hashes, content: NDArray[np.uint8]) -> Hashes:
    """One byte more in each hash; a byte of 128 or more is a negative number, whose sign fills the upper 24 bits."""
    wide = content.astype(np.uint32)
    wide[content >= 128] |= _SIGN
    absorbed: Hashes = (values ^ wide) * _PRIME
    return absorbed
