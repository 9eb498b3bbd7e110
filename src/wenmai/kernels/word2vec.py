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
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.huffman import HuffmanTree
from wenmai.kernels.rows import in_threads
from wenmai.kernels.vectors import LINE
from wenmai.kernels.word2vec_block import COLUMNS, HALF, HEIGHT, add_difference, ask_for_row, mean_row, meet

NOISE_BITS = 20
_WORDS_FOR_A_THREAD = 50_000
_WORDS_IN_A_STRETCH = 1_000_000
_LONGEST = 1 << 14
"""A longer row is cut, which words over the cut notice."""
_TRIES = 24
_ONE, _TWO, _THREE, _FOUR = ((0,) * height for height in range(1, HEIGHT + 1))
_FAST = {"contract", "nsz"}


class Tables(NamedTuple):
    """What compiled code writes to: inputs [M · W], outputs [K · W], W, room for `meet`, the sums of losses [16]."""

    inputs: Any
    outputs: Any
    width: int
    gradients: Any
    losses: Any


class Choice(NamedTuple):
    """What compiled code draws output rows from; see `Objective`."""

    noise: Any
    negatives: int
    shifts: Any
    nodes: Any
    codes: Any
    node_offsets: Any
    spare: int


class Meeting(NamedTuple):
    """Output rows of a centre as `meet` takes them."""

    columns: Any
    answers: Any
    weights: Any
    shifts: Any


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
        shifts: [V] float32, what a word's score is too large by: 0, or for NCE the log of how often it is drawn.
        tree: the paths of hierarchical softmax; of no word where negatives are drawn.
    """

    cbow: bool
    window: int
    keep: NDArray[np.uint32]
    noise: NDArray[np.int32]
    negatives: int
    shifts: NDArray[np.float32]
    tree: HuffmanTree

    @property
    def always(self) -> int:
        """The first word from which on all occurrences stay."""
        below = np.flatnonzero(self.keep < np.iinfo(np.uint32).max)
        return int(below[-1]) + 1 if len(below) else 0

    @property
    def widest(self) -> int:
        """Output rows of a centre at most."""
        longest = int(np.diff(self.tree.offsets).max(initial=0))
        return longest if longest else self.negatives + 1


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
    return np.minimum((np.sqrt(share) + share) * (most + 1.0), most).astype(np.uint32)


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
    pairs = _train(
        text.token_ids,
        text.offsets,
        part[0],
        part[1],
        objective.keep,
        objective.always,
        objective.cbow,
        objective.window,
        objective.widest,
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
        rates[0],
        rates[1],
        np.uint64(seed),
    )
    return float(losses.sum()), int(pairs)


def _rate(schedule: Schedule, done: float) -> float:
    return schedule.first_rate + (schedule.last_rate - schedule.first_rate) * done


def _kernel(function: Any) -> Any:
    return njit(nogil=True, cache=True, fastmath=_FAST)(function)


@_kernel
def _next(state: np.uint64) -> np.uint64:
    """Knuth's linear congruential generator (MMIX), of which the upper bits are random."""
    return state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)


@_kernel
def _sentence(token_ids: Any, start: int, stop: int, keep: Any, always: int, sentence: Any, state: np.uint64) -> Any:
    """Copies the occurrences that stay; how many, and the generator's state."""
    count = 0
    for at in range(start, stop):
        word = token_ids[at]
        if word < always:
            state = _next(state)
            if np.uint32(state >> np.uint64(32)) > keep[word]:
                continue
        sentence[count] = word
        count += 1
    return count, state


@_kernel
def _place(meeting: Any, start: int, number: int, row: int, answer: int, weight: float, shift: float) -> None:
    """Writes one output row of a centre where `meet` looks for it."""
    at = start + number + number // COLUMNS * (HALF - COLUMNS)
    meeting.columns[at] = row
    at += start + number // COLUMNS * HALF
    meeting.answers[at] = meeting.answers[at + HALF] = answer
    meeting.weights[at] = meeting.weights[at + HALF] = weight
    meeting.shifts[at] = meeting.shifts[at + HALF] = shift


@_kernel
def _negatives(meeting: Any, start: int, count: int, many: int, weight: float, choice: Any, state: np.uint64) -> Any:
    """Writes ``many`` drawn words behind ``count`` others, none twice; the generator's state."""
    state = _next(state)
    position = np.int64(state >> np.uint64(64 - NOISE_BITS))
    for number in range(count, count + many):
        found = np.int64(-1)
        for _ in range(_TRIES):
            drawn = choice.noise[position & ((1 << NOISE_BITS) - 1)]
            position += 1
            new = True
            for before in range(number):
                new = new and meeting.columns[start + before + before // COLUMNS * (HALF - COLUMNS)] != drawn
            if new:
                found = np.int64(drawn)
                break
        if found < 0:
            _place(meeting, start, number, choice.spare, 0, 0.0, 0.0)
        else:
            _place(meeting, start, number, found, 0, weight, choice.shifts[found])
    return state


@_kernel
def _filled(meeting: Any, start: int, count: int, spare: int) -> int:
    """How many blocks that many output rows are; the spare row, which counts for nothing, fills the last."""
    blocks = (count + COLUMNS - 1) // COLUMNS
    for number in range(count, blocks * COLUMNS):
        _place(meeting, start, number, spare, 0, 0.0, 0.0)
    return blocks


@_kernel
def _targets(word: int, meeting: Any, start: int, choice: Any, state: np.uint64) -> Any:
    """The output rows that stand for a word: how many blocks, and the generator's state."""
    count = 1
    if choice.negatives:
        _place(meeting, start, 0, word, 1, 1.0, choice.shifts[word])
        state = _negatives(meeting, start, 1, choice.negatives, 1.0, choice, state)
        count += choice.negatives
    else:
        first = choice.node_offsets[word]
        count = choice.node_offsets[word + 1] - first
        for number in range(count):
            _place(meeting, start, number, choice.nodes[first + number], choice.codes[first + number], 1.0, 0.0)
    return _filled(meeting, start, count, choice.spare), state


@_kernel
def _apart(words: Any, start: int, size: int) -> int:
    """How many of some words, at most ``size``, come before one stands there again."""
    for at in range(start + 1, start + size):
        for before in range(start, at):
            if words[before] == words[at]:
                return at - start
    return size


@_kernel
def _each_alone(contexts: Any, count: int, tables: Any, meeting: Any, column: int, rate: np.float32) -> None:
    """Some input rows, each for itself, against one block of output rows."""
    inputs, outputs, width, gradients, losses = tables
    columns, answers, weights, shifts = meeting
    at = 0
    while at < count:
        parts = (count - at + HEIGHT - 1) // HEIGHT
        size = _apart(contexts, at, (count - at + parts - 1) // parts)
        if size == 4:
            meet(inputs, contexts, at, outputs, columns, column, width, answers, weights, shifts, rate, gradients,
                 losses, _FOUR)  # fmt: skip
        elif size == 3:
            meet(inputs, contexts, at, outputs, columns, column, width, answers, weights, shifts, rate, gradients,
                 losses, _THREE)  # fmt: skip
        elif size == 2:
            meet(inputs, contexts, at, outputs, columns, column, width, answers, weights, shifts, rate, gradients,
                 losses, _TWO)  # fmt: skip
        else:
            meet(inputs, contexts, at, outputs, columns, column, width, answers, weights, shifts, rate, gradients,
                 losses, _ONE)  # fmt: skip
        at += size


@_kernel
def _mean(rows: Any, start: int, stop: int, tables: Any, meeting: Any, column: int, blocks: int, rate: np.float32,
          hidden: Any) -> None:  # fmt: skip
    """The mean of some input rows against blocks of output rows; what it changes by, each of its rows does."""
    inputs, outputs, width, gradients, losses = tables
    columns, answers, weights, shifts = meeting
    mean, before, itself = hidden
    mean_row(mean, before, inputs, rows, start, stop, width)
    for block in range(blocks):
        meet(mean, itself, 0, outputs, columns, column + block * HALF, width, answers, weights, shifts, rate,
             gradients, losses, _ONE)  # fmt: skip
    add_difference(inputs, rows, start, stop, mean, before, width)


@_kernel
def _window(sentence: Any, centre: int, count: int, reach: int, contexts: Any) -> int:
    """The words around a centre; how many."""
    found = 0
    for at in range(max(0, centre - reach), min(count, centre + reach + 1)):
        if at != centre:
            contexts[found] = sentence[at]
            found += 1
    return found


@_kernel
def _ask_for(tables: Any, meeting: Any, start: int, blocks: int) -> None:
    for block in range(blocks):
        for number in range(COLUMNS):
            ask_for_row(tables.outputs, np.int64(meeting.columns[start + block * HALF + number]), tables.width)


@_kernel
def _rooms(most: int, width: int, window: int) -> Any:
    """Where a centre's output rows are written, twice: for this centre and for the next; and where means are."""
    blocks = 2 * (most + COLUMNS - 1) // COLUMNS + 2
    meeting = Meeting(
        np.zeros(blocks * HALF, np.int32),
        np.zeros(blocks * 2 * HALF, np.float32),
        np.zeros(blocks * 2 * HALF, np.float32),
        np.zeros(blocks * 2 * HALF, np.float32),
    )
    hidden = (np.zeros(width, np.float32), np.zeros(width, np.float32), np.zeros(1, np.int32))
    return meeting, hidden, np.zeros(2 * window, np.int32), np.zeros(_LONGEST, np.int32), blocks // 2 * HALF


@_kernel
def _train(
    token_ids: Any, offsets: Any, first: int, last: int, keep: Any, always: int, cbow: bool, window: int, widest: int,
    tables: Any, choice: Any, first_rate: float, last_rate: float, state: np.uint64,
) -> int:  # fmt: skip
    """One pass over some rows; how many pairs of a word and what it is to predict there were."""
    meeting, hidden, contexts, sentence, half = _rooms(widest, tables.width, window)
    origin, pairs = offsets[first], 0
    total = max(offsets[last] - origin, 1)
    for row in range(first, last):
        begin = offsets[row]
        while begin < offsets[row + 1]:
            stop = min(begin + _LONGEST, offsets[row + 1])
            rate = np.float32(first_rate + (last_rate - first_rate) * (begin - origin) / total)
            count, state = _sentence(token_ids, begin, stop, keep, always, sentence, state)
            begin = stop
            if count < 2:
                continue
            following, state = _targets(sentence[0], meeting, 0, choice, state)
            start = 0
            for centre in range(count):
                blocks, ahead = following, half - start
                if centre + 1 < count:
                    following, state = _targets(sentence[centre + 1], meeting, ahead, choice, state)
                    _ask_for(tables, meeting, ahead, following)
                    entering = min(centre + 1 + window, count - 1)
                    ask_for_row(tables.inputs, np.int64(sentence[entering]), tables.width)
                state = _next(state)
                reach = 1 + np.int64(state >> np.uint64(33)) % window
                found = _window(sentence, centre, count, reach, contexts)
                if cbow:
                    _mean(contexts, 0, found, tables, meeting, start, blocks, rate, hidden)
                    pairs += 1
                else:
                    for block in range(blocks):
                        _each_alone(contexts, found, tables, meeting, start + block * HALF, rate)
                    pairs += found
                start = ahead
    return pairs
