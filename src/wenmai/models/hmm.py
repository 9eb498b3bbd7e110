"""Hidden Markov model: each tag hangs on the one before, each word on its tag.

    P(words, tags) = Π_t P(tag_t | tag_t-1) · P(word_t | tag_t)
    P(tag | previous) = λ₂ · P̂(tag | previous) + λ₁ · P̂(tag),   P(word | tag) ∝ P(tag | word) / P(tag)

The λ are found by deleted interpolation; words that were never seen have the tags of the longest ending that was seen.

- Baum, L. E., Petrie, T. (1966). Statistical inference for probabilistic functions of finite state Markov chains.
- Brants, T. (2000). TnT: a statistical part-of-speech tagger. ANLP: the smoothing.

Letters of the shapes: S tokens, N rows, K tags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.core.schema import Language
from wenmai.data.dataset import Inputs
from wenmai.models import tagging
from wenmai.models.contract import Arrays, Examples, Head, ModelConfig, Parts, Preset, Run
from wenmai.models.state import Expected, checked
from wenmai.models.word_tags import WordTags

if TYPE_CHECKING:
    from wenmai.kernels.crf import Chain

Floats = NDArray[np.float64]


class HMMConfig(ModelConfig):
    """How words are smoothed.

    Attributes:
        longest_ending: letters of the longest ending by which unknown words are judged.
        smoothing: how many occurrences the ending of a known word counts as.
    """

    longest_ending: Annotated[int, Field(ge=1, le=20)] = 10
    smoothing: Annotated[float, Field(gt=0)] = 0.5

    def build(self, parts: Parts) -> HMM:
        """The unfitted tagger."""
        return HMM(self, parts.head)


class HMM:
    """Counted transitions and words; everything a scheme forbids has probability 0."""

    def __init__(self, config: HMMConfig, head: Head) -> None:
        self.config, self.head = config, head
        self.rules = tagging.rules_of(head)
        self.word_tags = WordTags(head.size, config.longest_ending, config.smoothing)
        self.transitions = np.zeros((head.size, head.size), np.float32)
        self.start, self.end = np.zeros(head.size, np.float32), np.zeros(head.size, np.float32)

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Count words, tags and pairs of tags."""
        with run.stage("count"):
            tags = tagging.training_tags(train, run)
            rows = tagging.training_tokens(train.data)
            self.word_tags.learn([token for row in rows for token in row], tags)
            self._learn_transitions(tags, tagging.offsets_of(rows))
        return ()

    def outputs(self, inputs: Inputs) -> list[Floats]:
        """[T, 2] a row: the tag of each token, and how sure its span is."""
        rows = tagging.tokens_of(inputs)
        return tagging.said(self._emissions(rows), tagging.offsets_of(rows), self._chain(), self.rules)

    def best(self, inputs: Inputs, count: int) -> list[list[tuple[NDArray[np.int32], float]]]:
        """The best sequences of tags of each row, with the logarithms of their probabilities."""
        rows = tagging.tokens_of(inputs)
        return tagging.ranked(self._emissions(rows), tagging.offsets_of(rows), self._chain(), count)

    def marginals(self, inputs: Inputs) -> list[Floats]:
        """How probable each tag is at each token, a row [T, K]."""
        rows = tagging.tokens_of(inputs)
        return tagging.marginals(self._emissions(rows), tagging.offsets_of(rows), self._chain())

    def arrays(self) -> Arrays:
        """Logarithms of transitions [K, K], start [K] and end [K], and the arrays of the words."""
        return {
            "transitions": self.transitions,
            "start": self.start,
            "end": self.end,
            **self.word_tags.arrays(),
        }

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        size = self.head.size
        expected: dict[str, Expected] = {
            "transitions": (np.float32, (size, size)),
            "start": (np.float32, (size,)),
            "end": (np.float32, (size,)),
            **self.word_tags.expected(),
        }
        self.word_tags.restore(checked(arrays, expected))
        self.transitions, self.start, self.end = arrays["transitions"], arrays["start"], arrays["end"]

    def _learn_transitions(self, tags: NDArray[np.int64], offsets: NDArray[np.int64]) -> None:
        """Interpolated probabilities of tags after tags; the ends of rows count as one tag more."""
        size = self.head.size
        filled = np.diff(offsets) > 0
        around = np.insert(tags, np.concatenate([offsets[:-1][filled], [len(tags)]]), size)
        pairs = np.bincount(around[:-1] * (size + 1) + around[1:], minlength=(size + 1) ** 2)
        shares = interpolated(pairs.reshape(size + 1, size + 1))
        logarithms = np.log(shares).astype(np.float32)
        self.transitions, self.start, self.end = (
            logarithms[:size, :size],
            logarithms[size, :size],
            logarithms[:size, size],
        )

    def _chain(self) -> Chain:
        parts = (part.astype(np.float64) for part in (self.transitions, self.start, self.end))
        return tagging.legal_chain(self.rules, *parts)

    def _emissions(self, rows: tagging.TokenLists) -> Floats:
        """log P(tag | word) - log P(tag) of every token [S, K]."""
        shares = self.word_tags.probabilities([token for row in rows for token in row])
        emissions: Floats = np.log(shares / self.word_tags.overall)
        return emissions


def interpolated(pairs: NDArray[np.int64]) -> Floats:
    """P(second | first) [K, K] of counted pairs, between their own share and that of the second alone.

    Each pair that was seen votes, as often as it was, for the share that predicts it better without itself (Brants
    2000, figure 1).
    """
    firsts, seconds, total = pairs.sum(axis=1), pairs.sum(axis=0), pairs.sum()
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.nan_to_num((pairs - 1) / (firsts[:, None] - 1.0), nan=0.0, posinf=0.0, neginf=0.0)
    alone = np.maximum(seconds - 1, 0) / max(total - 1, 1)
    votes = float(pairs[own > alone].sum())
    weight = min(votes / total, 1 - 1 / total)
    given = pairs / np.maximum(firsts, 1)[:, None]
    shares: Floats = weight * given + (1 - weight) * (seconds + 1) / (seconds + 1).sum()
    return shares


def plain(language: Language) -> Preset:
    """Words; characters in Chinese text."""
    return Preset(HMMConfig(), tagging.token_pipeline(language))
