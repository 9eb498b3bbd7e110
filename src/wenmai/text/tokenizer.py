"""Subwords: BPE, byte-level BPE, WordPiece and Unigram, trained on a person's text (package `tokenizers`)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from wenmai.core.config import Config
from wenmai.core.errors import BundleError, FitError, UsageError, WenmaiError
from wenmai.core.io import write_atomic
from wenmai.text.segment import Span
from wenmai.text.subword_training import train

if TYPE_CHECKING:
    from tokenizers import Tokenizer

CONTINUED = "@@ "
"""What `SubwordTokenizer.apply` puts between two pieces of one word, as subword-nmt does."""

_BYTES = 256
_SPACE = "▁"


class TokenizerConfig(Config):
    """A subword tokenizer and how it frames what it encodes.

    Attributes:
        kind: byte-pair encoding over characters or bytes, WordPiece, or a Unigram language model.
        vocabulary_size: how many tokens, the special ones included; fewer where the text gives no more.
        min_frequency: pairs seen less often are not merged (Unigram has no such limit).
        longest_token: characters of the longest token, for BPE over characters (where the mark of a word's end counts
            as four) or bytes; None for no limit. Text without spaces otherwise gives whole clauses as tokens.
        frame: ``bert`` encodes as ``[CLS] first [SEP] second [SEP]``, ``roberta`` with two separators between, ``none``
            adds nothing.
        padding: the five special tokens' names.
        own_tokens: more tokens that are never cut, wherever they stand in a text.
    """

    kind: Literal["bpe", "byte_bpe", "wordpiece", "unigram"] = "bpe"
    vocabulary_size: Annotated[int, Field(ge=16)] = 8000
    min_frequency: Annotated[int, Field(ge=1)] = 2
    longest_token: Annotated[int, Field(ge=1)] | None = None
    frame: Literal["none", "bert", "roberta"] = "none"
    padding: str = "[PAD]"
    unknown: str = "[UNK]"
    classify: str = "[CLS]"
    separator: str = "[SEP]"
    mask: str = "[MASK]"
    own_tokens: tuple[str, ...] = ()

    @property
    def special_tokens(self) -> tuple[str, ...]:
        """The special tokens in the order of their numbers, from 0."""
        return (self.padding, self.unknown, self.classify, self.separator, self.mask)

    @model_validator(mode="after")
    def _room(self) -> Self:
        reserved = [*self.special_tokens, *self.own_tokens]
        if len(set(reserved)) < len(reserved) or any(len(token) < 2 for token in reserved):
            listed = ", ".join(map(repr, reserved))
            raise ValueError(f"special and own tokens must differ and have two characters or more: {listed}")
        if self.longest_token is not None and self.kind not in ("bpe", "byte_bpe"):
            raise ValueError(f"longest_token is for bpe and byte_bpe, not for {self.kind}")
        needed = len(reserved) + (_BYTES if self.kind == "byte_bpe" else 1)
        if self.vocabulary_size < needed:
            raise ValueError(f"a vocabulary of {self.vocabulary_size} is too small: {needed} tokens are always there")
        return self


@dataclass(frozen=True, slots=True)
class Encoding:
    """What a model receives of a text, or of a pair of texts; n entries each.

    Attributes:
        pieces: the tokens as the vocabulary spells them.
        token_ids: their numbers.
        attention_mask: 1 for each (0 is for padding, which batches add).
        segment_ids: 0 for the first text and its frame, 1 for the second.
        offsets: each token's characters in its text; (0, 0) for special tokens.
        truncated: how many pieces were cut to keep within the length asked for.
    """

    pieces: list[str]
    token_ids: list[int]
    attention_mask: list[int]
    segment_ids: list[int]
    offsets: list[Span]
    truncated: int = 0


@dataclass(frozen=True, slots=True)
class Tokens:
    """One text's tokens before they are cut and framed."""

    pieces: list[str]
    token_ids: list[int]
    offsets: list[Span]


class SubwordTokenizer:
    """A trained tokenizer; also a `Segmenter`, whose pieces are characters of the text."""

    def __init__(self, tokenizer: Tokenizer, config: TokenizerConfig) -> None:
        # What looks like a special token in a person's text is text.
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer
        self.config = config

    @classmethod
    def train(cls, texts: Iterable[str], config: TokenizerConfig) -> Self:
        """Learn the subwords of these texts.

        Raises:
            FitError: when the texts hold nothing to learn from.
        """
        from tokenizers import AddedToken

        size = config.vocabulary_size - len(config.own_tokens)
        try:
            tokenizer = train(
                config.kind,
                _to_learn(texts, config.own_tokens),
                size,
                config.min_frequency,
                config.special_tokens,
                config.longest_token,
            )
        except WenmaiError:  # Of the training, or of whoever reads the texts.
            raise
        except Exception as error:  # the package raises nothing narrower
            raise FitError(f"the tokenizer could not be trained: {error}", remedy="Give it more text") from None
        tokenizer.add_tokens([AddedToken(token, normalized=False) for token in config.own_tokens])
        return cls(tokenizer, config)

    @classmethod
    def load(cls, path: Path, config: TokenizerConfig | None = None) -> Self:
        """Read a ``tokenizer.json``; without its config the tokens' default names and no frame are taken.

        Raises:
            BundleError: when the file is missing, is no tokenizer, or lacks a special token of the config.
        """
        from tokenizers import Tokenizer

        try:
            tokenizer = Tokenizer.from_str(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise BundleError("the tokenizer is missing", where=str(path)) from None
        except Exception as error:  # the package raises nothing narrower
            raise BundleError(f"not a readable tokenizer: {error}", where=str(path)) from None
        if config is None:
            kind = {"WordPiece": "wordpiece", "Unigram": "unigram"}.get(type(tokenizer.model).__name__, "bpe")
            return cls(tokenizer, TokenizerConfig.parse({"kind": kind}))
        for token in (*config.special_tokens, *config.own_tokens):
            if tokenizer.token_to_id(token) is None:
                raise BundleError(f"the tokenizer has no token {token!r}", where=str(path))
        return cls(tokenizer, config)

    def save(self, path: Path) -> None:
        """Write a ``tokenizer.json``."""
        write_atomic(path, self._tokenizer.to_str(pretty=True))

    def __len__(self) -> int:
        return int(self._tokenizer.get_vocab_size())

    def token_id(self, token: str) -> int | None:
        """The number of a token; None for one that is not in the vocabulary."""
        number: int | None = self._tokenizer.token_to_id(token)
        return number

    def vocabulary(self) -> list[str]:
        """The tokens in the order of their numbers."""
        return [str(self._tokenizer.id_to_token(number)) for number in range(len(self))]

    def decode(self, token_ids: Iterable[int]) -> str:
        """The text of some tokens, special ones left out."""
        return str(self._tokenizer.decode(list(token_ids), skip_special_tokens=True))

    def tokens(self, text: str) -> Tokens:
        """The tokens of one text, whole and without a frame."""
        text = _whole(text)
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        offsets = [_trimmed(text, start, end) for start, end in encoded.offsets]
        if encoded.tokens and encoded.tokens[0] == _SPACE:
            # The space that Unigram puts before a text stands nowhere in it.
            offsets[0] = (offsets[0][0], offsets[0][0])
        return Tokens(encoded.tokens, encoded.ids, offsets)

    def encode(self, text: str, second: str | None = None, max_length: int | None = None) -> Encoding:
        """What a model receives: tokens in their frame, cut to ``max_length`` from the end of the longer text."""
        return self.framed(self.tokens(text), None if second is None else self.tokens(second), max_length)

    def framed(self, first: Tokens, second: Tokens | None = None, max_length: int | None = None) -> Encoding:
        """Tokens in their frame.

        Raises:
            UsageError: when the frame alone is longer than ``max_length``.
        """
        room = self.room(max_length, pairs=second is not None)
        if self.config.frame == "none":
            return join(first, second, room)
        begin, end = self._special(self.config.classify), self._special(self.config.separator)
        return join(first, second, room, begin, end, between=2 if self.config.frame == "roberta" else 1)

    def room(self, max_length: int | None, *, pairs: bool) -> int | None:
        """How many tokens the frame of a text, or of a pair, leaves for the text; None for any number.

        Raises:
            UsageError: when the frame alone is longer than ``max_length``.
        """
        if max_length is None:
            return None
        frame = {"none": (0, 0), "bert": (2, 3), "roberta": (2, 4)}[self.config.frame][pairs]
        if max_length < frame:
            raise UsageError(f"a length of {max_length} leaves no room: the special tokens alone are {frame}")
        return max_length - frame

    def token_ids(self, texts: Sequence[str]) -> list[list[int]]:
        """The numbers of the tokens of many texts, whole and without a frame; quicker than one by one."""
        encoded = self._tokenizer.encode_batch_fast([_whole(text) for text in texts], add_special_tokens=False)
        return [one.ids for one in encoded]

    @property
    def frame(self) -> tuple[list[int], list[int], list[int]]:
        """The numbers of the tokens before a text, between two, and at the end."""
        if self.config.frame == "none":
            return [], [], []
        begin, end = self._special(self.config.classify)[1], self._special(self.config.separator)[1]
        return [begin], [end] * (2 if self.config.frame == "roberta" else 1), [end]

    def spans(self, text: str) -> list[Span]:
        """The pieces as characters of the text: not overlapping, white space left out.

        A character that takes several byte-level tokens is one piece.
        """
        spans: list[Span] = []
        done = 0
        for start, end in self.tokens(text).offsets:
            start = max(start, done)
            if start < end:
                spans.append((start, end))
                done = end
        return spans

    def words(self, text: str) -> list[str]:
        """The pieces that `spans` finds, as text."""
        return [text[start:end] for start, end in self.spans(text)]

    def apply(self, line: str) -> str:
        """The line with ``@@ `` between the pieces of a word, and its own white space between words."""
        parts: list[str] = []
        done = 0
        for number, (start, end) in enumerate(self.spans(line)):
            parts.append(line[done:start] if start > done or number == 0 else CONTINUED)
            parts.append(line[start:end])
            done = end
        return "".join(parts) + line[done:]

    def _special(self, token: str) -> tuple[str, int]:
        number = self._tokenizer.token_to_id(token)
        if number is None:
            raise UsageError(f"the tokenizer has no token {token!r}", remedy="Set the names of its special tokens")
        return token, int(number)


def _to_learn(texts: Iterable[str], own_tokens: tuple[str, ...]) -> Iterator[str]:
    """The texts without the tokens that need no learning.

    Raises:
        FitError: at their end, when all were empty.
    """
    own = re.compile("|".join(re.escape(token) for token in sorted(own_tokens, key=len, reverse=True)) or "(?!)")
    empty = True
    for text in texts:
        text = own.sub(" ", _whole(text))
        empty = empty and not text.strip()
        yield text
    if empty:
        raise FitError("the tokenizer found no characters to learn from", remedy="Give it text that is not empty")


def unapply(line: str) -> str:
    """The line from which `SubwordTokenizer.apply` made this one."""
    return line.replace(CONTINUED, "")


def kept(first: int, second: int, room: int) -> tuple[int, int]:
    """How many pieces of two texts stay when so many may: the longer is cut first, then both, as `tokenizers` does."""
    short = min(first, second)
    if 2 * short > room:
        short, long = room // 2, room - room // 2
    else:
        long = room - short
    return (long, short) if first > second else (short, long)


def join(
    first: Tokens,
    second: Tokens | None,
    room: int | None,
    begin: tuple[str, int] | None = None,
    end: tuple[str, int] | None = None,
    between: int = 1,
) -> Encoding:
    """One or two texts' tokens, cut to ``room``, with a token before them and one after each, or more between them."""
    parts = [first] if second is None else [first, second]
    lengths = [len(part.token_ids) for part in parts]
    total = sum(lengths)
    if room is not None and total > room:
        lengths = [room] if second is None else list(kept(lengths[0], lengths[1], room))
    pieces: list[str] = []
    ids: list[int] = []
    offsets: list[Span] = []
    segments: list[int] = []

    def add(special: tuple[str, int] | None) -> None:
        if special is not None:
            pieces.append(special[0])
            ids.append(special[1])
            offsets.append((0, 0))

    add(begin)
    for number, (part, length) in enumerate(zip(parts, lengths, strict=True)):
        pieces += part.pieces[:length]
        ids += part.token_ids[:length]
        offsets += part.offsets[:length]
        for _ in range(between if number < len(parts) - 1 else 1):
            add(end)
        segments += [number] * (len(ids) - len(segments))
    return Encoding(pieces, ids, [1] * len(ids), segments, offsets, total - sum(lengths))


def _trimmed(text: str, start: int, end: int) -> Span:
    """The characters without the white space at their ends, which some tokenizers count as part of a word."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def _whole(text: str) -> str:
    """The text with U+FFFD for half surrogate pairs, which have no UTF-8."""
    return text if text.isascii() else _HALVES.sub("\ufffd", text)


_HALVES = re.compile("[\ud800-\udfff]")
