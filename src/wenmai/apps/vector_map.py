"""A map of word vectors: where words lie in two dimensions, which lie together, and a page that shows it.

- Pearson, K. (1901). On lines and planes of closest fit to systems of points in space. Phil. Mag. 2: the projection.
- van der Maaten, L., Hinton, G. (2008). Visualizing data using t-SNE. JMLR 9.
- McInnes, L., Healy, J., Melville, J. (2018). UMAP: uniform manifold approximation and projection. arXiv:1802.03426.
- Poličar, P. G., Stražar, M., Zupan, B. (2024). openTSNE. Journal of Statistical Software 109(3).

Letters of the shapes: W words on the map, D width of a vector, G groups, K neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from wenmai.apps.nearest import Floats, lengths, nearest, unit
from wenmai.apps.word_vectors import WordVectors
from wenmai.core.errors import DataError, MissingExtraError, UsageError
from wenmai.data.files import examine

Projection = Literal["pca", "tsne", "umap"]

NEIGHBORS = 6
"""Shown with a word, by cosine in all dimensions: two of them cannot tell."""
_NAMED_BY = 3
_PERPLEXITY = 30.0
_UMAP_NEIGHBORS = 15
_FEWEST_FOR_UMAP = 5
_FEWEST = 4


@dataclass(frozen=True, slots=True)
class WordMap:
    """Words in the plane.

    Attributes:
        words: [W], the most important first; places: [W, 2], within 0…1, the sides in proportion.
        groups: [W], the number of each word's group; group_names: [G].
        neighbors: [W, K], numbers of the words with the greatest cosines among these.
        counts: [W], how often each occurred, or None.
        notes: how it was made, and what is not on it.
    """

    words: tuple[str, ...]
    places: NDArray[np.float64]
    groups: NDArray[np.int64]
    group_names: tuple[str, ...]
    neighbors: NDArray[np.int64]
    counts: NDArray[np.int64] | None
    notes: tuple[str, ...]


def draw_map(
    vectors: WordVectors,
    *,
    words: int = 2000,
    projection: Projection = "pca",
    clusters: int = 12,
    classes: Mapping[str, str] | None = None,
    seed: int = 0,
    threads: int = 1,
) -> WordMap:
    """Lay words out in the plane.

    Args:
        vectors: whose words; words: how many of the first of them.
        projection: ``pca``, which keeps what is far apart far apart, or ``tsne`` or ``umap``, which keep near what is
            near.
        clusters: how many groups k-means makes.
        classes: word → class, in the place of clusters; then exactly these words are shown, those without a vector left
            out and told.
        seed: decides where k-means, t-SNE and UMAP begin; threads: how many compute at a time, for t-SNE.

    Raises:
        UsageError: when fewer than 4 words can be shown, or there are fewer than 1 cluster.
        MissingExtraError: for t-SNE without openTSNE, and for UMAP without umap-learn.
    """
    shown, notes = _chosen(vectors, words, classes)
    if len(shown) < _FEWEST:
        raise UsageError(f"{len(shown)} words make no map", where=vectors.name, remedy=f"Show at least {_FEWEST}")
    if clusters < 1:
        raise UsageError(f"{clusters} clusters", remedy="Give at least 1")
    table = np.stack([vectors.vector(word) for word in shown])
    directions = unit(table)
    places, how = _projected(directions, projection, seed, threads)
    if classes is None:
        groups, names = _clustered(directions, shown, min(clusters, len(shown)), seed)
        how = f"{how}; {len(names)} groups by k-means"
    else:
        names = tuple(dict.fromkeys(classes[word] for word in shown))
        groups = np.array([names.index(classes[word]) for word in shown])
    rows, _ = nearest(directions, lengths(directions), directions, NEIGHBORS, [[row] for row in range(len(shown))])
    counts = None
    if vectors.counts is not None and vectors.counts.any():
        known = [vectors.row(word) for word in shown]
        counts = np.array([0 if row is None else int(vectors.counts[row]) for row in known])
    return WordMap(shown, _within(places), groups, names, rows, counts, (how, *notes))


def read_classes(path: Path) -> dict[str, str]:
    """The classes of words: a word, a tab and its class a line; the first class of a word counts.

    What stands behind another tab, such as how often the word occurs, is passed over.

    Raises:
        UsageError: when it is not there; DataError: for a line that is not so, and for a file without one.
    """
    classes: dict[str, str] = {}
    file = examine(path)
    for number, line in enumerate(file.lines(), 1):
        word, tab, rest = line.partition("\t")
        name = rest.partition("\t")[0]
        if not line.strip():
            continue
        if not (tab and word.strip() and name.strip()):
            raise DataError(
                f"{line[:60]!r} is not a word, a tab and its class",
                where=file.where(number),
                remedy="Write: tiger⇥animal",
            )
        classes.setdefault(word.strip(), name.strip())
    if not classes:
        raise DataError("there is no word with its class", where=str(path), remedy="Write a word, a tab and its class")
    return classes


def _chosen(
    vectors: WordVectors, words: int, classes: Mapping[str, str] | None
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The words that are shown, and notes on those that are not."""
    if classes is None:
        shown = vectors.words[: max(words, 0)]
        rest = len(vectors) - len(shown)
        return shown, (f"the first {len(shown):,} of {len(vectors):,} words",) if rest else ()
    unknown = vectors.unknown(list(classes))
    ranked = sorted(set(classes) - set(unknown), key=lambda word: (_rank(vectors, word), word))
    if not unknown:
        return tuple(ranked), ()
    some = ", ".join(unknown[:5]) + (", …" if len(unknown) > 5 else "")
    return tuple(ranked), (f"{len(unknown):,} of {len(classes):,} words have no vector: {some}",)


def _rank(vectors: WordVectors, word: str) -> int:
    row = vectors.row(word)
    return len(vectors) if row is None else row


def flattened(directions: Floats) -> tuple[NDArray[np.float64], str]:
    """Directions [W, D] in the plane, by their principal components, within 0…1; and how much of them that holds."""
    places, how = _principal(directions)
    return _within(places), how


def _projected(directions: Floats, projection: Projection, seed: int, threads: int) -> tuple[NDArray[np.float64], str]:
    """Places [W, 2] of directions [W, D], and how they were found."""
    match projection:
        case "pca":
            return _principal(directions)
        case "tsne":
            return _tsne(directions, seed, threads)
        case "umap":
            return _umap(directions, seed)


def _principal(directions: Floats) -> tuple[NDArray[np.float64], str]:
    """The two directions of most variance, each signed so that its farthest word lies on the positive side."""
    centred = directions.astype(np.float64) - directions.mean(axis=0, dtype=np.float64)
    values, axes = np.linalg.eigh(centred.T @ centred)
    chosen = axes[:, ::-1][:, :2]
    places = centred @ chosen
    if places.shape[1] < 2:
        places = np.hstack([places, np.zeros((len(places), 1))])
    farthest = np.abs(places).argmax(axis=0)
    places *= np.where(places[farthest, [0, 1]] < 0, -1.0, 1.0)
    total = float(values.sum())
    held = float(values[::-1][:2].sum()) / total if total > 0 else 1.0
    return places, f"two principal components, which hold {100 * held:.0f}% of the variance of the directions"


def _tsne(directions: Floats, seed: int, threads: int) -> tuple[NDArray[np.float64], str]:
    try:
        from openTSNE import TSNE
    except ImportError:
        raise MissingExtraError("t-SNE", "maps") from None
    perplexity = min(_PERPLEXITY, (len(directions) - 1) / 3)
    start, _ = _principal(directions)
    begin = start / max(float(start[:, 0].std()), 1e-12) * 1e-4
    projector = TSNE(perplexity=perplexity, metric="cosine", initialization=begin, random_state=seed, n_jobs=threads)
    return np.asarray(projector.fit(directions), np.float64), f"laid out by t-SNE with a perplexity of {perplexity:.3g}"


def _umap(directions: Floats, seed: int) -> tuple[NDArray[np.float64], str]:
    if len(directions) < _FEWEST_FOR_UMAP:
        raise UsageError(f"{len(directions)} words are too few for UMAP", remedy="Show at least 5, or take pca")
    try:
        from umap import UMAP
    except ImportError:
        raise MissingExtraError("UMAP", "umap") from None
    neighbors = min(_UMAP_NEIGHBORS, len(directions) - 1)
    start, _ = _principal(directions)
    begin = 10 * start / max(float(np.abs(start).max()), 1e-12)
    # A seed leaves it one thread: with more, another run gives another map.
    projector = UMAP(n_neighbors=neighbors, metric="cosine", init=begin, random_state=seed, n_jobs=1)
    return np.asarray(projector.fit_transform(directions), np.float64), f"laid out by UMAP with {neighbors} neighbours"


def _clustered(
    directions: Floats, words: Sequence[str], clusters: int, seed: int
) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Groups [W] by k-means over directions, the one with the first word first; each named by its middle words."""
    from sklearn.cluster import KMeans
    from threadpoolctl import threadpool_limits

    distinct = len(np.unique(directions, axis=0))
    with threadpool_limits(1):  # With several threads the order of sums, and so the groups, would change.
        found = KMeans(min(clusters, distinct), n_init=4, random_state=seed).fit(directions)
    order = list(dict.fromkeys(found.labels_.tolist()))
    groups = np.array([order.index(label) for label in found.labels_.tolist()])
    names = []
    for group, label in enumerate(order):
        members = np.flatnonzero(groups == group)
        closeness = directions[members] @ found.cluster_centers_[label]
        middle = members[np.argsort(-closeness, kind="stable")[:_NAMED_BY]]
        names.append(", ".join(words[row] for row in middle.tolist()))
    return groups, tuple(names)


def _within(places: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same places moved and scaled into 0…1, their sides in proportion."""
    low, high = places.min(axis=0), places.max(axis=0)
    size = max(float((high - low).max()), 1e-12)
    within: NDArray[np.float64] = (places - (low + high) / 2) / size + 0.5
    return within
