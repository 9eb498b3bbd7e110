"""Brown's clusters: words are merged so that what follows a class can be guessed from the class as well as can be.

Each merge is the one that costs the least mutual information between neighbouring classes. Only so many classes as are
asked for, and one more, are held at a time: words come in by falling frequency, each as a class of its own, and after
each the cheapest two are merged. At the end the classes are merged on to one, which gives each a path in a tree.

- Brown, P. F., et al. (1992). Class-based n-gram models of natural language. Computational Linguistics 18(4).
- Liang, P. (2005). Semi-supervised learning for natural language. Master's thesis, MIT: how the losses are kept up.

Letters of the shapes: V words, C classes, S = C + 1 slots for classes, Z pairs of neighbouring words.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.association import SparseRows

_WORDS_AT_A_TIME = 256


@dataclass(frozen=True, slots=True)
class Brown:
    """Classes of words.

    Attributes:
        classes: [V] int32; paths: [C], the turns from the root of the tree to each class, ``0`` and ``1``.
    """

    classes: NDArray[np.int32]
    paths: tuple[str, ...]


def brown(
    before: SparseRows,
    counts: NDArray[np.int64],
    classes: int,
    *,
    check: Callable[[], object] = bool,
    advance: Callable[[int], object] = bool,
) -> Brown:
    """Merge words into classes.

    Args:
        before: how often each word (a row) has each other right before it; words by falling frequency.
        counts: [V] how often each word occurs, above 0.
        classes: how many to end with, at least 1; fewer where there are fewer words.
        check: called now and then, to end the work by raising; advance: is told there how many words came in.
    """
    words = len(counts)
    classes = min(classes, words)
    total = float(counts.sum())
    slots = classes + 1
    state = (
        np.zeros(slots),
        np.zeros((slots, slots)),
        np.zeros((slots, slots)),
        np.zeros((slots, slots)),
        np.zeros(slots, np.bool_),
    )
    owners = np.full(words, -1, np.int32)
    behind = before.transposed()
    for first in range(0, words, _WORDS_AT_A_TIME):
        check()
        last = min(first + _WORDS_AT_A_TIME, words)
        _take_in(*before, *behind, counts / total, total, first, last, owners, *state)
        advance(last - first)
    numbers = np.cumsum(state[4]) - 1
    found = numbers[owners].astype(np.int32)
    return Brown(found, _paths(_merge_all(*state), numbers, int(state[4].sum())))


def _paths(merges: list[tuple[int, int]], numbers: NDArray[np.int64], classes: int) -> tuple[str, ...]:
    """The turns to each class, from the merges of slots, C - 1 in their order."""
    turns = dict.fromkeys(range(len(numbers)), "")
    members: dict[int, list[int]] = {slot: [slot] for slot in turns}
    for kept, gone in merges:
        for slot in members[kept]:
            turns[slot] = "0" + turns[slot]
        for slot in members[gone]:
            turns[slot] = "1" + turns[slot]
        members[kept] += members.pop(gone)
    first = {int(number): slot for slot, number in reversed(list(enumerate(numbers)))}
    return tuple(turns[first[number]] for number in range(classes))


def _kernel(function: Any) -> Any:
    return njit(nogil=True, cache=True)(function)


@_kernel
def _term(pair: float, one: float, other: float) -> Any:
    """What a pair of classes adds to the mutual information."""
    return pair * np.log(pair / (one * other)) if pair > 0 else 0.0


@_kernel
def _saved(single: Any, pairs: Any, terms: Any, one: int, other: int, third: int) -> Any:
    """What merging two classes costs by their neighbourhood with a third."""
    both = single[one] + single[other]
    apart = terms[one, third] + terms[third, one] + terms[other, third] + terms[third, other]
    after = _term(pairs[one, third] + pairs[other, third], both, single[third])
    before = _term(pairs[third, one] + pairs[third, other], both, single[third])
    return apart - after - before


@_kernel
def _loss(single: Any, pairs: Any, terms: Any, active: Any, one: int, other: int) -> Any:
    """What merging two classes costs in all."""
    both = single[one] + single[other]
    inner = pairs[one, one] + pairs[one, other] + pairs[other, one] + pairs[other, other]
    loss = terms[one, one] + terms[one, other] + terms[other, one] + terms[other, other] - _term(inner, both, both)
    for third in range(len(active)):
        if active[third] and third != one and third != other:
            loss += _saved(single, pairs, terms, one, other, third)
    return loss


@_kernel
def _account(single: Any, pairs: Any, terms: Any, losses: Any, active: Any, changed: int, sign: float) -> None:
    """Add a class's part to the losses of all other pairs, or take it off."""
    for one in range(len(active)):
        if active[one] and one != changed:
            for other in range(one + 1, len(active)):
                if active[other] and other != changed:
                    losses[one, other] += sign * _saved(single, pairs, terms, one, other, changed)


@_kernel
def _refresh(single: Any, pairs: Any, terms: Any, losses: Any, active: Any, changed: int) -> None:
    """Everything about a class whose counts are new."""
    for other in range(len(active)):
        if active[other]:
            terms[changed, other] = _term(pairs[changed, other], single[changed], single[other])
            terms[other, changed] = _term(pairs[other, changed], single[other], single[changed])
    _account(single, pairs, terms, losses, active, changed, 1.0)
    for other in range(len(active)):
        if active[other] and other != changed:
            low, high = min(other, changed), max(other, changed)
            losses[low, high] = _loss(single, pairs, terms, active, low, high)


@_kernel
def _cheapest(losses: Any, active: Any) -> tuple[int, int]:
    best, kept, gone = np.inf, -1, -1
    for one in range(len(active)):
        if active[one]:
            for other in range(one + 1, len(active)):
                if active[other] and losses[one, other] < best:
                    best, kept, gone = losses[one, other], one, other
    return kept, gone


@_kernel
def _merge(single: Any, pairs: Any, terms: Any, losses: Any, active: Any, kept: int, gone: int) -> None:
    active[gone] = False
    _account(single, pairs, terms, losses, active, kept, -1.0)
    active[kept] = False
    _account(single, pairs, terms, losses, active, gone, -1.0)
    active[kept] = True
    single[kept] += single[gone]
    single[gone] = 0.0
    for other in range(len(active)):
        pairs[kept, other] += pairs[gone, other]
        pairs[gone, other] = 0.0
    for other in range(len(active)):
        pairs[other, kept] += pairs[other, gone]
        pairs[other, gone] = 0.0
    _refresh(single, pairs, terms, losses, active, kept)


@_kernel
def _free(active: Any) -> int:
    """The first slot that holds no class; their number where all do."""
    slot = 0
    while slot < len(active) and active[slot]:
        slot += 1
    return slot


@_kernel
def _take_in(
    before_pointers: Any,
    before_words: Any,
    before_counts: Any,
    behind_pointers: Any,
    behind_words: Any,
    behind_counts: Any,
    shares: Any,
    total: float,
    first: int,
    last: int,
    owners: Any,
    single: Any,
    pairs: Any,
    terms: Any,
    losses: Any,
    active: Any,
) -> None:
    """Each word becomes a class; where there are then too many, two are merged."""
    for word in range(first, last):
        slot = _free(active)
        owners[word] = slot
        single[slot] = shares[word]
        for cell in range(before_pointers[word], before_pointers[word + 1]):
            owner = owners[before_words[cell]]
            if owner >= 0:
                pairs[owner, slot] += before_counts[cell] / total
        for cell in range(behind_pointers[word], behind_pointers[word + 1]):
            owner = owners[behind_words[cell]]
            if owner >= 0 and behind_words[cell] != word:
                pairs[slot, owner] += behind_counts[cell] / total
        active[slot] = True
        _refresh(single, pairs, terms, losses, active, slot)
        if _free(active) == len(active):
            kept, gone = _cheapest(losses, active)
            _merge(single, pairs, terms, losses, active, kept, gone)
            for earlier in range(word + 1):
                if owners[earlier] == gone:
                    owners[earlier] = kept


def _merge_all(single: Any, pairs: Any, terms: Any, losses: Any, active: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Merge down to one class; the pairs of slots in their order."""
    left, merges = active.copy(), []
    while left.sum() > 1:
        kept, gone = _cheapest(losses, left)
        merges.append((kept, gone))
        _merge(single, pairs, terms, losses, left, kept, gone)
    return merges
