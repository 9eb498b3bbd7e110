"""Tags of tokens and the spans that they stand for: IOB1, IOB2, BIOES, BMES and BILOU, plain tags, and what may follow.

In a scheme a tag is ``O`` or a letter and a type, ``B-PER``; tags without a type (``B``, ``M``, ``E``, ``S``) cut a
text into words. Plain tags (parts of speech) stand for themselves.

- Ramshaw and Marcus (1995). Text chunking using transformation-based learning (IOB1).
- Ratnaparkhi (1998). Maximum entropy models for natural language ambiguity resolution (IOB2).
- Tjong Kim Sang and Buchholz (2000). Introduction to the CoNLL-2000 shared task: chunking, whose scorer decides how
  sequences are read that no scheme allows.
- Xue (2003). Chinese word segmentation as character tagging.

Letters of the shapes: K tags.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

Scheme = Literal["plain", "iob1", "iob2", "bioes", "bmes", "bilou"]
SCHEMES: tuple[Scheme, ...] = get_args(Scheme)
OUTSIDE = "O"

SCHEME_NAMES: dict[Scheme, str] = {
    "plain": "plain tags",
    "iob1": "IOB1",
    "iob2": "IOB2",
    "bioes": "BIOES",
    "bmes": "BMES",
    "bilou": "BILOU",
}


class Letters(NamedTuple):
    """The letters with which a scheme writes the first, a middle, the last and the only token of a span."""

    begin: str
    inside: str
    end: str
    single: str


LETTERS: dict[Scheme, Letters] = {
    "iob1": Letters("B", "I", "I", "B"),
    "iob2": Letters("B", "I", "I", "B"),
    "bioes": Letters("B", "I", "E", "S"),
    "bmes": Letters("B", "M", "E", "S"),
    "bilou": Letters("B", "I", "L", "U"),
}


class TagSpan(NamedTuple):
    """Tokens ``start:stop`` of one type; the type of a word is empty."""

    start: int
    stop: int
    label: str


class Fault(NamedTuple):
    """A tag that may not stand where it does, and why, as words that follow the tag."""

    position: int
    reason: str


def parted(tag: str) -> tuple[str, str]:
    """The letter and the type of a tag of a scheme; both empty for ``O``, the type empty where there is none."""
    if tag == OUTSIDE:
        return "", ""
    letter, _, label = tag.partition("-")
    return letter, label


def joined(letter: str, label: str) -> str:
    """The tag of a letter and a type."""
    return f"{letter}-{label}" if label else letter


def is_tag_of(tag: str, scheme: Scheme) -> bool:
    """Whether a scheme has such a tag."""
    if scheme == "plain" or tag == OUTSIDE:
        return True
    letter, dash, label = tag.partition("-")
    return letter in LETTERS[scheme] and bool(label) == bool(dash)


def spans_of(tags: Sequence[str], scheme: Scheme) -> list[TagSpan]:
    """The spans that tags stand for, read as the scorer of CoNLL-2000 reads them: also where the scheme is broken.

    A span begins with a letter that begins one, and with any other that continues nothing of its type.
    """
    if scheme == "plain":
        return []
    letters = LETTERS[scheme]
    ends = {letters.end, letters.single} - {letters.inside, letters.begin}
    begins = {letters.begin, letters.single}
    spans: list[TagSpan] = []
    start, before = -1, ("", "")
    for at, tag in enumerate(tags):
        letter, label = parted(tag)
        apart = not letter or letter in begins or before[0] in {"", *ends} or before[1] != label
        if apart and start >= 0:
            spans.append(TagSpan(start, at, before[1]))
            start = -1
        if letter and apart:
            start = at
        before = (letter, label)
    if start >= 0:
        spans.append(TagSpan(start, len(tags), before[1]))
    return spans


def tags_of(spans: Iterable[TagSpan], length: int, scheme: Scheme) -> list[str]:
    """The tags of so many tokens that stand for spans, which do not overlap.

    Raises:
        ValueError: for spans that are empty, overlap or stand outside the tokens, and for plain tags.
    """
    if scheme == "plain":
        raise ValueError("plain tags stand for no spans")
    letters = LETTERS[scheme]
    tags = [OUTSIDE] * length
    before: TagSpan | None = None
    for span in sorted(spans):
        start, stop, label = span
        if not 0 <= start < stop <= length or (before is not None and start < before.stop):
            raise ValueError(f"the span {start}:{stop} is empty, overlaps another or stands outside {length} tokens")
        if stop - start == 1:
            tags[start] = joined(letters.single, label)
        else:
            tags[start:stop] = [joined(letters.inside, label)] * (stop - start)
            tags[start], tags[stop - 1] = joined(letters.begin, label), joined(letters.end, label)
        if scheme == "iob1" and not (before is not None and before.stop == start and before.label == label):
            tags[start] = joined(letters.inside, label)
        before = span
    return tags


def converted(tags: Sequence[str], scheme: Scheme, to: Scheme) -> list[str]:
    """The same spans in another scheme; tags that break their scheme come out as they are read, and legal."""
    return tags_of(spans_of(tags, scheme), len(tags), to)


def faults(tags: Sequence[str], scheme: Scheme) -> list[Fault]:
    """The tags that may not stand where they do; none for plain tags."""
    if scheme == "plain":
        return []
    legal = converted(tags, scheme, scheme)
    found = []
    for at, (tag, instead) in enumerate(zip(tags, legal, strict=True)):
        if tag != instead:
            found.append(Fault(at, _reason(tags, at, scheme)))
    return found


def _reason(tags: Sequence[str], at: int, scheme: Scheme) -> str:
    letter, label = parted(tags[at])
    letters = LETTERS[scheme]
    before = f"follows {tags[at - 1]!r}" if at else "stands first"
    after = f"is followed by {tags[at + 1]!r}" if at + 1 < len(tags) else "stands last"
    if scheme == "iob1" or letter in {letters.inside, letters.end} - {letters.begin}:
        continued = at > 0 and parted(tags[at - 1])[1] == label and parted(tags[at - 1])[0] in letters[:2]
        return before if not continued or scheme == "iob1" else after
    return after


class MixedTagsError(ValueError):
    """Tags that no single scheme has; ``tag`` is one that does not fit the others."""

    def __init__(self, message: str, tag: str) -> None:
        super().__init__(message)
        self.tag = tag


_ANY = frozenset("BIMESLU")
_NEVER_TOGETHER = (("I", "M"), ("E", "L"), ("S", "U"), ("M", "L"), ("M", "U"), ("E", "U"), ("S", "L"))


def detect_scheme(rows: Sequence[Sequence[str]]) -> Scheme:
    """The scheme of rows of tags: told by their letters, and of IOB1 and IOB2 the one that is broken less often.

    Raises:
        MixedTagsError: where the letters of two schemes are mixed, or a tag has no letter while most have one.
    """
    distinct = dict.fromkeys(tag for row in rows for tag in row)
    tags = [tag for tag in distinct if tag != OUTSIDE]
    if not tags:
        return "iob2" if distinct else "plain"
    split = {tag: tag.partition("-") for tag in tags}
    lettered = [tag for tag, (letter, _, label) in split.items() if letter in _ANY and label]
    if not lettered:
        return _by_letters({tag: tag for tag in tags}, rows) if _cuts_words(tags) else "plain"
    odd = [tag for tag in tags if tag not in set(lettered)]
    if odd and (OUTSIDE not in distinct or len(lettered) < len(odd)):
        return "plain"
    if odd:
        raise MixedTagsError(f"the tag {odd[0]!r} is no letter and a type, as {lettered[0]!r} is", odd[0])
    first = {split[tag][0]: tag for tag in reversed(tags)}
    return _by_letters(first, rows)


def _cuts_words(tags: Sequence[str]) -> bool:
    """Whether the tags are letters without types."""
    return "B" in tags and any(set(tags) <= set(LETTERS[scheme]) for scheme in ("iob2", "bmes", "bioes", "bilou"))


def _by_letters(found: dict[str, str], rows: Sequence[Sequence[str]]) -> Scheme:
    """The scheme of letters, each with a tag that has it."""
    for one, other in _NEVER_TOGETHER:
        if one in found and other in found:
            raise MixedTagsError(f"the tags {found[one]!r} and {found[other]!r} are of two schemes", found[other])
    if "M" in found:
        return "bmes"
    if "L" in found or "U" in found:
        return "bilou"
    if "E" in found or "S" in found:
        typed = any("-" in tag for tag in found.values())
        return "bioes" if "I" in found or typed else "bmes"
    broken: dict[Scheme, int] = {scheme: sum(len(faults(row, scheme)) for row in rows) for scheme in ("iob1", "iob2")}
    return "iob1" if broken["iob1"] < broken["iob2"] else "iob2"


def complete_tags(labels: Iterable[str], scheme: Scheme, *, outside: bool) -> tuple[str, ...]:
    """Every tag that a scheme has for some types: ``O`` first where it is wanted, then type by type."""
    letters = dict.fromkeys(LETTERS[scheme])
    return (*([OUTSIDE] if outside else []), *(joined(letter, label) for label in labels for letter in letters))


@dataclass(frozen=True, slots=True, eq=False)
class TagRules:
    """What may stand where, by the numbers of tags.

    Attributes:
        starts: [K], whether a tag may stand first.
        follows: [K, K], whether the second may stand right after the first.
        ends: [K], whether a tag may stand last.
        continues: [K, K], whether the second, right after the first, belongs to the same span.
    """

    starts: NDArray[np.bool_]
    follows: NDArray[np.bool_]
    ends: NDArray[np.bool_]
    continues: NDArray[np.bool_]

    @classmethod
    def of(cls, names: Sequence[str], scheme: Scheme) -> TagRules:
        """The rules of a scheme for these tags; plain tags may stand anywhere and continue nothing."""
        size = len(names)
        if scheme == "plain":
            every = np.ones(size, bool)
            return cls(every, np.ones((size, size), bool), every, np.zeros((size, size), bool))
        letters = LETTERS[scheme]
        split = [parted(name) for name in names]
        unfinished = {letters.begin, letters.inside} - {letters.end, letters.single}
        goes_on = [letter in {letters.inside, letters.end} for letter, _ in split]
        opened = [letter in {letters.begin, letters.inside} for letter, _ in split]
        same = np.array([[bool(one[0]) and one[1] == two[1] for two in split] for one in split]).reshape(size, size)
        continues = same & np.array(opened)[:, None] & np.array(goes_on)
        open_ended = np.array([letter in unfinished for letter, _ in split])
        if scheme == "iob1":
            begins = np.array([letter == letters.begin for letter, _ in split])
            return cls(~begins, ~begins | same, ~open_ended, continues)
        follows = continues | (~open_ended[:, None] & ~np.array(goes_on))
        return cls(~np.array(goes_on), follows, ~open_ended, continues)
