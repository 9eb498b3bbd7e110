"""Sums of weights that the features of tokens have for tags: the emissions of a CRF over counted features.

A weight is there for the tags alone that a feature was seen with, so a feature costs what it knows.

Letters of the shapes: S tokens, M features of each at most, F features, P weights, K tags.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit


@njit(nogil=True, cache=True)
def add_scores(features: Any, pointers: Any, tags: Any, weights: Any, first: int, last: int, scores: Any) -> None:
    """Add to ``scores`` [S, K] what the tokens ``first:last`` have.

    Args:
        features: [S, M] int32 numbers, negative where there is none.
        pointers: [F + 1], feature f has the weights ``pointers[f]:pointers[f + 1]``; tags, weights: [P].
    """
    for token in range(first, last):
        for column in range(features.shape[1]):
            feature = features[token, column]
            if feature >= 0:
                for at in range(pointers[feature], pointers[feature + 1]):
                    scores[token - first, tags[at]] += weights[at]


@njit(nogil=True, cache=True)
def add_gradient(features: Any, pointers: Any, tags: Any, pushes: Any, first: int, last: int, gradient: Any) -> None:
    """Add to ``gradient`` [P] what the tokens ``first:last`` push their scores by, ``pushes`` [last - first, K]."""
    for token in range(first, last):
        for column in range(features.shape[1]):
            feature = features[token, column]
            if feature >= 0:
                for at in range(pointers[feature], pointers[feature + 1]):
                    gradient[at] += pushes[token - first, tags[at]]


@njit(nogil=True, cache=True)
def order_of_use(features: Any, count: int) -> Any:
    """The numbers [F] of features in the order in which the tokens' rows [S, M] first name them; the others last."""
    order, met, filled = np.empty(count, np.int64), np.zeros(count, np.bool_), 0
    for token in range(features.shape[0]):
        for column in range(features.shape[1]):
            feature = features[token, column]
            if feature >= 0 and not met[feature]:
                met[feature] = True
                order[filled] = feature
                filled += 1
    for feature in range(count):
        if not met[feature]:
            order[filled] = feature
            filled += 1
    return order
