"""The CRF's kernel against enumeration of all sequences of tags, in both of its ways."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.kernels.crf import Chain, Expectations, expectations, forward, path_counts, path_scores
from wenmai.kernels.crf_decoding import k_best, span_confidences, viterbi
from wenmai.kernels.crf_loops import exponential

scores = st.floats(-20, 20, allow_nan=False, width=32)


@st.composite
def cases(draw, illegal=True):
    """Emissions [S, K], offsets and a chain; some transitions may be forbidden, but from one tag everything is open."""
    tags = draw(st.integers(1, 4))
    lengths = draw(st.lists(st.integers(0, 4), min_size=1, max_size=3))
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    generator = np.random.default_rng(draw(st.integers(0, 2**32)))
    scale = draw(st.sampled_from([1.0, 10.0, 300.0, 1e4]))
    emissions = (generator.normal(size=(int(offsets[-1]), tags)) * scale).astype(np.float32)
    transitions, start, end = (generator.normal(size=shape) * 2 for shape in ((tags, tags), tags, tags))
    if illegal and draw(st.booleans()):
        transitions[generator.random((tags, tags)) < 0.4] = -np.inf
        transitions[0, :], transitions[:, 0] = 0.5, -0.5
        start[1:][generator.random(tags - 1) < 0.4] = -np.inf
        end[1:][generator.random(tags - 1) < 0.4] = -np.inf
    return emissions, offsets, Chain.of(transitions, start, end)


def rows(emissions, offsets):
    return [emissions[start:stop].astype(np.float64) for start, stop in itertools.pairwise(offsets)]


def enumerated(row, chain):
    """All sequences of tags of a row with their scores; the sum over the score's terms in float64."""
    paths = np.array(list(itertools.product(range(chain.tags), repeat=len(row))), np.int64)
    found = chain.start[paths[:, 0]] + chain.end[paths[:, -1]] + row[np.arange(len(row)), paths].sum(axis=1)
    return paths, found + chain.transitions[paths[:, :-1], paths[:, 1:]].sum(axis=1)


def probabilities(scores):
    shifted = np.exp(scores - scores.max())
    return shifted / shifted.sum()


@given(cases(), st.booleans())
def test_it_is_the_sum_over_all_sequences_of_tags(case, logs):
    emissions, offsets, chain = case
    passed = forward(emissions, offsets, chain, logs=logs)
    found = expectations(passed)
    expected = Expectations(
        np.zeros(emissions.shape), *(np.zeros_like(x) for x in (chain.transitions, *[chain.end] * 2))
    )
    for number, row in enumerate(rows(emissions, offsets)):
        if not len(row):
            assert passed.log_totals[number] == 0
            continue
        paths, totals = enumerated(row, chain)
        shares = probabilities(totals)
        largest = totals.max()
        np.testing.assert_allclose(
            passed.log_totals[number], largest + np.log(np.exp(totals - largest).sum()), rtol=1e-9
        )
        for path, share in zip(paths, shares, strict=True):
            expected.unary[offsets[number] + np.arange(len(row)), path] += share
            np.add.at(expected.pairwise, (path[:-1], path[1:]), share)
            expected.start[path[0]] += share
            expected.end[path[-1]] += share
    for name in ("unary", "pairwise", "start", "end"):
        np.testing.assert_allclose(getattr(found, name), getattr(expected, name), atol=1e-6, err_msg=name)


@given(cases())
def test_the_best_paths_are_the_best_of_all(case):
    emissions, offsets, chain = case
    tags, best = viterbi(emissions, offsets, chain)
    for number, row in enumerate(rows(emissions, offsets)):
        if not len(row):
            continue
        paths, totals = enumerated(row, chain)
        np.testing.assert_allclose(best[number], totals.max(), rtol=1e-12)
        own = tags[offsets[number] : offsets[number + 1]]
        np.testing.assert_allclose(totals[(paths == own).all(axis=1)], totals.max(), rtol=1e-12)
        for count in (1, 3, 400):
            listed, their = k_best(emissions[offsets[number] : offsets[number + 1]], chain, count)
            legal = np.sort(totals[totals > -np.inf])[::-1][:count]
            np.testing.assert_allclose(their, legal, rtol=1e-9, atol=1e-9)
            assert len({tuple(path) for path in listed}) == len(listed)
            for path, score in zip(listed, their, strict=True):
                np.testing.assert_allclose(totals[(paths == path).all(axis=1)], score, rtol=1e-9, atol=1e-9)


def spans_of(path, continues):
    """(first, last + 1, tags) of each span."""
    cuts = [0, *(t for t in range(1, len(path)) if not continues[path[t - 1], path[t]]), len(path)]
    return [(start, stop, tuple(path[start:stop])) for start, stop in itertools.pairwise(cuts)]


@given(cases(), st.booleans(), st.randoms(use_true_random=False))
def test_a_spans_confidence_is_the_share_of_the_sequences_that_have_it(case, logs, random):
    emissions, offsets, chain = case
    continues = np.array([[random.random() < 0.5 for _ in range(chain.tags)] for _ in range(chain.tags)])
    tags, _ = viterbi(emissions, offsets, chain)
    found = span_confidences(forward(emissions, offsets, chain, logs=logs), tags, continues)
    for number, row in enumerate(rows(emissions, offsets)):
        if not len(row):
            continue
        paths, totals = enumerated(row, chain)
        shares = probabilities(totals)
        spans = [set(spans_of(path, continues)) for path in paths]
        for span in spans_of(tags[offsets[number] : offsets[number + 1]], continues):
            expected = sum(share for share, theirs in zip(shares, spans, strict=True) if span in theirs)
            own = found[offsets[number] + span[0] : offsets[number] + span[1]]
            np.testing.assert_allclose(own, expected, atol=1e-7)


@given(cases(illegal=False), st.integers(0, 2**32))
def test_the_score_and_counts_of_given_tags(case, seed):
    emissions, offsets, chain = case
    tags = np.random.default_rng(seed).integers(chain.tags, size=len(emissions))
    weights = np.random.default_rng(seed).random(len(offsets) - 1)
    found, counts = path_scores(emissions, offsets, tags, chain), path_counts(offsets, tags, chain.tags, weights)
    pairs = np.zeros_like(chain.transitions)
    for number, row in enumerate(rows(emissions, offsets)):
        own = tags[offsets[number] : offsets[number + 1]]
        np.add.at(pairs, (own[:-1], own[1:]), weights[number])
        if len(row):
            paths, totals = enumerated(row, chain)
            np.testing.assert_allclose(found[number], totals[(paths == own).all(axis=1)][0], rtol=1e-9, atol=1e-6)
        else:
            assert found[number] == 0
    np.testing.assert_allclose(counts.pairwise, pairs)
    first, last = offsets[:-1][np.diff(offsets) > 0], offsets[1:][np.diff(offsets) > 0] - 1
    np.testing.assert_allclose(counts.start, np.bincount(tags[first], weights[np.diff(offsets) > 0], chain.tags))
    np.testing.assert_allclose(counts.end, np.bincount(tags[last], weights[np.diff(offsets) > 0], chain.tags))


def long_case(scale, steps=5000, tags=7, seed=0):
    generator = np.random.default_rng(seed)
    emissions = (generator.normal(size=(steps, tags)) * scale).clip(-1e4, 1e4).astype(np.float32)
    chain = Chain.of(generator.normal(size=(tags, tags)), generator.normal(size=tags), generator.normal(size=tags))
    return emissions, np.array([0, steps]), chain


@pytest.mark.parametrize("scale", [1.0, 30.0, 1e4])
def test_long_sequences_and_large_scores_stay_exact(scale):
    emissions, offsets, chain = long_case(scale)
    scaled, logs = forward(emissions, offsets, chain), forward(emissions, offsets, chain, logs=True)
    np.testing.assert_allclose(scaled.log_totals, logs.log_totals, rtol=1e-10)
    assert scaled.in_logs[0] == (scale == 1e4)  # whose scores differ by more than e^-230 can say
    found = expectations(scaled)
    np.testing.assert_allclose(found.unary, expectations(logs).unary, atol=1e-6)
    np.testing.assert_allclose(found.unary.sum(axis=1), 1, atol=1e-5)
    np.testing.assert_allclose(found.pairwise.sum(), len(emissions) - 1, rtol=1e-6)
    tags, best = viterbi(emissions, offsets, chain)
    np.testing.assert_allclose(path_scores(emissions, offsets, tags, chain), best, rtol=1e-12)
    assert best[0] <= logs.log_totals[0] + 1e-3


def test_a_message_that_leaks_away_goes_through_logarithms():
    """Two tags never meet; the one that must end the sequence loses e^-40 a step."""
    steps = 40
    emissions = np.tile(np.array([[0.0, -40.0]]), (steps, 1))
    apart = np.array([[0.0, -np.inf], [-np.inf, 0.0]])
    chain = Chain.of(apart, np.zeros(2), np.array([-np.inf, 0.0]))
    passed = forward(emissions, np.array([0, steps]), chain)
    assert passed.in_logs.tolist() == [True]
    np.testing.assert_allclose(passed.log_totals, [-40.0 * steps])
    np.testing.assert_allclose(expectations(passed).unary[:, 1], 1, rtol=1e-9)
    turned = forward(emissions, np.array([0, steps]), Chain.of(apart, chain.end, np.zeros(2)))
    np.testing.assert_allclose(expectations(turned).unary[:, 1], 1, rtol=1e-9)
    confidences = span_confidences(turned, np.ones(steps, np.int32), np.eye(2, dtype=bool))
    np.testing.assert_allclose(confidences, 1, rtol=1e-9)


def test_scores_that_are_no_numbers_are_not_hidden():
    emissions, offsets, chain = long_case(1.0, steps=5)
    for odd, expected in ((np.nan, np.nan), (np.inf, np.nan)):
        spoilt = emissions.copy()
        spoilt[2, 1] = odd
        passed = forward(spoilt, offsets, chain)
        np.testing.assert_array_equal(passed.log_totals, [expected])
        assert np.isnan(expectations(passed).unary).all()
    odd_chain = Chain.of(np.where(np.eye(7) > 0, np.nan, chain.transitions), chain.start, chain.end)
    assert np.isnan(forward(emissions, offsets, odd_chain).log_totals).all()
    nothing = Chain.of(np.full((7, 7), -np.inf), chain.start, chain.end)
    assert forward(emissions, offsets, nothing).log_totals.tolist() == [-np.inf]


@pytest.mark.parametrize("seed", range(3))
def test_threads_change_nothing(seed, monkeypatch):
    monkeypatch.setattr("wenmai.kernels.crf.WORTH_A_THREAD", 1)
    generator = np.random.default_rng(seed)
    lengths = generator.integers(0, 30, size=50)
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    emissions, _, chain = long_case(1.0, steps=int(offsets[-1]), seed=seed)
    weights = generator.random(50)
    one, several = (
        (passed := forward(emissions, offsets, chain, threads=threads), expectations(passed, weights, threads=threads))
        for threads in (1, 3)
    )
    np.testing.assert_array_equal(one[0].log_totals, several[0].log_totals)
    np.testing.assert_array_equal(one[1].unary, several[1].unary)
    np.testing.assert_allclose(one[1].pairwise, several[1].pairwise, rtol=1e-12)
    np.testing.assert_array_equal(*(viterbi(emissions, offsets, chain, threads=threads)[0] for threads in (1, 3)))


@given(st.floats(-800, 0))
def test_the_exponential_is_one(value):
    expected = np.exp(value) if value >= -700 else 0.0
    np.testing.assert_allclose(exponential(value), expected, rtol=1e-7 if value < -100 else 1e-11)
