"""A trained tagger of words as the segmenter of another pipeline."""

from __future__ import annotations

from collections.abc import Sequence

from wenmai.data.dataset import Inputs
from wenmai.models.contract import Model
from wenmai.tasks.tag import TagWords
from wenmai.text.pipeline import Pipeline

Span = tuple[int, int]


class TaggerSegmenter:
    """Cuts text into the words that a tagger finds; white space parts words and is no piece.

    Args:
        task: of the tagger; model: the tagger; pipeline: cuts raw text into its tokens.
    """

    def __init__(self, task: TagWords, model: Model, pipeline: Pipeline) -> None:
        self._task, self._model, self._pipeline = task, model, pipeline

    def spans(self, text: str) -> list[Span]:
        """The words' places, in characters of the text."""
        (found,) = self.spans_of([text])
        return found

    def words(self, text: str) -> list[str]:
        """The words."""
        return [text[start:end] for start, end in self.spans(text)]

    def spans_of(self, texts: Sequence[str]) -> list[list[Span]]:
        """The words' places in many texts at once."""
        inputs = self._task.prepared(Inputs(texts), self._pipeline)
        predictions = self._task.predictions(self._task.outputs(self._model, inputs), inputs)
        return [
            [span for piece in one.pieces for span in _parted(text, piece.start, piece.end)]
            for text, one in zip(texts, predictions, strict=True)
        ]


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
