"""A person's own words over any segmentation: forced, or taken where its own bounds agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from wenmai.text.segment import Segmenter, spans_of
from wenmai.text.user_dictionary import parse_entry

Span = tuple[int, int]

Force = Literal["forces", "suggests"]
"""``forces``: an own word always stands as a piece of its own, whatever is cut for it; ``suggests``: pieces are joined
into an own word where their bounds are its bounds, and none is ever cut."""


class UserWordSegmenter:
    """Another segmenter's pieces, with a person's own words as pieces.

    Of own words that begin at the same place the longest is taken, from left to right. A word that begins or ends with
    a Latin letter or a digit is not looked for inside a longer run of these.

    Args:
        segmenter: what cuts the text otherwise.
        entries: as in a jieba user dictionary; frequencies and tags have no meaning here.
        dictionary: how strong they are.
    """

    def __init__(self, segmenter: Segmenter, entries: Sequence[str], dictionary: Force) -> None:
        self._segmenter = segmenter
        self._words = frozenset(parse_entry(entry).word for entry in entries)
        self._lengths: dict[str, list[int]] = {}
        for word in self._words:
            self._lengths.setdefault(word[0], []).append(len(word))
        for lengths in self._lengths.values():
            lengths[:] = sorted(set(lengths), reverse=True)
        self._forces = dictionary == "forces"

    def spans(self, text: str) -> list[Span]:
        """The pieces' places, in characters of the text."""
        return self._joined(text, self._segmenter.spans(text))

    def spans_of(self, texts: Sequence[str]) -> list[list[Span]]:
        """The pieces' places in many texts at once."""
        found = spans_of(self._segmenter, texts)
        return [self._joined(text, pieces) for text, pieces in zip(texts, found, strict=True)]

    def words_of(self, texts: Sequence[str]) -> list[list[str]]:
        """The pieces of many texts at once."""
        found = self.spans_of(texts)
        return [[text[start:end] for start, end in spans] for text, spans in zip(texts, found, strict=True)]

    def _joined(self, text: str, pieces: list[Span]) -> list[Span]:
        """The pieces with the own words that stand in a text."""
        bounds = {at for piece in pieces for at in piece}
        taken: list[Span] = []
        at = 0
        while at < len(text):
            end = self._match(text, at, bounds)
            if end is not None:
                taken.append((at, end))
            at = at + 1 if end is None else end
        return _with(pieces, taken) if taken else pieces

    def words(self, text: str) -> list[str]:
        """The pieces themselves."""
        return [text[start:end] for start, end in self.spans(text)]

    def _match(self, text: str, start: int, bounds: set[int]) -> int | None:
        """Where the longest own word that begins here ends."""
        if not self._forces and start not in bounds:
            return None
        for length in self._lengths.get(text[start], ()):
            end = start + length
            if end > len(text):
                continue
            if text[start:end] in self._words and _stands_alone(text, start, end) and (self._forces or end in bounds):
                return end
        return None


def _with(pieces: Sequence[Span], taken: Sequence[Span]) -> list[Span]:
    """The pieces with whole stretches put in; what is left of a piece that they cut stays as pieces."""
    found: list[Span] = list(taken)
    at = 0
    for start, end in pieces:
        while at < len(taken) and taken[at][1] <= start:
            at += 1
        cursor, look = start, at
        while look < len(taken) and taken[look][0] < end:
            if cursor < taken[look][0]:
                found.append((cursor, taken[look][0]))
            cursor = max(cursor, taken[look][1])
            look += 1
        if cursor < end:
            found.append((cursor, end))
    return sorted(found)


def _stands_alone(text: str, start: int, end: int) -> bool:
    inside = start > 0 and _latin(text[start - 1]) and _latin(text[start])
    return not inside and not (end < len(text) and _latin(text[end - 1]) and _latin(text[end]))


def _latin(character: str) -> bool:
    return character.isascii() and character.isalnum()
