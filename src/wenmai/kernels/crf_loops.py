"""The compiled loops of `wenmai.kernels.crf`: forward, backward and expectations of one sequence after the other.

Two ways through a sequence. Scaled: every message is a row of probabilities that adds up to 1, and a step is a product
of a row and a matrix of exponentials. It is taken where no product can fall below what float64 holds: scores of a step,
and of the transitions, differ by at most `SPREAD`, and no message holds a number between 0 and `LEAST`. Everywhere else
in log space, which costs K² exponentials a step and holds for scores of any size.

- Rabiner, L. R. (1989). A tutorial on hidden Markov models. Proc. IEEE 77(2): scaling.
- Sutton, C., McCallum, A. (2012). An introduction to conditional random fields. Foundations and Trends in ML 4(4).

Letters of the shapes: S tokens of all sequences, K tags, W columns: K rounded up to whole vectors, N sequences.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

SPREAD = 230.0
"""Scores that may stand side by side in the scaled way: e^-230 is 1e-100."""
LEAST = 1e-100
"""The smallest number above 0 in a scaled message; the product of three such is a number still."""
LANES = 8
"""Columns are filled up with zeros to a multiple of this: float64 numbers of the machine's widest vector."""

_LOWEST = -700.0


@njit(nogil=True, cache=True, inline="always", fastmath={"contract"})
def exponential(value: Any) -> Any:
    """e^value for values up to 0, to 1e-11 of itself above e^-100 and to 1e-7 of itself above e^-700; 0 below.

    The series of value / 1024, squared ten times: no table, no branch, so loops over it become vectors.
    """
    x = max(value, _LOWEST) * (1.0 / 1024.0)
    series = 1.0 / 362880.0 + x * (1.0 / 3628800.0 + x * (1.0 / 39916800.0))
    series = 1.0 / 720.0 + x * (1.0 / 5040.0 + x * (1.0 / 40320.0 + x * series))
    series = 1.0 / 6.0 + x * (1.0 / 24.0 + x * (1.0 / 120.0 + x * series))
    power = 1.0 + x * (1.0 + x * (0.5 + x * series))
    power *= power
    power *= power
    power *= power
    power *= power
    power *= power
    power *= power
    power *= power
    power *= power
    power *= power
    power *= power
    return power if value >= _LOWEST else 0.0


@njit(nogil=True, cache=True, fastmath={"contract"})
def scaled_exponentials(emissions: Any, begin: int, stop: int, tags: int, factors: Any, largest: Any) -> bool:
    """``factors[t] = exp(emissions[t] - largest[t])``; whether each row's finite scores lie within `SPREAD`."""
    for t in range(begin, stop):
        top, numbers = -np.inf, True
        for b in range(tags):
            top = max(top, np.float64(emissions[t, b]))
            numbers &= emissions[t, b] < np.inf
        if not (numbers and top > -np.inf):
            return False
        bottom = top
        for b in range(tags):
            score = np.float64(emissions[t, b])
            bottom = min(bottom, score if score > -np.inf else top)
        if not top - bottom <= SPREAD:
            return False
        largest[t] = top
        for b in range(tags):
            factors[t, b] = exponential(np.float64(emissions[t, b]) - top)
    return True


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"})
def scaled_row(row: Any, at: int, width: int) -> float:
    """Make a row add up to 1; its sum before, or -1 where it then holds a number below `LEAST`, or no number."""
    total = 0.0
    for b in range(width):
        total += row[at, b]
    if not (total > 0 and total < np.inf):
        return -1.0
    share, least = 1 / total, 1.0
    for b in range(width):
        value = row[at, b] * share
        row[at, b] = value
        least = min(least, value if value > 0 else 1.0)
    return total if least >= LEAST else -1.0


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"})
def _row_times(row: Any, at: int, matrix: Any, into: Any, to: int) -> None:
    """``into[to] = row[at] · matrix``; matrix [W, W], of which eight rows at a time stand in registers."""
    width = matrix.shape[1]
    for b in range(width):
        into[to, b] = 0.0
    for a in range(0, width, LANES):
        r0, r1, r2, r3 = row[at, a], row[at, a + 1], row[at, a + 2], row[at, a + 3]
        r4, r5, r6, r7 = row[at, a + 4], row[at, a + 5], row[at, a + 6], row[at, a + 7]
        for b in range(width):
            left = r0 * matrix[a, b] + r1 * matrix[a + 1, b] + r2 * matrix[a + 2, b] + r3 * matrix[a + 3, b]
            right = r4 * matrix[a + 4, b] + r5 * matrix[a + 5, b] + r6 * matrix[a + 6, b] + r7 * matrix[a + 7, b]
            into[to, b] += left + right


@njit(nogil=True, cache=True)
def forward_scaled(
    begin: int, stop: int, factors: Any, largest: Any, matrix: Any, start: Any, end: Any, alphas: Any
) -> float:
    """Messages ``alphas`` [S, W] of one sequence; its log Z but for what the chain's factors leave out.

    NaN where a message underflows.

    Args:
        factors: [S, W], exponentials of the scores; matrix: [W, W], of the transitions; start and end: [W].
    """
    width = matrix.shape[1]
    for b in range(width):
        alphas[begin, b] = start[b] * factors[begin, b]
    total = scaled_row(alphas, begin, width)
    if total < 0:
        return np.nan
    log_total = np.log(total) + largest[begin]
    for t in range(begin + 1, stop):
        _row_times(alphas, t - 1, matrix, alphas, t)
        for b in range(width):
            alphas[t, b] *= factors[t, b]
        total = scaled_row(alphas, t, width)
        if total < 0:
            return np.nan
        log_total += np.log(total) + largest[t]
    total = 0.0
    for b in range(width):
        total += alphas[stop - 1, b] * end[b]
    return log_total + np.log(total) if total > 0 else np.nan


@njit(nogil=True, cache=True)
def backward_scaled(
    begin: int, stop: int, factors: Any, turned: Any, end: Any, betas: Any, pushed: Any, sizes: Any
) -> bool:
    """Messages ``betas`` [T, W] of one sequence, its first step in row 0, each made to add up to 1.

    Args:
        turned: [W, W], the matrix of the transitions turned: from the later tag to the earlier.
        pushed: [T, W], filled with ``factors · betas``, what each step hands back.
        sizes: [T], filled with what each message added up to before. False where a message underflows.
    """
    width, steps = turned.shape[1], stop - begin
    for b in range(width):
        betas[steps - 1, b] = end[b]
    sizes[steps - 1] = scaled_row(betas, steps - 1, width)
    if sizes[steps - 1] < 0:
        return False
    for t in range(steps - 1, 0, -1):
        for b in range(width):
            pushed[t, b] = factors[begin + t, b] * betas[t, b]
        _row_times(pushed, t, turned, betas, t - 1)
        sizes[t - 1] = scaled_row(betas, t - 1, width)
        if sizes[t - 1] < 0:
            return False
    return True


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"})
def expect_scaled(
    begin: int,
    stop: int,
    tags: int,
    alphas: Any,
    betas: Any,
    pushed: Any,
    shares: Any,
    sizes: Any,
    weight: float,
    unary: Any,
    pairwise: Any,
) -> None:
    """Marginals times ``weight`` into ``unary`` [S, K]; those of neighbours, without the matrix, onto ``pairwise``."""
    width = alphas.shape[1]
    for t in range(begin, stop):
        step = t - begin
        total = 0.0
        for b in range(width):
            total += alphas[t, b] * betas[step, b]
        share = weight / total
        for b in range(tags):
            unary[t, b] = alphas[t, b] * betas[step, b] * share
        if t + 1 == stop:
            break
        share /= sizes[step]
        for a in range(width):
            shares[step, a] = alphas[t, a] * share
    _add_products(shares, pushed, stop - begin - 1, tags, pairwise)


@njit(nogil=True, cache=True, fastmath={"contract", "reassoc", "nsz"})
def _add_products(shares: Any, pushed: Any, steps: int, tags: int, pairwise: Any) -> None:
    """``pairwise += Σ_t shares[t] ⊗ pushed[t + 1]``, four steps at a time; ``shares`` has four rows more than steps."""
    width = pairwise.shape[1]
    for t in range(steps, steps + 3):
        for a in range(width):
            shares[t, a] = 0.0
            pushed[t + 1, a] = 0.0
    for t in range(0, steps, 4):
        for a in range(tags):
            s0, s1, s2, s3 = shares[t, a], shares[t + 1, a], shares[t + 2, a], shares[t + 3, a]
            for b in range(width):
                left = s0 * pushed[t + 1, b] + s1 * pushed[t + 2, b]
                right = s2 * pushed[t + 3, b] + s3 * pushed[t + 4, b]
                pairwise[a, b] += left + right


@njit(nogil=True, cache=True, fastmath={"contract"})
def _log_sums(row: Any, at: int, matrix: Any, tags: int, largest: Any, sums: Any) -> None:
    """``sums[b] = log Σ_a exp(row[at, a] + matrix[a, b])``; -inf where nothing leads to b."""
    for b in range(tags):
        largest[b] = -np.inf
        sums[b] = 0.0
    for a in range(tags):
        for b in range(tags):
            largest[b] = max(largest[b], row[at, a] + matrix[a, b])
    for a in range(tags):
        for b in range(tags):
            top = largest[b] if largest[b] > -np.inf else 0.0
            sums[b] += exponential(row[at, a] + matrix[a, b] - top)
    for b in range(tags):
        sums[b] = np.log(sums[b]) + largest[b] if largest[b] > -np.inf else -np.inf


@njit(nogil=True, cache=True)
def forward_logs(emissions: Any, begin: int, stop: int, transitions: Any, start: Any, end: Any, alphas: Any) -> float:
    """Logarithms of the messages of one sequence into ``alphas`` [S, W], and log Z; transitions [K, K].

    NaN where a score is none or infinitely large, -inf where no sequence of tags is allowed.
    """
    tags = len(start)
    for t in range(begin, stop):
        for b in range(tags):
            if not emissions[t, b] < np.inf:
                return np.nan
    largest, sums = np.empty(tags), np.empty(tags)
    for b in range(tags):
        alphas[begin, b] = start[b] + emissions[begin, b]
    for t in range(begin + 1, stop):
        _log_sums(alphas, t - 1, transitions, tags, largest, sums)
        for b in range(tags):
            alphas[t, b] = sums[b] + emissions[t, b]
    top = -np.inf
    for b in range(tags):
        largest[b] = alphas[stop - 1, b] + end[b]
        top = max(top, largest[b])
    if not np.isfinite(top):
        return top
    total = 0.0
    for b in range(tags):
        total += np.exp(largest[b] - top)
    return float(top + np.log(total))


@njit(nogil=True, cache=True)
def backward_logs(emissions: Any, begin: int, stop: int, turned: Any, end: Any, betas: Any, pushed: Any) -> None:
    """Logarithms of the messages back, and of what each step hands back, as `backward_scaled` has them."""
    tags, steps = len(end), stop - begin
    largest, sums = np.empty(tags), np.empty(tags)
    for b in range(tags):
        betas[steps - 1, b] = end[b]
    for t in range(steps - 1, 0, -1):
        for b in range(tags):
            pushed[t, b] = emissions[begin + t, b] + betas[t, b]
        _log_sums(pushed, t, turned, tags, largest, sums)
        for a in range(tags):
            betas[t - 1, a] = sums[a]


@njit(nogil=True, cache=True)
def expect_logs(
    begin: int,
    stop: int,
    transitions: Any,
    log_total: float,
    alphas: Any,
    betas: Any,
    pushed: Any,
    weight: float,
    unary: Any,
    pairwise: Any,
) -> None:
    """As `expect_scaled`, from logarithms; ``pairwise`` [K, W] takes the marginals themselves."""
    tags = len(transitions)
    for t in range(begin, stop):
        for b in range(tags):
            unary[t, b] = weight * exponential(min(alphas[t, b] + betas[t - begin, b] - log_total, 0.0))
    for t in range(begin + 1, stop):
        for a in range(tags):
            base = alphas[t - 1, a] - log_total
            for b in range(tags):
                score = base + transitions[a, b] + pushed[t - begin, b]
                pairwise[a, b] += weight * exponential(min(score, 0.0))
