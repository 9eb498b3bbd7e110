"""Tagged text in JSON: texts with spans of characters, or tokens with their tags.

Spans come as ``{"text": …, "label": [{"start": 0, "end": 2, "label": "PER"}]}``, as ``[[0, 2, "PER"]]``, or as CLUENER
has them: ``{"label": {"name": {"叶老桂": [[9, 11]]}}}``, where the end is the last character.

- Xu et al. (2020). CLUENER2020: fine-grained named entity recognition dataset and benchmark for Chinese.
"""

from __future__ import annotations

import bisect
import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeGuard

from wenmai.core.errors import DataError, UsageError
from wenmai.core.schema import Language
from wenmai.core.tags import Scheme, TagSpan, tags_of
from wenmai.data.tagged.records import Records, read_tokens, tagged_columns
from wenmai.data.tagged.rows import TaggedRows, TagRequest
from wenmai.data.wording import counted
from wenmai.text.language import detect_language
from wenmai.text.segment import CharacterSegment, Segmenter, WordSegment, build_segmenter

WRITTEN: Scheme = "bioes"
"""The scheme that spans of characters are written in, where no other is asked for."""

TEXT_NAMES = ("text", "sentence", "content", "文本")
SPAN_NAMES = ("spans", "entities", "label", "labels", "ner", "entity")

_START = ("start", "begin", "start_offset", "start_idx")
_END = ("end", "stop", "end_offset", "end_idx")
_LOOKED_AT = 200
_NAMED_PLACES = 3
_LABEL = ("label", "type", "entity", "tag", "entity_type")


class Mark(NamedTuple):
    """Characters ``start:end`` of one type, and what the source says stands there."""

    start: int
    end: int
    label: str
    text: str | None = None


def span_columns(rows: Sequence[Mapping[str, Any]], request: TagRequest) -> tuple[str, str] | None:
    """The columns of a text and of its spans: as they are named, else by their names and what the spans are made of."""
    names = dict.fromkeys(name for row in rows[:_LOOKED_AT] for name in row)
    text = request.tokens or next((name for name in TEXT_NAMES if name in names), None)
    wanted = [request.tags] if request.tags else [name for name in SPAN_NAMES if name in names]
    if text not in names or text is None or not wanted or wanted[0] not in names:
        return None
    for name in wanted:
        if any(_looks_like_spans(row.get(name)) for row in rows[:_LOOKED_AT]):
            return text, name
    return (text, wanted[0]) if request.layout == "spans" else None


def read_json_rows(records: Records, request: TagRequest) -> TaggedRows:
    """Rows of tokens and tags, or of texts and spans, whichever they are.

    Raises:
        UsageError: where they are neither.
        DataError: as `read_tokens` and `read_spans`.
    """
    tokens = tagged_columns(records.rows, request)
    if tokens is not None:
        return _with_intents(read_tokens(records, tokens, request), records, request)
    spans = span_columns(records.rows, request)
    if spans is not None:
        if request.factors:
            raise UsageError(
                "a text with spans of its characters has no further columns beside tokens",
                where=records.name,
                remedy="Leave out --factors, or give lists of tokens and tags",
            )
        return _with_intents(read_spans(records, spans, request), records, request)
    found = ", ".join(dict.fromkeys(name for row in records.rows[:_LOOKED_AT] for name in row)) or "none"
    raise UsageError(
        "no columns of tokens and tags, and none of a text and its spans",
        where=records.name,
        remedy="Write rows of {tokens, tags} or of {text, spans}; name other columns with --tokens and --tags. "
        f"Columns found: {found}",
    )


def _with_intents(rows: TaggedRows, records: Records, request: TagRequest) -> TaggedRows:
    """The rows with the column of intents, where one is named and there."""
    name = request.intent
    if name is not None and any(name in row for row in records.rows):
        rows.extra[name] = ["" if row.get(name) is None else str(row[name]) for row in records.rows]
    return rows


def read_spans(records: Records, names: tuple[str, str], request: TagRequest) -> TaggedRows:
    """Rows of texts with spans of characters, cut into tokens at which spans begin and end.

    Chinese text is cut into characters, all other text into words; a word in which a span begins or ends is cut there.
    Of spans that overlap the longest stays, the first of equally long ones, and it is said; strictly they are refused.

    Raises:
        DataError: for a span out of bounds or of other characters than the source says, with file and line.
    """
    text_name, span_name = names
    scheme = request.convert_scheme or WRITTEN
    rows = TaggedRows(records.name, list(records.notes), sentences=(sentences := []), scheme=scheme)
    texts = [value if isinstance(value := row.get(text_name), str) else "" for row in records.rows]
    marks = [list(_marks(row.get(span_name), records.where(number))) for number, row in enumerate(records.rows)]
    last = _end_is_last(texts, marks, records)
    language = request.language or detect_language(texts)
    segmenter = units(language)
    cut, dropped = 0, []
    for number, (text, found) in enumerate(zip(texts, marks, strict=True)):
        spans = [Mark(one.start, one.end + last, one.label, one.text) for one in found]
        for span in spans:
            _check(span, text, records.where(number))
        kept, gone = _without_overlaps(spans)
        if gone and request.strict:
            raise _overlap(kept, gone[0], text, records.where(number))
        dropped += [records.where(number) for _ in gone]
        tokens, marked, more = _cut(text, kept, segmenter)
        cut += more
        rows.tokens.append(tokens)
        rows.tags.append(tags_of(marked, len(tokens), scheme))
        sentences.append(text)
        rows.lines.append(records.lines[number])
    _say_spans(rows, names, language, last, cut, dropped)
    return rows.checked()


def units(language: Language) -> Segmenter:
    """What raw text of a language is cut into for tags: characters, or words."""
    return build_segmenter(CharacterSegment() if language == "zh" else WordSegment(language=language))


def _say_spans(
    rows: TaggedRows, names: tuple[str, str], language: Language, last: int, cut: int, dropped: Sequence[str]
) -> None:
    text_name, span_name = names
    pieces = "characters" if language == "zh" else "words"
    ends = "; their ends are the last character of each" if last else ""
    rows.notes.append(
        f"Text column {text_name!r}, spans of characters in column {span_name!r}{ends}; the text was cut into {pieces}"
    )
    if cut:
        rows.notes.append(
            f"{counted(cut, 'word was', 'words were')} cut where a span begins or ends; raw text is not cut there"
        )
    if dropped:
        places = ", ".join(dropped[:_NAMED_PLACES]) + (", …" if len(dropped) > _NAMED_PLACES else "")
        rows.notes.append(
            f"{counted(len(dropped), 'span overlaps a longer one and was', 'spans overlap longer ones and were')} left "
            f"out ({places})"
        )


def _marks(value: Any, where: str) -> Iterator[Mark]:
    """The spans of one row in any of the forms."""
    if value is None:
        return
    if isinstance(value, Mapping):
        for label, places in value.items():
            for surface, pairs in (places or {}).items():
                for pair in pairs or ():
                    yield Mark(int(pair[0]), int(pair[1]), label, surface)
        return
    if not isinstance(value, list):
        raise DataError(
            f"{value!r} stands where spans are expected",
            where=where,
            remedy='Write a list of spans, for example [{"start": 0, "end": 2, "label": "PER"}]',
        )
    for one in value:
        yield _mark(one, where)


def _mark(one: Any, where: str) -> Mark:
    if isinstance(one, Mapping):
        start, end = (
            next((one[name] for name in names if one.get(name) is not None), None) for names in (_START, _END)
        )
        label = next((one[name] for name in _LABEL if isinstance(one.get(name), str)), None)
        text = one.get("text")
        if _whole(start) and _whole(end) and label is not None:
            return Mark(start, end, label, text if isinstance(text, str) else None)
    elif isinstance(one, list) and len(one) == 3 and str(one[0]).isdecimal() and str(one[1]).isdecimal():
        return Mark(int(one[0]), int(one[1]), str(one[2]))
    raise DataError(
        f"{one!r} is no span",
        where=where,
        remedy='Write each as {"start": 0, "end": 2, "label": "PER"} or as [0, 2, "PER"]',
    )


def _whole(value: Any) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _looks_like_spans(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(isinstance(places, Mapping) for places in value.values())
    if not isinstance(value, list) or not value:
        return False
    if isinstance(value[0], Mapping):
        return any(name in value[0] for name in _START)
    return isinstance(value[0], list) and len(value[0]) == 3 and all(map(_whole, value[0][:2]))


def _end_is_last(texts: Sequence[str], marks: Sequence[Sequence[Mark]], records: Records) -> int:
    """1 where the end of a span is its last character, 0 where it is the one after; told by the characters given.

    Raises:
        DataError: where neither fits, with file and line.
    """
    told = [(number, mark) for number, row in enumerate(marks) for mark in row if mark.text is not None]
    wrong: list[list[tuple[int, Mark]]] = []
    for last in (0, 1):
        odd = [(number, one) for number, one in told if texts[number][one.start : one.end + last] != one.text]
        if not odd:
            return last
        wrong.append(odd)
    last = int(len(wrong[1]) < len(wrong[0]))
    number, mark = wrong[last][0]
    found = texts[number][mark.start : mark.end + last]
    raise DataError(
        f"characters {mark.start} to {mark.end} are {found!r}, and the span says {mark.text!r}",
        where=records.where(number),
        remedy="Count characters from 0, as Python does, and check the text",
    )


def _check(span: Mark, text: str, where: str) -> None:
    if not 0 <= span.start < span.end <= len(text):
        empty = span.start >= span.end
        reason = "is empty" if empty else f"stands outside the text, which has {len(text):,} characters"
        raise DataError(
            f"the span {span.start}:{span.end} {span.label!r} {reason}",
            where=where,
            remedy="Count characters from 0; the end is the character after the last",
        )
    if not text[span.start : span.end].strip():
        raise DataError(
            f"the span {span.start}:{span.end} {span.label!r} holds only white space", where=where, remedy="Remove it"
        )


def _without_overlaps(spans: Sequence[Mark]) -> tuple[list[Mark], list[Mark]]:
    """The spans that stay, in order, and those that overlap a longer one; the same span twice stands once."""
    kept: list[Mark] = []
    gone: list[Mark] = []
    for span in sorted(dict.fromkeys(spans), key=lambda one: (one.start - one.end, one.start)):
        overlaps = any(span.start < other.end and other.start < span.end for other in kept)
        (gone if overlaps else kept).append(span)
    return sorted(kept, key=lambda one: one.start), gone


def _overlap(kept: Sequence[Mark], gone: Mark, text: str, where: str) -> DataError:
    other = next(one for one in kept if one.start < gone.end and gone.start < one.end)
    ordered = sorted((other, gone), key=lambda one: one.start)
    named = [f"{one.start}:{one.end} {text[one.start : one.end]!r} ({one.label})" for one in ordered]
    return DataError(
        f"the spans {named[0]} and {named[1]} overlap",
        where=where,
        remedy="Remove one of the two, or leave out --strict to keep the longer",
    )


def _cut(text: str, spans: Sequence[Mark], segmenter: Segmenter) -> tuple[list[str], list[TagSpan], int]:
    """Tokens, spans of tokens, and how many pieces were cut because a span begins or ends in them."""
    bounds = sorted({at for span in spans for at in (span.start, span.end)})
    places: list[tuple[int, int]] = []
    cut = 0
    for start, end in segmenter.spans(text):
        inside = bounds[bisect.bisect_right(bounds, start) : bisect.bisect_left(bounds, end)]
        cut += bool(inside)
        places += itertools.pairwise((start, *inside, end))
    starts, ends = [start for start, _ in places], [end for _, end in places]
    found = []
    for span in spans:
        first, stop = bisect.bisect_left(starts, span.start), bisect.bisect_right(ends, span.end)
        found.append(TagSpan(first, stop, span.label))
    return [text[start:end] for start, end in places], found, cut
