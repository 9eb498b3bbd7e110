"""Linear-chain CRF: log Z, marginals and gradients over sequences of different lengths, without an autograd tape.

    score(y) = start(y_1) + Σ_t emission_t(y_t) + Σ_t transition(y_t, y_t+1) + end(y_T),   P(y) = e^score(y) / Z

`forward` finds log Z, `expectations` the marginals, which are the gradient of log Z. Both go through scaled
probabilities where these hold every number, and through logarithms for the sequences where they would not. Decoding
stands in `wenmai.kernels.crf_decoding`.

- Lafferty, J., McCallum, A., Pereira, F. (2001). Conditional random fields. ICML.

Letters of the shapes: N sequences, S tokens of all, K tags, W columns: K rounded up to whole vectors.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.crf_loops import (
    LANES,
    SPREAD,
    backward_logs,
    backward_scaled,
    expect_logs,
    expect_scaled,
    forward_logs,
    forward_scaled,
    scaled_exponentials,
)
from wenmai.kernels.threads import in_threads

Floats = NDArray[np.float64]
Offsets = NDArray[np.int64]

WORTH_A_THREAD = 1_000_000
"""Tokens times tags squared: below this a pass is over before a second thread has started."""


@dataclass(frozen=True, slots=True)
class Chain:
    """What tags say of their neighbours; -inf forbids.

    Attributes:
        transitions: [K, K], from the row's tag to the column's; start, end: [K], of the first and the last tag.
    """

    transitions: Floats
    start: Floats
    end: Floats

    @classmethod
    def of(cls, transitions: NDArray[Any], start: NDArray[Any], end: NDArray[Any]) -> Chain:
        """The same scores as float64 in one piece."""
        return cls(*(np.ascontiguousarray(part, np.float64) for part in (transitions, start, end)))

    @property
    def tags(self) -> int:
        """K."""
        return len(self.start)


@dataclass(frozen=True, slots=True)
class Exponentials:
    """A chain as factors, its largest transition, start and end taken out and added to ``constant``.

    Attributes:
        matrix, turned: [W, W], from row to column and the other way; start, end: [W]. Zeros beyond K.
        usable: whether the finite scores of each lie within `SPREAD`.
        first, each: what is to be added to log Z once, and for every transition.
    """

    matrix: Floats
    turned: Floats
    start: Floats
    end: Floats
    usable: bool
    first: float
    each: float

    @classmethod
    def of(cls, chain: Chain) -> Exponentials:
        """The factors of a chain."""
        width = width_for(chain.tags)
        parts, largest, usable = [], [], True
        for scores in (chain.transitions, chain.start, chain.end):
            finite = scores[scores > -np.inf]
            top = float(finite.max(initial=-np.inf))
            usable &= bool(np.isfinite(top)) and bool(top - finite.min(initial=top) <= SPREAD)
            largest.append(top if np.isfinite(top) else 0.0)
            wide = np.zeros((width,) * scores.ndim)
            wide[(slice(chain.tags),) * scores.ndim] = np.exp(scores - largest[-1]) if usable else 0.0
            parts.append(wide)
        return cls(
            parts[0], np.ascontiguousarray(parts[0].T), parts[1], parts[2], usable, largest[1] + largest[2], largest[0]
        )


@dataclass(frozen=True, slots=True)
class Forward:
    """The forward pass of some sequences, from which all else is found.

    Attributes:
        log_totals: [N], log Z; -inf where no sequence of tags is allowed, NaN where a score is no number.
        alphas: [S, W], messages; factors: [S, W], exponentials of the scores of scaled sequences.
        in_logs: [N], whether a sequence's messages are logarithms.
    """

    emissions: NDArray[Any]
    offsets: Offsets
    chain: Chain
    exponentials: Exponentials
    log_totals: Floats
    alphas: Floats
    factors: Floats
    in_logs: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Expectations:
    """How often, times the weight of its sequence, each tag stands somewhere.

    Attributes:
        unary: [S, K], of each token: marginal probabilities where weights are 1.
        pairwise: [K, K], of neighbours, over all sequences; start, end: [K], of first and last tokens.
    """

    unary: NDArray[Any]
    pairwise: Floats
    start: Floats
    end: Floats


def forward(
    emissions: NDArray[Any], offsets: Offsets, chain: Chain, *, threads: int = 1, logs: bool = False
) -> Forward:
    """Log Z of each sequence.

    Args:
        emissions: [S, K] float32 or float64, scores of the tags at each token; -inf forbids.
        offsets: [N + 1], sequence n has the tokens ``offsets[n]:offsets[n + 1]``; one without tokens has log Z 0.
        logs: whether all sequences go through logarithms, not only those that must.
    """
    emissions = np.ascontiguousarray(emissions)
    exponentials = Exponentials.of(chain)
    tokens, width = len(emissions), exponentials.matrix.shape[1]
    alphas, factors, largest = np.zeros((tokens, width)), np.zeros((tokens, width)), np.zeros(tokens)
    log_totals, in_logs = np.zeros(len(offsets) - 1), np.zeros(len(offsets) - 1, np.bool_)
    scaled = exponentials.usable and not logs
    if not all((part < np.inf).all() for part in (chain.transitions, chain.start, chain.end)):
        log_totals[np.diff(offsets) > 0] = np.nan
        return Forward(emissions, offsets, chain, exponentials, log_totals, alphas, factors, in_logs)

    def part(cut: tuple[int, int]) -> None:
        _forward_range(
            *cut, emissions, offsets, chain.transitions, chain.start, chain.end, exponentials.matrix,
            exponentials.start, exponentials.end, exponentials.first, exponentials.each, scaled, alphas, factors,
            largest, log_totals, in_logs,
        )  # fmt: skip

    in_parts(part, offsets, chain.tags, threads)
    return Forward(emissions, offsets, chain, exponentials, log_totals, alphas, factors, in_logs)


def expectations(passed: Forward, weights: Floats | None = None, *, threads: int = 1) -> Expectations:
    """Marginals: the gradient of Σ weight · log Z by emissions, transitions, start and end.

    Args:
        weights: [N], 1 each by default.
    """
    chain, exponentials, offsets = passed.chain, passed.exponentials, passed.offsets
    weights = np.ones(len(offsets) - 1) if weights is None else np.ascontiguousarray(weights, np.float64)
    unary = np.zeros((len(passed.emissions), chain.tags), passed.emissions.dtype)
    turned_transitions = np.ascontiguousarray(chain.transitions.T)

    def part(cut: tuple[int, int]) -> tuple[Floats, Floats]:
        counted, kept = np.zeros(exponentials.matrix.shape), np.zeros(exponentials.matrix.shape)
        _expect_range(
            *cut, passed.emissions, offsets, chain.transitions, turned_transitions, chain.start, chain.end,
            exponentials.matrix, exponentials.turned, exponentials.end, passed.alphas, passed.factors,
            passed.log_totals, passed.in_logs, weights, unary, counted, kept,
        )  # fmt: skip
        return counted, kept

    found = in_parts(part, offsets, chain.tags, threads)
    pairwise = np.zeros(exponentials.matrix.shape)
    for counted, kept in found:
        pairwise += counted * exponentials.matrix + kept
    filled = np.diff(offsets) > 0
    return Expectations(
        unary,
        pairwise[: chain.tags, : chain.tags].copy(),
        unary[offsets[:-1][filled]].sum(axis=0, dtype=np.float64),
        unary[offsets[1:][filled] - 1].sum(axis=0, dtype=np.float64),
    )


def path_scores(emissions: NDArray[Any], offsets: Offsets, tags: NDArray[Any], chain: Chain) -> Floats:
    """The score [N] of one tag a token [S]; -inf for what the chain forbids."""
    steps = emissions[np.arange(len(emissions)), tags].astype(np.float64)
    if len(tags) > 1:
        inner = np.ones(len(tags), np.bool_)
        inner[offsets[:-1][offsets[:-1] < len(tags)]] = False
        steps[1:] += np.where(inner[1:], chain.transitions[tags[:-1], tags[1:]], 0.0)
    filled = np.diff(offsets) > 0
    scores = np.zeros(len(offsets) - 1)
    scores[filled] = chain.start[tags[offsets[:-1][filled]]] + chain.end[tags[offsets[1:][filled] - 1]]
    # Sums of what follows each begin: differences of running sums would lose digits, and all of them after a -inf.
    scores[filled] += np.add.reduceat(steps, offsets[:-1][filled]) if filled.any() else 0.0
    return scores


def path_counts(offsets: Offsets, tags: NDArray[Any], count: int, weights: Floats) -> Expectations:
    """What `expectations` would be if each sequence had these tags [S] for certain; ``unary`` is left empty."""
    each = np.repeat(weights, np.diff(offsets))
    pairs = np.zeros((count, count))
    if len(tags) > 1:
        inner = np.ones(len(tags), np.bool_)
        inner[offsets[:-1][offsets[:-1] < len(tags)]] = False
        np.add.at(pairs, (tags[:-1][inner[1:]], tags[1:][inner[1:]]), each[1:][inner[1:]])
    filled = np.diff(offsets) > 0
    start, end = np.zeros(count), np.zeros(count)
    np.add.at(start, tags[offsets[:-1][filled]], weights[filled])
    np.add.at(end, tags[offsets[1:][filled] - 1], weights[filled])
    return Expectations(np.zeros((0, count)), pairs, start, end)


def width_for(tags: int) -> int:
    """Columns of the messages of so many tags."""
    return -(-tags // LANES) * LANES


def in_parts(work: Callable[[tuple[int, int]], Any], offsets: Offsets, tags: int, threads: int) -> list[Any]:
    """The results of ``work`` over ranges of sequences with about as many tokens each, side by side where it pays."""
    tokens, sequences = int(offsets[-1]), len(offsets) - 1
    parts = max(min(threads, 1 + tokens * tags * tags // WORTH_A_THREAD), 1)
    at = np.searchsorted(offsets, np.linspace(0, tokens, parts + 1)[1:-1]).tolist()
    edges = [0, *at, sequences]
    return in_threads(threads, work, [(start, stop) for start, stop in itertools.pairwise(edges) if start < stop])


@njit(nogil=True, cache=True)
def _forward_range(
    first: int,
    last: int,
    emissions: Any,
    offsets: Any,
    transitions: Any,
    start: Any,
    end: Any,
    matrix: Any,
    start_factors: Any,
    end_factors: Any,
    once: float,
    each: float,
    scaled: bool,
    alphas: Any,
    factors: Any,
    largest: Any,
    log_totals: Any,
    in_logs: Any,
) -> None:
    tags = len(start)
    for n in range(first, last):
        begin, stop = offsets[n], offsets[n + 1]
        if begin == stop:
            continue
        found = np.nan
        if scaled and scaled_exponentials(emissions, begin, stop, tags, factors, largest):
            found = forward_scaled(begin, stop, factors, largest, matrix, start_factors, end_factors, alphas)
            found += once + each * (stop - begin - 1)
        in_logs[n] = np.isnan(found)
        if in_logs[n]:
            found = forward_logs(emissions, begin, stop, transitions, start, end, alphas)
        log_totals[n] = found


@njit(nogil=True, cache=True)
def _expect_range(
    first: int,
    last: int,
    emissions: Any,
    offsets: Any,
    transitions: Any,
    turned_transitions: Any,
    start: Any,
    end: Any,
    matrix: Any,
    turned: Any,
    end_factors: Any,
    alphas: Any,
    factors: Any,
    log_totals: Any,
    in_logs: Any,
    weights: Any,
    unary: Any,
    counted: Any,
    kept: Any,
) -> None:
    tags, longest = len(start), 1
    for n in range(first, last):
        longest = max(longest, offsets[n + 1] - offsets[n])
    width = matrix.shape[1]
    betas, pushed, shares = np.empty((longest, width)), np.empty((longest + 4, width)), np.empty((longest + 4, width))
    sizes = np.empty(longest)
    for n in range(first, last):
        begin, stop = offsets[n], offsets[n + 1]
        if begin == stop:
            continue
        if not np.isfinite(log_totals[n]):
            unary[begin:stop] = np.nan
            continue
        logs = in_logs[n]
        if not logs and not backward_scaled(begin, stop, factors, turned, end_factors, betas, pushed, sizes):
            forward_logs(emissions, begin, stop, transitions, start, end, alphas)
            logs = in_logs[n] = True
        if logs:
            backward_logs(emissions, begin, stop, turned_transitions, end, betas, pushed)
            total = log_totals[n]
            expect_logs(begin, stop, transitions, total, alphas, betas, pushed, weights[n], unary, kept)
        else:
            expect_scaled(begin, stop, tags, alphas, betas, pushed, shares, sizes, weights[n], unary, counted)
