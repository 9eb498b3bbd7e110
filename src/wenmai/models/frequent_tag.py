"""The most frequent tag of each word: what a tagger scores that does not look at the words around.

    tag(word) = argmax count(word, tag);   of a word never seen: by its ending, or the most frequent tag of all

Only what a scheme allows is said: the best sequence of tags is taken in which each may follow the one before.

- Charniak, E., et al. (1993). Equations for part-of-speech tagging. AAAI: the baseline and its strength.

Letters of the shapes: S tokens, K tags.
"""

from __future__ import annotations

from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.core.schema import Language
from wenmai.data.dataset import Inputs
from wenmai.models import tagging
from wenmai.models.contract import Arrays, Examples, Head, ModelConfig, Parts, Preset, Run
from wenmai.models.state import checked
from wenmai.models.word_tags import WordTags


class FrequentTagConfig(ModelConfig):
    """What is said of words that were never seen.

    Attributes:
        unknown: ``ending``: what the longest known ending says; ``overall``: how frequent the tags are.
        longest_ending: letters.
        smoothing: added to the count of every tag of a word, times how frequent the tag is.
    """

    unknown: Literal["ending", "overall"] = "ending"
    longest_ending: Annotated[int, Field(ge=1, le=20)] = 5
    smoothing: Annotated[float, Field(gt=0)] = 0.5

    def build(self, parts: Parts) -> FrequentTag:
        """The unfitted tagger."""
        return FrequentTag(self, parts.head)


class FrequentTag:
    """P(tag | word) of each word by itself."""

    def __init__(self, config: FrequentTagConfig, head: Head) -> None:
        self.config, self.head = config, head
        self.rules = tagging.rules_of(head)
        longest = config.longest_ending if config.unknown == "ending" else 0
        self.word_tags = WordTags(head.size, longest, config.smoothing)

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Count."""
        with run.stage("count"):
            tags = tagging.training_tags(train, run)
            self.word_tags.learn([token for row in tagging.training_tokens(train.data) for token in row], tags)
        return ()

    def outputs(self, inputs: Inputs) -> list[NDArray[np.float64]]:
        """[T, 2] a row: the tag of each token, and how sure its span is."""
        rows = tagging.tokens_of(inputs)
        emissions = np.log(self.word_tags.probabilities([token for row in rows for token in row]))
        return tagging.said(emissions, tagging.offsets_of(rows), tagging.legal_chain(self.rules), self.rules)

    def arrays(self) -> Arrays:
        """Words, endings and their counts."""
        return self.word_tags.arrays()

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        self.word_tags.restore(checked(arrays, self.word_tags.expected()))


def plain(language: Language) -> Preset:
    """Words; characters in Chinese text, as its annotations mostly have them."""
    return Preset(FrequentTagConfig(), tagging.token_pipeline(language))
