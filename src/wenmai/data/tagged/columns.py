"""Tagged text in columns: a token a line, a blank line after each sentence; CoNLL of any width, CoNLL-U and CoNLL-X.

- Tjong Kim Sang and De Meulder (2003). Introduction to the CoNLL-2003 shared task: columns and ``-DOCSTART-``.
- Buchholz and Marsi (2006). CoNLL-X shared task: ten columns. https://universaldependencies.org/format.html
"""

from __future__ import annotations

import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from wenmai.core.errors import DataError, UsageError
from wenmai.data.files import TextFile
from wenmai.data.tagged.rows import TaggedRows, TagRequest, examples
from wenmai.text.token_places import NoPlaceError, only_space_between, token_places

CONLL_U = ("id", "form", "lemma", "upos", "xpos", "feats", "head", "deprel", "deps", "misc")
_OF_A_WORD = ("lemma", "upos", "xpos", "feats")
"""Columns of CoNLL-U that are known of a word before its sentence is parsed."""
DOCUMENT_MARK = "-DOCSTART-"
SAMPLE_LINES = 2000

_SPACES = re.compile(r"[ \t]+")
_PREFIX = re.compile(r"[a-z]{2,3}:")
_WORD_NUMBER = re.compile(r"\d+")
_PART_NUMBER = re.compile(r"\d+[-.]\d+")
_BLANK = " \t\r\ufeff"
_MOSTLY = 0.9


@dataclass(frozen=True, slots=True)
class Arrangement:
    """How a file's columns are arranged.

    Attributes:
        tabs: whether a tab parts the columns, and not any run of spaces.
        width: how many there are.
        tokens: the position of the tokens; tags: of the tags; factors: of the further columns that are read.
        universal: whether they are the ten of CoNLL-U and CoNLL-X.
    """

    tabs: bool
    width: int
    tokens: int
    tags: int
    factors: tuple[int, ...]
    universal: bool

    def cells(self, line: str) -> list[str]:
        """The columns of a line."""
        return _cells(line, self.tabs)

    def is_comment(self, line: str) -> bool:
        """Whether a line says something about the sentence; a token may be ``#`` itself."""
        return line.startswith("#") and (self.universal or len(self.cells(line)) != self.width)

    def named(self, position: int) -> str:
        """A column as a person would name it."""
        return f"{position + 1} ({CONLL_U[position]})" if self.universal else str(position + 1)

    def name(self, position: int) -> str:
        """The name under which a further column is known: that of CoNLL-U, or its number."""
        return CONLL_U[position] if self.universal else str(position + 1)


def column_widths(lines: Sequence[str]) -> tuple[bool, Counter[int]]:
    """Whether tabs part the columns of lines, and how many lines have how many columns."""
    tabbed = sum("\t" in line for line in lines)
    tabs = tabbed * 2 > len(lines)
    return tabs, Counter(len(_cells(line, tabs)) for line in lines)


def sample(file: TextFile) -> list[str]:
    """The first lines of a file."""
    return list(islice(file.lines(), SAMPLE_LINES))


def is_blank(line: str) -> bool:
    """Whether a line ends a sentence; white space beyond ASCII may be a token."""
    return not line.strip(_BLANK)


def read_columns(
    file: TextFile, request: TagRequest, like: Arrangement | None = None
) -> tuple[TaggedRows, Arrangement]:
    """Read sentences in columns.

    Args:
        file: what to read; request: which columns hold the tokens and the tags, where that is said.
        like: the arrangement of the training file, which a sibling shares.

    Raises:
        UsageError: for a column that is not there.
        DataError: for a line with more or fewer columns than the others, with file and line, and for no sentence.
    """
    arranged = like or _arrangement(file, request)
    token_lines: list[Sequence[int]] = []
    rows = TaggedRows(str(file.path), [file.note], token_lines=token_lines)
    rows.factors = {arranged.name(position): [] for position in arranged.factors}
    documents = _Documents()
    texts: list[str | None] = []
    for sentence in _sentences(file, arranged):
        rows.tokens.append(sentence.tokens)
        rows.tags.append(sentence.tags)
        for values, own in zip(rows.factors.values(), sentence.factors, strict=True):
            values.append(own)
        rows.lines.append(sentence.lines[0])
        token_lines.append(sentence.lines)
        texts.append(sentence.text)
        documents.add(sentence.document)
    rows.checked()
    if like is None:
        _say_columns(rows, arranged, file)
    prefix = _without_language_prefix(rows)
    if not prefix and all(text is not None for text in texts):
        rows.sentences = [text for text in texts if text is not None]
    if documents.several:
        rows.extra["document"] = documents.names
        rows.notes.append(f"{documents.names[-1]} documents; --group document keeps the sentences of one together")
    return rows, arranged


@dataclass(frozen=True, slots=True)
class _Sentence:
    tokens: list[str]
    tags: list[str]
    factors: list[list[str]]
    lines: array[int]
    text: str | None
    document: int


class _Documents:
    """The number of each sentence's document, counted by the marks between them."""

    def __init__(self) -> None:
        self.names: list[str] = []

    def add(self, number: int) -> None:
        self.names.append(str(max(number, 1)))

    @property
    def several(self) -> bool:
        return len(set(self.names)) > 1


def _sentences(file: TextFile, arranged: Arrangement) -> Iterator[_Sentence]:
    """The sentences of a file; the lines of marks and comments are none of theirs."""
    cells: list[list[str]] = []
    lines = array("q")
    text: str | None = None
    document = 0
    for number, line in enumerate(file.lines(), 1):
        if is_blank(line):
            if cells:
                yield _sentence(arranged, cells, lines, text, document)
                cells, lines, text = [], array("q"), None
        elif line.startswith(DOCUMENT_MARK):
            document += 1
        elif arranged.is_comment(line):
            key, _, value = line[1:].partition("=")
            if key.strip() == "text":
                text = value.strip()
            elif key.strip().startswith("newdoc"):
                document += 1
        else:
            found = arranged.cells(line)
            _check_width(file, number, found, arranged)
            if not (arranged.universal and _PART_NUMBER.fullmatch(found[0])):
                cells.append(found)
                lines.append(number)
    if cells:
        yield _sentence(arranged, cells, lines, text, document)


def _sentence(
    arranged: Arrangement, cells: list[list[str]], lines: array[int], text: str | None, document: int
) -> _Sentence:
    tokens = [row[arranged.tokens] for row in cells]
    tags = [row[arranged.tags] for row in cells]
    factors = [[row[position] for row in cells] for position in arranged.factors]
    if arranged.universal:
        text = _original(tokens, text, [row[-1] for row in cells])
    return _Sentence(tokens, tags, factors, lines, text, document)


def _original(tokens: Sequence[str], text: str | None, notes: Sequence[str]) -> str | None:
    """The text of a sentence where its tokens stand in it, else as the notes on spaces give it; None without either."""
    if text is not None:
        try:
            if only_space_between(text, token_places(text, tokens)):
                return text
        except NoPlaceError:
            pass
    elif not any("SpaceAfter=No" in note for note in notes):
        return None
    pairs = zip(tokens, notes, strict=True)
    return "".join(token + ("" if "SpaceAfter=No" in note else " ") for token, note in pairs).rstrip(" ")


def _arrangement(file: TextFile, request: TagRequest) -> Arrangement:
    lines = [line for line in sample(file) if not is_blank(line) and not line.startswith(("# ", DOCUMENT_MARK))]
    tabs, widths = column_widths(lines)
    if not widths:
        raise DataError("there is no sentence", where=str(file.path), remedy="Give at least two sentences with tags")
    width, count = widths.most_common(1)[0]
    least = 1 if not request.labelled else 2
    if width < least:
        raise DataError(
            "each line holds one column: a token, and no tag",
            where=str(file.path),
            remedy="Write each token on a line of its own, then a tab or a space, then its tag",
        )
    numbered = [_WORD_NUMBER.match(line) is not None for line in lines]
    universal = width == len(CONLL_U) and tabs and sum(numbered) >= _MOSTLY * count
    tokens = _position(request.tokens, 1 if universal else 0, width, universal, file)
    tags = _position(request.tags, CONLL_U.index("upos") if universal else width - 1, width, universal, file)
    if tokens == tags and request.labelled:
        raise UsageError(
            f"column {tokens + 1} is named for the tokens and for the tags",
            where=str(file.path),
            remedy="Name two columns",
        )
    factors = tuple(_position(one, 0, width, universal, file) for one in request.factors)
    _check_factors(factors, (tokens, tags) if request.labelled else (tokens,), file)
    return Arrangement(tabs, width, tokens, tags, factors, universal)


def _check_factors(factors: Sequence[int], others: Sequence[int], file: TextFile) -> None:
    named = [*others, *factors]
    twice = next((position for at, position in enumerate(named) if position in named[:at]), None)
    if twice is not None:
        uses = dict(zip(others, ("the tokens", "the tags"), strict=False))
        what = f"for {uses[twice]} and as a further column" if twice in uses else "twice as a further column"
        raise UsageError(
            f"column {twice + 1} is named {what}",
            where=str(file.path),
            remedy="Name each column once; --factors names the columns beside tokens and tags",
        )


def _position(asked: str | None, usual: int, width: int, universal: bool, file: TextFile) -> int:
    """The position of a column that a person named by number or, where the columns have names, by name."""
    if asked is None:
        return usual
    names = CONLL_U if universal else ()
    if asked in names:
        return names.index(asked)
    if asked.isdecimal() and 1 <= int(asked) <= width:
        return int(asked) - 1
    named = f", or by their names {', '.join(CONLL_U)}" if universal else ""
    raise UsageError(
        f"no column {asked!r}", where=str(file.path), remedy=f"Columns are named by number, from 1 to {width}{named}"
    )


def _cells(line: str, tabs: bool) -> list[str]:
    """The columns of a line. Only spaces and tabs part them: other white space may be a token."""
    return line.split("\t") if tabs else _SPACES.split(line.strip(" \t"))


def _check_width(file: TextFile, number: int, found: Sequence[str], arranged: Arrangement) -> None:
    if len(found) == arranged.width and found[arranged.tokens]:
        return
    if len(found) == arranged.width:
        raise DataError(
            "the token is empty", where=file.where(number), remedy="Write a token there, or remove the line"
        )
    few = len(found) < arranged.width
    remedy = "Add the missing columns" if few else "Check for a stray tab or space"
    parted = "tabs" if arranged.tabs else "spaces"
    raise DataError(
        f"{len(found)} column{'' if len(found) == 1 else 's'} where {arranged.width} are expected",
        where=file.where(number),
        remedy=f"{remedy}; columns are parted by {parted}, sentences by blank lines",
    )


def _say_columns(rows: TaggedRows, arranged: Arrangement, file: TextFile) -> None:
    first = [token for row in rows.tokens[:3] for token in row]
    tags = [tag for row in rows.tags[:200] for tag in row]
    kind = ", as in CoNLL-U" if arranged.universal else ""
    rows.notes.append(
        f"{arranged.width} columns parted by {'tabs' if arranged.tabs else 'spaces'}{kind}: column "
        f"{arranged.named(arranged.tokens)} holds the tokens ({examples(first)}), column "
        f"{arranged.named(arranged.tags)} the tags ({examples(tags)})"
    )
    for position, values in zip(arranged.factors, rows.factors.values(), strict=True):
        shown = examples([value for row in values[:3] for value in row])
        rows.notes.append(f"Column {arranged.named(position)} is read beside the tokens ({shown})")
    if not arranged.factors:
        _say_unused(rows, arranged, file)


def _say_unused(rows: TaggedRows, arranged: Arrangement, file: TextFile) -> None:
    """Which further columns there are that a model could read."""
    unused = [at for at in range(arranged.width) if at not in {arranged.tokens, arranged.tags}]
    unused = [at for at in unused if not arranged.universal or CONLL_U[at] in _OF_A_WORD]
    if not unused:
        return
    lines = [line for line in sample(file) if not is_blank(line) and not line.startswith(DOCUMENT_MARK)]
    cells = [arranged.cells(line) for line in lines if not arranged.is_comment(line)]
    cells = [row for row in cells if not (arranged.universal and _PART_NUMBER.fullmatch(row[0]))]
    listed = ", ".join(f"{arranged.name(at)} ({examples([row[at] for row in cells], 3)})" for at in unused)
    several = len(unused) > 1
    rows.notes.append(
        f"Not used: column{'s' if several else ''} {listed}; --factors {','.join(map(arranged.name, unused))} gives "
        f"{'them' if several else 'it'} to models that read more of a token than itself"
    )


def _without_language_prefix(rows: TaggedRows) -> str:
    """Take a prefix such as ``en:`` off, where every token has it; returns it."""
    match = _PREFIX.match(rows.tokens[0][0])
    if match is None:
        return ""
    prefix = match[0]
    if not all(token.startswith(prefix) for row in rows.tokens for token in row):
        return ""
    rows.tokens = [[token.removeprefix(prefix) or token for token in row] for row in rows.tokens]
    rows.notes.append(f"Every token begins with {prefix!r}, which was taken off")
    return prefix
