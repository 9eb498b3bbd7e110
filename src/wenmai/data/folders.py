"""Folders: files named after the parts of a split, or a folder per class with one text a file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from wenmai.core.errors import DataError, UsageError
from wenmai.data.files import guess, known_encoding
from wenmai.data.records import RawTable

ENDINGS = (".csv", ".tsv", ".tab", ".txt", ".ft", ".fasttext", ".jsonl", ".ndjson", ".json", ".parquet", ".pq")
PARTS = {
    "train": "train",
    "training": "train",
    "dev": "dev",
    "devel": "dev",
    "valid": "dev",
    "val": "dev",
    "validation": "dev",
    "test": "test",
    "testing": "test",
}
"""What the parts of a split are called, and wenmai's name for each."""

_UNLABELLED = ("unsup", "unlabeled", "unlabelled")
_GUESS_FILES = 200


def part_files(folder: Path) -> tuple[dict[str, Path], list[str]]:
    """The files of a folder that are named after parts of a split, and the names of the readable files that are not.

    Raises:
        UsageError: when two files claim the same part.
    """
    found: dict[str, Path] = {}
    others = []
    for path in readable_files(folder):
        part = part_of(path)
        if part is None:
            others.append(path.name)
        elif part in found:
            raise UsageError(
                f"{found[part].name} and {path.name} could both be the {part} part",
                where=str(folder),
                remedy="Name the files one by one, or leave one of each in the folder",
            )
        else:
            found[part] = path
    return found, others


def readable_files(folder: Path) -> list[Path]:
    """The files of a folder whose ending wenmai reads, in the order of their names."""
    return [path for path in sorted(folder.iterdir()) if path.is_file() and _known(path)]


def class_folders(folder: Path) -> dict[str, dict[str, Path]]:
    """The folders of classes, by part and class: ``{"train": {"pos": …}}``, or ``{"": {"pos": …}}`` without parts.

    Folders named for unlabelled text (aclImdb has one) are left out.
    """
    parts: dict[str, dict[str, Path]] = {}
    for path in _inner_folders(folder):
        part = PARTS.get(path.name.casefold())
        classes = _classes(path) if part is not None else {}
        if part is not None and classes:
            if part in parts:
                raise UsageError(f"two folders could be the {part} part", where=str(folder), remedy="Leave one of them")
            parts[part] = classes
    if parts:
        return parts
    classes = {name: path for name, path in _classes(folder).items() if name.casefold() not in PARTS}
    return {"": classes} if classes else {}


def read_class_folders(classes: dict[str, Path], name: str, encoding: str | None = None) -> RawTable:
    """Read one text a file; the name of its folder is the label. The column ``file`` keeps where each came from.

    Raises:
        DataError: a file that does not decode, with line, column and the bytes.
    """
    paths = [(label, path) for label, folder in classes.items() for path in _text_files(folder)]
    contents = [path.read_bytes() for _, path in paths]
    other = known_encoding(encoding) if encoding is not None else _other_encoding(contents)
    texts = []
    for (_, path), content in zip(paths, contents, strict=True):
        texts.append(_decode(content, path, encoding is None, other))
    table = pa.table(
        {
            "text": pa.array(texts, pa.string()),
            "label": pa.array([label for label, _ in paths], pa.string()),
            "file": pa.array([f"{path.parent.name}/{path.name}" for _, path in paths], pa.string()),
        }
    )
    used = f"Encoding {encoding}, as asked" if encoding else f"Encoding UTF-8{f', else {other}' if other else ''}"
    note = f"A folder per class, one text a file: {len(paths)} files in {', '.join(classes)}"
    return RawTable(table, name, None, (used, note), "folders")


def _known(path: Path) -> bool:
    name = path.name.casefold().removesuffix(".gz")
    return not name.startswith(".") and name.endswith(ENDINGS)


def part_of(path: Path) -> str | None:
    """The part that a file's name speaks of: ``train.csv``, ``20ng_test.jsonl.gz``, ``news-dev.tsv``."""
    words = re.split(r"[^a-z]+", path.name.casefold())
    parts = {PARTS[word] for word in words if word in PARTS}
    return parts.pop() if len(parts) == 1 else None


def _classes(folder: Path) -> dict[str, Path]:
    inner = [path for path in _inner_folders(folder) if path.name.casefold() not in _UNLABELLED]
    return {path.name: path for path in inner if next(_text_files(path), None) is not None}


def _inner_folders(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.iterdir()) if path.is_dir() and not path.name.startswith(".")]


def _text_files(folder: Path) -> Iterator[Path]:
    """Files named ``.txt`` or without an ending (20 newsgroups numbers them), in the order of their names."""
    for path in sorted(folder.iterdir()):
        if path.suffix.casefold() in {".txt", ""} and not path.name.startswith(".") and path.is_file():
            yield path


def _other_encoding(contents: list[bytes]) -> str | None:
    """The encoding of those files that are not UTF-8; None when all are."""
    odd = [content for content in contents if not _is_utf8(content)]
    return guess(b"\n".join(odd[:_GUESS_FILES])) if odd else None


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _decode(content: bytes, path: Path, try_utf8: bool, other: str | None) -> str:
    encoding = "utf-8-sig" if try_utf8 and (other is None or _is_utf8(content)) else other or "utf-8"
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        before = content[: error.start].decode(encoding, "ignore")
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        raise DataError(
            f"bytes {content[error.start : error.end].hex(' ')} are not {encoding}",
            where=f"{path}:{line}:{column}",
            remedy="Name the files' encoding (--encoding gb18030, for one), or correct these bytes",
        ) from None
    if (at := text.find("\0")) >= 0:
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        raise DataError(
            "a NUL byte, which no text contains", where=f"{path}:{line}:{column}", remedy="Remove it from the file"
        )
    return text
