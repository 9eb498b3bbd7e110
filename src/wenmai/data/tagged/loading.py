"""From tagged text of any arrangement to data sets with one scheme of tags, saying what was detected on the way."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa

from wenmai.core.errors import DataError, UsageError
from wenmai.core.schema import Language, Schema, TagColumns
from wenmai.core.tags import (
    SCHEME_NAMES,
    Fault,
    MixedTagsError,
    Scheme,
    converted,
    detect_scheme,
    faults,
    is_tag_of,
    spans_of,
)
from wenmai.data.columnar import HUB, from_hub
from wenmai.data.dataset import Dataset
from wenmai.data.files import examine
from wenmai.data.folders import PARTS
from wenmai.data.tagged.columns import Arrangement, read_columns
from wenmai.data.tagged.recognition import layout_of, tag_files
from wenmai.data.tagged.records import read_records
from wenmai.data.tagged.rows import Layout, TaggedRows, TagRequest
from wenmai.data.tagged.spans import read_json_rows
from wenmai.data.tagged.texts import is_parallel, read_parallel, read_tagged_words, read_words
from wenmai.data.wording import counted
from wenmai.text.language import detect_language

_NAMED_PLACES = 3
_NAMED_INTENTS = 8
_LANGUAGE_ROWS = 1000
_NO_TAG = "_"
_PART_ORDER = ("train", "dev", "test")
_WITHOUT_FACTORS = ("words", "tagged-words", "parallel")


@dataclass(frozen=True, slots=True)
class TaggedData:
    """The data sets of a source by part, one with the part ``""`` where it is undivided, and what was detected."""

    parts: dict[str, Dataset]
    notes: tuple[str, ...]


def load_tagged(source: Any, request: TagRequest) -> TaggedData | None:
    """Read tagged text; None for a source that does not look like it and of which nothing was said.

    Raises:
        UsageError: no such file or column; a request that fits no tagged text.
        DataError: content that cannot be used, with file and line.
    """
    layout = layout_of(source, request)
    if request.factors and layout in _WITHOUT_FACTORS:
        raise UsageError(
            f"the layout {layout} has no further columns beside the tokens",
            where=str(source) if isinstance(source, str | Path) else "data",
            remedy="Leave out --factors, or give a token a line (columns), or lists of tokens and tags (JSON)",
        )
    if layout is None:
        if not request.asked:
            return None
        raise UsageError(
            "the source does not look like tagged text",
            where=str(source) if isinstance(source, str | Path) else "data",
            remedy="Name its layout with --layout: columns, spans, words, tagged-words or parallel",
        )
    parts = _read_parts(source, layout, request)
    first = next(iter(parts.values()))
    notes = list(dict.fromkeys(note for rows in parts.values() for note in rows.notes))
    scheme, said = _scheme(parts, request)
    notes += said
    for rows in parts.values():
        notes += _mended(rows, scheme, strict=request.strict) if request.labelled and rows.scheme is None else []
    target = request.convert_scheme or ("iob2" if scheme == "iob1" else scheme)
    if target != scheme:
        notes.append(_convert(parts, scheme, target))
    language = request.language or _language(first)
    sentence = "sentence" if all(rows.sentences is not None for rows in parts.values()) else None
    intent = request.intent if request.labelled else None
    if intent is not None:
        notes.append(_intents(parts, intent))
    columns = TagColumns(sentence=sentence, scheme=target, factors=tuple(first.factors), intent=intent)
    schema = Schema(columns=columns, group=request.group, language=language)
    datasets = {part: _dataset(rows, schema, request) for part, rows in parts.items()}
    notes += [_size(part, datasets[part], target) for part in datasets] if request.labelled else []
    notes.append(f"Language {language}{', as asked' if request.language else ''}")
    return TaggedData(datasets, tuple(notes))


def _read_parts(source: Any, layout: Layout, request: TagRequest) -> dict[str, TaggedRows]:
    """Each part as it was read."""
    sources = _sources(source, layout)
    parts: dict[str, TaggedRows] = {}
    like: Arrangement | None = None
    for part, one in sources.items():
        if layout == "columns":
            parts[part], like = read_columns(examine(Path(one), request.encoding), request, like)
        else:
            parts[part] = _read(one, layout, request, part)
    return parts


def _read(source: Any, layout: Layout, request: TagRequest, part: str) -> TaggedRows:
    if layout == "parallel":
        return read_parallel(Path(source), request)
    if layout == "spans":
        path = Path(source) if isinstance(source, str | Path) else source
        return read_json_rows(read_records(path, f"data:{part}" if part else "data", request.encoding), request)
    read = read_words if layout == "words" else read_tagged_words
    return read(examine(Path(source), request.encoding), request)


def _sources(source: Any, layout: Layout) -> dict[str, Any]:
    """The parts of a source: of a mapping or a hub name as they are called, of a folder by its files."""
    if isinstance(source, str) and source.startswith(HUB):
        source = from_hub(source)
    if isinstance(source, Mapping):
        known = {PARTS[name.casefold()]: one for name, one in source.items() if name.casefold() in PARTS}
        if "train" not in known:
            raise UsageError(
                f"the parts are named {', '.join(map(repr, source)) or 'nothing'}",
                remedy="Name them train, and where they are there dev and test",
            )
        ordered = {part: known[part] for part in _PART_ORDER if part in known}
        return ordered if len(ordered) > 1 else {"": ordered["train"]}
    if layout != "parallel" and not isinstance(source, str | Path):
        return {"": source}
    path = Path(source)
    if not path.is_dir() or (layout == "parallel" and is_parallel(path)):
        if layout == "parallel" and not path.is_dir():
            raise UsageError("parallel files are read from their folder", where=str(path), remedy="Give the folder")
        return {"": path}
    found = tag_files(path)
    if "train" in found or len(found) == 1:
        return found if len(found) > 1 else {"": next(iter(found.values()))}
    listed = ", ".join(one.name for one in found.values()) or "none"
    raise UsageError(
        f"the folder has no part named train; parts found: {listed}",
        where=str(path),
        remedy="Give one of its files, or name them train, dev and test",
    )


def _scheme(parts: Mapping[str, TaggedRows], request: TagRequest) -> tuple[Scheme, list[str]]:
    """The scheme of the tags as they stand, and the note on it.

    Raises:
        DataError: for tags of two schemes and tags that the stated scheme has not, with file and line.
    """
    first = next(iter(parts.values()))
    if first.scheme is not None or not request.labelled:
        scheme = first.scheme or "plain"
        if request.scheme is not None and request.labelled:
            raise UsageError(
                f"the scheme {SCHEME_NAMES[request.scheme]} is stated, and the source has no tags but spans",
                where=first.name,
                remedy="Choose the scheme that they are written in with --convert-scheme",
            )
        return scheme, [f"Tags: {SCHEME_NAMES[scheme]}"] if request.labelled else []
    _check_filled(first)
    try:
        scheme = request.scheme or detect_scheme(first.tags)
    except MixedTagsError as error:
        row, position = next(_places(first, error.tag))
        raise DataError(
            str(error),
            where=first.where(row, position),
            remedy="Write all tags in one scheme, or state it with --scheme; --scheme plain takes tags as they are",
        ) from None
    for rows in parts.values():
        _check_tags(rows, scheme)
    how = "as asked" if request.scheme else "detected"
    kind = ""
    if scheme != "plain":
        kind = ", words of characters" if _cuts_words(first) else ", spans with types"
    return scheme, [f"Tags: {SCHEME_NAMES[scheme]}{kind} ({how})"]


def _cuts_words(rows: TaggedRows) -> bool:
    return not any("-" in tag for tags in rows.tags for tag in tags)


def _check_filled(rows: TaggedRows) -> None:
    if all(tag in ("", _NO_TAG) for tags in rows.tags for tag in tags):
        raise DataError("the column of the tags is empty", where=rows.name, remedy="Name another one with --tags")


def _check_tags(rows: TaggedRows, scheme: Scheme) -> None:
    odd = {tag for tags in rows.tags for tag in tags if not tag or not is_tag_of(tag, scheme)}
    if not odd:
        return
    row, position = next((r, p) for r, tags in enumerate(rows.tags) for p, tag in enumerate(tags) if tag in odd)
    tag = rows.tags[row][position]
    raise DataError(
        f"{tag!r} is no tag of the scheme {SCHEME_NAMES[scheme]}" if tag else "the tag is empty",
        where=rows.where(row, position),
        remedy="Correct it, or state another scheme with --scheme; --scheme plain takes tags as they are",
    )


def _places(rows: TaggedRows, tag: str) -> Any:
    return ((row, position) for row, tags in enumerate(rows.tags) for position, one in enumerate(tags) if one == tag)


def _mended(rows: TaggedRows, scheme: Scheme, *, strict: bool) -> list[str]:
    """Mend the sequences that break their scheme, and say which; strictly the first one is refused."""
    broken: list[tuple[int, Fault]] = []
    for row, tags in enumerate(rows.tags):
        found = faults(tags, scheme)
        if found:
            broken += [(row, fault) for fault in found]
            if strict:
                tag, (position, reason) = tags[found[0].position], found[0]
                raise DataError(
                    f"the tag {tag!r} {reason}, which {SCHEME_NAMES[scheme]} does not allow",
                    where=rows.where(row, position),
                    remedy="Correct it, or leave out --strict to have it read as the scorer of CoNLL reads it",
                )
    if not broken:
        return []
    places = [
        f"{rows.where(row, fault.position)} {rows.tags[row][fault.position]!r} {fault.reason}"
        for row, fault in broken[:_NAMED_PLACES]
    ]
    for row in {row for row, _ in broken}:
        rows.tags[row] = converted(rows.tags[row], scheme, scheme)
    more = ", …" if len(broken) > _NAMED_PLACES else ""
    name = SCHEME_NAMES[scheme]
    breaks = counted(len(broken), f"tag breaks {name} and was", f"tags break {name} and were")
    return [f"{breaks} mended as the scorer of CoNLL reads such: {', '.join(places)}{more}"]


def _convert(parts: Mapping[str, TaggedRows], scheme: Scheme, target: Scheme) -> str:
    if "plain" in (scheme, target):
        raise UsageError(
            f"{SCHEME_NAMES[scheme]} cannot be converted into {SCHEME_NAMES[target]}",
            where=next(iter(parts.values())).name,
            remedy="Plain tags stand for no spans: leave out --convert-scheme",
        )
    for rows in parts.values():
        rows.tags = [converted(tags, scheme, target) for tags in rows.tags]
    return f"Converted from {SCHEME_NAMES[scheme]} into {SCHEME_NAMES[target]}, which says the same"


def _language(rows: TaggedRows) -> Language:
    step = max(1, len(rows.tokens) // _LANGUAGE_ROWS)
    return detect_language(" ".join(tokens) for tokens in rows.tokens[::step])


def _intents(parts: Mapping[str, TaggedRows], name: str) -> str:
    """What the intents are, for a note.

    Raises:
        UsageError: where a part has no such column; DataError: for a sentence without an intent, with its place.
    """
    for rows in parts.values():
        if name not in rows.extra or name in ("tokens", "tags", "sentence"):
            there = f"Columns of sentences found: {', '.join(rows.extra)}; " if rows.extra else ""
            raise UsageError(
                f"no column {name!r} of intents",
                where=rows.name,
                remedy=f"{there}intents stand in a file label beside seq.in and seq.out, where the column is called "
                "intent, or in rows of JSON",
            )
        empty = next((row for row, intent in enumerate(rows.extra[name]) if not intent.strip()), None)
        if empty is not None:
            raise DataError(
                f"the intent in column {name!r} is empty",
                where=rows.where(empty, 0),
                remedy="Give every sentence one, or leave out --intent",
            )
    found = Counter(intent for rows in parts.values() for intent in rows.extra[name])
    named = ", ".join(f"{intent} {count:,}" for intent, count in found.most_common(_NAMED_INTENTS))
    more = ", …" if len(found) > _NAMED_INTENTS else ""
    return f"Column {name!r} holds {counted(len(found), 'intent', 'intents')} of sentences: {named}{more}"


def _dataset(rows: TaggedRows, schema: Schema, request: TagRequest) -> Dataset:
    lists = pa.list_(pa.string())
    _check_names(rows)
    columns: dict[str, Any] = {"tokens": pa.array(rows.tokens, lists)}
    columns["tags"] = pa.array(rows.tags if request.labelled else [[] for _ in rows.tokens], lists)
    if schema.columns.kind == "tag" and schema.columns.sentence is not None:
        columns["sentence"] = pa.array(rows.sentences or [], pa.string())
    columns |= {name: pa.array(values, pa.string()) for name, values in rows.extra.items()}
    columns |= {name: pa.array(values, lists) for name, values in rows.factors.items()}
    lines = np.frombuffer(rows.lines, dtype=np.int64)
    data = Dataset(pa.table(columns), schema, rows.name, lines if lines.any() else None)
    empty = [row for row, tokens in enumerate(rows.tokens) if not tokens]
    if not empty or not request.labelled:
        return data
    return data.select(np.setdiff1d(np.arange(len(data)), empty))


def _check_names(rows: TaggedRows) -> None:
    taken = next((name for name in rows.factors if name in {"tokens", "tags", "sentence", *rows.extra}), None)
    if taken is not None:
        raise UsageError(
            f"a further column cannot be called {taken!r}, which has a meaning of its own",
            where=rows.name,
            remedy="Rename it in the file",
        )


def _size(part: str, data: Dataset, scheme: Scheme) -> str:
    """How much there is, for a note."""
    rows: Sequence[Sequence[str]] = data.values("tags")
    tokens = sum(map(len, rows))
    name = f"{part[:1].upper()}{part[1:]}: " if part else ""
    size = f"{name}{counted(len(rows), 'sentence', 'sentences')}, {counted(tokens, 'token', 'tokens')}"
    if scheme == "plain":
        return f"{size}, {counted(len({tag for row in rows for tag in row}), 'tag', 'tags')}"
    counts = Counter(span.label for row in rows for span in spans_of(row, scheme))
    if set(counts) <= {""}:
        return f"{size}, {counted(counts.total(), 'word', 'words')}"
    listed = ", ".join(f"{label} {count:,}" for label, count in counts.most_common(12))
    more = ", …" if len(counts) > 12 else ""
    return f"{size}, {counted(counts.total(), 'span', 'spans')} ({listed}{more})"
