"""Whether a source holds tagged text, and how it is arranged, told by its ending and its first lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from wenmai.core.errors import WenmaiError
from wenmai.core.tags import MixedTagsError, detect_scheme
from wenmai.data.columnar import HUB
from wenmai.data.files import ending
from wenmai.data.folders import PARTS, part_of
from wenmai.data.tagged.columns import CONLL_U, DOCUMENT_MARK, column_widths, is_blank
from wenmai.data.tagged.records import PARQUET, first_lines, first_records, tagged_columns
from wenmai.data.tagged.rows import Layout, TagRequest
from wenmai.data.tagged.spans import span_columns
from wenmai.data.tagged.texts import is_parallel, looks_like_tagged_words

ENDINGS = (".conll", ".conllu", ".conllx", ".conll03", ".bio", ".iob", ".iob2", ".bioes", ".bmes", ".ner", ".pos")
"""Endings of files in columns."""
JSON_ENDINGS = (".jsonl", ".ndjson", ".json")
_OTHER_TEXT = (".txt", "")
_MOSTLY = 0.95
_LOOKED_AT = 50


def layout_of(source: Any, request: TagRequest) -> Layout | None:
    """How a source of tagged text is arranged; None for one that does not look like tagged text.

    Problems with the content are left to the reader to tell.
    """
    if request.layout is not None:
        return request.layout
    try:
        return _layout(source, request)
    except WenmaiError:
        return None


def tag_files(folder: Path) -> dict[str, Path]:
    """The files, or folders of parallel files, that are the parts of a folder; ``""`` for one that is undivided.

    Where two could be the same part, neither is taken for it.
    """
    if is_parallel(folder):
        return {"": folder}
    found: dict[str, list[Path]] = {}
    for path in sorted(folder.iterdir()):
        if path.name.startswith("."):
            continue
        parallel = path.is_dir() and is_parallel(path)
        part = PARTS.get(path.name.casefold()) if parallel else None if path.is_dir() else part_of(path)
        if part is not None:
            found.setdefault(part, []).append(path)
    return {part: paths[0] for part in ("train", "dev", "test") if len(paths := found.get(part, [])) == 1}


def _layout(source: Any, request: TagRequest) -> Layout | None:
    if isinstance(source, str) and source.startswith(HUB):
        return "spans" if request.asked else None
    if isinstance(source, Mapping):
        return _layout(next(iter(source.values())), request) if source else None
    if not isinstance(source, str | Path):
        return _of_records(first_records(source), request)
    path = Path(source)
    if path.is_dir():
        files = tag_files(path)
        if any(one.is_dir() for one in files.values()):
            return "parallel"
        return _layout(next(iter(files.values())), request) if files else None
    return _file_layout(path, request)


def _file_layout(path: Path, request: TagRequest) -> Layout | None:
    kind = ending(path)
    if kind in JSON_ENDINGS or kind in PARQUET:
        return _of_records(first_records(path), request)
    if kind in ENDINGS:
        return "columns"
    if kind in {".csv", ".ft", ".fasttext"}:
        return None
    lines = first_lines(path, request.encoding)
    if _in_columns(lines):
        return "columns"
    return "tagged-words" if looks_like_tagged_words(lines[:_LOOKED_AT]) else None


def _in_columns(lines: list[str]) -> bool:
    """Whether lines are sentences in columns, the last one tags: blank lines, even width, letters of a scheme."""
    filled = [line for line in lines if not is_blank(line) and not line.startswith(("# ", DOCUMENT_MARK))]
    if len(filled) == len(lines) or not filled:
        return False
    tabs, widths = column_widths(filled)
    width, count = widths.most_common(1)[0]
    if width < 2 or count < _MOSTLY * len(filled):
        return False
    if width == len(CONLL_U) and tabs:
        return sum(line.split("\t", 1)[0].isdecimal() for line in filled) >= _MOSTLY * len(filled) - 1
    tags = [line.split("\t" if tabs else None)[-1].strip() for line in filled]
    try:
        return detect_scheme([tags]) != "plain"
    except MixedTagsError:
        return True


def _of_records(rows: Sequence[Mapping[str, Any]], request: TagRequest) -> Layout | None:
    return "spans" if tagged_columns(rows, request) or span_columns(rows, request) else None
