"""What every reader of tagged text gives, and what was asked of it."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from wenmai.core.errors import DataError
from wenmai.core.schema import Language
from wenmai.core.tags import Scheme

Layout = Literal["columns", "spans", "words", "tagged-words", "parallel"]
"""``columns``: a token a line and a blank line after each sentence (CoNLL, CoNLL-U); ``spans``: JSON with a text and
the spans of its characters, or with tokens and tags; ``words``: a sentence a line, its words parted by spaces;
``tagged-words``: a sentence a line of ``word/tag``; ``parallel``: the files ``seq.in`` and ``seq.out``."""

LAYOUTS: tuple[Layout, ...] = ("columns", "spans", "words", "tagged-words", "parallel")


@dataclass(frozen=True, slots=True)
class TagRequest:
    """What the caller of `load` asked for about tags; one object, so that it travels whole.

    Attributes:
        tokens: the column of the tokens, by name or number from 1.
        tags: the column of the tags likewise; of words with tags what is to be learnt, ``tags``,
            ``entities`` or ``words``.
        factors: further columns of each token that models may read, by name or number.
        intent: the column of the intents of the sentences, which are learnt with the tags.
        scheme: how the tags stand for spans; convert_scheme: into what they are converted.
        layout: how the source is arranged.
        encoding: of its files; language: of its text; group: a column that keeps rows on one side of a split.
        strict: refuse what breaks its scheme or overlaps instead of mending it.
        labelled: whether tags are needed.
    """

    tokens: str | None = None
    tags: str | None = None
    scheme: Scheme | None = None
    convert_scheme: Scheme | None = None
    layout: Layout | None = None
    encoding: str | None = None
    language: Language | None = None
    group: str | None = None
    strict: bool = False
    labelled: bool = True
    factors: tuple[str, ...] = ()
    intent: str | None = None

    @property
    def asked(self) -> bool:
        """Whether anything was said that only tagged text has."""
        said = (self.tokens, self.tags, self.scheme, self.convert_scheme, self.layout, self.factors, self.intent)
        return any(said)


@dataclass(slots=True)
class TaggedRows:
    """Sentences as they were read.

    Attributes:
        name: where they came from.
        notes: what was detected or changed, as sentences without their full stops.
        tokens: of each sentence; tags: of each token; empty where none were wanted.
        sentences: the original text of each; None where the source has only tokens.
        lines: [N], the line on which each sentence began.
        token_lines: the line of every token, sentence after sentence; None where each sentence stands on one line.
        extra: further columns of the sentences; factors: of their tokens, by name.
        scheme: how the tags stand for spans, where the reader wrote them itself.
    """

    name: str
    notes: list[str] = field(default_factory=list)
    tokens: list[list[str]] = field(default_factory=list)
    tags: list[list[str]] = field(default_factory=list)
    sentences: list[str] | None = None
    lines: array[int] = field(default_factory=lambda: array("q"))
    token_lines: list[Sequence[int]] | None = None
    extra: dict[str, list[str]] = field(default_factory=dict)
    factors: dict[str, list[list[str]]] = field(default_factory=dict)
    scheme: Scheme | None = None

    def where(self, row: int, position: int) -> str:
        """``file:line`` of a token."""
        line = self.lines[row] if self.token_lines is None else self.token_lines[row][position]
        return f"{self.name}:{line}" if line else f"{self.name} row {row + 1}"

    def checked(self) -> TaggedRows:
        """These rows; raises `DataError` when there are none."""
        if not any(self.tokens):
            raise DataError("there is no sentence", where=self.name, remedy="Give at least two sentences with tags")
        return self


def examples(values: Sequence[str], count: int = 4) -> str:
    """Some different values for a note."""
    shown = list(dict.fromkeys(values))
    listed = ", ".join(value if len(value) <= 20 else value[:19] + "…" for value in shown[:count])
    return listed + (", …" if len(shown) > count else "")
