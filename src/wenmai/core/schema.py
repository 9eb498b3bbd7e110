"""What the columns of a data set mean: one shape of columns per task family, told apart by ``kind``."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from wenmai.core.config import Config
from wenmai.core.tags import Scheme

Kind = Literal["classify", "tag", "pair", "span", "generate", "embed"]
Language = Literal["zh", "en", "mixed"]

Columns = Annotated[tuple[str, ...], Field(min_length=1)]


class ClassifyColumns(Config):
    """A text (several columns joined by a line break) and its label, or its set of labels."""

    kind: Literal["classify"] = "classify"
    text: Columns = ("text",)
    label: str = "label"
    several_labels: bool = False
    """Whether a row may carry any number of labels: the label column then holds lists."""


class TagColumns(Config):
    """A sentence given as tokens, and a tag for each; ``sentence`` is the original text where the source has it.

    The tokens stand in the sentence in their order, with nothing but white space between them. ``factors`` are further
    columns that say something of each token, such as its part of speech (Sang and Buchholz 2000), for models to read.
    """

    kind: Literal["tag"] = "tag"
    tokens: str = "tokens"
    tags: str = "tags"
    sentence: str | None = None
    scheme: Scheme = "plain"
    """How tags stand for spans; ``plain`` where each stands for itself."""
    factors: tuple[str, ...] = ()
    intent: str | None = None
    """The column of what the whole sentence wants, one of some intents; None where the tags alone are learnt."""


PairAnswer = Literal["label", "score", "relevance"]
"""``label``: what stands between two texts, one of some classes; ``score``: a number, such as how like they are;
``relevance``: 1 where the second text answers the first, otherwise 0, so that answers are ranked by question."""


class PairColumns(Config):
    """Two texts and what is said of them; ``label`` names the column of that, None where nothing is said yet."""

    kind: Literal["pair"] = "pair"
    first: str = "first"
    second: str = "second"
    label: str | None = "label"
    answer: PairAnswer = "label"


class SpanColumns(Config):
    """A question, a context, and the answers: a list of ``{start, text}`` with starts in characters of the context."""

    kind: Literal["span"] = "span"
    context: str = "context"
    question: str = "question"
    answers: str = "answers"


class GenerateColumns(Config):
    """A source text and the text to produce; a corpus to continue has no source."""

    kind: Literal["generate"] = "generate"
    source: str | None = "source"
    target: str = "target"


class EmbedColumns(Config):
    """Unlabelled text."""

    kind: Literal["embed"] = "embed"
    text: Columns = ("text",)


TaskColumns = Annotated[
    ClassifyColumns | TagColumns | PairColumns | SpanColumns | GenerateColumns | EmbedColumns,
    Field(discriminator="kind"),
]


class Schema(Config):
    """Which columns a task reads, which column keeps rows together, and the language of the text."""

    columns: TaskColumns = ClassifyColumns()
    group: str | None = None
    """Rows with the same value here never stand on both sides of a split (an author, a product, a document)."""
    language: Language = "en"

    @property
    def kind(self) -> Kind:
        """The task family."""
        return self.columns.kind

    @property
    def together(self) -> str | None:
        """The column whose equal values stay together: the group, or the question where answers are ranked."""
        if self.group is None and isinstance(self.columns, PairColumns) and self.columns.answer == "relevance":
            return self.columns.first
        return self.group

    def required(self) -> tuple[str, ...]:
        """Names of the columns that a model reads, without the answers, in the order of `Inputs`."""
        match self.columns:
            case ClassifyColumns(text=text) | EmbedColumns(text=text):
                return text
            case TagColumns(tokens=tokens, sentence=sentence, factors=factors):
                return (tokens, *factors) if sentence is None else (tokens, sentence, *factors)
            case PairColumns(first=first, second=second):
                return (first, second)
            case SpanColumns(context=context, question=question):
                return (context, question)
            case GenerateColumns(source=source):
                return () if source is None else (source,)

    def answers(self) -> tuple[str, ...]:
        """Names of the columns that hold what a model shall predict."""
        match self.columns:
            case ClassifyColumns(label=label):
                return (label,)
            case PairColumns(label=answer):
                return () if answer is None else (answer,)
            case TagColumns(tags=tags, intent=intent):
                return (tags,) if intent is None else (tags, intent)
            case SpanColumns(answers=answers):
                return (answers,)
            case GenerateColumns(target=target):
                return (target,)
            case EmbedColumns():
                return ()
