"""What a linear-chain CRF says: the best sequence of tags, the next best ones, and how sure it is of each span.

Viterbi keeps the best scores alone: which tag each came from is found again on the way back, along the one path that is
taken, so the loops have nothing to compare but numbers. Ties go to the tag with the smaller number.

- Viterbi, A. J. (1967). Error bounds for convolutional codes. IEEE Trans. Information Theory 13(2).
- Seshadri, N., Sundberg, C.-E. W. (1994). List Viterbi decoding algorithms. IEEE Trans. Communications 42(2-4).
- Culotta, A., McCallum, A. (2004). Confidence estimation for information extraction. NAACL: a span's probability.

Letters of the shapes: N sequences, S tokens of all, K tags, W columns: K rounded up to whole vectors.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from wenmai.kernels.crf import Chain, Floats, Forward, Offsets, in_parts, width_for
from wenmai.kernels.crf_loops import LANES, backward_logs, backward_scaled, exponential, forward_logs


def viterbi(
    emissions: NDArray[Any], offsets: Offsets, chain: Chain, *, threads: int = 1
) -> tuple[NDArray[np.int32], Floats]:
    """The best tag of each token [S], and the score of each sequence [N] with these.

    Args:
        emissions: [S, K]; offsets: [N + 1], as in `wenmai.kernels.crf.forward`.
    """
    emissions = np.ascontiguousarray(emissions)
    width = width_for(chain.tags)
    wide, end = np.full((width, width), -np.inf), np.full(width, -np.inf)
    wide[: chain.tags, : chain.tags], end[: chain.tags] = chain.transitions, chain.end
    turned = np.ascontiguousarray(wide.T)
    tags, scores = np.zeros(len(emissions), np.int32), np.zeros(len(offsets) - 1)

    def part(cut: tuple[int, int]) -> None:
        _viterbi_range(*cut, emissions, offsets, wide, turned, chain.start, end, tags, scores)

    in_parts(part, offsets, chain.tags, threads)
    return tags, scores


def k_best(emissions: NDArray[Any], chain: Chain, count: int) -> tuple[NDArray[np.int32], Floats]:
    """The best sequences of tags of one sequence, best first: tags [R, T] and scores [R]; R ≤ count where fewer exist.

    Args:
        emissions: [T, K], of at least one token; count: at least 1.
    """
    tags, scores = np.zeros((count, len(emissions)), np.int32), np.full(count, -np.inf)
    _k_best(np.ascontiguousarray(emissions), chain.transitions, chain.start, chain.end, tags, scores)
    found = int((scores > -np.inf).sum())
    return tags[:found], scores[:found]


def span_confidences(
    passed: Forward, tags: NDArray[np.int32], continues: NDArray[np.bool_], *, threads: int = 1
) -> Floats:
    """How probable the span is that each token [S] stands in: these tags, one span, neither begun before nor going on.

    The probability is exact: a chain's tags hang on their neighbours alone, so it is a product of conditional ones.

    Args:
        passed: the forward pass of the sequences; tags: [S], which cut them into spans.
        continues: [K, K], whether the column's tag right after the row's is the same span. Where no tag continues
            another, each token is a span, and its confidence the marginal probability of its tag.
    """
    chain, exponentials, offsets = passed.chain, passed.exponentials, passed.offsets
    confidences = np.zeros(len(tags))
    turned_transitions = np.ascontiguousarray(chain.transitions.T)

    def part(cut: tuple[int, int]) -> None:
        _confidence_range(
            *cut, passed.emissions, offsets, chain.transitions, turned_transitions, chain.start, chain.end,
            exponentials.matrix, exponentials.turned, exponentials.end, passed.alphas, passed.factors,
            passed.log_totals, passed.in_logs, tags, continues, confidences,
        )  # fmt: skip

    in_parts(part, offsets, chain.tags, threads)
    return np.clip(confidences, 0.0, 1.0, out=confidences)


@njit(nogil=True, cache=True)
def _larger(one: Any, other: Any) -> Any:
    return one if one > other else other


@njit(nogil=True, cache=True)
def _row_plus(row: Any, at: int, matrix: Any, into: Any, to: int) -> None:
    """``into[to, b] = max_a row[at, a] + matrix[a, b]``, eight rows at a time."""
    width = matrix.shape[1]
    for b in range(width):
        into[to, b] = -np.inf
    for a in range(0, width, LANES):
        r0, r1, r2, r3 = row[at, a], row[at, a + 1], row[at, a + 2], row[at, a + 3]
        r4, r5, r6, r7 = row[at, a + 4], row[at, a + 5], row[at, a + 6], row[at, a + 7]
        for b in range(width):
            first = _larger(r0 + matrix[a, b], r1 + matrix[a + 1, b])
            second = _larger(r2 + matrix[a + 2, b], r3 + matrix[a + 3, b])
            third = _larger(r4 + matrix[a + 4, b], r5 + matrix[a + 5, b])
            fourth = _larger(r6 + matrix[a + 6, b], r7 + matrix[a + 7, b])
            into[to, b] = _larger(_larger(_larger(first, second), _larger(third, fourth)), into[to, b])


@njit(nogil=True, cache=True)
def _best_with(row: Any, at: int, scores: Any, number: int, tags: int) -> int:
    """The tag a with the largest ``row[at, a] + scores[number, a]``."""
    best, place = -np.inf, 0
    for a in range(tags):
        score = row[at, a] + scores[number, a]
        if score > best:
            best, place = score, a
    return place


@njit(nogil=True, cache=True)
def _viterbi_range(
    first: int,
    last: int,
    emissions: Any,
    offsets: Any,
    wide: Any,
    turned: Any,
    start: Any,
    end: Any,
    tags: Any,
    scores: Any,
) -> None:
    count, width, longest = len(start), wide.shape[1], 1
    for n in range(first, last):
        longest = max(longest, offsets[n + 1] - offsets[n])
    best = np.full((longest, width), -np.inf)
    ends = np.empty((1, width))
    ends[0] = end
    for n in range(first, last):
        begin, steps = offsets[n], offsets[n + 1] - offsets[n]
        if steps == 0:
            continue
        for b in range(count):
            best[0, b] = start[b] + emissions[begin, b]
        for t in range(1, steps):
            _row_plus(best, t - 1, wide, best, t)
            for b in range(count):
                best[t, b] += emissions[begin + t, b]
        tag = _best_with(best, steps - 1, ends, 0, count)
        scores[n] = best[steps - 1, tag] + end[tag]
        tags[begin + steps - 1] = tag
        for t in range(steps - 1, 0, -1):
            tag = _best_with(best, t - 1, turned, tag, count)
            tags[begin + t - 1] = tag


@njit(nogil=True, cache=True)
def _insert(scores: Any, places: Any, score: float, place: int) -> bool:
    """Put a score into its place among those found so far, largest first; False where it is not among the best."""
    at = len(scores) - 1
    if not score > scores[at]:
        return False
    while at > 0 and score > scores[at - 1]:
        scores[at], places[at] = scores[at - 1], places[at - 1]
        at -= 1
    scores[at], places[at] = score, place
    return True


@njit(nogil=True, cache=True)
def _k_best(emissions: Any, transitions: Any, start: Any, end: Any, tags: Any, scores: Any) -> None:
    steps, count, kept = len(emissions), len(start), len(scores)
    best = np.full((steps, count, kept), -np.inf)
    back = np.zeros((steps, count, kept), np.int64)
    for b in range(count):
        best[0, b, 0] = start[b] + emissions[0, b]
    for t in range(1, steps):
        for b in range(count):
            for a in range(count):
                for rank in range(kept):
                    score = best[t - 1, a, rank] + transitions[a, b]
                    if not _insert(best[t, b], back[t, b], score, a * kept + rank):
                        break
            for rank in range(kept):
                best[t, b, rank] += emissions[t, b]
    places = np.zeros(kept, np.int64)
    for b in range(count):
        for rank in range(kept):
            if not _insert(scores, places, best[steps - 1, b, rank] + end[b], b * kept + rank):
                break
    for number in range(kept):
        place = places[number]
        for t in range(steps - 1, -1, -1):
            tag, rank = place // kept, place % kept
            tags[number, t] = tag
            place = back[t, tag, rank]


@njit(nogil=True, cache=True)
def _shares(left: Any, left_at: int, right: Any, right_at: int, logs: bool, tags: int, shares: Any) -> None:
    """Products of two rows, made to add up to 1; of logarithms, the exponentials of their sums."""
    total = 0.0
    if logs:
        top = -np.inf
        for a in range(tags):
            shares[a] = left[left_at, a] + right[right_at, a]
            top = max(top, shares[a])
        if not top > -np.inf:
            top = 0.0
        for a in range(tags):
            shares[a] = exponential(shares[a] - top)
            total += shares[a]
    else:
        for a in range(tags):
            shares[a] = left[left_at, a] * right[right_at, a]
            total += shares[a]
    for a in range(tags):
        shares[a] /= total if total > 0 else 1.0


@njit(nogil=True, cache=True)
def _spans_of(
    begin: int,
    stop: int,
    onward: Any,
    turned: Any,
    alphas: Any,
    betas: Any,
    pushed: Any,
    logs: bool,
    tags: Any,
    continues: Any,
    confidences: Any,
) -> None:
    """The confidences of one sequence; ``onward`` and ``turned`` are factors or logarithms, as the messages are."""
    count, first = continues.shape[0], begin
    shares = np.empty(count)
    confidence = 1.0
    for t in range(begin, stop):
        tag = tags[t]
        if t == first:
            _shares(alphas, t, betas, t - begin, logs, count, shares)
            confidence = shares[tag]
            if t > begin:
                _shares(alphas, t - 1, turned, tag, logs, count, shares)
                apart = 0.0
                for a in range(count):
                    apart += 0.0 if continues[a, tag] else shares[a]
                confidence *= apart
        going_on = False
        if t + 1 < stop:
            _shares(onward, tag, pushed, t + 1 - begin, logs, count, shares)
            going_on = continues[tag, tags[t + 1]]
            if going_on:
                confidence *= shares[tags[t + 1]]
            else:
                apart = 0.0
                for b in range(count):
                    apart += 0.0 if continues[tag, b] else shares[b]
                confidence *= apart
        if not going_on:
            for step in range(first, t + 1):
                confidences[step] = confidence
            first = t + 1


@njit(nogil=True, cache=True)
def _confidence_range(
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
    tags: Any,
    continues: Any,
    confidences: Any,
) -> None:
    longest, width = 1, matrix.shape[1]
    for n in range(first, last):
        longest = max(longest, offsets[n + 1] - offsets[n])
    betas, pushed, sizes = np.empty((longest, width)), np.empty((longest, width)), np.empty(longest)
    for n in range(first, last):
        begin, stop = offsets[n], offsets[n + 1]
        if begin == stop or not np.isfinite(log_totals[n]):
            continue
        logs = in_logs[n]
        if not logs and not backward_scaled(begin, stop, factors, turned, end_factors, betas, pushed, sizes):
            forward_logs(emissions, begin, stop, transitions, start, end, alphas)
            logs = in_logs[n] = True
        if logs:
            backward_logs(emissions, begin, stop, turned_transitions, end, betas, pushed)
            _spans_of(
                begin, stop, transitions, turned_transitions, alphas, betas, pushed, True, tags, continues, confidences
            )
        else:
            _spans_of(begin, stop, matrix, turned, alphas, betas, pushed, False, tags, continues, confidences)
