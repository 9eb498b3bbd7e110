"""The compiled passes of word2vec over a corpus; `wenmai.kernels.word2vec` says what is learnt and calls them.

Letters of the shapes: as there.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numba import njit

from wenmai.kernels.word2vec_block import COLUMNS, HALF, HEIGHT, add_difference, ask_for_row, mean_row, meet

NOISE_BITS = 20
_LONGEST = 1 << 14
"""A longer row is cut, which words over the cut notice."""
_TRIES = 24
_ONE, _TWO, _THREE, _FOUR = ((0,) * height for height in range(1, HEIGHT + 1))
_OPTIONS: dict[str, Any] = {"nogil": True, "cache": True, "fastmath": {"contract", "nsz"}, "_nrt": False}


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


class Subwords(NamedTuple):
    """Which input rows a word is the mean of: ``rows[offsets[word]:offsets[word + 1]]``; none where it has but one."""

    rows: Any
    offsets: Any


class Meeting(NamedTuple):
    """Output rows of a centre as `meet` takes them."""

    columns: Any
    answers: Any
    weights: Any
    shifts: Any


class Rooms(NamedTuple):
    """Where compiled code keeps what it works on.

    Attributes:
        meeting: output rows, twice: for this centre and for the next, each ``half`` places.
        mean, before, itself: [W], [W] and [1], the mean of input rows and what it was; the row number of the mean.
        windows: [2 · 2 · window], the words around this centre and the next; bag: the input rows of all of them.
        sentence: [longest row that is not cut].
    """

    meeting: Meeting
    half: int
    mean: Any
    before: Any
    itself: Any
    windows: Any
    bag: Any
    sentence: Any


def rooms(widest: int, width: int, window: int, subwords: Subwords) -> Rooms:
    """Rooms for one thread.

    Args:
        widest: places for output rows of a centre at most; width: W.
    """
    blocks = 2 * (-(-widest // COLUMNS) + 1)
    meeting = Meeting(
        np.full(blocks * HALF, -1, np.int32),  # Between blocks there are places that are no row.
        *(np.zeros(blocks * 2 * HALF, np.float32) for _ in range(3)),
    )
    longest = int(np.diff(subwords.offsets).max(initial=0))
    return Rooms(
        meeting,
        blocks // 2 * HALF,
        np.zeros(width, np.float32),
        np.zeros(width, np.float32),
        np.zeros(1, np.int32),
        np.zeros(4 * window, np.int32),
        np.zeros(2 * window * longest, np.int32),
        np.zeros(_LONGEST, np.int32),
    )


def _kernel(function: Any) -> Any:
    """Compiled without reference counts, which would cost more than the work: nothing is allocated in these loops."""
    return njit(**_OPTIONS)(function)


def _part(function: Any) -> Any:
    """A part of a kernel, written into it where it is called: what it is given would take longer to hand over."""
    return njit(**_OPTIONS, forceinline=True)(function)


@_part
def _next(state: np.uint64) -> np.uint64:
    """Knuth's linear congruential generator (MMIX), of which the upper bits are random."""
    return state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)


@_part
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


@_part
def _place(meeting: Any, start: int, number: int, row: int, answer: int, weight: float, shift: float) -> None:
    """Writes one output row of a centre where `meet` looks for it."""
    block = number // COLUMNS
    at = start + number + block * (HALF - COLUMNS)
    meeting.columns[at] = row
    at += start + block * HALF
    # Mostly nothing but the row is another than at the centre before the last.
    if meeting.answers[at] != answer:
        meeting.answers[at] = meeting.answers[at + HALF] = answer
    if meeting.weights[at] != weight:
        meeting.weights[at] = meeting.weights[at + HALF] = weight
    if meeting.shifts[at] != shift:
        meeting.shifts[at] = meeting.shifts[at + HALF] = shift


@_part
def _shift(word: int, choice: Any) -> np.float32:
    """What a word's score is too large by."""
    return choice.shifts[word] if len(choice.shifts) else np.float32(0)


@_part
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
            for before in range(start, start + number + number // COLUMNS * (HALF - COLUMNS)):
                new &= meeting.columns[before] != drawn
            if new:
                found = np.int64(drawn)
                break
        if found < 0:
            _place(meeting, start, number, choice.spare, 0, 0.0, 0.0)
        else:
            _place(meeting, start, number, found, 0, weight, _shift(found, choice))
    return state


@_part
def _filled(meeting: Any, start: int, count: int, spare: int) -> int:
    """How many blocks that many output rows are; the spare row, which counts for nothing, fills the last."""
    blocks = (count + COLUMNS - 1) // COLUMNS
    for number in range(count, blocks * COLUMNS):
        _place(meeting, start, number, spare, 0, 0.0, 0.0)
    return blocks


@_part
def _targets(word: int, meeting: Any, start: int, choice: Any, state: np.uint64) -> Any:
    """The output rows that stand for a word: how many blocks, and the generator's state."""
    count = 1
    if choice.negatives:
        _place(meeting, start, 0, word, 1, 1.0, _shift(word, choice))
        state = _negatives(meeting, start, 1, choice.negatives, 1.0, choice, state)
        count += choice.negatives
    else:
        first = choice.node_offsets[word]
        count = choice.node_offsets[word + 1] - first
        for number in range(count):
            _place(meeting, start, number, choice.nodes[first + number], choice.codes[first + number], 1.0, 0.0)
    return _filled(meeting, start, count, choice.spare), state


@_part
def _apart(words: Any, start: int, size: int) -> int:
    """How many of some words, at most ``size``, come before one stands there again."""
    for at in range(start + 1, start + size):
        for before in range(start, at):
            if words[before] == words[at]:
                return at - start
    return size


@_part
def _each_alone(
    contexts: Any, first: int, count: int, tables: Any, meeting: Any, column: int, rate: np.float32
) -> None:
    """Some input rows, each for itself, against one block of output rows."""
    inputs, outputs, width, gradients, losses = tables
    columns, answers, weights, shifts = meeting
    at, stop = first, first + count
    while at < stop:
        parts = (stop - at + HEIGHT - 1) // HEIGHT
        size = _apart(contexts, at, (stop - at + parts - 1) // parts)
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


@_part
def _mean(rows: Any, start: int, stop: int, tables: Any, meeting: Any, column: int, blocks: int, rate: np.float32,
          rooms: Any) -> None:  # fmt: skip
    """The mean of some input rows against blocks of output rows; what it changes by, each of its rows does."""
    inputs, outputs, width, gradients, losses = tables
    columns, answers, weights, shifts = meeting
    mean, before, itself = rooms.mean, rooms.before, rooms.itself
    mean_row(mean, before, inputs, rows, start, stop, width)
    for block in range(blocks):
        meet(mean, itself, 0, outputs, columns, column + block * HALF, width, answers, weights, shifts, rate,
             gradients, losses, _ONE)  # fmt: skip
    add_difference(inputs, rows, start, stop, mean, before, width)


@_part
def _window(sentence: Any, centre: int, count: int, reach: int, contexts: Any, first: int) -> int:
    """Writes the words around a centre; how many."""
    found = 0
    for at in range(max(0, centre - reach), min(count, centre + reach + 1)):
        if at != centre:
            contexts[first + found] = sentence[at]
            found += 1
    return found


@_part
def _window_targets(
    contexts: Any, first: int, found: int, meeting: Any, start: int, choice: Any, state: np.uint64
) -> Any:
    """The output rows of a whole window, one word meeting them all: how many blocks, and the generator's state.

    Each word of the window has negatives of its own, as in the official program: with the same for all of them it is
    twice as quick, and analogies lose a fifth of their accuracy (benchmarks/NOTES.md).
    """
    blocks = 0
    for at in range(first, first + found):
        more, state = _targets(contexts[at], meeting, start + blocks * HALF, choice, state)
        blocks += more
    return blocks, state


@_part
def _spelt(contexts: Any, first: int, found: int, subwords: Any, bag: Any) -> int:
    """Writes all input rows of some words; how many."""
    count = 0
    for at in range(first, first + found):
        for number in range(subwords.offsets[contexts[at]], subwords.offsets[contexts[at] + 1]):
            bag[count] = subwords.rows[number]
            count += 1
    return count


@_part
def _ask_for_words(tables: Any, subwords: Any, word: int) -> None:
    """Bring the input rows of a word into the cache."""
    if len(subwords.rows):
        for number in range(subwords.offsets[word], subwords.offsets[word + 1]):
            ask_for_row(tables.inputs, np.int64(subwords.rows[number]), tables.width)
    else:
        ask_for_row(tables.inputs, np.int64(word), tables.width)


@_part
def _ask_for(tables: Any, meeting: Any, start: int, blocks: int) -> None:
    for block in range(blocks):
        for number in range(COLUMNS):
            ask_for_row(tables.outputs, np.int64(meeting.columns[start + block * HALF + number]), tables.width)


@_part
def _meet_all(cbow: bool, composed: bool, centre: int, here: int, size: int, tables: Any, start: int, blocks: int,
              rate: np.float32, subwords: Any, rooms: Any) -> None:  # fmt: skip
    """A centre and its window against the output rows that were drawn for them."""
    windows, bag, meeting = rooms.windows, rooms.bag, rooms.meeting
    if cbow and composed:
        _mean(bag, 0, _spelt(windows, here, size, subwords, bag), tables, meeting, start, blocks, rate, rooms)
    elif cbow:
        _mean(windows, here, here + size, tables, meeting, start, blocks, rate, rooms)
    elif composed:
        first, last = subwords.offsets[centre], subwords.offsets[centre + 1]
        _mean(subwords.rows, first, last, tables, meeting, start, blocks, rate, rooms)
    else:
        for block in range(blocks):
            _each_alone(windows, here, size, tables, meeting, start + block * HALF, rate)


@_kernel
def train_rows(
    token_ids: Any, offsets: Any, first: int, last: int, keep: Any, always: int, cbow: bool, window: int,
    tables: Any, choice: Any, subwords: Any, rooms: Any, first_rate: float, last_rate: float, state: np.uint64,
) -> int:  # fmt: skip
    """One pass over some rows; how many pairs of a word and what it is to predict there were.

    What a centre will meet is drawn while the one before it is learnt from, so that its rows are in the cache by then.
    """
    meeting, windows, sentence = rooms.meeting, rooms.windows, rooms.sentence
    composed = len(subwords.rows) > 0
    origin, pairs = offsets[first], 0
    total = max(offsets[last] - origin, 1)
    for row in range(first, last):
        begin = offsets[row]
        while begin < offsets[row + 1]:
            stop = min(begin + len(sentence), offsets[row + 1])
            rate = np.float32(first_rate + (last_rate - first_rate) * (begin - origin) / total)
            count, state = _sentence(token_ids, begin, stop, keep, always, sentence, state)
            begin = stop
            if count < 2:
                continue
            start, blocks, near, found = 0, 0, 0, 0
            for ahead in range(count + 1):
                meet_at, meet_blocks, here, size = start, blocks, near, found
                if ahead < count:
                    start, near = rooms.half - start, 2 * window - near
                    state = _next(state)
                    reach = 1 + np.int64(state >> np.uint64(33)) % window
                    found = _window(sentence, ahead, count, reach, windows, near)
                    if composed and not cbow:
                        blocks, state = _window_targets(windows, near, found, meeting, start, choice, state)
                        _ask_for_words(tables, subwords, sentence[ahead])
                    else:
                        blocks, state = _targets(sentence[ahead], meeting, start, choice, state)
                        _ask_for_words(tables, subwords, sentence[min(ahead + window, count - 1)])
                    _ask_for(tables, meeting, start, blocks)
                if ahead:
                    _meet_all(cbow, composed, sentence[ahead - 1], here, size, tables, meet_at, meet_blocks, rate,
                              subwords, rooms)  # fmt: skip
                    pairs += 1 if cbow else size
    return pairs
