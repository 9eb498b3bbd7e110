"""Any source to tables: a path by its ending, a folder by what it holds, a mapping of parts, a frame, a hub name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from wenmai.core.errors import UsageError
from wenmai.core.schema import Language
from wenmai.data.columnar import HUB, from_hub, from_memory, read_parquet
from wenmai.data.delimited import check_delimiter, read_csv, read_tabs, sample_lines, sniff_delimiter
from wenmai.data.files import TextFile, ending, examine
from wenmai.data.folders import ENDINGS, PARTS, class_folders, part_files, read_class_folders, readable_files
from wenmai.data.json_lines import read_json, read_json_lines
from wenmai.data.pair_columns import NOTHING_ASKED, Asked
from wenmai.data.plain import read_fasttext, read_label_text, read_lines, recognise
from wenmai.data.records import RawTable


@dataclass(frozen=True, slots=True)
class Request:
    """What the caller of `load` asked for; one object, so that it travels whole."""

    text: str | Sequence[str] | None = None
    label: str | None = None
    group: str | None = None
    label_separator: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    strict: bool = False
    language: Language | None = None
    labelled: bool = True
    pair: Asked = NOTHING_ASKED
    surplus: bool = False


def read_source(source: Any, request: Request) -> dict[str, RawTable]:
    """The tables of a source by part; the one of an undivided source has the part ``""``.

    Raises:
        UsageError: a source that is not there or not known.
        DataError: content that cannot be used.
    """
    if isinstance(source, str) and source.startswith(HUB):
        return _read_parts(from_hub(source), request, source)
    if isinstance(source, Mapping):
        return _read_parts(source, request, "data")
    if isinstance(source, str | Path):
        path = Path(source)
        return _read_folder(path, request) if path.is_dir() else {"": _read_file(path, request)}
    return {"": from_memory(source, "data")}


def _read_parts(sources: Mapping[str, Any], request: Request, name: str) -> dict[str, RawTable]:
    known = {PARTS[part.casefold()]: source for part, source in sources.items() if part.casefold() in PARTS}
    skipped = [part for part in sources if part.casefold() not in PARTS]
    hub = name.startswith(HUB)
    if "train" not in known or (not hub and len(known) < len(sources)):
        raise UsageError(
            f"the parts are named {', '.join(map(repr, sources)) or 'nothing'}",
            where=name,
            remedy="Name them train, and where they are there dev and test",
        )
    parts: dict[str, RawTable] = {}
    for part in (part for part in ("train", "dev", "test") if part in known):
        parts[part] = _read_one(known[part], request, f"{name}:{part}", parts.get("train"))
    if skipped:
        note = f"Parts not read: {', '.join(skipped)}"
        parts["train"] = replace(parts["train"], notes=(*parts["train"].notes, note))
    return parts if len(parts) > 1 else {"": parts["train"]}


def _read_one(source: Any, request: Request, name: str, like: RawTable | None) -> RawTable:
    if not isinstance(source, str | Path):
        return from_memory(source, name)
    path = Path(source)
    if not path.is_dir():
        return _read_file(path, request, like)
    classes = class_folders(path).get("")
    if classes is None:
        raise UsageError(
            "the folder is no part of a split", where=str(path), remedy="Give a file or a folder per class"
        )
    return read_class_folders(classes, str(path), request.encoding)


def _read_folder(folder: Path, request: Request) -> dict[str, RawTable]:
    files, others = part_files(folder)
    if "train" in files:
        tables = {"train": _read_file(files["train"], request)}
        for part in (part for part in ("dev", "test") if part in files):
            tables[part] = _read_file(files[part], request, tables["train"])
        if others:
            note = f"Files not read, because their names are not those of parts: {', '.join(others)}"
            tables["train"] = replace(tables["train"], notes=(*tables["train"].notes, note))
        return tables if len(tables) > 1 else {"": tables["train"]}
    parts = class_folders(folder)
    if parts and ("" in parts or "train" in parts):
        where = {part: str(folder / part) for part in parts}
        tables = {part: read_class_folders(parts[part], where[part], request.encoding) for part in parts}
        return tables if len(tables) > 1 or "" in tables else {"": tables["train"]}
    readable = readable_files(folder)
    if len(readable) == 1:
        return {"": _read_file(readable[0], request)}
    raise _unreadable_folder(folder, readable)


def _unreadable_folder(folder: Path, readable: Sequence[Path]) -> UsageError:
    if readable:
        listed = ", ".join(path.name for path in readable[:5]) + (", …" if len(readable) > 5 else "")
        return UsageError(
            f"the folder holds {len(readable)} files and none is named train: {listed}",
            where=str(folder),
            remedy="Give one of them, or name them train, dev and test",
        )
    return UsageError(
        "the folder holds nothing that can be read",
        where=str(folder),
        remedy="It should hold a folder of .txt files per class, or files named train, dev and test with one of the "
        f"endings {', '.join(ENDINGS)} (also .gz)",
    )


def _read_file(path: Path, request: Request, like: RawTable | None = None) -> RawTable:
    """One file by its ending; ``like`` is the training file, whose arrangement a sibling shares."""
    kind = ending(path)
    if kind not in ENDINGS:
        if not path.exists():
            raise UsageError("there is no such file", where=str(path), remedy="Check the path")
        raise UsageError(
            f"unknown file ending {kind!r}" if kind else "the file has no ending that names its format",
            where=str(path),
            remedy=f"Rename it to end in one of {', '.join(ENDINGS)} (also .gz)",
        )
    if kind in {".parquet", ".pq"}:
        return read_parquet(path)
    file = examine(path, request.encoding)
    header, quoted = (None, None) if like is None else (like.header, like.quoted)
    if kind == ".csv" and not _parted_by_tabs(file, request.delimiter):
        return read_csv(file, delimiter=request.delimiter, header=header, surplus=request.surplus)
    if kind in {".csv", ".tsv", ".tab"}:
        return read_tabs(file, delimiter=request.delimiter, header=header, quoted=quoted, surplus=request.surplus)
    if kind in {".jsonl", ".ndjson"}:
        return read_json_lines(file)
    return read_json(file) if kind == ".json" else _read_text(file, request, like)


def _parted_by_tabs(file: TextFile, delimiter: str | None) -> bool:
    """Whether a file called CSV has tabs between its fields: such files are seldom quoted as CSV is."""
    return (check_delimiter(delimiter) or sniff_delimiter(sample_lines(file))) == "\t"


def _read_text(file: TextFile, request: Request, like: RawTable | None) -> RawTable:
    header, quoted = (None, None) if like is None else (like.header, like.quoted)
    if request.delimiter is not None:
        return read_tabs(file, delimiter=request.delimiter, header=header, quoted=quoted, surplus=request.surplus)
    layout, delimiter = recognise(file)
    if like is not None and like.layout in {"fasttext", "label text", "lines"}:
        layout = like.layout
    match layout:
        case "fasttext":
            return read_fasttext(file)
        case "label text":
            return read_label_text(file)
        case "tabs":
            return read_tabs(file, header=header, quoted=quoted, surplus=request.surplus)
        case "delimited":
            return read_csv(file, delimiter=delimiter, header=header, surplus=request.surplus)
        case _:
            return read_lines(file)
