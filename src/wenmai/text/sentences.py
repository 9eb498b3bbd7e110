"""Sentences of Chinese and English text, with their places."""

from __future__ import annotations

import re

from wenmai.text.alignment import Piece
from wenmai.text.language import HAN

_CLOSERS = "”’」』）》〉】〕)\\]}\"'"
_END = re.compile(f"(?P<wide>[。！？；…]+)[{_CLOSERS}]*|(?P<narrow>[.!?;]+)[{_CLOSERS}]*|\n+")
_HAN = re.compile(f"[{HAN}]")
_LAST_WORD = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]+\Z")
_NUMBER_AT_START = re.compile(r"\s*\d+\Z")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# A name follows: the full stop ends no sentence.
_BEFORE_NAMES = _words(
    "mr mrs ms dr prof rev hon st gen col capt lt sgt maj gov sen rep pres supt messrs mme mlle vs e.g i.e cf viz"
)
# A number may follow: then it ends none either.
_BEFORE_NUMBERS = _words("no nos vol vols fig figs eq eqs sec ch p pp art al ca approx")
# A capital letter after one of these begins a sentence, though a full stop follows letters that look like initials.
_ABBREVIATIONS = _words("a.m p.m u.s u.k u.n e.u d.c ph.d b.a m.a")


def split_sentences(text: str) -> list[Piece]:
    """The sentences of a text, without the white space around them; together they hold all that is no white space.

    Chinese sentences end at 。！？；… and the quotes that close after it, English ones at a full stop, exclamation or
    question mark that no abbreviation, initial, decimal number or continuing sentence claims. Lines end sentences.
    """
    sentences: list[Piece] = []
    start = 0
    for match in _END.finditer(text):
        end = _end(text, start, match)
        if end is not None and end > start:
            _add(sentences, text, start, end)
            start = end
    _add(sentences, text, start, len(text))
    return sentences


def _add(sentences: list[Piece], text: str, start: int, end: int) -> None:
    part = text[start:end]
    stripped = part.strip()
    if stripped:
        start += len(part) - len(part.lstrip())
        sentences.append(Piece(stripped, start, start + len(stripped)))


def _end(text: str, start: int, match: re.Match[str]) -> int | None:
    """Where the sentence that began at ``start`` ends, if it ends at this mark."""
    if match["wide"]:
        after = text[match.end() : match.end() + 2].lstrip()
        goes_on = match["wide"].strip("…") == "" and after[:1].islower() and not _is_han(after[:1])
        return None if goes_on else _close(text, start, match, "wide")
    if match["narrow"]:
        return _close(text, start, match, "narrow") if _narrow_ends(text, start, match) else None
    return match.end()


def _close(text: str, start: int, match: re.Match[str], mark: str) -> int:
    """The end of a sentence with the quotes that close it: a straight quote closes only where one is open."""
    end = match.end(mark)
    for at in range(end, match.end()):
        straight = text[at] == '"'
        if straight and text.count('"', start, at) % 2 == 0:
            break
        if text[at] == "'" and text.count("'", start, at) % 2 == 0 and text[at + 1 : at + 2].strip():
            break
        end = at + 1
    return end


def _narrow_ends(text: str, start: int, match: re.Match[str]) -> bool:
    marks = match["narrow"]
    after = text[match.end() : match.end() + 1]
    before = text[match.start() - 1 : match.start()]
    if _is_han(before) or (_is_han(after) and marks != "."):
        # Chinese whose punctuation was made ASCII; a full stop between digits or in a name is never beside Han.
        return True
    if marks.strip(";") == "":
        return False
    if after and not after.isspace():
        return False
    following = text[match.end() : match.end() + 40].lstrip().lstrip("\"'“‘([")[:1]
    if not following:
        return True
    if following.islower() and not _is_han(following):
        return False
    if marks != "." or match.end() > match.end("narrow"):
        return True
    word = _LAST_WORD.search(text, max(start, match.start() - 20), match.start())
    if word is None:
        # "1. First": a number that opens the line is its label.
        return _NUMBER_AT_START.match(text, start, match.start()) is None
    return _word_ends(word[0], following)


def _word_ends(word: str, following: str) -> bool:
    """Whether a full stop after this word, before this character, ends a sentence."""
    folded = word.lower()
    if folded in _BEFORE_NAMES or (folded in _BEFORE_NUMBERS and following.isdecimal()):
        return False
    if folded in _ABBREVIATIONS:
        return True
    initials = word.split(".")
    return not all(len(letter) == 1 and letter.isupper() for letter in initials) or word == "I"


def _is_han(character: str) -> bool:
    return bool(character) and _HAN.match(character) is not None
