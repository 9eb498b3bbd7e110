"""Mojibake: UTF-8 that was read in another encoding, put right by ftfy; and what can no longer be put right."""

from __future__ import annotations

import functools
import re

from wenmai.text.alignment import Edit, changed_middle

# The encodings in which ftfy looks for misread UTF-8, one byte a character.
_ENCODINGS = ("latin-1", "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1257", "iso8859-2", "mac-roman", "cp437")

_LINES = re.compile("(?<=\n)")
_LOST = re.compile("(?:锟斤拷)+(?:锟斤?)?|烫烫烫烫*|屯屯屯屯*|ï¿½|\ufffd")


def lost_characters(text: str) -> int:
    """How many characters of a text are what decoding left of others: U+FFFD, 锟斤拷, 烫烫烫."""
    return sum(1 if match[0] == "ï¿½" else len(match[0]) for match in _LOST.finditer(text))


def suspicious() -> str:
    """A regular expression that finds every text in which ftfy could put something right, and few others.

    Misread UTF-8 shows as a character of a leading byte (C2 to F4) followed by one of a continuation byte (80 to BF).
    """
    return _suspicious()


def mojibake_edits(text: str) -> list[Edit]:
    """What to change so that misread UTF-8 is read right; empty for a text that ftfy finds nothing wrong with."""
    from ftfy import fix_encoding
    from ftfy.badness import is_bad

    if not is_bad(text):
        return []
    edits: list[Edit] = []
    at = 0
    # Line by line, as ftfy.fix_text does: lines of one text may have gone different ways.
    for line in _LINES.split(text):
        fixed = fix_encoding(line)
        if fixed != line:
            found = _walk(line, fixed)
            edits += [(at + start, at + end, new) for start, end, new in found]
        at += len(line)
    return edits


def _walk(old: str, new: str) -> list[Edit]:
    """The edits from a misread line to the line put right: each new character is found as it was misread."""
    edits: list[Edit] = []
    at = 0
    for character in new:
        form = next((form for form in _misread(character) if old.startswith(form, at)), None)
        if form is None:
            return changed_middle(old, new)
        if form != character:
            edits.append((at, at + len(form), character))
        at += len(form)
    return edits if at == len(old) else changed_middle(old, new)


@functools.lru_cache(maxsize=4096)
def _misread(character: str) -> tuple[str, ...]:
    """The ways in which a character shows when its UTF-8 was misread, twice or once, longest first; then itself."""
    forms: dict[str, None] = {}
    for encoding in _ENCODINGS:
        once = _decode(character.encode("utf-8", "surrogatepass"), encoding)
        twice = _decode(once.encode("utf-8", "surrogatepass"), encoding)
        forms |= {twice: None, once: None, once.replace("\xa0", " "): None}
    # Windows-1252 that was read as Latin-1 shows as control characters.
    forms[character.encode("cp1252", "ignore").decode("latin-1") or character] = None
    forms[character] = None
    return tuple(sorted(forms, key=len, reverse=True))


def _decode(raw: bytes, encoding: str) -> str:
    """Bytes as characters, one each; where the encoding has none for a byte, the control character of its number."""
    return "".join(_character(byte, encoding) for byte in raw)


@functools.cache
def _character(byte: int, encoding: str) -> str:
    try:
        return bytes([byte]).decode(encoding)
    except UnicodeDecodeError:
        return chr(byte)


@functools.cache
def _suspicious() -> str:
    pairs: list[str] = []
    leads: set[str] = set()
    for encoding in _ENCODINGS:
        lead = {_character(byte, encoding) for byte in range(0xC2, 0xF5)}
        follow = {_character(byte, encoding) for byte in range(0x80, 0xC0)} | {" "}
        leads |= lead
        pairs.append(f"[{_escaped(lead)}][{_escaped(follow)}]")
    return f"[\x80-\x9f]|(?=[{_escaped(leads)}])(?:{'|'.join(pairs)})"


def _escaped(characters: set[str]) -> str:
    return "".join(re.escape(character) for character in sorted(characters))
