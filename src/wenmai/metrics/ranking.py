"""How well the right answers to a question stand above the wrong ones: average precision and reciprocal rank.

Answers with equal scores have no order; what is given is then the mean over all their orders (McSherry and Najork 2008,
"Computing information retrieval performance measures efficiently in the presence of tied scores", ECIR). So a model
that says the same of all answers scores what chance would, whatever the order in the file.

Letters of the shapes: A answers of one question, N answers of all, Q questions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def ranking_of_questions(
    scores: NDArray[np.floating[Any]], relevant: NDArray[np.bool_], questions: NDArray[np.int64]
) -> dict[str, Floats]:
    """``map``: the average precision [Q], ``mrr``: the reciprocal rank of the first right answer [Q].

    Args:
        scores: [N], higher for what is more likely right; relevant: [N], which answers are; questions: [N], the
            question of each, by number.

    Returns:
        In the order of the questions' numbers; questions without a right answer are left out.
    """
    order = np.argsort(questions, kind="stable")
    _, begins = np.unique(questions[order], return_index=True)
    found = [
        (average_precision(scores[rows], relevant[rows]), reciprocal_rank(scores[rows], relevant[rows]))
        for rows in np.split(order, begins[1:])
        if relevant[rows].any()
    ]
    values = np.array(found, np.float64).reshape(-1, 2)
    return {"map": values[:, 0], "mrr": values[:, 1]}


def average_precision(scores: NDArray[np.floating[Any]], relevant: NDArray[np.bool_]) -> float:
    """The mean, over the right answers of one question, of the share of right ones down to it; 0 without any."""
    total, before, above = 0.0, 0, 0
    for size, right in _blocks(scores, relevant):
        if right:
            ranks = above + np.arange(1, size + 1)
            # Of a right answer at place i of its block, (i - 1)(right - 1) / (size - 1) others stand before it there.
            others = np.arange(size) * (right - 1) / max(size - 1, 1)
            total += float((right / size * (before + 1 + others) / ranks).sum())
        before += right
        above += size
    return total / before if before else 0.0


def reciprocal_rank(scores: NDArray[np.floating[Any]], relevant: NDArray[np.bool_]) -> float:
    """One over the place of the first right answer of one question; 0 without any."""
    above = 0
    for size, right in _blocks(scores, relevant):
        if right:
            # The chance that the first `place` ones of the block are wrong, and the next is right.
            value, wrong_so_far = 0.0, 1.0
            for place in range(size - right + 1):
                here = wrong_so_far * right / (size - place)
                value += here / (above + place + 1)
                wrong_so_far -= here
            return value
        above += size
    return 0.0


def _blocks(scores: NDArray[np.floating[Any]], relevant: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """The answers of equal score, best first: how many there are, and how many of them are right."""
    _, place = np.unique(-scores.astype(np.float64), return_inverse=True)
    sizes, rights = np.bincount(place), np.bincount(place, relevant).astype(np.int64)
    return list(zip(sizes.tolist(), rights.tolist(), strict=True))
