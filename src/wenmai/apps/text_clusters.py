"""Texts in groups: k-means over their vectors, each group with the texts in its middle and the words that set it apart.

- Lloyd, S. P. (1982). Least squares quantization in PCM. IEEE Transactions on Information Theory 28(2).
- Grootendorst, M. (2022). BERTopic: neural topic modeling with a class-based TF-IDF procedure: each group as one text.

Letters of the shapes: N texts, D numbers in a vector, K groups.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wenmai.apps.nearest import Floats
from wenmai.core.errors import UsageError

STARTS = 4
"""How often k-means begins anew; the tightest groups are kept."""
_LONGEST_WORD = 40
_SAMPLE = 1500
"""Texts by which groups are judged: each is compared with all of them."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A group of texts.

    Attributes:
        rows: of its texts, from 0, the one nearest to the middle first.
        words: what its texts have more than others, the most telling first.
    """

    rows: NDArray[np.int64]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Clustering:
    """Groups, the largest first.

    Attributes:
        clusters: K of them; groups: [N], the number of each text's group, -1 for a text of which nothing is known.
        silhouette: how much nearer texts are to their own group than to the next, from -1 to 1; None for one group.
    """

    clusters: tuple[Cluster, ...]
    groups: NDArray[np.int64]
    silhouette: float | None


def cluster_texts(
    vectors: Floats,
    words: Sequence[Sequence[str]],
    *,
    count: int,
    shown: int = 8,
    seed: int = 0,
    check: Callable[[], object] = bool,
) -> Clustering:
    """Group texts by the directions of their vectors.

    Args:
        vectors: [N, D]; words: [N], the words of each text.
        count: K; fewer groups come out where fewer vectors differ.
        shown: how many words a group gets.
        seed: decides where k-means begins.
        check: called before each pass, and may raise to end the work.

    Raises:
        UsageError: for less than one group, or fewer texts than groups.
    """
    known = np.flatnonzero(np.einsum("nd,nd->n", vectors, vectors) > 0)
    if not 1 <= count <= len(known):
        raise UsageError(
            f"{count} groups of {len(known):,} texts", remedy=f"Ask for 1 to {max(len(known), 1):,} groups"
        )
    directions = _unit(vectors[known])
    nearest, centres = grouped(directions, count, seed=seed, check=check)
    sizes = np.bincount(nearest, minlength=len(centres))
    order = [group for group in np.argsort(-sizes, kind="stable").tolist() if sizes[group]]
    telling = telling_words([words[row] for row in known.tolist()], nearest, len(centres), shown)
    groups, clusters = np.full(len(vectors), -1, np.int64), []
    for number, group in enumerate(order):
        members = np.flatnonzero(nearest == group)
        closeness = directions[members] @ centres[group]
        rows = known[members[np.argsort(-closeness, kind="stable")]]
        groups[rows] = number
        clusters.append(Cluster(rows, telling[group]))
    return Clustering(tuple(clusters), groups, silhouette(directions, nearest, seed=seed))


def grouped(
    directions: Floats, count: int, *, seed: int, check: Callable[[], object] = bool
) -> tuple[NDArray[np.int64], Floats]:
    """The group [N] of each direction and the centres [K, D]: the tightest of some starts of k-means."""
    from wenmai.kernels.kmeans import cluster, nearest_centres

    best: tuple[float, NDArray[np.int64], Floats] | None = None
    for start in range(STARTS):
        centres = cluster(directions, count, seed=seed + start, check=check)
        nearest = nearest_centres(directions, centres).astype(np.int64)
        spread = float(np.square(directions - centres[nearest], dtype=np.float64).sum())
        if best is None or spread < best[0] - 1e-9:
            best = spread, nearest, centres
    assert best is not None, "k-means begins at least once"
    return best[1], best[2]


def telling_words(
    words: Sequence[Sequence[str]], groups: NDArray[np.int64], count: int, shown: int
) -> list[tuple[str, ...]]:
    """For each group the words that its texts have more than all texts do, each word counted once a text.

    A word weighs its share of the group's words times the logarithm of that share by the one in all texts: class-based
    TF-IDF in which what all groups have counts nothing. A word of one text alone tells nothing of a group and is left
    out, and so is what holds no letter.
    """
    inside: list[Counter[str]] = [Counter() for _ in range(count)]
    overall: Counter[str] = Counter()
    for group, row in zip(groups.tolist(), words, strict=True):
        distinct = {word.casefold() for word in row if len(word) <= _LONGEST_WORD and any(map(str.isalpha, word))}
        inside[group].update(distinct)
        overall.update(distinct)
    everything = max(overall.total(), 1)
    found = []
    for counter in inside:
        total = max(counter.total(), 1)
        weight = {
            word: times / total * math.log(times / total * everything / overall[word])
            for word, times in counter.items()
            if overall[word] > 1
        }
        ranked = sorted(weight, key=lambda word: (-weight[word], word))
        found.append(tuple(word for word in ranked[:shown] if weight[word] > 0))
    return found


def silhouette(directions: Floats, groups: NDArray[np.int64], *, seed: int = 0) -> float | None:
    """The mean silhouette by cosine distance (Rousseeuw 1987), of a sample where there are many; None for one group."""
    if len(np.unique(groups)) < 2:
        return None
    rows = np.arange(len(directions))
    if len(rows) > _SAMPLE:
        rows = np.sort(np.random.default_rng(seed).choice(rows, _SAMPLE, replace=False))
    present, numbers = np.unique(groups[rows], return_inverse=True)
    if len(present) < 2:
        return None
    distances = 1.0 - (directions[rows] @ directions[rows].T).astype(np.float64)
    sizes = np.bincount(numbers)
    means = distances @ (numbers[:, None] == np.arange(len(present))).astype(np.float64)
    own = means[np.arange(len(rows)), numbers] / np.maximum(sizes[numbers] - 1, 1)
    others = means / sizes
    others[np.arange(len(rows)), numbers] = np.inf
    next_best = others.min(axis=1)
    widths = np.where(sizes[numbers] > 1, (next_best - own) / np.maximum(np.maximum(next_best, own), 1e-12), 0.0)
    return float(widths.mean())


def _unit(vectors: Floats) -> Floats:
    from wenmai.kernels.kmeans import unit_rows

    return unit_rows(vectors)
