"""What a tagger says of one text: spans of its characters."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple


class TaggedPiece(NamedTuple):
    """Characters ``start:end`` of a text, what they are, and how sure the model is that exactly these are it."""

    start: int
    end: int
    label: str
    text: str
    score: float


@dataclass(frozen=True, slots=True)
class TagPrediction:
    """What a tagger says of one text.

    Attributes:
        text: the text itself.
        pieces: its entities, or its words, or its tokens with their tags, in order.
        tags: the tag of every token.
        confidence: how sure it is where it is least sure, of a span, of a token outside of any, or of the intent.
        note: what the person should know of this row, where there is something.
        intent: of the whole text, and intent_score how sure it is of it; None where it tells none.
    """

    text: str
    pieces: tuple[TaggedPiece, ...]
    tags: tuple[str, ...]
    confidence: float
    note: str | None = None
    intent: str | None = None
    intent_score: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """Plain values: spans of characters of the text, words without a label; before them the intent, if any."""
        intent = {} if self.intent is None else {"intent": self.intent, "intent_score": self.intent_score}
        return {**intent, "spans": [_without_empty_label(piece) for piece in self.pieces]}


def _without_empty_label(piece: TaggedPiece) -> dict[str, Any]:
    values = piece._asdict()
    if not piece.label:
        del values["label"]
    return values
