"""Corpus: a text as word numbers in one flat array, tokenised once, in memory or in a file that is mapped.

Text that is parted by white space is scanned as bytes; any other goes through the pipeline's segmenter.

Letters of the shapes: V words, N words of the whole text, S rows, D words of a block.
"""

from __future__ import annotations

import itertools
import mmap
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from wenmai.batches.arena import Arena
from wenmai.data.files import TextFile, open_bytes
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import Pipeline
from wenmai.text.segment import GivenSegment, TaggedSegment

BLOCK = 1 << 22
"""So many bytes, or characters, of a file are held at a time."""
TOKENS_FILE = "token_ids.int32"
_TOKEN_BYTES = 4


Rows = Sequence[str] | bytes
"""Some texts, a row each: as strings, or as lines of UTF-8 that all end with a line break."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """A text as word numbers.

    Attributes:
        words: [V] by falling frequency, equally frequent ones in the order of Unicode; no special tokens among them.
        counts: [V] occurrences in the text.
        token_ids: [N], row after row; words outside the vocabulary are left out. Memory-mapped when kept in a folder.
        offsets: [S + 1], row s is ``token_ids[offsets[s]:offsets[s + 1]]``.
        read: how many words the text has, those outside the vocabulary too.
    """

    words: tuple[str, ...]
    counts: NDArray[np.int64]
    token_ids: NDArray[np.int32]
    offsets: NDArray[np.int64]
    read: int

    @property
    def rows(self) -> int:
        """S."""
        return len(self.offsets) - 1

    def release(self) -> None:
        """Let the memory go that holds what was read of a mapped file; what is read again comes back from it."""
        mapped = getattr(self.token_ids.base, "obj", None)
        if isinstance(mapped, mmap.mmap) and hasattr(mmap, "MADV_DONTNEED"):
            mapped.madvise(mmap.MADV_DONTNEED)


def read_corpus(
    texts: Iterable[Rows],
    pipeline: Pipeline,
    *,
    min_count: int = 1,
    max_words: int | None = None,
    folder: Path | None = None,
) -> Corpus:
    """Cut texts by a pipeline and number their words.

    Args:
        texts: batches of rows, read once.
        min_count: words that occur less often are left out.
        max_words: so many of the most frequent are kept; None keeps all.
        folder: where the numbers are kept instead of in memory, for a text that is larger; it must be there.
    """
    numbering: _Numbering = _Scanned(pipeline) if _is_given(pipeline) else _Pieces(pipeline)
    store: _Store = _Memory() if folder is None else _File(folder / TOKENS_FILE)
    lengths = [store.add(*numbering.number(batch)) for batch in texts if len(batch)]
    counts = numbering.counts()
    frequent = np.flatnonzero(counts >= min_count)
    if max_words is not None and len(frequent) > max_words:
        # Ties at the limit are decided below, by spelling.
        frequent = frequent[counts[frequent] >= np.partition(counts[frequent], -max_words)[-max_words]]
    spelt = numbering.spelt(frequent)
    often = counts[frequent].tolist()
    order = sorted(range(len(frequent)), key=lambda at: (-often[at], spelt[at]))[:max_words]
    kept = frequent[order]
    numbers = np.full(len(counts), -1, np.int32)
    numbers[kept] = np.arange(len(kept), dtype=np.int32)
    token_ids, row_lengths = store.renumbered(lengths, numbers)
    offsets = np.concatenate([[0], np.cumsum(row_lengths)]).astype(np.int64)
    return Corpus(tuple(spelt[at] for at in order), counts[kept], token_ids, offsets, int(counts.sum()))


def file_rows(file: TextFile, block: int = BLOCK) -> Iterator[Rows]:
    """The lines of a file, some at a time; a line is a row."""
    if file.encoding in ("utf-8", "utf-8-sig"):  # A byte order mark is invisible, and cleaning takes it out.
        with open_bytes(file.path) as raw:
            while content := raw.read(block):
                content += b"" if content.endswith(b"\n") else raw.readline()
                yield content if content.endswith(b"\n") else content + b"\n"
        return
    with file.open() as text:
        while part := text.read(block):
            part += "" if part.endswith("\n") else text.readline()
            yield part.removesuffix("\n").split("\n")


class _Numbering(Protocol):
    """Gives words numbers in the order in which they come."""

    def number(self, rows: Rows) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The words of some rows [D], and how many each row has."""

    def counts(self) -> NDArray[np.int64]:
        """How often each word occurred."""

    def spelt(self, numbers: NDArray[np.int64]) -> list[str]:
        """The words of some numbers."""


def _is_given(pipeline: Pipeline) -> bool:
    config = pipeline.config
    parted = isinstance(config.segment, GivenSegment | TaggedSegment)
    return parted and config.stop_words == "none" and not config.own_stop_words


class _Scanned:
    """Words parted by white space, read as bytes."""

    def __init__(self, pipeline: Pipeline) -> None:
        from wenmai.kernels.text_scan import WordScanner

        self._minimal = pipeline.config.clean == CleanConfig.minimal()
        self._clean = pipeline.cleaned
        self._scanner = WordScanner()

    def number(self, rows: Rows) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The words of some rows [D], and how many each row has."""
        from wenmai.kernels.text_scan import folded

        if self._minimal:
            return self._scanner.scan(folded(np.frombuffer(_content(rows), np.uint8)))
        return self._scanner.scan(np.frombuffer(_content(self._clean(_texts(rows))), np.uint8))

    def counts(self) -> NDArray[np.int64]:
        """How often each word occurred."""
        return self._scanner.counts.copy()

    def spelt(self, numbers: NDArray[np.int64]) -> list[str]:
        """The words of some numbers."""
        return [self._scanner.spelling(number).decode("utf-8", "surrogatepass") for number in numbers.tolist()]


class _Pieces:
    """Pieces that the pipeline's segmenter gives."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._cut = pipeline.words
        self._numbers: defaultdict[str, int] = defaultdict()
        self._numbers.default_factory = self._numbers.__len__
        self._counts = np.zeros(0, np.int64)

    def number(self, rows: Rows) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The words of some rows [D], and how many each row has."""
        arena = Arena.of_words(self._cut(_texts(rows)), self._numbers)
        found = np.bincount(arena.symbols, minlength=len(self._numbers))
        found[: len(self._counts)] += self._counts
        self._counts = found.astype(np.int64)
        return arena.symbols, np.diff(arena.offsets)

    def counts(self) -> NDArray[np.int64]:
        """How often each word occurred."""
        return self._counts

    def spelt(self, numbers: NDArray[np.int64]) -> list[str]:
        """The words of some numbers."""
        words = list(self._numbers)
        return [words[number] for number in numbers.tolist()]


def _texts(rows: Rows) -> Sequence[str]:
    if not isinstance(rows, bytes):
        return rows
    return rows.decode("utf-8").removesuffix("\n").split("\n")


def _content(rows: Rows) -> bytes:
    if isinstance(rows, bytes):
        return rows
    joined = "\n".join([*rows, ""])
    if joined.count("\n") > len(rows):
        joined = "\n".join([*(row.replace("\n", " ") for row in rows), ""])
    return joined.encode("utf-8", "surrogatepass")


class _Store(Protocol):
    """Keeps the numbers of blocks until it is known which words stay."""

    def add(self, ids: NDArray[np.int32], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
        """One more block; gives its rows' lengths back."""

    def renumbered(
        self, lengths: Sequence[NDArray[np.int64]], numbers: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """All numbers exchanged, those of -1 left out, and the lengths of all rows then."""


class _Memory:
    """Blocks as arrays."""

    def __init__(self) -> None:
        self._blocks: list[NDArray[np.int32] | None] = []

    def add(self, ids: NDArray[np.int32], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
        self._blocks.append(ids)
        return lengths

    def renumbered(
        self, lengths: Sequence[NDArray[np.int64]], numbers: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        from wenmai.kernels.text_scan import renumber

        found = []
        for at, rows in enumerate(lengths):
            block, self._blocks[at] = self._blocks[at], None  # Each is let go when its numbers are exchanged.
            assert block is not None
            ends = np.cumsum(rows)
            found.append(renumber(block, ends, numbers).copy())
            rows[:] = np.diff(ends, prepend=0)
        return _joined(found, np.int32), _joined(lengths, np.int64)


class _File:
    """Blocks one after the other in a file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._sizes: list[int] = []
        path.unlink(missing_ok=True)

    def add(self, ids: NDArray[np.int32], lengths: NDArray[np.int64]) -> NDArray[np.int64]:
        with self._path.open("ab") as file:
            ids.tofile(file)
        self._sizes.append(len(ids))
        return lengths

    def renumbered(
        self, lengths: Sequence[NDArray[np.int64]], numbers: NDArray[np.int32]
    ) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        from wenmai.kernels.text_scan import renumber

        starts = [0, *itertools.accumulate(self._sizes)]
        if not starts[-1]:
            return np.zeros(0, np.int32), _joined(lengths, np.int64)
        kept = 0
        with self._path.open("r+b") as file:
            for start, size, rows in zip(starts[:-1], self._sizes, lengths, strict=True):
                file.seek(start * _TOKEN_BYTES)
                ends = np.cumsum(rows)
                found = renumber(np.fromfile(file, np.int32, size), ends, numbers)
                file.seek(kept * _TOKEN_BYTES)  # Where they came from or before: only words are left out.
                file.write(found.tobytes())
                kept += len(found)
                rows[:] = np.diff(ends, prepend=0)
            file.truncate(kept * _TOKEN_BYTES)
        if not kept:
            return np.zeros(0, np.int32), _joined(lengths, np.int64)
        with self._path.open("rb") as file:
            mapped = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        return np.frombuffer(mapped, np.int32), _joined(lengths, np.int64)


def _joined(parts: Sequence[NDArray[Any]], kind: type[np.generic]) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.zeros(0, kind)
