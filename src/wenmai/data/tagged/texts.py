"""Tagged text in lines: words parted by spaces, ``word/tag``, and parallel files of tokens and tags.

- Emerson (2005). The second international Chinese word segmentation bakeoff: words parted by spaces.
- Yu et al. (2003). Specification for corpus processing at Peking University: the tags of the People's Daily corpus.
- Coucke et al. (2018). Snips voice platform; Goo et al. (2018) wrote it as ``seq.in``, ``seq.out`` and ``label``.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Literal, get_args

from wenmai.core.errors import DataError, UnknownChoiceError
from wenmai.core.tags import Scheme, TagSpan, tags_of
from wenmai.data.files import TextFile, examine
from wenmai.data.tagged.rows import TaggedRows, TagRequest, examples
from wenmai.data.wording import counted
from wenmai.text.segment import CharacterSegment, build_segmenter

WRITTEN: Scheme = "bmes"
"""The scheme that words of characters are written in, where no other is asked for."""

Learnt = Literal["tags", "entities", "words"]
"""What is learnt from words with tags: the tag of each word; persons, places and organisations; where words end."""

ENTITY_TAGS = ("nr", "ns", "nt")
"""The tags of the People's Daily corpus for names of persons, places and organisations."""
PERSON = "nr"

_SPACES = re.compile(r"[ \t\u3000]+")
_NUMBERED = re.compile(r"\d{8}-\d{2}-\d{3}-\d{3}")
"""What the People's Daily corpus writes before each line: date, page, article, paragraph."""


def read_words(file: TextFile, request: TagRequest) -> TaggedRows:
    """Read a sentence a line, its words parted by spaces, as characters with the tags B, M, E and S.

    Raises:
        DataError: for a file without words.
    """
    scheme = request.convert_scheme or WRITTEN
    rows = TaggedRows(str(file.path), [file.note], scheme=scheme)
    for number, words in _lines(file):
        _add_words(rows, number, [(word, "") for word in words], scheme)
    rows.notes.append(f"Each line is a sentence, its words parted by spaces: {_count(rows)}, tagged as characters")
    return rows.checked()


def read_tagged_words(file: TextFile, request: TagRequest) -> TaggedRows:
    """Read a sentence a line of ``word/tag``: words with their tags, or characters with those of words or entities.

    Names of persons that stand apart as surname and given name are joined, by `joined_names`.

    Raises:
        UsageError: for anything else that shall be learnt.
        DataError: for a word without a tag, with file and line.
    """
    learnt = request.tags or "tags"
    if learnt not in get_args(Learnt):
        raise UnknownChoiceError("kind of tags", learnt, get_args(Learnt), where=str(file.path))
    characters = learnt != "tags"
    scheme: Scheme = request.convert_scheme or WRITTEN if characters else "plain"
    rows = TaggedRows(str(file.path), [file.note], scheme=scheme)
    found = 0
    for number, words in _lines(file):
        pairs = [_pair(word, file, number) for word in words if not _NUMBERED.match(word)]
        if learnt == "words":
            _add_words(rows, number, [(word, "") for word, _ in pairs], scheme)
        elif learnt == "entities":
            named = [(word, tag if tag in ENTITY_TAGS else None) for word, tag in joined_names(pairs)]
            found += sum(tag is not None for _, tag in named)
            _add_words(rows, number, named, scheme)
        elif pairs:
            rows.tokens.append([word for word, _ in pairs])
            rows.tags.append([tag for _, tag in pairs])
            rows.lines.append(number)
    said = {
        "tags": "each word with its tag",
        "words": "characters tagged with where words begin and end",
        "entities": f"characters tagged with the {found:,} names of persons (nr), places (ns) and organisations (nt), "
        "surnames joined with the given names after them",
    }[learnt]
    rows.notes.append(f"Each line is a sentence of word/tag: {_count(rows)}; {said}")
    return rows.checked()


def joined_names(words: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Words with their tags, the names of one person that stand next to each other joined.

    A run of two ``nr`` is one person, and so is one of three of which the first two have a single character (a married
    name). In a longer run a ``nr`` of one character is a surname and takes the next one.
    """
    joined: list[tuple[str, str]] = []
    at = 0
    while at < len(words):
        stop = at
        while stop < len(words) and words[stop][1] == PERSON:
            stop += 1
        if stop == at:
            joined.append(words[at])
            at += 1
            continue
        joined += [(name, PERSON) for name in _persons([word for word, _ in words[at:stop]])]
        at = stop
    return joined


def _persons(run: Sequence[str]) -> Iterator[str]:
    married = len(run) == 3 and len(run[0]) == len(run[1]) == 1 < len(run[2])
    if len(run) == 2 or married:
        yield "".join(run)
        return
    rest = list(run)
    while rest:
        name = rest.pop(0)
        yield name + (rest.pop(0) if len(name) == 1 and rest else "")


def read_parallel(folder: Path, request: TagRequest) -> TaggedRows:
    """Read ``seq.in`` and ``seq.out``, tokens and tags a line, and ``label``, the intents, where it is there.

    Raises:
        UsageError: where one of the two is missing.
        DataError: for a line with more or fewer tags than tokens, with file and line, and for files of other lengths.
    """
    inside, outside = (examine(parallel_file(folder, name) or folder / name, request.encoding) for name in _BOTH)
    tokens, tags = (list(file.lines()) for file in (inside, outside))
    rows = TaggedRows(str(inside.path), [inside.note])
    _check_lengths(len(tokens), len(tags), outside)
    label = parallel_file(folder, "label")
    intents = [] if label is None else list(examine(label, request.encoding).lines())
    if label is not None:
        _check_lengths(len(tokens), len(intents), examine(label, request.encoding))
        rows.extra["intent"] = []
    for number, (words, marks) in enumerate(zip(tokens, tags, strict=True), 1):
        row, given = words.split(), marks.split()
        if len(row) != len(given):
            raise DataError(
                f"{counted(len(given), 'tag', 'tags')} for {counted(len(row), 'token', 'tokens')}",
                where=outside.where(number),
                remedy=f"Line {number} of {inside.path.name} has other tokens: {words.strip()[:60]!r}",
            )
        if row:
            rows.tokens.append(row)
            rows.tags.append(given)
            rows.lines.append(number)
            if intents:
                rows.extra["intent"].append(intents[number - 1].strip())
    what = f", {label.name} the column 'intent'" if label is not None else ""
    rows.notes.append(f"{inside.path.name} holds the tokens of each line, {outside.path.name} their tags{what}")
    return rows.checked()


_BOTH = ("seq.in", "seq.out")


def parallel_file(folder: Path, name: str) -> Path | None:
    """A file of the parallel layout, as it is or compressed; None where it is not there."""
    return next((path for path in (folder / name, folder / f"{name}.gz") if path.is_file()), None)


def is_parallel(folder: Path) -> bool:
    """Whether a folder holds parallel files."""
    return all(parallel_file(folder, name) is not None for name in _BOTH)


def looks_like_tagged_words(lines: Sequence[str]) -> bool:
    """Whether nearly every word of some lines ends in a slash and a short tag."""
    words = [word for line in lines for word in _SPACES.split(line.strip()) if word]
    tagged = sum(1 for word in words if re.fullmatch(r".+/[A-Za-z][\w.$-]{0,9}", word))
    return len(words) >= 20 and tagged >= 0.95 * len(words)


def _add_words(rows: TaggedRows, number: int, words: Sequence[tuple[str, str | None]], scheme: Scheme) -> None:
    """A sentence as characters; words without a type are no spans."""
    cut = build_segmenter(CharacterSegment()).words
    tokens: list[str] = []
    spans = []
    for word, label in words:
        pieces = cut(word)
        if label is not None and pieces:
            spans.append(TagSpan(len(tokens), len(tokens) + len(pieces), label))
        tokens += pieces
    if tokens:
        rows.tokens.append(tokens)
        rows.tags.append(tags_of(spans, len(tokens), scheme))
        rows.lines.append(number)


def _pair(word: str, file: TextFile, number: int) -> tuple[str, str]:
    surface, slash, tag = word.rpartition("/")
    if not slash or not surface or not tag:
        raise DataError(
            f"{word!r} is no word, slash and tag",
            where=file.where(number),
            remedy="Write every word as word/tag and part them by spaces",
        )
    return surface.removeprefix("["), tag.partition("]")[0]


def _lines(file: TextFile) -> Iterator[tuple[int, list[str]]]:
    """Lines that are not blank, with their numbers, as words."""
    for number, line in enumerate(file.lines(), 1):
        words = [word for word in _SPACES.split(line.strip()) if word]
        if words:
            yield number, words


def _check_lengths(tokens: int, others: int, file: TextFile) -> None:
    if tokens != others:
        raise DataError(
            f"{others:,} lines beside {tokens:,} lines of tokens",
            where=file.where(min(tokens, others) + 1),
            remedy="The files must have a line for each sentence, in the same order",
        )


def _count(rows: TaggedRows) -> str:
    sizes = array("q", map(len, rows.tokens))
    return f"{counted(len(sizes), 'sentence', 'sentences')} ({examples([''.join(rows.tokens[0])], 1) if sizes else ''})"
