"""How well word vectors agree with people: similarity by rank correlation, analogies by accuracy, both with coverage.

- Finkelstein, L., et al. (2002). Placing search in context: the concept revisited. ACM TOIS 20(1): similarity.
- Mikolov, T., Chen, K., Corrado, G., Dean, J. (2013). Efficient estimation of word representations: analogies.
- Levy, O., Goldberg, Y. (2014). Linguistic regularities in sparse and explicit word representations: 3CosMul.

Letters of the shapes: N pairs, R resamples, W words among which answers are sought, D width, Q questions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wenmai.apps.nearest import Floats, unit
from wenmai.apps.vector_tests import Question, WordPair
from wenmai.apps.word_vectors import AnalogyMethod, WordVectors, product_of_cosines
from wenmai.core.errors import UsageError
from wenmai.stats.bootstrap import RESAMPLES, resampled_rows
from wenmai.stats.intervals import Estimate, percentile_interval, wilson_interval

AMONG = 300_000
"""Answers are sought among so many of the most frequent words, as is custom."""
FEWEST_PAIRS = 3
_SCORES_AT_A_TIME = 1 << 24


@dataclass(frozen=True, slots=True)
class PairsScore:
    """Similarity on one list of pairs.

    Attributes:
        spearman: the rank correlation over the covered pairs, with its interval; None where they are too few, or all
            of one score.
        pairs: how many there are; covered: how many have two vectors; composed: how many of those have a vector that
            was composed of parts.
        missing: the words without a vector.
    """

    spearman: Estimate | None
    pairs: int
    covered: int
    composed: int
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AnalogyScore:
    """Analogies of one section.

    Attributes:
        accuracy: the share of the covered questions that were answered rightly, with its interval; None without any.
        questions: how many there are; covered: how many have all four words in the vocabulary; right: how many were
            answered rightly.
    """

    accuracy: Estimate | None
    questions: int
    covered: int
    right: int

    @classmethod
    def of(cls, questions: int, covered: int, right: int) -> AnalogyScore:
        """The score of counts; the interval is Wilson's."""
        if not covered:
            return cls(None, questions, 0, 0)
        share = right / covered
        return cls(Estimate.of(share, wilson_interval(share, covered)), questions, covered, right)


class FoldedVocabulary:
    """The words of vectors by spelling, or by spelling without case.

    Args:
        vectors: whose words.
        fold: take words that differ only in case for one, for which the most frequent of them stands.
        among: the first so many words alone; None for all.
    """

    def __init__(self, vectors: WordVectors, *, fold: bool, among: int | None = None) -> None:
        self.fold = fold
        self.rows: dict[str, int] = {}
        for row, word in enumerate(vectors.words[:among]):
            self.rows.setdefault(self.key(word), row)

    def key(self, word: str) -> str:
        """What words are told apart by."""
        return word.lower() if self.fold else word


def score_pairs(vectors: WordVectors, pairs: Sequence[WordPair], *, fold: bool = True, seed: int = 0) -> PairsScore:
    """Spearman's correlation of cosines with people's scores, over the pairs that have two vectors.

    Args:
        vectors: which; pairs: of which words.
        fold: look a word up without regard to case where it is not there as it is written.
        seed: of the resamples behind the interval.
    """
    vocabulary = FoldedVocabulary(vectors, fold=fold)
    found: dict[str, Floats] = {}
    composed: set[str] = set()
    missing: dict[str, None] = {}
    for word in dict.fromkeys(word for pair in pairs for word in (pair.first, pair.second)):
        row = vectors.row(word)
        row = vocabulary.rows.get(vocabulary.key(word)) if row is None else row
        vector = vectors.find(word if row is None else vectors.words[row])
        if vector is None:
            missing[word] = None
            continue
        found[word] = vector
        if row is None:
            composed.add(word)
    covered = [pair for pair in pairs if pair.first in found and pair.second in found]
    with_composed = sum(bool({pair.first, pair.second} & composed) for pair in covered)
    spearman = None
    if len(covered) >= FEWEST_PAIRS:
        first = unit(np.stack([found[pair.first] for pair in covered])).astype(np.float64)
        second = unit(np.stack([found[pair.second] for pair in covered])).astype(np.float64)
        people = np.array([pair.score for pair in covered])
        spearman = rank_correlation((first * second).sum(axis=1), people, seed=seed)
    return PairsScore(spearman, len(pairs), len(covered), with_composed, tuple(missing))


def rank_correlation(
    ours: NDArray[np.float64], theirs: NDArray[np.float64], *, resamples: int = RESAMPLES, seed: int = 0
) -> Estimate | None:
    """Spearman's correlation of two lists [N], ties by their mean rank, with a percentile interval over resamples.

    None where one of the lists holds a single value.
    """
    from scipy.stats import rankdata

    def correlations(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
        """Of rows [R, N]; NaN where a resample holds a single value."""
        ranks = [rankdata(values, axis=1) for values in (left, right)]
        centred = [values - values.mean(axis=1, keepdims=True) for values in ranks]
        sizes = np.sqrt((centred[0] ** 2).sum(axis=1) * (centred[1] ** 2).sum(axis=1))
        products = (centred[0] * centred[1]).sum(axis=1)
        shares: NDArray[np.float64] = np.divide(products, sizes, out=np.full(len(sizes), np.nan), where=sizes > 0)
        return shares

    (point,) = correlations(ours[None], theirs[None])
    if np.isnan(point):
        return None
    drawn = [correlations(ours[rows], theirs[rows]) for rows in resampled_rows(len(ours), resamples, seed)]
    draws = np.concatenate(drawn)
    return Estimate.of(float(point), percentile_interval(draws[~np.isnan(draws)]))


def score_analogies(
    vectors: WordVectors,
    sections: Mapping[str, Sequence[Question]],
    *,
    fold: bool = True,
    among: int = AMONG,
    method: AnalogyMethod = "add",
) -> dict[str, AnalogyScore]:
    """How many of the questions whose words are all in the vocabulary are answered rightly, section by section.

    The three given words are no answers. A word's other spellings are none either where case is folded.

    Args:
        vectors: which; sections: name → questions.
        fold: tell words apart without regard to case.
        among: seek answers among the first so many words, and leave out questions with others.
        method: 3CosAdd or 3CosMul, as in `WordVectors.analogy`.

    Raises:
        UsageError: when ``among`` is below 4.
    """
    if among < 4:
        raise UsageError(f"answers are sought among {among} words", remedy="Give at least 4")
    vocabulary = FoldedVocabulary(vectors, fold=fold, among=among)
    rows = np.fromiter(vocabulary.rows.values(), np.int64, len(vocabulary.rows))
    places = {word: place for place, word in enumerate(vocabulary.rows)}
    table = unit(vectors.vectors[rows])
    scores = {}
    for name, questions in sections.items():
        keys = [[places.get(vocabulary.key(word)) for word in question.words] for question in questions]
        covered = np.array([key for key in keys if None not in key], np.int64).reshape(-1, 4)
        right = int(np.sum(_answers(table, covered[:, :3], method) == covered[:, 3]))
        scores[name] = AnalogyScore.of(len(questions), len(covered), right)
    return scores


def total(scores: Mapping[str, AnalogyScore]) -> AnalogyScore:
    """All sections together, each question counting the same."""
    found = list(scores.values())
    return AnalogyScore.of(
        sum(one.questions for one in found), sum(one.covered for one in found), sum(one.right for one in found)
    )


def _answers(table: Floats, given: NDArray[np.int64], method: AnalogyMethod) -> NDArray[np.int64]:
    """The answers [Q] to questions [Q, 3] among unit vectors [W, D]; -1 where there is no other word."""
    answers = np.full(len(given), -1)
    if len(table) <= given.shape[1]:
        return answers
    size = max(_SCORES_AT_A_TIME // len(table), 1)
    for start in range(0, len(given), size):
        part = given[start : start + size]
        first, second, third = (table[part[:, place]] for place in range(3))
        if method == "add":
            scores = ((second - first + third) @ table.T).astype(np.float32, copy=False)
        else:
            scores = product_of_cosines(np.stack([one @ table.T for one in (first, second, third)]))
        scores[np.arange(len(part))[:, None], part] = -np.inf
        answers[start : start + size] = scores.argmax(axis=1)
    return answers
