"""From the words of a text to one feature vector: their weights, and what is added up for each.

Letters of the shapes: n words of a text, V words of the source, D numbers in a vector, F features (D, or the number of
clusters).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.core.config import Config
from wenmai.core.errors import BundleError, UsageError
from wenmai.models.contract import Arrays, Run
from wenmai.models.state import Expected

if TYPE_CHECKING:
    from wenmai.models.word_table import HoldsWordVectors

Floats = NDArray[np.float64]

CLUSTERED = 50_000
"""So many of the most frequent words decide the clusters; the others join the nearest."""


class Mean(Config):
    """Every word counts the same."""

    kind: Literal["mean"] = "mean"


class TfidfMean(Config):
    """A word counts ``ln((1 + texts) / (1 + texts with the word)) + 1``, by the training texts."""

    kind: Literal["tfidf"] = "tfidf"


class SmoothInverse(Config):
    """Smooth inverse frequency: a word counts ``a / (a + p)``, p its share of the text that the vectors are from.

    The direction in which the features of the training texts lie together is taken out of all.
    """

    kind: Literal["sif"] = "sif"
    a: Annotated[float, Field(gt=0)] = 1e-3


class Centroids(Config):
    """Not the vectors themselves: which clusters the words belong to, found by k-means over the directions."""

    kind: Literal["centroids"] = "centroids"
    clusters: Annotated[int, Field(ge=1)] = 300


Weighting = Mean | TfidfMean | SmoothInverse | Centroids


@dataclass(frozen=True, slots=True)
class KnownWords:
    """What is known of a text's words.

    Attributes:
        positions: [n] places among the text's words; known: [n] numbers of the source, V and above for composed ones.
        composed: the vectors of those, in order; words: how many the text has.
    """

    positions: NDArray[np.int64]
    known: NDArray[np.int64]
    composed: tuple[NDArray[np.float32], ...]
    words: int


class WordFeatures:
    """Turns texts into features by the vectors of a source.

    Attributes:
        source: words, counts and vectors; word_weights: [V] float64.
        unseen_weight: [1], of a word that the source composes a vector for though it has none of its own.
    """

    def __init__(self, config: Weighting, source: HoldsWordVectors) -> None:
        self.config = config
        self.source = source
        self._numbers = {word: number for number, word in enumerate(source.words)}
        self.word_weights = np.ones(len(source.words))
        self.unseen_weight = np.ones(1)
        self.centres = np.zeros((0, source.vectors.shape[1]), np.float32)
        self._clusters = np.zeros(len(source.words), np.int32)

    @property
    def width(self) -> int | None:
        """F; None where it is not decided yet."""
        if isinstance(self.config, Centroids):
            return len(self.centres) or None
        return int(self.source.vectors.shape[1])

    def numbers(self, words: Sequence[str]) -> KnownWords:
        """Which of a text's words are known, and as what."""
        number = self._numbers.get
        found = np.array([number(word, -1) for word in words], np.int64)
        composed: list[NDArray[np.float32]] = []
        for at in np.flatnonzero(found < 0).tolist():
            vector = self.source.vector_of(words[at])
            if vector is not None:
                found[at] = len(self.word_weights) + len(composed)
                composed.append(vector)
        positions = np.flatnonzero(found >= 0)
        return KnownWords(positions, found[positions], tuple(composed), len(words))

    def fit(self, texts: Sequence[KnownWords], run: Run) -> None:
        """Find the weights, or the clusters, by the training texts."""
        words = len(self.word_weights)
        match self.config:
            case Mean():
                return
            case TfidfMean():
                present = [np.unique(text.known[text.known < words]) for text in texts]
                frequencies = np.bincount(np.concatenate([*present, np.zeros(0, np.int64)]), minlength=words)
                self.word_weights = np.log((1 + len(texts)) / (1 + frequencies)) + 1
                self.unseen_weight = np.array([np.log(1 + len(texts)) + 1])
            case SmoothInverse(a=a):
                total = int(self.source.counts.sum())
                if not total:
                    raise UsageError(
                        "the vectors come without counts of their words, by which sif weighs them",
                        remedy="Weigh by tfidf, or train vectors with: wenmai embed train",
                    )
                self.word_weights = a / (a + self.source.counts / total)
            case Centroids(clusters=clusters):
                self._cluster(clusters, run)

    def sum_of(self, text: KnownWords) -> Floats:
        """The feature [F] of a text; zeros where no word is known."""
        if not len(text.known):
            return np.zeros(self._features)
        weights = self._weights(text)
        if isinstance(self.config, Centroids):
            shares = weights / self._total(weights)
            return np.bincount(self._classes(text), shares, self._features).astype(np.float64)
        feature: Floats = weights @ self._vectors(text) / self._total(weights)
        return feature

    def shares(self, text: KnownWords) -> Iterator[tuple[int, Floats]]:
        """What each known word adds to the feature [F], with its place in the text."""
        if not len(text.known):
            return
        weights = self._weights(text)
        shares = weights / self._total(weights)
        if isinstance(self.config, Centroids):
            for position, share, number in zip(text.positions, shares, self._classes(text), strict=True):
                yield int(position), share * (np.arange(self._features) == number)
            return
        for position, share, vector in zip(text.positions, shares, self._vectors(text), strict=True):
            yield int(position), share * vector

    def times(self, direction: Floats) -> Floats:
        """The features of every word as a text of its own times a direction [F]: [V]."""
        if isinstance(self.config, Centroids):
            return direction[self._clusters]
        products: Floats = self.source.vectors @ direction
        return products * self.word_weights if isinstance(self.config, SmoothInverse) else products

    def arrays(self) -> Arrays:
        """``word_weights`` [V], ``unseen_weight`` [1], or ``centres`` [F, D] of the clusters."""
        if isinstance(self.config, Centroids):
            return {"centres": self.centres}
        return {"word_weights": self.word_weights, "unseen_weight": self.unseen_weight}

    def expected(self) -> dict[str, Expected]:
        """What `arrays` gives."""
        if isinstance(self.config, Centroids):
            return {"centres": (np.float32, (None, self.source.vectors.shape[1]))}
        return {"word_weights": (np.float64, (len(self.word_weights),)), "unseen_weight": (np.float64, (1,))}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        if isinstance(self.config, Centroids):
            self.centres = arrays["centres"]
            if not len(self.centres):
                raise BundleError("there is no cluster of words")
            self._join()
        else:
            self.word_weights, self.unseen_weight = arrays["word_weights"], arrays["unseen_weight"]

    @property
    def _features(self) -> int:
        return len(self.centres) if isinstance(self.config, Centroids) else int(self.source.vectors.shape[1])

    def _cluster(self, clusters: int, run: Run) -> None:
        from wenmai.kernels.kmeans import cluster, unit_rows

        frequent = unit_rows(self.source.vectors[:CLUSTERED])
        self.centres = cluster(frequent, clusters, seed=0, check=run.check)
        self._join()

    def _join(self) -> None:
        from wenmai.kernels.kmeans import nearest_centres, unit_rows

        self._clusters = nearest_centres(unit_rows(self.source.vectors), self.centres)

    def _weights(self, text: KnownWords) -> Floats:
        seen = text.known < len(self.word_weights)
        weights = np.full(len(text.known), self.unseen_weight[0])
        weights[seen] = self.word_weights[text.known[seen]]
        return weights

    def _total(self, weights: Floats) -> float:
        return float(weights.sum()) if isinstance(self.config, TfidfMean) else float(len(weights))

    def _vectors(self, text: KnownWords) -> Floats:
        """The vectors [n, D]."""
        if not text.composed:
            return self.source.vectors[text.known].astype(np.float64)
        words = len(self.word_weights)
        vectors = np.empty((len(text.known), self.source.vectors.shape[1]))
        seen = text.known < words
        vectors[seen] = self.source.vectors[text.known[seen]]
        vectors[~seen] = np.array(text.composed)[text.known[~seen] - words]
        return vectors

    def _classes(self, text: KnownWords) -> NDArray[np.int32]:
        """The clusters [n]."""
        from wenmai.kernels.kmeans import nearest_centres, unit_rows

        words = len(self._clusters)
        seen = text.known < words
        classes = np.empty(len(text.known), np.int32)
        classes[seen] = self._clusters[text.known[seen]]
        if text.composed:
            composed = np.array(text.composed, np.float32)[text.known[~seen] - words]
            classes[~seen] = nearest_centres(unit_rows(composed), self.centres)
        return classes


def leading_direction(rows: Floats) -> Floats:
    """The unit vector [F] along which features [N, F] lie most, from the origin; zeros for zeros."""
    squares, directions = np.linalg.eigh(rows.T @ rows)
    found: Floats = directions[:, -1] * (squares[-1] > 0)
    return found
