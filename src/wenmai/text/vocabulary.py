"""Vocabulary: pieces and their numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, model_validator

from wenmai.core.config import Config
from wenmai.core.errors import BundleError
from wenmai.core.io import write_atomic

PAD = "<pad>"
UNKNOWN = "<unk>"

_ESCAPED = re.compile("[\\\\\n\r\ud800-\udfff]")
_ESCAPE = re.compile(r"\\(?:(?P<letter>[\\nr])|u(?P<code>[0-9a-f]{4})|(?P<other>.?))", re.DOTALL)
_LETTERS = {"\\": "\\", "n": "\n", "r": "\r"}


class VocabularyConfig(Config):
    """Which pieces get a number.

    Attributes:
        min_count: pieces seen less often than this do not.
        max_size: at most so many numbers, the special tokens' included; the rarest pieces go without.
        special_tokens: the first numbers, whether seen or not; `<unk>` stands for every piece without a number.
    """

    min_count: Annotated[int, Field(ge=1)] = 1
    max_size: Annotated[int, Field(ge=1)] | None = None
    special_tokens: tuple[str, ...] = (PAD, UNKNOWN)

    @model_validator(mode="after")
    def _room(self) -> Self:
        if len(set(self.special_tokens)) < len(self.special_tokens):
            raise ValueError(f"the special tokens {self.special_tokens} name one twice")
        if self.max_size is not None and self.max_size <= len(self.special_tokens):
            raise ValueError(f"{self.max_size} numbers leave no room beside {len(self.special_tokens)} special tokens")
        return self


class Vocabulary:
    """The tokens in the order of their numbers, which count from 0."""

    def __init__(self, tokens: Iterable[str]) -> None:
        self.tokens: tuple[str, ...] = tuple(tokens)
        self.token_to_id: dict[str, int] = {token: number for number, token in enumerate(self.tokens)}
        if len(self.token_to_id) < len(self.tokens):
            twice = next(token for number, token in enumerate(self.tokens) if self.token_to_id[token] != number)
            raise ValueError(f"the token {twice!r} stands twice in the vocabulary")
        self.unknown_id: int | None = self.token_to_id.get(UNKNOWN)

    @classmethod
    def from_counts(cls, counts: Mapping[str, int], config: VocabularyConfig) -> Self:
        """The special tokens, then the pieces, most frequent first; equally frequent ones in the order of Unicode."""
        special = set(config.special_tokens)
        kept = [
            (-count, piece) for piece, count in counts.items() if count >= config.min_count and piece not in special
        ]
        kept.sort()
        room = None if config.max_size is None else config.max_size - len(special)
        return cls([*config.special_tokens, *(piece for _, piece in kept[:room])])

    def __len__(self) -> int:
        return len(self.tokens)

    def __contains__(self, token: object) -> bool:
        return token in self.token_to_id

    def ids(self, tokens: Iterable[str]) -> list[int]:
        """The number of each token; unknown ones get that of ``<unk>``, or are left out where there is none."""
        numbers, unknown = self.token_to_id, self.unknown_id
        if unknown is None:
            return [numbers[token] for token in tokens if token in numbers]
        return [numbers.get(token, unknown) for token in tokens]

    def coverage(self, tokens: Sequence[str]) -> float:
        """The share of these tokens that have a number of their own: 1 less the out-of-vocabulary rate; 1 for none."""
        return sum(token in self.token_to_id for token in tokens) / len(tokens) if tokens else 1.0

    def save(self, path: Path) -> None:
        r"""Write one token a line in UTF-8; ``\n``, ``\r``, ``\\`` and ``\udXXX`` stand for what no line can hold."""
        write_atomic(path, "".join(f"{_ESCAPED.sub(_escape, token)}\n" for token in self.tokens))

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises:
            BundleError: when the file is missing, not UTF-8, cut short, or has a token twice or an unknown escape.
        """
        try:
            lines = path.read_bytes().decode().split("\n")
        except FileNotFoundError:
            raise BundleError("the vocabulary is missing", where=str(path)) from None
        except UnicodeDecodeError as error:
            raise BundleError(f"byte {error.start} of the vocabulary is not UTF-8", where=str(path)) from None
        if lines.pop():
            raise BundleError("the vocabulary breaks off in the middle of a line", where=f"{path}:{len(lines) + 1}")
        seen: dict[str, int] = {}
        for number, line in enumerate(lines, 1):
            try:
                token = _ESCAPE.sub(_unescape, line) if "\\" in line else line
            except ValueError as error:
                raise BundleError(str(error), where=f"{path}:{number}") from None
            if seen.setdefault(token, number) != number:
                raise BundleError(f"the token {token!r} stands already on line {seen[token]}", where=f"{path}:{number}")
        return cls(seen)


def _escape(match: re.Match[str]) -> str:
    character = match[0]
    return {"\\": "\\\\", "\n": "\\n", "\r": "\\r"}.get(character, f"\\u{ord(character):04x}")


def _unescape(match: re.Match[str]) -> str:
    if match["letter"]:
        return _LETTERS[match["letter"]]
    if match["code"]:
        return chr(int(match["code"], 16))
    raise ValueError(f"unknown escape {match[0]!r} in the vocabulary")
