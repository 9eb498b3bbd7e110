"""word2vec's stochastic gradient descent over a corpus: skip-gram and CBOW, Hogwild threads.

Negative samples are drawn once a centre and shared by its window's words, so that a step is three small matrix products
(`wenmai.kernels.word2vec_block`). They come from a shuffled table of 2^20 draws of which each centre reads a short run.

- Mikolov, T., Chen, K., Corrado, G., Dean, J. (2013). Efficient estimation of word representations in vector space.
- Mikolov, T., et al. (2013). Distributed representations of words and phrases and their compositionality. NIPS.
- Ji, S., Satish, N., Li, S., Dubey, P. (2016). Parallelizing word2vec in shared and distributed memory.
- Mnih, A., Teh, Y. W. (2012). A fast and simple algorithm for training neural probabilistic language models: NCE.

Letters of the shapes: N words of the corpus, S rows, V words, M input rows, K output rows (V, or V - 1 inner nodes), W
numbers of a row padded to whole cache lines, T threads, P nodes on all paths.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from wenmai.kernels.huffman import HuffmanTree
from wenmai.kernels.threads import in_threads
from wenmai.kernels.vectors import LINE
from wenmai.kernels.word2vec_block import COLUMNS, HALF
from wenmai.kernels.word2vec_loops import NOISE_BITS, Choice, Subwords, Tables, rooms, train_rows

_WORDS_FOR_A_THREAD = 50_000
_WORDS_IN_A_STRETCH = 1_000_000


@dataclass(frozen=True, slots=True)
class Text:
    """A corpus: token_ids [N] int32, row s is ``token_ids[offsets[s]:offsets[s + 1]]``; offsets [S + 1]."""

    token_ids: NDArray[np.int32]
    offsets: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Objective:
    """What is learnt of a word and its window.

    Attributes:
        cbow: the mean of a window predicts its centre; otherwise each word of it does alone (skip-gram).
        window: its reach at most; at every centre one from 1 to it is drawn.
        keep: [V] uint32, of 2^32 occurrences of a word so many stay; words from `always` on stay always.
        noise: [2^20] int32, words as often as they are drawn, shuffled; empty for hierarchical softmax.
        negatives: drawn words a centre; 0 for hierarchical softmax.
        shifts: [V] float32, for NCE what a word's score is too large by: the log of how often it is drawn; else empty.
        tree: the paths of hierarchical softmax; of no word where negatives are drawn.
        subword_rows: int32, the input rows that words are the means of (fastText), word after word; empty where each
            has a row of its own. subword_offsets: [V + 1], or [1].
    """

    cbow: bool
    window: int
    keep: NDArray[np.uint32]
    noise: NDArray[np.int32]
    negatives: int
    shifts: NDArray[np.float32]
    tree: HuffmanTree
    subword_rows: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))
    subword_offsets: NDArray[np.int64] = field(default_factory=lambda: np.zeros(1, np.int64))

    @property
    def always(self) -> int:
        """The first word from which on all occurrences stay."""
        below = np.flatnonzero(self.keep < np.iinfo(np.uint32).max)
        return int(below[-1]) + 1 if len(below) else 0

    @property
    def widest(self) -> int:
        """Places for output rows of a centre at most."""
        longest = int(np.diff(self.tree.offsets).max(initial=0))
        each = longest or self.negatives + 1
        if self.cbow or not len(self.subword_rows):
            return each
        return 2 * self.window * -(-each // COLUMNS) * COLUMNS


@dataclass(frozen=True, slots=True)
class Schedule:
    """Passes over the corpus, the learning rate from the first word to the last, and what decides all that is drawn."""

    epochs: int
    first_rate: float
    last_rate: float
    seed: int


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a descent is, between two stretches.

    Attributes:
        step: stretches done, of ``steps``; words: read so far, in all epochs.
        loss: the sum of the cross-entropies of this epoch's pairs so far; pairs: how many.
        threads: how many there really are.
    """

    step: int
    steps: int
    words: int
    loss: float
    pairs: int
    threads: int


@dataclass(frozen=True, slots=True)
class Begun:
    """Where an earlier descent stood."""

    step: int = 0
    loss: float = 0.0
    pairs: int = 0


def noise_table(counts: NDArray[np.int64], exponent: float, seed: int) -> NDArray[np.int32]:
    """2^20 words, each as often as its count to the power of ``exponent`` has it, in random order."""
    share = np.cumsum(counts.astype(np.float64) ** exponent)
    size = 1 << NOISE_BITS
    words = np.searchsorted(share / share[-1], (np.arange(size) + 0.5) / size).astype(np.int32)
    return np.random.default_rng(seed).permutation(np.minimum(words, len(counts) - 1)).astype(np.int32)


def kept_shares(counts: NDArray[np.int64], sample: float) -> NDArray[np.uint32]:
    """How much of a word's occurrences stays: √(t / f) + t / f of them, f being its share of the text."""
    most = np.iinfo(np.uint32).max
    if not sample:
        return np.full(len(counts), most, np.uint32)
    share = sample / (counts / counts.sum())
    shares: NDArray[np.uint32] = np.minimum((np.sqrt(share) + share) * (most + 1.0), most).astype(np.uint32)
    return shares


def descend(
    inputs: NDArray[np.float32],
    outputs: NDArray[np.float32],
    text: Text,
    objective: Objective,
    schedule: Schedule,
    *,
    threads: int = 1,
    begun: Begun = Begun(),
    watch: Callable[[Standing], object] = bool,
) -> Standing:
    """Learn both tables in place.

    With one thread the same seed gives the same numbers, bit for bit, in one go or from where an earlier one stood.
    With several, which share the corpus in contiguous ranges, the order in which their writes meet decides the last
    digits.

    Args:
        inputs: [M, W]; outputs: [K + `spare_rows`, W].
        begun: where to go on.
        watch: hears of every stretch that is done; ends the descent by raising.
    """
    threads = usable_threads(threads, text)
    stretches = -(-len(text.token_ids) // (_WORDS_IN_A_STRETCH * threads)) or 1
    steps = schedule.epochs * stretches
    goals = np.linspace(0, len(text.token_ids), stretches * threads + 1)
    cuts = np.searchsorted(text.offsets, goals)
    cuts[0], cuts[-1] = 0, len(text.offsets) - 1
    loss, pairs = begun.loss, begun.pairs
    standing = Standing(begun.step, steps, 0, loss, pairs, threads)
    for step in range(begun.step, steps):
        epoch, stretch = divmod(step, stretches)
        loss, pairs = (loss, pairs) if stretch else (0.0, 0)
        rates = [_rate(schedule, at / steps) for at in (step, step + 1)]
        parts = [
            (cuts[number * stretches + stretch], cuts[number * stretches + stretch + 1], number)
            for number in range(threads)
        ]

        def work(part: tuple[int, int, int], step: int = step, rates: list[float] = rates) -> tuple[float, int]:
            seed = np.random.SeedSequence([schedule.seed, step, part[2]]).generate_state(1, np.uint64)[0]
            return descend_once(inputs, outputs, text, objective, part, rates, seed)

        for part_loss, part_pairs in in_threads(threads, work, parts):
            loss += part_loss
            pairs += part_pairs
        read = epoch * len(text.token_ids) + len(text.token_ids) * (stretch + 1) // stretches
        standing = Standing(step + 1, steps, read, loss, pairs, threads)
        watch(standing)
    return standing


def usable_threads(threads: int, text: Text) -> int:
    """So many threads as have enough to do."""
    return max(1, min(threads, len(text.token_ids) // _WORDS_FOR_A_THREAD))


def descend_once(
    inputs: NDArray[np.float32],
    outputs: NDArray[np.float32],
    text: Text,
    objective: Objective,
    part: tuple[int, int, int],
    rates: list[float],
    seed: int,
) -> tuple[float, int]:
    """One pass over rows ``part[0]`` to ``part[1]`` by thread number ``part[2]``: the sum of losses, and the pairs."""
    losses = np.zeros(2 * HALF, np.float64)
    tree = objective.tree
    subwords = Subwords(objective.subword_rows, objective.subword_offsets)
    pairs = train_rows(
        text.token_ids,
        text.offsets,
        part[0],
        part[1],
        objective.keep,
        objective.always,
        objective.cbow,
        objective.window,
        Tables(inputs.reshape(-1), outputs.reshape(-1), inputs.shape[1], np.zeros(2 * LINE, np.float32), losses),
        Choice(
            objective.noise,
            objective.negatives,
            objective.shifts,
            tree.nodes,
            tree.codes,
            tree.offsets,
            len(outputs) - 1 - part[2],
        ),
        subwords,
        rooms(objective.widest, inputs.shape[1], objective.window, subwords),
        rates[0],
        rates[1],
        np.uint64(seed),
    )
    return float(losses.sum()), int(pairs)


def _rate(schedule: Schedule, done: float) -> float:
    return schedule.first_rate + (schedule.last_rate - schedule.first_rate) * done
