"""Which column is the text and which the label: by name first, then by content, never by a silent guess."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from wenmai.core.errors import UsageError, nearest

# Names are compared without case, spaces and punctuation. An earlier group wins over a later one; two names of one
# group are equally good, and the person is asked.
_TEXT_NAMES = (
    {"text", "texts", "文本"},
    {
        *("review", "reviews", "reviewtext", "reviewbody", "reviewcontent", "content", "contents", "sentence"),
        *("sentences", "comment", "comments", "commenttext", "document", "doc", "message", "msg", "sms", "tweet"),
        *("tweettext", "post", "utterance", "query", "question", "body", "article", "passage", "paragraph"),
        *("abstract", "description", "feedback"),
        *("评论", "内容", "正文", "句子", "文章", "评价", "留言", "微博", "微博中文内容", "问题", "评论内容"),
        *("评价内容", "文本内容", "描述", "摘要", "短信"),
    },
    {"title", "headline", "subject", "summary", "标题", "题目", "主题"},
)
_LABEL_NAMES = (
    {"label", "labels", "goldlabel", "标签", "标注"},
    {
        *("class", "classes", "classname", "category", "categories", "target", "targets", "sentiment", "polarity"),
        *("emotion", "emotions", "topic", "topics", "intent", "labelname", "labeltext", "y"),
        *("类别", "分类", "情感", "情感倾向", "情感极性", "类", "栏目", "意图", "情绪"),
    },
    {"stars", "star", "rating", "score", "cat", "type", "tag", "tags", "评分", "星级", "类型", "极性", "打分"},
)
_TITLE = _TEXT_NAMES[2]
_PAIR_NAME = re.compile(
    "(sentence|text|question|query|sent|句子|文本|问题|问句)[12ab]|[sq][12]|premise|hypothesis|前提|假设"
)
_EVERY_NAME = frozenset[str]().union(*_TEXT_NAMES, *_LABEL_NAMES)

_SHORT_LABEL = 40.0
_EQUALLY_LONG = 0.7
_FEW_VALUES = 20
_ROWS_A_VALUE = 5


@dataclass(frozen=True, slots=True)
class Roles:
    """The columns chosen, and why, as sentences."""

    text: tuple[str, ...]
    label: str | None
    notes: tuple[str, ...]


def is_role_name(name: str) -> bool:
    """Whether a name is one that people give to a text or label column, or to a text of a pair."""
    return folded(name) in _EVERY_NAME or _PAIR_NAME.fullmatch(folded(name)) is not None


def choose_columns(
    table: pa.Table,
    *,
    where: str,
    text: str | Sequence[str] | None = None,
    label: str | None = None,
    group: str | None = None,
    labelled: bool = True,
) -> Roles:
    """Tell which columns hold the text and the label.

    Args:
        table: the columns as they were read.
        where: the table's name, for messages.
        text: the text columns, where the caller names them.
        label: the label column, where the caller names it.
        group: a column that is neither, because it keeps rows together.
        labelled: whether a label is wanted at all.

    Raises:
        UsageError: a name that is not there, no column that could serve, or several that serve equally well.
    """
    asked = (text,) if isinstance(text, str) else tuple(text or ())
    for name in (*asked, *(other for other in (label, group) if other is not None)):
        check_column(table, name, where)
    if label is not None and label in asked:
        raise UsageError(f"column {label!r} is named as text and as label", where=where, remedy="Name two columns")
    notes = []
    free = [name for name in table.column_names if name not in {*asked, label, group}]
    if labelled and label is None:
        label, why = label_by_name(table, free, where)
        if label is None and asked:
            label, why = label_by_content(table, free, where)
        if label is not None:
            notes.append(f"Label column {label!r} ({why})")
            free.remove(label)
    if not asked:
        asked, why = _text_columns(table, free, where)
        listed = " and ".join(map(repr, asked))
        notes.insert(0, f"Text column{'s' if len(asked) > 1 else ''} {listed} ({why})")
        free = [name for name in free if name not in asked]
    if labelled and label is None:
        label, why = label_by_content(table, free, where)
        if label is None:
            raise _no_label(table, where)
        notes.append(f"Label column {label!r} ({why})")
    return Roles(asked, label, tuple(notes))


def check_column(table: pa.Table, name: str, where: str) -> None:
    """Raise `UsageError` with the nearest names when the table has no such column."""
    if name not in table.column_names:
        close = nearest(name, table.column_names)
        meant = f"Did you mean {' or '.join(map(repr, close))}? " if close else ""
        raise UsageError(
            f"no column {name!r}", where=where, remedy=f"{meant}Columns found: {', '.join(table.column_names)}"
        )


def label_by_name(table: pa.Table, free: Sequence[str], where: str) -> tuple[str | None, str]:
    """The one column of ``free`` with a label's name, and why; None where there is none."""
    for names in _LABEL_NAMES:
        found = [name for name in free if folded(name) in names]
        if len(found) > 1:
            raise ambiguous(table, found, "label", where)
        if found:
            return found[0], "by its name"
    return None, ""


def _text_columns(table: pa.Table, free: Sequence[str], where: str) -> tuple[tuple[str, ...], str]:
    titles = [name for name in free if folded(name) in _TITLE]
    for names in _TEXT_NAMES:
        found = [name for name in free if folded(name) in names and _holds_text(table, name)]
        if len(found) > 1:
            raise ambiguous(table, found, "text", where)
        if found and len(titles) == 1 and found != titles:
            return (titles[0], found[0]), "by their names, joined by a line break"
        if found:
            return (found[0],), "by its name"
    return _text_by_content(table, free, where)


def _text_by_content(table: pa.Table, free: Sequence[str], where: str) -> tuple[tuple[str, ...], str]:
    lengths = content_lengths(table, free)
    ranked = sorted((name for name in lengths if lengths[name] > 0), key=lambda name: -lengths[name])
    wordy = [name for name in ranked if not is_numeric(table, name)]
    if not wordy:
        raise UsageError(
            "no column holds text",
            where=where,
            remedy=f"Name the text column with --text; columns found: {', '.join(table.column_names)}",
        )
    longest = lengths[wordy[0]]
    rivals = [name for name in wordy if lengths[name] >= _EQUALLY_LONG * longest and longest >= _FEW_VALUES]
    rivals = [name for name in rivals if distinct_values(table, name) * 2 >= min(table.num_rows, 2 * _FEW_VALUES)]
    if len(rivals) > 1:
        raise ambiguous(table, rivals, "text", where)
    only = "the only text column" if len(wordy) == 1 else "the longest values"
    return (wordy[0],), f"by its content: {only}, {longest:.0f} characters on average"


def label_by_content(table: pa.Table, free: Sequence[str], where: str) -> tuple[str | None, str]:
    """The column of few different, short values; a constant column only where nothing else could be it."""
    rows = table.num_rows
    distinct = {name: distinct_values(table, name) for name in free if _could_be_label(table, name)}
    most = max(_FEW_VALUES, rows // _ROWS_A_VALUE)
    varied = [name for name in distinct if 2 <= distinct[name] <= most]
    if len(varied) > 1:
        raise ambiguous(table, varied, "label", where)
    chosen = varied or [name for name in distinct if distinct[name] == 1]
    if len(chosen) != 1:
        return None, ""
    count = distinct[chosen[0]]
    return chosen[0], f"by its content: {count:,} different value{'s' if count > 1 else ''} in {rows:,} rows"


def _no_label(table: pa.Table, where: str) -> UsageError:
    return UsageError(
        "no column looks like a label",
        where=where,
        remedy=f"Name it with --label; columns found: {', '.join(table.column_names)}",
    )


def ambiguous(table: pa.Table, names: Sequence[str], role: str, where: str) -> UsageError:
    """The refusal to choose between columns that serve equally well."""
    examples = "; ".join(f"{name!r} (for example {_example(table, name)})" for name in names)
    several = " (several may be named and are joined)" if role == "text" else ""
    ordered = sorted(names, key=table.column_names.index)
    both = role == "text" and len(names) == 2
    pair = f"; for pairs of texts: --first {ordered[0]} --second {ordered[1]}" if both else ""
    return UsageError(
        f"{len(names)} columns could be the {role}: {examples}",
        where=where,
        remedy=f"Name one with --{role}, for example --{role} {names[0]}{several}{pair}",
    )


def _example(table: pa.Table, name: str) -> str:
    for value in table.column(name).slice(0, 100).to_pylist():
        if value not in (None, ""):
            shown = " ".join(str(value).split())
            return repr(shown if len(shown) <= 30 else shown[:29] + "…")
    return "empty"


def folded(name: str) -> str:
    """A column's name without case, spaces and punctuation."""
    return re.sub(r"[\W_]+", "", name).casefold()


def _is_string(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def _holds_text(table: pa.Table, name: str) -> bool:
    return _is_string(table.schema.field(name).type)


def _mean_length(table: pa.Table, name: str) -> float:
    mean = pc.mean(pc.utf8_length(table.column(name))).as_py()
    return 0.0 if mean is None else float(mean)


def content_lengths(table: pa.Table, names: Sequence[str]) -> dict[str, float]:
    """The mean number of characters of each of the columns that hold text."""
    return {name: _mean_length(table, name) for name in names if _holds_text(table, name)}


def is_numeric(table: pa.Table, name: str) -> bool:
    """Whether the first values of a text column are all numbers."""
    if not _holds_text(table, name):
        return False
    values = [value for value in table.column(name).slice(0, 1000).to_pylist() if value]
    return bool(values) and all(is_number(value) for value in values)


def is_number(value: str) -> bool:
    """Whether a cell holds a number and nothing else."""
    try:
        float(value)
    except ValueError:
        return False
    return True


def distinct_values(table: pa.Table, name: str) -> int:
    """How many different values a column holds."""
    column = table.column(name)
    if _is_list(column.type):
        return len({tuple(value) for value in column.to_pylist() if value is not None})
    return int(pc.count_distinct(column, mode="only_valid").as_py())


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _could_be_label(table: pa.Table, name: str) -> bool:
    kind = table.schema.field(name).type
    if _is_list(kind):
        return _is_string(kind.value_type) or bool(pa.types.is_integer(kind.value_type))
    if _is_string(kind):
        return _mean_length(table, name) <= _SHORT_LABEL
    return bool(pa.types.is_integer(kind) or pa.types.is_boolean(kind) or pa.types.is_floating(kind))
