"""Tagging: a tag for every token of a sentence. Entities and chunks, words of characters, or plain tags.

Which of them it is follows from the tags: `Tag` gives the task that fits, and finds it again in a bundle. Spans of
tokens with a type are entities, chunks, slots; spans without a type are words; a tag that stands for itself is, for
example, a part of speech. A prediction is drawn on the original text, as spans of its characters.

Letters of the shapes: N sentences, T tokens of one, K tags.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal, get_args

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.core.errors import DataError, UsageError
from wenmai.core.schema import Language, TagColumns
from wenmai.core.tags import (
    OUTSIDE,
    SCHEME_NAMES,
    Scheme,
    TagRules,
    TagSpan,
    complete_tags,
    converted,
    joined,
    parted,
    spans_of,
)
from wenmai.data.dataset import Dataset, Inputs
from wenmai.metrics.spans import Counts, SpanErrors, entity_counts, span_errors, tag_errors, token_counts, word_counts
from wenmai.models.contract import Head, Model, Outputs
from wenmai.stats.bootstrap import Bootstrap
from wenmai.stats.ratios import bootstrap_ratios, ratio_contributions, ratio_values
from wenmai.tasks.contract import Task
from wenmai.tasks.tag_kinds import Tagging, completed, tagging_of
from wenmai.tasks.tag_predictions import TaggedPiece, TagPrediction
from wenmai.tasks.tag_units import Units, cut_texts, units_of
from wenmai.text.pipeline import Pipeline
from wenmai.text.token_places import NoPlaceError, token_places

UNKNOWN_WORD = 1 << 20
"""What is added to the target of a token that stands in a word, or is one, that the training rows have not."""

_UNSEEN = "\0"
"""The type of gold spans whose type no training row has: no model can predict it."""


class Tag(Task, ABC):
    """Stands in the catalog for the tasks of tags and gives the one that fits; never made itself.

    Fields:
        tagging: which of them.
        scheme: how the tags stand for spans.
        tags: K, every tag of the scheme for each type that the training rows have.
        units: what raw text is cut into; language: by whose rules.
        lexicon: the words (or tokens) of the training rows, in order; what is not among them is scored apart.
    """

    kind: Literal["tag"] = "tag"
    tagging: Tagging
    scheme: Scheme
    tags: Annotated[tuple[str, ...], Field(min_length=2)]
    units: Units
    language: Language
    lexicon: tuple[str, ...] = ()
    unit: ClassVar[str] = "sentence"

    @classmethod
    def of(cls, train: Dataset) -> Tag:
        """The task as the tags of the training rows define it.

        Raises:
            DataError: for rows without tags, and for tags of which there is only one.
        """
        columns = tag_columns(train)
        scheme: Scheme = "iob2" if columns.scheme == "iob1" else columns.scheme
        rows = [converted(row, columns.scheme, scheme) if columns.scheme != scheme else row for row in train.answers()]
        found = {tag for row in rows for tag in row}
        if len(found - {OUTSIDE}) < 1 or (scheme == "plain" and len(found) < 2):
            only = f"only the tag {found.pop()!r}" if found else "no tag at all"
            raise DataError(
                f"column {columns.tags!r} holds {only}",
                where=train.name,
                remedy="There must be something to tell apart; is this the column of the tags? See --tags",
            )
        tokens = train.values(columns.tokens)
        tagging = tagging_of(scheme, found, columns.intent)
        kind = _kind(tagging)
        return kind(
            tagging=tagging,
            scheme=scheme,
            tags=tuple(sorted(found)) if scheme == "plain" else completed(found, scheme),
            units=units_of(tokens, train.schema.language),
            language=train.schema.language,
            lexicon=kind.words_of(tokens, rows, scheme),
            **kind.more(train),
        )

    @classmethod
    def restored(cls, values: Mapping[str, Any], *, where: str | None = None) -> Task:
        """The task that was written into a bundle."""
        found: Any = values.get("tagging")
        kind = _kind(found) if found in get_args(Tagging) else TagEntities  # whose parsing then says what is wrong
        return kind.parse(values, where=where)

    @classmethod
    @abstractmethod
    def words_of(
        cls, tokens: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], scheme: Scheme
    ) -> tuple[str, ...]:
        """The lexicon of the training rows."""

    @classmethod
    def more(cls, train: Dataset) -> dict[str, Any]:
        """Further fields that the training rows define."""
        return {}

    @abstractmethod
    def counts(self, outputs: Outputs, targets: Any) -> Counts:
        """What each sentence adds to the metrics."""

    @cached_property
    def types(self) -> tuple[str, ...]:
        """The types of spans, or the plain tags."""
        if self.scheme == "plain":
            return self.tags
        return tuple(dict.fromkeys(parted(tag)[1] for tag in self.tags if tag != OUTSIDE))

    def class_names(self) -> tuple[str, ...]:
        """What is scored one by one: types of spans, or plain tags."""
        return self.types

    def head(self) -> Head:
        """A tag number and a confidence for each token, [T, 2] a row, and what may follow what."""
        return Head("tags", len(self.tags), self.tags, TagRules.of(self.tags, self.scheme))

    def targets(self, data: Dataset) -> list[NDArray[np.int64]]:
        """The tag numbers [T] of each sentence.

        A tag of a type that the training rows do not have gets a number from K on, and in a word that they do not have
        `UNKNOWN_WORD` is added. Neither happens in the training rows themselves.

        Raises:
            DataError: for tags of a scheme that cannot be converted into the task's.
        """
        columns = tag_columns(data)
        given: Scheme = columns.scheme
        if given != self.scheme and "plain" in (given, self.scheme):
            raise DataError(
                f"the tags are {SCHEME_NAMES[given]}, the model learnt {SCHEME_NAMES[self.scheme]}",
                where=data.name,
                remedy="Load them with the scheme that the model was trained with: --scheme",
            )
        rows = data.answers()
        if given != self.scheme:
            rows = [converted(row, given, self.scheme) for row in rows]
        numbers = [np.fromiter(map(self._number, row), np.int64, len(row)) for row in rows]
        if self.lexicon:
            tokens = data.values(columns.tokens)
            self._mark_unknown(numbers, tokens, rows)
        return numbers

    def prepared(self, inputs: Inputs, pipeline: Pipeline) -> Inputs:
        """The inputs with tokens: raw text is cut by the pipeline, where that gives units as the training rows have."""
        if inputs.tokens is not None:
            return inputs
        return Inputs(inputs.text, tokens=cut_texts(inputs.text, pipeline, self.units, self.language))

    def outputs(self, model: Model, inputs: Inputs) -> Outputs:
        """The decoded path and its confidences, [T, 2] a row."""
        if inputs.tokens is None:
            raise UsageError("the texts are not cut into tokens", remedy="Predict with the bundle, which cuts them")
        return model.outputs(inputs)

    def predictions(self, outputs: Outputs, inputs: Inputs) -> list[TagPrediction]:
        """Spans of characters of each text."""
        if inputs.tokens is None:
            raise UsageError("the texts are not cut into tokens", remedy="Predict with the bundle, which cuts them")
        return [self._prediction(*row) for row in zip(outputs, inputs.text, inputs.tokens, strict=True)]

    def scores(self, outputs: Outputs, targets: Any) -> dict[str, float]:
        """The metrics of `counts`."""
        return ratio_values(self.counts(outputs, targets).metrics)

    def bootstrap(self, outputs: Outputs, targets: Any, *, seed: int = 0) -> Bootstrap:
        """The same scores with resamples of whole sentences."""
        return bootstrap_ratios(*self.counts(outputs, targets), seed=seed)

    def contributions(self, outputs: Outputs, targets: Any) -> dict[str, NDArray[np.float64]]:
        """What each sentence [N] contributes to each metric."""
        return ratio_contributions(self.counts(outputs, targets).metrics)

    def errors(self, outputs: Outputs, targets: Any) -> SpanErrors:
        """What became of the gold spans."""
        return span_errors(self.gold_spans(targets), self.predicted_spans(outputs))

    def remarks(self, targets: Any) -> tuple[str, ...]:
        """That some rows have types which no training row has."""
        size = len(self.tags)
        unseen = sum(int(np.count_nonzero(row >= size)) for row in _gold(targets))
        if not unseen:
            return ()
        of = "carry a tag" if self.scheme == "plain" else "stand in a span of a type"
        return (f"{unseen:,} tokens {of} that the training rows do not have; nothing can be right there",)

    def gold_spans(self, targets: Sequence[NDArray[np.int64]]) -> list[list[TagSpan]]:
        """The spans of targets."""
        names = self._every_name
        return [
            spans_of([names[number] for number in (row & (UNKNOWN_WORD - 1)).tolist()], self.scheme) for row in targets
        ]

    def predicted_spans(self, outputs: Outputs) -> list[list[TagSpan]]:
        """The spans of decoded paths."""
        return [spans_of(self.path(row), self.scheme) for row in outputs]

    def path(self, output: NDArray[np.float64]) -> list[str]:
        """The tags of one row's output [T, 2]."""
        names = self.tags
        return [names[number] for number in output[:, 0].astype(np.int64).tolist()]

    def _prediction(self, output: NDArray[np.float64], text: str, tokens: Sequence[str]) -> TagPrediction:
        try:
            places = token_places(text, tokens)
        except NoPlaceError as error:
            raise UsageError(
                f"token {error.position + 1}, {tokens[error.position]!r}, does not stand in its text",
                remedy="Give tokens as they stand in the text, in their order",
            ) from None
        tags, sure = self.path(output), output[:, 1].tolist()
        spans = (
            spans_of(tags, self.scheme)
            if self.scheme != "plain"
            else [TagSpan(at, at + 1, tag) for at, tag in enumerate(tags)]
        )
        pieces = []
        for span in spans:
            start, end = places[span.start][0], places[span.stop - 1][1]
            pieces.append(TaggedPiece(start, end, span.label, text[start:end], sure[span.start]))
        return TagPrediction(text, tuple(pieces), tuple(tags), min(sure, default=1.0))

    def _number(self, tag: str) -> int:
        number = self._numbers.get(tag)
        if number is not None:
            return number
        if self.scheme == "plain":
            return len(self.tags)
        return self._numbers[joined(parted(tag)[0], _UNSEEN)]

    @cached_property
    def _every_name(self) -> tuple[str, ...]:
        """The tags, and after them those of a type that no training row has."""
        if self.scheme == "plain":
            return (*self.tags, _UNSEEN)
        outside = () if OUTSIDE in self.tags else (OUTSIDE,)
        return (*self.tags, *complete_tags((_UNSEEN,), self.scheme, outside=False), *outside)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self._every_name)}

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(self.lexicon)

    def _mark_unknown(
        self, numbers: Sequence[NDArray[np.int64]], tokens: Sequence[Sequence[str]], rows: Sequence[Sequence[str]]
    ) -> None:
        """Add `UNKNOWN_WORD` where a word is not in the lexicon."""
        known = self._known
        for given, words, tags in zip(numbers, tokens, rows, strict=True):
            for span in self._words(tags):
                if "".join(words[span.start : span.stop]) not in known:
                    given[span.start : span.stop] += UNKNOWN_WORD

    def _words(self, tags: Sequence[str]) -> Sequence[TagSpan]:
        """The spans that the lexicon holds."""
        return spans_of(tags, self.scheme)


class TagEntities(Tag):
    """Spans with types: entities, chunks, slots. Chosen by F1 over exact spans."""

    tagging: Literal["entities", "slots"] = "entities"
    metric: ClassVar[str] = "entity_f1"

    @classmethod
    def words_of(
        cls, tokens: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], scheme: Scheme
    ) -> tuple[str, ...]:
        """No lexicon: entities are not scored by whether they are known."""
        return ()

    def counts(self, outputs: Outputs, targets: Any) -> Counts:
        """F1, precision and recall of spans; the share of tokens with the right tag; of sentences without a mistake."""
        right = [
            int(np.count_nonzero(row[:, 0].astype(np.int64) == gold))
            for row, gold in zip(outputs, targets, strict=True)
        ]
        return entity_counts(
            self.gold_spans(targets), self.predicted_spans(outputs), list(map(len, targets)), self.types, right
        )


class TagWords(Tag):
    """Words of characters. Chosen by F1 over words; recall also of words that the training rows have, and have not."""

    tagging: Literal["words"] = "words"
    metric: ClassVar[str] = "word_f1"

    @classmethod
    def words_of(
        cls, tokens: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], scheme: Scheme
    ) -> tuple[str, ...]:
        """The words."""
        pairs = zip(tokens, rows, strict=True)
        return tuple(
            sorted({"".join(row[one.start : one.stop]) for row, tags in pairs for one in spans_of(tags, scheme)})
        )

    def class_names(self) -> tuple[str, ...]:
        """None: words have no types."""
        return ()

    def counts(self, outputs: Outputs, targets: Any) -> Counts:
        """F1, precision and recall of words; recall of new and known ones; the share of sentences without a mistake."""
        return word_counts(self.gold_spans(targets), self.predicted_spans(outputs), _unknown(targets))


class TagTokens(Tag):
    """Tags that stand for themselves, such as parts of speech. Chosen by the share of tokens with the right one."""

    tagging: Literal["tokens"] = "tokens"
    metric: ClassVar[str] = "token_accuracy"

    @classmethod
    def words_of(
        cls, tokens: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], scheme: Scheme
    ) -> tuple[str, ...]:
        """The tokens."""
        return tuple(sorted({token for row in tokens for token in row}))

    def counts(self, outputs: Outputs, targets: Any) -> Counts:
        """The share of right tokens, among them of new ones; the share of sentences without a mistake."""
        return token_counts(_gold(targets), _paths(outputs), len(self.tags), _unknown(targets))

    def errors(self, outputs: Outputs, targets: Any) -> SpanErrors:
        """Which tags were taken for which."""
        return tag_errors(_gold(targets), _paths(outputs), [*self.tags, "a tag that training rows have not"])

    def _words(self, tags: Sequence[str]) -> Sequence[TagSpan]:
        return [TagSpan(at, at + 1, tag) for at, tag in enumerate(tags)]


def _kind(tagging: Tagging) -> type[Tag]:
    from wenmai.tasks.tag_slots import TagSlots

    kinds: Mapping[Tagging, type[Tag]] = {
        "entities": TagEntities,
        "slots": TagSlots,
        "words": TagWords,
        "tokens": TagTokens,
    }
    return kinds[tagging]


def _gold(targets: Sequence[NDArray[np.int64]]) -> list[NDArray[np.int64]]:
    return [row & (UNKNOWN_WORD - 1) for row in targets]


def _unknown(targets: Sequence[NDArray[np.int64]]) -> list[NDArray[np.bool_]]:
    return [row >= UNKNOWN_WORD for row in targets]


def _paths(outputs: Outputs) -> list[NDArray[np.int64]]:
    return [row[:, 0].astype(np.int64) for row in outputs]


def tag_columns(data: Dataset) -> TagColumns:
    """The columns of tagged rows.

    Raises:
        DataError: for rows that are none.
    """
    columns = data.schema.columns
    if not isinstance(columns, TagColumns):
        raise DataError("the data has no tags", where=data.name, remedy="Load tagged text; see --tokens and --tags")
    return columns
