"""Slots and the intent of a sentence, learnt together: what a person wants, and of what.

Letters of the shapes: N sentences, T tokens of one, K tags, I intents.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.core.errors import DataError
from wenmai.data.dataset import Dataset, Inputs
from wenmai.data.wording import counted
from wenmai.metrics.spans import Counts, SpanErrors, sentence_counts
from wenmai.models.contract import Head, Outputs
from wenmai.tasks.tag import TagEntities, tag_columns
from wenmai.tasks.tag_predictions import TagPrediction

Rows = Sequence[NDArray[Any]]


class TagSlots(TagEntities):
    """Entities, and one intent of the whole sentence. Outputs and targets have a first step for it: [1 + T, …].

    Fields:
        intents: I, in order.
    """

    tagging: Literal["slots"] = "slots"
    intents: Annotated[tuple[str, ...], Field(min_length=2)]

    @classmethod
    def more(cls, train: Dataset) -> dict[str, Any]:
        """The intents of the training rows.

        Raises:
            DataError: when there is only one.
        """
        found = sorted(set(_intents(train)))
        if len(found) < 2:
            raise DataError(
                f"column {tag_columns(train).intent!r} holds only {found[0]!r}",
                where=train.name,
                remedy="There must be several intents to tell apart; leave out --intent to learn the tags alone",
            )
        return {"intents": tuple(found)}

    def head(self) -> Head:
        """That of the tags, with the intents."""
        return replace(super().head(), intents=self.intents)

    def targets(self, data: Dataset) -> list[NDArray[np.int64]]:
        """The number of the intent, then those of the tags, [1 + T] a sentence.

        An intent that the training rows do not have gets the number I.

        Raises:
            DataError: as for tags, and for rows without intents.
        """
        if tag_columns(data).intent is None:
            raise DataError(
                "the rows have no intents, which the model tells too",
                where=data.name,
                remedy="Name their column: --intent COLUMN",
            )
        numbers = {intent: number for number, intent in enumerate(self.intents)}
        firsts = [numbers.get(intent, len(numbers)) for intent in _intents(data)]
        return [np.append(first, row) for first, row in zip(firsts, super().targets(data), strict=True)]

    def counts(self, outputs: Outputs, targets: Any) -> Counts:
        """Those of entities; the share of right intents, and of sentences of which everything is right."""
        counts = super().counts(_tags(outputs), _tags(targets))
        return sentence_counts(counts, _firsts(outputs) == _firsts(targets))

    def errors(self, outputs: Outputs, targets: Any) -> SpanErrors:
        """What became of the gold spans."""
        return super().errors(_tags(outputs), _tags(targets))

    def remarks(self, targets: Any) -> tuple[str, ...]:
        """That some rows have types, or intents, which no training row has."""
        unseen = int(np.count_nonzero(_firsts(targets) == len(self.intents)))
        sentences = counted(unseen, "sentence has", "sentences have")
        remark = f"{sentences} an intent that the training rows do not have; it cannot be right there"
        return (*super().remarks(_tags(targets)), *([remark] if unseen else []))

    def predictions(self, outputs: Outputs, inputs: Inputs) -> list[TagPrediction]:
        """Spans of characters of each text, and its intent."""
        pairs = zip(outputs, super().predictions(_tags(outputs), inputs), strict=True)
        return [_with_intent(one, self.intents[int(row[0, 0])], float(row[0, 1])) for row, one in pairs]


def _with_intent(prediction: TagPrediction, intent: str, score: float) -> TagPrediction:
    return replace(prediction, intent=intent, intent_score=score, confidence=min(prediction.confidence, score))


def _intents(data: Dataset) -> list[str]:
    """The intent of each row.

    Raises:
        DataError: for a row without one, with its place.
    """
    name = tag_columns(data).intent
    assert name is not None, "the task was made of rows with intents"
    found = data.values(name)
    missing = next((row for row, intent in enumerate(found) if not intent), None)
    if missing is not None:
        raise DataError(f"column {name!r} is empty", where=data.where(missing), remedy="Give every sentence an intent")
    return found


def _tags(rows: Rows | Outputs) -> list[NDArray[Any]]:
    return [row[1:] for row in rows]


def _firsts(rows: Rows | Outputs) -> NDArray[np.int64]:
    """The intents [N] of outputs or targets."""
    return np.array([np.ravel(row[0])[0] for row in rows], np.int64)
