"""Confident learning: labels that a model, fitted on other rows, contradicts with confidence.

Northcutt, Jiang and Chuang 2021, Confident Learning, Journal of Artificial Intelligence Research 70. The probabilities
must be out of fold: a model that has learnt a wrong label tends to repeat it.

Letters of the shapes: N rows, C labels, F cells that look wrong.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Suspects:
    """Labels that look wrong, the clearest first.

    Attributes:
        rows: [F] positions.
        labels: [F] with one label a row, the class that is suggested; with several, the label in question.
        given: [F] the probability that the label is as it was given.
        suggested: [F] the probability that it is as is suggested.
    """

    rows: Numbers
    labels: Numbers
    given: Floats
    suggested: Floats

    def __len__(self) -> int:
        return len(self.rows)


def class_thresholds(given: Numbers, probabilities: Floats) -> Floats:
    """[C] how sure the model is on average of a class where it was given (section 3.1); infinite without such rows."""
    classes = probabilities.shape[1]
    counts = np.bincount(given, minlength=classes)
    own = probabilities[np.arange(len(given)), given]
    sums = np.bincount(given, weights=own, minlength=classes)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)


def suspect_classes(given: Numbers, probabilities: Floats) -> Suspects:
    """Rows of which another class passes its threshold and is more probable than the given one.

    Ranked by the normalised margin (section 3.2.2): the probability of the suggested class less that of the given one.

    Args:
        given: [N] class numbers.
        probabilities: [N, C] out of fold.
    """
    rows = np.arange(len(given))
    own = probabilities[rows, given]
    able = (probabilities > class_thresholds(given, probabilities)) & (probabilities > own[:, None])
    best = np.where(able, probabilities, -1.0).argmax(axis=1)
    found = np.flatnonzero(able[rows, best])
    return _ranked(Suspects(found, best[found], own[found], probabilities[found, best[found]]))


def suspect_cells(given: Numbers, probabilities: Floats) -> Suspects:
    """As `suspect_classes` where rows carry several labels: each label on its own, as carried or not carried.

    Args:
        given: [N, C] of 0 and 1.
        probabilities: [N, C] of each label, out of fold.
    """
    parts = []
    for label in range(given.shape[1]):
        one = probabilities[:, label]
        found = suspect_classes(given[:, label].astype(np.int64), np.stack([1 - one, one], axis=1))
        parts.append(Suspects(found.rows, np.full(len(found), label), found.given, found.suggested))
    return _ranked(
        Suspects(
            np.concatenate([part.rows for part in parts]),
            np.concatenate([part.labels for part in parts]),
            np.concatenate([part.given for part in parts]),
            np.concatenate([part.suggested for part in parts]),
        )
    )


def beats_frequency(given: Numbers, probabilities: Floats) -> bool:
    """Whether the model is right more often than whoever always says what is most frequent; of each label, if several.

    What contradicts labels without having learnt anything points at the rare classes, and at nothing else.
    """
    if given.ndim == 2:
        right = float(((probabilities >= 0.5) == (given == 1)).mean())
        share = given.mean(axis=0)
        return right > float(np.maximum(share, 1 - share).mean())
    right = float((probabilities.argmax(axis=1) == given).mean())
    return right > float(np.bincount(given).max()) / len(given)


def _ranked(found: Suspects) -> Suspects:
    order = np.argsort(found.given - found.suggested, kind="stable")
    return Suspects(found.rows[order], found.labels[order], found.given[order], found.suggested[order])
