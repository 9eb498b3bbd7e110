"""Senses of a word: its occurrences in a text, grouped by what stands around them.

A static vector gives a word one place, whatever it means where it stands. Here every occurrence has a vector of its
own, and occurrences that mean the same lie together. Of an encoder it is what the encoder makes of the word itself in
its sentence; of any bundle that gives texts vectors, that of the words around it, the word itself left out.

Occurrences are grouped by k-means; how many senses there are is what the silhouette says (Rousseeuw 1987). k-means
divides what is one as readily as what is two. A number of groups therefore counts only by how much better it sets the
occurrences apart than clouds of points that spread as they do and have no groups; where none does, there is one sense.

- Tibshirani, R., Walther, G., Hastie, T. (2001). Estimating the number of clusters in a data set via the gap statistic.
  JRSS B 63(2): clouds without groups as the measure.
- Schütze, H. (1998). Automatic word sense discrimination. Computational Linguistics 24(1): the words around it.
- Wiedemann, G., et al. (2019). Does BERT make any sense? KONVENS: the word in its sentence.

Letters of the shapes: M occurrences, D numbers in a vector, K senses.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wenmai.apps.nearest import Floats, lengths, nearest, unit
from wenmai.apps.text_clusters import grouped, silhouette, telling_words
from wenmai.apps.vector_map import NEIGHBORS, WordMap, flattened
from wenmai.bundle import Bundle
from wenmai.core.errors import UsageError
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Source
from wenmai.text.segment import Segmenter

if TYPE_CHECKING:
    from wenmai.blocks.inference import InferencePrecision

Span = tuple[int, int]
ContextVectors = Callable[[Sequence[str], Sequence[Span]], Floats]
"""Texts, and where the word stands in each → vectors [M, D]."""

MOST_SENSES = 6
CLOUDS = 5
"""Clouds without groups that each number of groups is held against."""
FEWEST = 8
"""Occurrences: with fewer nothing can be grouped."""
BLOCK = 64
"""Texts that an encoder reads at a time."""
AROUND = 300
"""Characters on either side of the word that an encoder reads."""
SNIPPET = 18
"""Characters that are shown on either side of the word."""


@dataclass(frozen=True, slots=True)
class Occurrence:
    """Where the word stands: the row of the text, from 0, the text, and the span in it."""

    row: int
    text: str
    span: Span

    def snippet(self, around: int = SNIPPET) -> str:
        """The word with what stands beside it, on one line."""
        start, end = self.span
        left, right = max(0, start - around), min(len(self.text), end + around)
        shown = " ".join(self.text[left:right].split())
        return f"{'…' if left else ''}{shown}{'…' if right < len(self.text) else ''}"


@dataclass(frozen=True, slots=True)
class Sense:
    """One sense: its occurrences, the most typical first, and the words that stand around it more than elsewhere."""

    occurrences: tuple[Occurrence, ...]
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WordSenses:
    """The senses of a word, the most frequent first.

    Attributes:
        word: itself; senses: K of them.
        silhouettes: number of groups → how well it sets occurrences apart, and how well the best of the clouds without
            groups, for each number that was tried; the second is 0 where the number was given.
        vectors: [M, D] of the occurrences in the order of the senses.
        static: [D], the word's own vector, without a text.
    """

    word: str
    senses: tuple[Sense, ...]
    silhouettes: dict[int, tuple[float, float]]
    vectors: Floats
    static: Floats


def occurrences(word: str, texts: Sequence[str], *, spaced: bool, most: int, seed: int = 0) -> list[Occurrence]:
    """Where a word stands in texts, whatever its case; one occurrence a text at most, so that none counts double.

    Args:
        word: what is sought; texts: where.
        spaced: whether words stand between spaces and punctuation, so that ``bank`` is not sought in ``banker``.
        most: occurrences at most; where there are more, so many are drawn.
        seed: decides the draw.
    """
    pattern = re.escape(word)
    found = re.compile(rf"(?<!\w){pattern}(?!\w)" if spaced else pattern, re.IGNORECASE)
    places = [
        Occurrence(row, text, match.span())
        for row, text in enumerate(texts)
        if (match := found.search(text)) is not None
    ]
    if len(places) <= most:
        return places
    chosen = np.sort(np.random.default_rng(seed).choice(len(places), most, replace=False))
    return [places[at] for at in chosen.tolist()]


def window_vectors(source: Source, segmenter: Segmenter, window: int) -> ContextVectors:
    """Vectors of what stands around a word: so many words on either side, without it, as one text."""

    def vectors(texts: Sequence[str], spans: Sequence[Span]) -> Floats:
        around = [_around(text, span, segmenter, window) for text, span in zip(texts, spans, strict=True)]
        return np.asarray(source.outputs(Inputs(around)), np.float32)

    return vectors


def encoder_vectors(encoder: Bundle, precision: InferencePrecision | None = None) -> ContextVectors:
    """Vectors of the word itself in its sentence: the mean of its tokens' in the last layer of an encoder.

    Args:
        encoder: a bundle of one; precision: in which numbers it answers, None for float32.
    """
    from wenmai.blocks.inference import prepared
    from wenmai.models.network import NetworkModel
    from wenmai.models.token_vectors import token_vectors

    network = None
    if precision is not None and isinstance(encoder.model, NetworkModel):
        network = prepared(encoder.model.network(), precision)

    def vectors(texts: Sequence[str], spans: Sequence[Span]) -> Floats:
        blocks = []
        for start in range(0, len(texts), BLOCK):
            some = list(zip(texts[start : start + BLOCK], spans[start : start + BLOCK], strict=True))
            begins = [max(0, span[0] - AROUND) for _, span in some]
            read = [text[begin : span[1] + AROUND] for begin, (text, span) in zip(begins, some, strict=True)]
            tokens = token_vectors(encoder.model, read, prepared=network)
            width = tokens[0].vectors.shape[1]
            for begin, one, (_, span) in zip(begins, tokens, some, strict=True):
                found = one.of(span[0] - begin, span[1] - begin)
                blocks.append(np.zeros(width, np.float32) if found is None else found)
        return np.stack(blocks)

    return vectors


def word_senses(
    word: str,
    places: Sequence[Occurrence],
    contexts: ContextVectors,
    source: Source,
    segmenter: Segmenter,
    *,
    count: int | None = None,
    seed: int = 0,
) -> WordSenses:
    """Group the occurrences of a word.

    Args:
        word: itself; places: where it stands.
        contexts: what gives an occurrence its vector; source: what gives the word its own.
        segmenter: cuts the texts into words, for those that tell senses apart.
        count: how many senses; None for what the silhouette says.
        seed: decides where k-means begins.

    Raises:
        UsageError: with too few occurrences, or where nothing around them is known to the vectors.
    """
    if len(places) < max(FEWEST, count or 0):
        raise UsageError(
            f"{word!r} stands in {len(places)} texts, too few to tell senses apart",
            remedy=f"Give texts that have it {max(FEWEST, count or 0)} times at least",
        )
    vectors = contexts([one.text for one in places], [one.span for one in places])
    known = np.flatnonzero(lengths(vectors) > 0)
    if len(known) < FEWEST:
        raise UsageError(
            f"what stands around {word!r} is not known to the vectors", remedy="Give vectors of texts of this kind"
        )
    places, directions = [places[at] for at in known.tolist()], unit(vectors[known])
    groups, centres, silhouettes = _chosen(directions, count, seed)
    order = np.argsort(-np.bincount(groups, minlength=len(centres)), kind="stable").tolist()
    words = [_without(word, segmenter.words(one.text)) for one in places]
    telling = telling_words(words, groups, len(centres), 8)
    senses, rows = [], []
    for group in order:
        members = np.flatnonzero(groups == group)
        if not len(members):
            continue
        members = members[np.argsort(-(directions[members] @ centres[group]), kind="stable")]
        senses.append(Sense(tuple(places[at] for at in members.tolist()), telling[group]))
        rows.append(members)
    static = np.asarray(source.outputs(Inputs([word])), np.float32)[0]
    return WordSenses(word, tuple(senses), silhouettes, vectors[known][np.concatenate(rows)], static)


def senses_map(found: WordSenses) -> WordMap:
    """The occurrences in the plane, coloured by sense, beside the one place that a static vector gives the word."""
    shown = [one.snippet() for sense in found.senses for one in sense.occurrences]
    vectors = found.vectors
    groups = np.repeat(np.arange(len(found.senses)), [len(sense.occurrences) for sense in found.senses])
    names = [", ".join(sense.words[:3]) or f"sense {number}" for number, sense in enumerate(found.senses, 1)]
    has_place = bool(found.static.any()) and found.static.shape == vectors.shape[1:]
    if has_place:
        shown.insert(0, found.word)
        vectors = np.concatenate([found.static[None], vectors])
        groups = np.concatenate([[len(names)], groups])
        names.append(f"the one static vector of {found.word}")
    directions = unit(vectors)
    places, how = flattened(directions)
    rows, _ = nearest(directions, lengths(directions), directions, NEIGHBORS, [[row] for row in range(len(shown))])
    notes = (f"{len(found.vectors):,} occurrences of {found.word} in {len(found.senses)} groups", how)
    return WordMap(tuple(shown), places, groups.astype(np.int64), tuple(names), rows, None, notes)


def _chosen(
    directions: Floats, count: int | None, seed: int
) -> tuple[NDArray[np.int64], Floats, dict[int, tuple[float, float]]]:
    """Groups [M], centres [K, D], and the silhouettes of each number of groups that was tried."""
    if count is not None:
        groups, centres = grouped(directions, count, seed=seed)
        found = silhouette(directions, groups, seed=seed)
        return groups, centres, {} if found is None else {count: (found, 0.0)}
    one = np.zeros(len(directions), np.int64), directions.mean(axis=0, keepdims=True)
    best, tried = (0.0, *one), {}
    clouds = _clouds(directions, seed)
    for number in range(2, min(MOST_SENSES, len(directions) // 4) + 1):
        groups, centres = grouped(directions, number, seed=seed)
        found = silhouette(directions, groups, seed=seed)
        if found is None:
            continue
        tried[number] = found, max(_divided(cloud, number, seed) for cloud in clouds)
        if found - tried[number][1] > best[0]:
            best = found - tried[number][1], groups, centres
    return best[1], best[2], tried


def _clouds(directions: Floats, seed: int) -> list[Floats]:
    """Points [M, D] of normal distributions with the mean and the covariance of the directions."""
    generator = np.random.default_rng(seed)
    middle = directions.mean(axis=0)
    centred = (directions - middle) / np.sqrt(len(directions))
    drawn = (generator.standard_normal((len(directions),) * 2).astype(np.float32) @ centred for _ in range(CLOUDS))
    return [unit(middle + points) for points in drawn]


def _divided(cloud: Floats, number: int, seed: int) -> float:
    """The silhouette of a cloud that is divided although it has no groups."""
    return silhouette(cloud, grouped(cloud, number, seed=seed)[0], seed=seed) or 0.0


def _around(text: str, span: Span, segmenter: Segmenter, window: int) -> str:
    """So many words before and after a span, as they stand in the text."""
    spans = segmenter.spans(text)
    before = [one for one in spans if one[1] <= span[0]][-window:]
    after = [one for one in spans if one[0] >= span[1]][:window]
    left = text[before[0][0] : span[0]] if before else ""
    right = text[span[1] : after[-1][1]] if after else ""
    return f"{left} {right}".strip()


def _without(word: str, words: Sequence[str]) -> list[str]:
    return [one for one in words if one.casefold() != word.casefold()]
