"""Segmentation: a text as the pieces that a model counts or reads."""

from __future__ import annotations

import functools
import itertools
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Literal, Protocol, runtime_checkable

from pydantic import Field, field_validator

from wenmai.core.config import Config
from wenmai.core.schema import Language
from wenmai.text.language import HAN
from wenmai.text.user_dictionary import parse_entry

if TYPE_CHECKING:
    from rjieba import Jieba

Span = tuple[int, int]


class WordSegment(Config):
    """Words: Chinese by dictionary and hidden Markov model (rjieba), English by rule; mixed text each by its own.

    Attributes:
        language: whose words.
        user_words: entries as in a jieba user dictionary: ``word``, ``word frequency`` or ``word frequency tag``.
    """

    kind: Literal["words"] = "words"
    language: Language = "zh"
    user_words: tuple[str, ...] = ()

    @field_validator("user_words")
    @classmethod
    def _readable(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for entry in entries:
            parse_entry(entry)
        return entries


class CharacterSegment(Config):
    """Characters, every one apart; an accent goes with its letter."""

    kind: Literal["characters"] = "characters"


class GivenSegment(Config):
    """Text that is segmented already: pieces are parted by white space."""

    kind: Literal["given"] = "given"


class TaggedSegment(Config):
    """Text in which every word has a tag: pieces are ``word|tag``, parted by white space.

    Attributes:
        separator: what stands between a word and its tag in a file of lines (`wenmai.data.tagged_words`); ``auto``
            finds it. Texts that come another way hold ``word|tag`` already.
    """

    kind: Literal["tagged"] = "tagged"
    separator: Literal["auto", "|", "/", "_"] = "auto"


class SubwordSegment(Config):
    """Subwords, by the tokenizer that the pipeline trains."""

    kind: Literal["subwords"] = "subwords"


class GivenSubwords(Config):
    """Subwords, by the tokenizer of the encoder that a fit starts from, the recipe's input under this name."""

    kind: Literal["given-subwords"] = "given-subwords"
    start: str = "encoder"


class BundleSegment(Config):
    """Pieces by a trained model, an input of the recipe under this name.

    Attributes:
        input: the name.
        user_words: entries as in a jieba user dictionary.
        dictionary: whether an own word is always a piece, or only where the model ends pieces at its two bounds.
    """

    kind: Literal["bundle"] = "bundle"
    input: str = "segmenter"
    user_words: tuple[str, ...] = ()
    dictionary: Literal["forces", "suggests"] = "forces"

    @field_validator("user_words")
    @classmethod
    def _readable(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for entry in entries:
            parse_entry(entry)
        return entries


SegmentConfig = Annotated[
    WordSegment | CharacterSegment | GivenSegment | TaggedSegment | SubwordSegment | GivenSubwords | BundleSegment,
    Field(discriminator="kind"),
]


@runtime_checkable
class Segmenter(Protocol):
    """Cuts a text into pieces. White space is no piece; every other character stands in exactly one."""

    def spans(self, text: str) -> list[Span]:
        """The pieces' places, in characters of the text."""
        ...

    def words(self, text: str) -> list[str]:
        """The pieces themselves, without their places and faster."""
        ...


@runtime_checkable
class BatchSegmenter(Segmenter, Protocol):
    """Cuts many texts at once more quickly than one after the other."""

    def spans_of(self, texts: Sequence[str]) -> list[list[Span]]:
        """The pieces' places in each text."""
        ...

    def words_of(self, texts: Sequence[str]) -> list[list[str]]:
        """The pieces of each text."""
        ...


def spans_of(segmenter: Segmenter, texts: Sequence[str]) -> list[list[Span]]:
    """The pieces' places in each of many texts, the quickest way that a segmenter has."""
    if isinstance(segmenter, BatchSegmenter):
        return segmenter.spans_of(texts)
    return [segmenter.spans(text) for text in texts]


def words_of(segmenter: Segmenter, texts: Sequence[str]) -> list[list[str]]:
    """The pieces of each of many texts, the quickest way that a segmenter has."""
    if isinstance(segmenter, BatchSegmenter):
        return segmenter.words_of(texts)
    return [segmenter.words(text) for text in texts]


def build_segmenter(config: WordSegment | CharacterSegment | GivenSegment | TaggedSegment) -> Segmenter:
    """The segmenter of a config that needs nothing trained."""
    match config:
        case WordSegment(language="zh"):
            return ChineseWords(config.user_words)
        case WordSegment(language="mixed"):
            return MixedWords(config.user_words)
        case WordSegment():
            return PatternSegmenter(_english_words(config.user_words))
        case CharacterSegment():
            return PatternSegmenter(_CHARACTERS)
        case GivenSegment() | TaggedSegment():
            return PatternSegmenter(_GIVEN)


# A mark that shapes the character before it: accents, emoji variants and skin tones; and emoji joined into one.
_MARKS = "[\u0300-\u036f\u20d0-\u20ff\ufe0e\ufe0f\U0001f3fb-\U0001f3ff]"
_SYMBOL = rf"[^\s]{_MARKS}*(?:\u200d[^\s\w]{_MARKS}*)*"
_PLACEHOLDER = "<(?:num|url)>"
_LETTER = f"[^\\W_{HAN}]{_MARKS}*"

_CHARACTERS = re.compile(f"{_PLACEHOLDER}|{_SYMBOL}")
_GIVEN = re.compile(r"\S+")

_ENGLISH = (
    # U.S., e.g.: letters each with its full stop
    r"(?:[^\W\d_]\.){2,}(?!\w)"
    # 3.5, 1,000, 10:30
    r"|\d+(?:[.,:]\d+)+(?!\w)"
    # words, with what stands inside them: don't, state-of-the-art, snake_case
    rf"|(?:{_LETTER})+(?:['’_-](?:{_LETTER})+)*"
    # ellipses and dashes, then every other character alone
    rf"|\.{{2,}}|-{{2,}}|{_SYMBOL}"
)


class PatternSegmenter:
    """Pieces that a regular expression finds."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self._find = pattern.finditer
        self._words = pattern.findall

    def spans(self, text: str) -> list[Span]:
        """The pieces' places, in characters of the text."""
        return [match.span() for match in self._find(text)]

    def words(self, text: str) -> list[str]:
        """The pieces themselves."""
        return self._words(text)


class ChineseWords:
    """Words by rjieba's dictionary and hidden Markov model, with a person's own words beside them."""

    def __init__(self, user_words: tuple[str, ...] = ()) -> None:
        self._jieba = _jieba(user_words)
        self._cut = self._jieba.cut

    def spans(self, text: str) -> list[Span]:
        """The pieces' places, in characters of the text."""
        if "<" in text and _PLACEHOLDERS.search(text):
            return self._spans_around(text)
        return [(start, end) for word, start, end in self._jieba.tokenize(text, "default", True) if not word.isspace()]

    def words(self, text: str) -> list[str]:
        """The pieces themselves."""
        if "<" in text and _PLACEHOLDERS.search(text):
            return [text[start:end] for start, end in self._spans_around(text)]
        return [word for word in self._cut(text) if not word.isspace()]

    def _spans_around(self, text: str) -> list[Span]:
        """The places where the tokens for numbers and URLs, whole pieces, part the text."""
        spans: list[Span] = []
        start = 0
        for match in _PLACEHOLDERS.finditer(text):
            spans += [(start + first, start + last) for first, last in self.spans(text[start : match.start()])]
            spans.append(match.span())
            start = match.end()
        return spans + [(start + first, start + last) for first, last in self.spans(text[start:])]


class MixedWords:
    """Runs of Chinese characters by rjieba, everything else by the rules for English."""

    def __init__(self, user_words: tuple[str, ...] = ()) -> None:
        self._jieba = _jieba(user_words)
        latin = tuple(entry for entry in user_words if not _HAN_RUN.search(parse_entry(entry).word))
        self._runs = re.compile(f"(?P<han>[{HAN}]+)|{_english_words(latin).pattern}")

    def spans(self, text: str) -> list[Span]:
        """The pieces' places, in characters of the text."""
        spans: list[Span] = []
        for match in self._runs.finditer(text):
            start, end = match.span()
            if match["han"] and end - start > 1:
                words = self._jieba.tokenize(match[0], "default", True)
                spans += [(start + first, start + last) for _, first, last in words]
            else:
                spans.append((start, end))
        return spans

    def words(self, text: str) -> list[str]:
        """The pieces themselves."""
        cut = self._jieba.cut
        runs = (cut(match[0]) if match["han"] else (match[0],) for match in self._runs.finditer(text))
        return list(itertools.chain.from_iterable(runs))


_PLACEHOLDERS = re.compile(_PLACEHOLDER)
_HAN_RUN = re.compile(f"[{HAN}]")


def _english_words(user_words: tuple[str, ...]) -> re.Pattern[str]:
    """The rules for English; a person's own words, longest first, go before them."""
    own = sorted({parse_entry(entry).word for entry in user_words}, key=lambda word: (-len(word), word))
    listed = "".join(rf"(?<![^\W{HAN}]){re.escape(word)}(?![^\W{HAN}])|" for word in own)
    return re.compile(f"{_PLACEHOLDER}|{listed}{_ENGLISH}")


def _jieba(user_words: tuple[str, ...]) -> Jieba:
    """A dictionary of its own for a person's words; without any, one that all share and nobody changes."""
    return _with_words(user_words) if user_words else _standard()


@functools.cache
def _standard() -> Jieba:
    from rjieba import Jieba

    return Jieba()


def _with_words(user_words: tuple[str, ...]) -> Jieba:
    from rjieba import Jieba

    jieba = Jieba()
    for line in user_words:
        entry = parse_entry(line)
        jieba.add_word(entry.word, entry.frequency, entry.tag)
    return jieba
