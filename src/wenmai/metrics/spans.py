"""Scores of spans, words and tags, counted sentence by sentence.

A predicted span is right when its bounds and its type are those of a gold span, which is how conlleval counts (Tjong
Kim Sang and Buchholz 2000) and seqeval in its strict mode. Words are scored as in the SIGHAN bakeoffs (Sproat and
Emerson 2003; Emerson 2005), where recall is also given for words that the training text has not (OOV) and has (IV).

Letters of the shapes: N sentences, T tokens of one, C types or tags.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from wenmai.core.config import Config
from wenmai.core.tags import TagSpan

Floats = NDArray[np.float64]
CONFUSIONS_KEPT = 20


class Counts(NamedTuple):
    """What each sentence adds.

    Attributes:
        metrics: name → what it adds to the numerator [N] and the denominator [N].
        classes: [N, C] each: of every type, what was predicted and is so, what is, and what was predicted.
    """

    metrics: Mapping[str, tuple[Floats, Floats]]
    classes: tuple[Floats, Floats, Floats]


def entity_counts(
    gold: Sequence[Sequence[TagSpan]],
    predicted: Sequence[Sequence[TagSpan]],
    lengths: Sequence[int],
    labels: Sequence[str],
    right_tokens: Sequence[int],
) -> Counts:
    """Counts for entities: ``entity_f1``, ``entity_precision``, ``entity_recall``, ``token_accuracy``, ``exact_match``.

    Args:
        gold: the spans of each sentence; predicted: likewise.
        lengths: [N] tokens of each sentence; right_tokens: [N] how many of them have the right tag.
        labels: the C types that are counted one by one.
    """
    hits = [set(one) & set(other) for one, other in zip(gold, predicted, strict=True)]
    found = _sums(hits), _sums(gold), _sums(predicted)
    exact = np.array([set(one) == set(other) for one, other in zip(gold, predicted, strict=True)], np.float64)
    return Counts(
        {
            "entity_f1": (2 * found[0], found[1] + found[2]),
            "entity_precision": (found[0], found[2]),
            "entity_recall": (found[0], found[1]),
            "token_accuracy": (np.array(right_tokens, np.float64), np.array(lengths, np.float64)),
            "exact_match": (exact, np.ones(len(exact))),
        },
        (_by_type(hits, labels), _by_type(gold, labels), _by_type(predicted, labels)),
    )


def sentence_counts(counts: Counts, right_intents: NDArray[np.bool_]) -> Counts:
    """Counts of entities with two more: ``intent_accuracy``, and ``sentence_accuracy``: the intent and all spans right.

    Args:
        counts: of the entities; right_intents: [N].
    """
    right = right_intents.astype(np.float64)
    exact, ones = counts.metrics["exact_match"]
    more = {"intent_accuracy": (right, ones), "sentence_accuracy": (right * exact, ones)}
    return counts._replace(metrics={**counts.metrics, **more})


def word_counts(
    gold: Sequence[Sequence[TagSpan]], predicted: Sequence[Sequence[TagSpan]], unknown: Sequence[NDArray[np.bool_]]
) -> Counts:
    """Counts for words: ``word_`` f1, precision and recall, ``oov_recall``, ``iv_recall``, ``exact_match``.

    Args:
        gold: the words of each sentence; predicted: likewise.
        unknown: of each sentence [T], whether a token stands in a word that the training rows have not.
    """
    hits = [set(one) & set(other) for one, other in zip(gold, predicted, strict=True)]
    found = _sums(hits), _sums(gold), _sums(predicted)
    new_gold = [[one for one in row if flags[one.start]] for row, flags in zip(gold, unknown, strict=True)]
    new_hits = [[one for one in row if flags[one.start]] for row, flags in zip(hits, unknown, strict=True)]
    new = _sums(new_hits), _sums(new_gold)
    exact = np.array([set(one) == set(other) for one, other in zip(gold, predicted, strict=True)], np.float64)
    none = np.zeros((len(exact), 0))
    return Counts(
        {
            "word_f1": (2 * found[0], found[1] + found[2]),
            "word_precision": (found[0], found[2]),
            "word_recall": (found[0], found[1]),
            "oov_recall": new,
            "iv_recall": (found[0] - new[0], found[1] - new[1]),
            "exact_match": (exact, np.ones(len(exact))),
        },
        (none, none, none),
    )


def token_counts(
    gold: Sequence[NDArray[np.int64]],
    predicted: Sequence[NDArray[np.int64]],
    size: int,
    unknown: Sequence[NDArray[np.bool_]],
) -> Counts:
    """Counts for plain tags: ``token_accuracy``, ``oov_accuracy`` of tokens new to the tagger, ``exact_match``.

    Args:
        gold: tag numbers [T] of each sentence, those from C on being none that can be predicted; predicted: likewise.
        size: C.
        unknown: of each sentence [T], whether the training rows have the token.
    """
    right = [one == other for one, other in zip(gold, predicted, strict=True)]
    rows = len(right)
    pairs = list(zip(right, unknown, strict=True))
    lengths = np.array([len(row) for row in right], np.float64)
    sums = np.array([row.sum() for row in right], np.float64)
    new_right = np.array([(row & flags).sum() for row, flags in pairs], np.float64)
    new = np.array([flags.sum() for flags in unknown], np.float64)
    by_tag = [np.zeros((rows, size)) for _ in range(3)]
    for row, (one, other) in enumerate(zip(gold, predicted, strict=True)):
        for table, numbers in zip(by_tag, (one[one == other], one[one < size], other), strict=True):
            table[row] = np.bincount(numbers, minlength=size)[:size]
    return Counts(
        {
            "token_accuracy": (sums, lengths),
            "oov_accuracy": (new_right, new),
            "exact_match": ((sums == lengths).astype(np.float64), np.ones(rows)),
        },
        (by_tag[0], by_tag[1], by_tag[2]),
    )


class Confused(Config):
    """How often one type was taken for another."""

    gold: str
    predicted: str
    count: int


class SpanErrors(Config):
    """What became of the gold spans, and which predicted ones are none; of plain tags only the types."""

    right: int
    """Bounds and type."""
    wrong_type: int
    """The bounds, under another type."""
    wrong_bounds: int
    """A predicted span of the type overlaps it, with other bounds."""
    wrong_both: int
    """Only predicted spans of other types overlap it, with other bounds."""
    missed: int
    """No predicted span overlaps it."""
    invented: int
    """Predicted spans that overlap no gold span."""
    confused: tuple[Confused, ...] = ()
    """The types that were taken for others most often, with the right bounds or overlapping."""


def span_errors(gold: Sequence[Sequence[TagSpan]], predicted: Sequence[Sequence[TagSpan]]) -> SpanErrors:
    """Every gold span counted once by what became of it, and predicted spans that overlap none."""
    found: Counter[str] = Counter()
    confused: Counter[tuple[str, str]] = Counter()
    for golds, said in zip(gold, predicted, strict=True):
        for span in golds:
            fate, other = _fate(span, said)
            found[fate] += 1
            if other is not None and other.label != span.label:
                confused[span.label, other.label] += 1
        found["invented"] += sum(not any(_overlap(one, span) for span in golds) for one in said)
    return SpanErrors(
        right=found["right"],
        wrong_type=found["wrong_type"],
        wrong_bounds=found["wrong_bounds"],
        wrong_both=found["wrong_both"],
        missed=found["missed"],
        invented=found["invented"],
        confused=_most(confused),
    )


def tag_errors(
    gold: Sequence[NDArray[np.int64]], predicted: Sequence[NDArray[np.int64]], names: Sequence[str]
) -> SpanErrors:
    """The same of plain tags, each token a span of its own whose bounds are always right."""
    pairs: Counter[tuple[int, int]] = Counter()
    for one, other in zip(gold, predicted, strict=True):
        pairs.update(zip(one.tolist(), other.tolist(), strict=True))
    right = sum(count for (one, other), count in pairs.items() if one == other)
    confused = Counter({(names[a], names[b]): count for (a, b), count in pairs.items() if a != b})
    return SpanErrors(
        right=right,
        wrong_type=pairs.total() - right,
        wrong_bounds=0,
        wrong_both=0,
        missed=0,
        invented=0,
        confused=_most(confused),
    )


def _most(confused: Counter[tuple[str, str]]) -> tuple[Confused, ...]:
    ordered = sorted(confused.items(), key=lambda pair: (-pair[1], pair[0]))
    return tuple(Confused(gold=one, predicted=other, count=count) for (one, other), count in ordered[:CONFUSIONS_KEPT])


def _fate(span: TagSpan, predicted: Sequence[TagSpan]) -> tuple[str, TagSpan | None]:
    touching = [one for one in predicted if _overlap(one, span)]
    if not touching:
        return "missed", None
    same_bounds = next((one for one in touching if one[:2] == span[:2]), None)
    if same_bounds is not None:
        return ("right" if same_bounds.label == span.label else "wrong_type"), same_bounds
    same_type = next((one for one in touching if one.label == span.label), None)
    if same_type is not None:
        return "wrong_bounds", same_type
    return "wrong_both", touching[0]


def _overlap(one: TagSpan, other: TagSpan) -> bool:
    return one.start < other.stop and other.start < one.stop


def _sums(rows: Sequence[Any]) -> Floats:
    return np.array([len(row) for row in rows], np.float64)


def _by_type(rows: Sequence[Any], labels: Sequence[str]) -> Floats:
    """[N, C]: how many spans of each type each sentence has."""
    number = {label: at for at, label in enumerate(labels)}
    table = np.zeros((len(rows), len(labels)))
    for row, spans in enumerate(rows):
        for span in spans:
            if span.label in number:
                table[row, number[span.label]] += 1
    return table
