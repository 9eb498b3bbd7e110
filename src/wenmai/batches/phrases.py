"""Phrases: two words that stand together more often than chance has it become one, pass after pass.

    score(a, b) = (count(a b) - discount) · N / (count(a) · count(b))        joined where it is above the threshold

Mikolov, T., et al. (2013). Distributed representations of words and phrases and their compositionality. NIPS, eq. 6;
N, the words of the text, makes the threshold independent of its length, as in the original program.

Letters of the shapes: V words, N words of the whole text, P different pairs.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.batches.corpus import Corpus
from wenmai.core.config import Config

_PAIRS_AT_A_TIME = 1 << 24


class Phrases(Config):
    """Which pairs of words are joined.

    Attributes:
        threshold: the score above which a pair is joined; higher joins fewer.
        discount: taken off the count of a pair, so that rare words do not become phrases by accident.
        passes: with two, phrases of up to four words are found.
        joiner: what stands between the words of a phrase.
    """

    threshold: Annotated[float, Field(gt=0)] = 100.0
    discount: Annotated[float, Field(ge=0)] = 5.0
    passes: Annotated[int, Field(ge=1, le=4)] = 1
    joiner: str = "_"


def with_phrases(corpus: Corpus, phrases: Phrases, min_count: int = 1) -> Corpus:
    """The corpus with phrases as words; its numbers are in memory then.

    Args:
        min_count: words and phrases that occur less often afterwards are left out.
    """
    for number in range(1, phrases.passes + 1):
        corpus = _joined_once(corpus, phrases, min_count if number == phrases.passes else 1)
    return corpus


def _joined_once(corpus: Corpus, phrases: Phrases, min_count: int) -> Corpus:
    from wenmai.kernels.text_scan import join_pairs, renumber

    pairs, counts = _counted_pairs(corpus)
    first, second = pairs // len(corpus.words), pairs % len(corpus.words)
    product = corpus.counts[first].astype(np.float64) * corpus.counts[second]
    joined = np.flatnonzero((counts - phrases.discount) * len(corpus.token_ids) > phrases.threshold * product)
    names = [
        f"{corpus.words[left]}{phrases.joiner}{corpus.words[right]}"
        for left, right in zip(first[joined].tolist(), second[joined].tolist(), strict=True)
    ]
    words, numbers = _numbered(corpus.words, names)
    ends = corpus.offsets[1:].copy()
    token_ids = join_pairs(corpus.token_ids, ends, pairs[joined], numbers, len(corpus.words))
    found = np.bincount(token_ids, minlength=len(words))
    order = [at for at in sorted(range(len(words)), key=lambda at: (-found[at], words[at])) if found[at] >= min_count]
    places = np.full(len(words), -1, np.int32)
    places[order] = np.arange(len(order), dtype=np.int32)
    token_ids = renumber(token_ids, ends, places).copy()
    offsets = np.concatenate([[0], ends])
    return Corpus(tuple(words[at] for at in order), found[order].astype(np.int64), token_ids, offsets, corpus.read)


def _counted_pairs(corpus: Corpus) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The pairs of neighbours in rows [P], each as first · V + second, and how often they occur [P]."""
    within = np.ones(max(len(corpus.token_ids) - 1, 0), bool)
    ends = corpus.offsets[1:-1]
    within[ends[(ends > 0) & (ends < len(corpus.token_ids))] - 1] = False
    keys, counts = np.zeros(0, np.int64), np.zeros(0, np.int64)
    for start in range(0, len(within), _PAIRS_AT_A_TIME):
        block = np.flatnonzero(within[start : start + _PAIRS_AT_A_TIME]) + start
        pairs = corpus.token_ids[block].astype(np.int64) * len(corpus.words) + corpus.token_ids[block + 1]
        more, often = np.unique(pairs, return_counts=True)
        keys, places = np.unique(np.concatenate([keys, more]), return_inverse=True)
        counts = np.bincount(places, np.concatenate([counts, often]), len(keys)).astype(np.int64)
    return keys, counts


def _numbered(words: tuple[str, ...], names: list[str]) -> tuple[list[str], NDArray[np.int32]]:
    """The words with phrases behind them, and the phrases' numbers; one that is a word already has that word's."""
    index = {word: number for number, word in enumerate(words)}
    return_numbers = [index.setdefault(name, len(index)) for name in names]
    return list(index), np.array(return_numbers, np.int32)
