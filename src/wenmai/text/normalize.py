"""Unicode: normal forms, case and invisible characters, each with the alignment of what it changes."""

from __future__ import annotations

import functools
import re
import unicodedata
from typing import Literal

from wenmai.text.alignment import Aligned, Edit, changed_middle

Form = Literal["NFC", "NFKC"]

_OUTSIDE_ASCII = re.compile(r"[\x00-\x7f]?[^\x00-\x7f]+")

INVISIBLE = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u2060\ufeff\ud800-\udfff"
"""Characters of a regular expression's class: controls, soft hyphens, zero-width spaces, halves of surrogate pairs."""

_INVISIBLE = re.compile(f"[{INVISIBLE}]")


def remove_invisible(text: str) -> str:
    """The text without characters that nobody sees; half a surrogate pair, which is no character, becomes U+FFFD."""
    return _INVISIBLE.sub(_visible, text)


def invisible_edits(text: str) -> list[Edit]:
    """What `remove_invisible` changes."""
    return [(*match.span(), _visible(match)) for match in _INVISIBLE.finditer(text)]


def _visible(match: re.Match[str]) -> str:
    return "\ufffd" if "\ud800" <= match[0] <= "\udfff" else ""


def normalize_aligned(aligned: Aligned, form: Form) -> Aligned:
    """The text in a Unicode normal form; full-width letters, ligatures and accents map to what they came from."""
    text = aligned.text
    if unicodedata.is_normalized(form, text):
        return aligned
    edits: list[Edit] = []
    for run in _OUTSIDE_ASCII.finditer(text):
        start, stop = run.span()
        while start < stop:
            end = start + 1
            while end < stop and _joins_previous(text[end]):
                end += 1
            chunk = text[start:end]
            normal = unicodedata.normalize(form, chunk)
            if normal != chunk:
                edits.append((start, end, normal))
            start = end
    result = aligned.replaced(edits)
    normal = unicodedata.normalize(form, text)
    return result if result.text == normal else aligned.replaced(changed_middle(text, normal))


@functools.lru_cache(maxsize=1 << 14)
def _joins_previous(character: str) -> bool:
    """Whether a normal form may compose or reorder a character with the one before it: marks and conjoining Hangul."""
    first = unicodedata.normalize("NFKD", character)[0]
    return unicodedata.category(first)[0] == "M" or "\u1160" <= first <= "\u11ff"


def lower_aligned(aligned: Aligned) -> Aligned:
    """The text in lower case; of all characters only İ becomes two, the dot apart."""
    lowered = aligned.text.lower()
    if len(lowered) == len(aligned.text):
        return aligned if lowered == aligned.text else aligned.respelled(lowered)
    edits = [(match.start(), match.end(), "i\u0307") for match in re.finditer("İ", aligned.text)]
    widened = aligned.replaced(edits)
    return widened.respelled(lowered)
