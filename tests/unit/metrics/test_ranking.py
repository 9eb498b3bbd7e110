from __future__ import annotations

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score

from wenmai.metrics.ranking import average_precision, ranking_of_questions, reciprocal_rank

ANSWERS = st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=6).filter(
    lambda answers: any(right for _, right in answers)
)


def plainly(order: tuple[int, ...], relevant: list[bool]) -> tuple[float, float]:
    """Average precision and reciprocal rank of one order, by their definitions."""
    hits = [place for place, answer in enumerate(order, 1) if relevant[answer]]
    return sum((at + 1) / place for at, place in enumerate(hits)) / len(hits), 1 / hits[0]


@hypothesis_settings(deadline=None, max_examples=80)
@given(
    st.lists(st.tuples(st.integers(0, 2), st.booleans()), min_size=1, max_size=6).filter(lambda r: any(b for _, b in r))
)
def test_ties_score_the_mean_of_their_orders(answers: list[tuple[int, bool]]) -> None:
    scores, relevant = [score for score, _ in answers], [right for _, right in answers]
    orders = [
        order
        for order in permutations(range(len(answers)))
        if all(scores[one] >= scores[other] for one, other in pairwise(order))
    ]
    expected = np.mean([plainly(order, relevant) for order in orders], axis=0)
    found = [measure(np.array(scores, float), np.array(relevant)) for measure in (average_precision, reciprocal_rank)]
    assert found == pytest.approx(expected, abs=1e-12)


def test_without_ties_it_is_scikit_learns() -> None:
    generator = np.random.default_rng(0)
    scores, relevant = generator.permutation(50).astype(float), generator.random(50) < 0.3
    assert average_precision(scores, relevant) == pytest.approx(average_precision_score(relevant, scores), abs=1e-12)


def test_questions_are_scored_one_by_one_and_those_without_an_answer_left_out() -> None:
    scores = np.array([0.9, 0.8, 0.1, 0.5, 0.4, 0.3])
    relevant = np.array([False, True, True, False, True, False])
    found = ranking_of_questions(scores, relevant, np.array([7, 7, 7, 3, 3, 5]))
    assert found["mrr"].tolist() == [0.5, 0.5]
    assert found["map"] == pytest.approx([0.5, (1 / 2 + 2 / 3) / 2])


def test_no_right_answer_scores_nothing() -> None:
    assert average_precision(np.array([1.0, 2.0]), np.array([False, False])) == 0
    assert reciprocal_rank(np.array([1.0, 2.0]), np.array([False, False])) == 0
