"""A trained tagger of words as the segmenter of another pipeline."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from wenmai.core.tags import TagRules
from wenmai.data.dataset import Inputs
from wenmai.models.abilities import FindsPaths
from wenmai.models.contract import Model
from wenmai.tasks.tag import TagWords
from wenmai.text.pipeline import Pipeline
from wenmai.text.token_places import token_places

Span = tuple[int, int]

BATCH_CHARACTERS = 100_000
"""Characters whose features are held at a time."""


class TaggerSegmenter:
    """Cuts text into the words that a tagger finds; white space parts words and is no piece.

    Args:
        task: of the tagger; model: the tagger; pipeline: cuts raw text into its tokens.
    """

    def __init__(self, task: TagWords, model: Model, pipeline: Pipeline) -> None:
        self._task, self._model, self._pipeline = task, model, pipeline
        self._continues = TagRules.of(task.tags, task.scheme).continues

    def spans(self, text: str) -> list[Span]:
        """The words' places, in characters of the text."""
        (found,) = self.spans_of([text])
        return found

    def words(self, text: str) -> list[str]:
        """The words."""
        return [text[start:end] for start, end in self.spans(text)]

    def spans_of(self, texts: Sequence[str]) -> list[list[Span]]:
        """The words' places in many texts at once, which is quicker."""
        return [spans for batch in _batches(texts) for spans in self._spans_of(batch)]

    def words_of(self, texts: Sequence[str]) -> list[list[str]]:
        """The words of many texts at once."""
        return [
            [text[start:end] for start, end in spans] for text, spans in zip(texts, self.spans_of(texts), strict=True)
        ]

    def _spans_of(self, texts: Sequence[str]) -> Iterator[list[Span]]:
        inputs = self._task.prepared(Inputs(texts), self._pipeline)
        assert inputs.tokens is not None, "a task of tags cuts texts into tokens"
        for text, tokens, path in zip(texts, inputs.tokens, self._paths(inputs), strict=True):
            yield _words(text, tokens, self._continues[path[:-1], path[1:]])

    def _paths(self, inputs: Inputs) -> Sequence[NDArray[np.integer]]:
        """The tag numbers of each row."""
        if isinstance(self._model, FindsPaths):
            return self._model.paths(inputs)
        return [row[:, 0].astype(np.int64) for row in self._task.outputs(self._model, inputs)]


def _words(text: str, tokens: Sequence[str], continues: NDArray[np.bool_]) -> list[Span]:
    """The places of the words of a text.

    Args:
        continues: [T - 1], whether the token after each belongs to the same word.
    """
    if not tokens:
        return []
    dense = len(text) == sum(map(len, tokens))  # then there is no white space
    ends = list(itertools.accumulate(map(len, tokens)))
    places = list(zip([0, *ends], ends, strict=False)) if dense else token_places(text, tokens)
    lasts = [*np.flatnonzero(~continues).tolist(), len(tokens) - 1]
    firsts = [0, *(last + 1 for last in lasts[:-1])]
    words = [(places[first][0], places[last][1]) for first, last in zip(firsts, lasts, strict=True)]
    if dense:
        return words
    return list(itertools.chain.from_iterable(_parted(text, start, end) for start, end in words))


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    """The texts in runs of at least one, and not many characters more than are held at a time."""
    start = size = 0
    for stop, text in enumerate(texts, 1):
        size += len(text)
        if size >= BATCH_CHARACTERS or stop == len(texts):
            yield texts[start:stop]
            start, size = stop, 0


def _parted(text: str, start: int, end: int) -> list[Span]:
    """A word's place, in parts where white space stands in it."""
    found: list[Span] = []
    begun: int | None = None
    for at in range(start, end):
        if text[at].isspace():
            if begun is not None:
                found.append((begun, at))
            begun = None
        elif begun is None:
            begun = at
    return found if begun is None else [*found, (begun, end)]
