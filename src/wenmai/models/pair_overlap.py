"""Word overlap: a dozen numbers that say how much two texts share, and a linear model over them.

    value = Σ_i feature_i · weight_i + bias

The features count shared words, shared neighbours, shared runs of characters and shared numbers, words counting by
their inverse document frequency where it says so, and compare lengths. Nothing else of the words is known, so that this
is the floor that a model which reads has to beat: on many sets of pairs it is higher than people think.

- Jaccard, P. (1901). Étude comparative de la distribution florale. Bull. Soc. Vaudoise Sci. Nat. 37.
- Dagan, I., Glickman, O., Magnini, B. (2006). The PASCAL recognising textual entailment challenge: overlap as baseline.
- McCoy, T., Pavlick, E., Linzen, T. (2019). Right for the wrong reasons. ACL: models that learn overlap instead.

Letters of the shapes: N pairs, V words, F features, K columns of weights (1 where two classes share one).
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Annotated, TypeVar

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.batches.word_index import WordIndex
from wenmai.core.errors import BundleError
from wenmai.core.schema import Language
from wenmai.data.dataset import BATCH_ROWS, Inputs
from wenmai.models.contract import Arrays, Examples, ModelConfig, Parts, Preset, Run
from wenmai.models.pair_solving import (
    TRIED_PENALTIES,
    Penalty,
    columns_of,
    said_of_pairs,
    second_texts,
    solve_pairs,
)
from wenmai.models.state import Expected, checked
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment, WordSegment

Floats = NDArray[np.float64]
Piece = TypeVar("Piece", str, tuple[str, ...])

FEATURES = (
    "shared words",
    "words of the first in the second, by rarity",
    "words of the second in the first, by rarity",
    "cosine of the words, by rarity",
    "shared pairs of neighbours",
    "shared runs of three characters",
    "shared numbers",
    "shared beginning",
    "likeness of the lengths",
    "length of the first beside the second",
    "rarity of what the first has alone",
    "rarity of what the second has alone",
)
"""What is measured, in the order of the features."""

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SPREAD = 1e-6
"""A feature that varies less than this is taken as it is."""


class PairOverlapConfig(ModelConfig):
    """How strongly the weights are held back, and which words are kept with their rarity."""

    C: Penalty = 1.0
    """How much the data counts against the penalty."""
    max_words: Annotated[int, Field(ge=1)] = 200_000
    """Words whose document frequency is kept, the most frequent; others count as never seen."""

    def build(self, parts: Parts) -> PairOverlap:
        """The unfitted model."""
        return PairOverlap(self, parts)


class PairOverlap:
    """How rare words are, one weight a feature."""

    def __init__(self, config: PairOverlapConfig, parts: Parts) -> None:
        self.config = config
        self.head = parts.head
        self.pipeline = parts.pipeline
        self.rarity: dict[str, float] = {}
        self.unseen = np.ones(1)
        self.weights = np.zeros((len(FEATURES), 1))
        self.bias = np.zeros(1)

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Count in how many texts words stand, measure every pair, solve for the weights."""
        with run.stage("count words"):
            self._count(train, run)
        with run.stage("compare texts"):
            rows = np.concatenate([self._features(batch) for batch in train.data.batches(BATCH_ROWS)])
        with run.stage("solve"):
            centre, spread = rows.mean(axis=0), rows.std(axis=0)
            spread[spread < _SPREAD] = 1.0
            solution = solve_pairs(self.config.C, (rows - centre) / spread, train, self.head, run)
        self.weights = solution.weights.astype(np.float64) / spread[:, None]
        self.bias = solution.bias.astype(np.float64) - centre @ self.weights
        return solution.notes

    def outputs(self, inputs: Inputs) -> Floats:
        """Logits [N, C], or a number [N]."""
        features = self._features(inputs)
        # Row by row, so that no pair's sum depends on how many others there are.
        sums = np.array([row @ self.weights for row in features]).reshape(len(inputs), -1)
        return said_of_pairs(sums + self.bias, self.head)

    def top_features(self, output: int, count: int) -> list[tuple[str, float]]:
        """What speaks most for a class, against the mean of the others."""
        if self.weights.shape[1] == 1:
            spoken = self.weights[:, 0] if output == 1 or self.head.kind != "classes" else -self.weights[:, 0]
        else:
            others = self.weights.sum(axis=1) - self.weights[:, output]
            spoken = self.weights[:, output] - others / (self.weights.shape[1] - 1)
        best = np.argsort(-spoken, kind="stable")[: min(count, len(FEATURES))]
        return [(FEATURES[int(at)], float(spoken[at])) for at in best]

    def arrays(self) -> Arrays:
        """``weights`` [F, K], ``bias`` [K], ``rarity`` [V] of the ``words``, ``unseen`` [1] of all others."""
        rarity = np.array(list(self.rarity.values()), np.float64)
        words = WordIndex(list(self.rarity)).to_bytes()
        return {"weights": self.weights, "bias": self.bias, "rarity": rarity, "unseen": self.unseen, "words": words}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        columns = columns_of(self.head)
        expected: dict[str, Expected] = {
            "weights": (np.float64, (len(FEATURES), columns)),
            "bias": (np.float64, (columns,)),
            "rarity": (np.float64, (None,)),
            "unseen": (np.float64, (1,)),
            "words": (np.uint8, (None,)),
        }
        checked(arrays, expected)
        index = WordIndex.from_bytes(arrays["words"])
        words = [index.word(number + 1) for number in range(len(index))]
        if len(words) != len(arrays["rarity"]):
            raise BundleError(f"there are {len(arrays['rarity'])} rarities for {len(words)} words")
        self.rarity = dict(zip(words, arrays["rarity"].tolist(), strict=True))
        self.weights, self.bias, self.unseen = arrays["weights"], arrays["bias"], arrays["unseen"]

    def _count(self, train: Examples, run: Run) -> None:
        """The inverse document frequency of every word, in the order of Unicode, which tells nothing of the rows."""
        found: Counter[str] = Counter()
        for batch in train.data.batches(BATCH_ROWS):
            run.check()
            for words in (*self.pipeline.words(batch.text), *self.pipeline.words(second_texts(batch))):
                found.update(set(words))
        texts = 2 * len(train.data)
        kept = sorted(found, key=lambda word: (-found[word], word))[: self.config.max_words]
        # A word of one text alone may be a person's name or number, and has no rarity of its own.
        self.rarity = {word: math.log((1 + texts) / (1 + found[word])) + 1 for word in sorted(kept) if found[word] > 1}
        self.unseen = np.array([math.log((1 + texts) / 2) + 1])

    def _features(self, inputs: Inputs) -> Floats:
        """[N, F]."""
        seconds = second_texts(inputs)
        sides = zip(self.pipeline.words(inputs.text), self.pipeline.words(seconds), strict=True)
        cleaned = zip(self.pipeline.cleaned(inputs.text), self.pipeline.cleaned(seconds), strict=True)
        unseen = float(self.unseen[0])
        found = [
            overlap_features(*words, *texts, self.rarity, unseen) for words, texts in zip(sides, cleaned, strict=True)
        ]
        return np.array(found, np.float64).reshape(len(inputs), len(FEATURES))


def overlap_features(
    first: Sequence[str],
    second: Sequence[str],
    first_text: str,
    second_text: str,
    rarity: Mapping[str, float],
    unseen: float,
) -> list[float]:
    """The `FEATURES` of one pair.

    Args:
        first: words of the first text; second: of the second; first_text, second_text: the texts themselves.
        rarity: of each word; unseen: of every other.
    """
    ours, theirs = Counter(first), Counter(second)
    both = ours & theirs
    weight_ours, weight_theirs, weight_both = (_weight(one, rarity, unseen) for one in (ours, theirs, both))
    dot = sum(ours[word] * theirs[word] * rarity.get(word, unseen) ** 2 for word in both)
    norms = math.sqrt(_square(ours, rarity, unseen) * _square(theirs, rarity, unseen))
    return [
        _jaccard(ours, theirs),
        _share(weight_both, weight_ours),
        _share(weight_both, weight_theirs),
        _share(dot, norms),
        _jaccard(_runs(first, 2), _runs(second, 2)),
        _jaccard(_runs(first_text, 3), _runs(second_text, 3)),
        _jaccard(Counter(_NUMBER.findall(first_text)), Counter(_NUMBER.findall(second_text)), empty=1.0),
        _beginning(first, second),
        _share(min(len(first), len(second)), max(len(first), len(second))),
        math.log((1 + len(first)) / (1 + len(second))),
        math.log1p(weight_ours - weight_both),
        math.log1p(weight_theirs - weight_both),
    ]


def _runs(pieces: Sequence[str], length: int) -> Counter[tuple[str, ...]]:
    return Counter(zip(*(pieces[at:] for at in range(length)), strict=False))


def _jaccard(ours: Counter[Piece], theirs: Counter[Piece], *, empty: float = 0.0) -> float:
    """What both have, of what either has; ``empty`` where neither has anything."""
    either = (ours | theirs).total()
    return (ours & theirs).total() / either if either else empty


def _weight(words: Counter[str], rarity: Mapping[str, float], unseen: float) -> float:
    return sum(count * rarity.get(word, unseen) for word, count in words.items())


def _square(words: Counter[str], rarity: Mapping[str, float], unseen: float) -> float:
    return sum((count * rarity.get(word, unseen)) ** 2 for word, count in words.items())


def _beginning(first: Sequence[str], second: Sequence[str]) -> float:
    """The share of the shorter text that the two have in common from the start."""
    shorter = min(len(first), len(second))
    same = next((at for at, (one, other) in enumerate(zip(first, second, strict=False)) if one != other), shorter)
    return _share(same, shorter)


def _share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def words(language: Language) -> Preset:
    """Overlap of words; how strongly to penalise is chosen on dev."""
    return _tried(PipelineConfig(segment=WordSegment(language=language)))


def characters(language: Language) -> Preset:
    """Overlap of characters; how strongly to penalise is chosen on dev."""
    return _tried(PipelineConfig(segment=CharacterSegment()))


def _tried(pipeline: PipelineConfig) -> Preset:
    model = PairOverlapConfig()
    return Preset(model, pipeline, tuple(model.but(C=value) for value in TRIED_PENALTIES))
