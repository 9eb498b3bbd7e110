"""Which two columns are the texts of a pair, and which says what stands between them: by name, then by content."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from wenmai.core.errors import UsageError
from wenmai.core.schema import PairAnswer
from wenmai.data.columns import (
    ambiguous,
    check_column,
    content_lengths,
    distinct_values,
    folded,
    is_numeric,
    label_by_content,
    label_by_name,
)

# Names are compared without case, spaces and punctuation.
_PAIR_NAMES = (
    *(("sentence1", "sentence2"), ("sentencea", "sentenceb"), ("text1", "text2"), ("texta", "textb")),
    *(("question1", "question2"), ("query1", "query2"), ("q1", "q2"), ("s1", "s2"), ("sent1", "sent2")),
    *(("premise", "hypothesis"), ("first", "second"), ("句子1", "句子2"), ("文本1", "文本2"), ("问题1", "问题2")),
    *(("前提", "假设"), ("问句1", "问句2")),
)
# What may also stand in a table of single texts is believed only where a pair is asked for.
_ASKED_NAMES = (
    *(("question", "answer"), ("question", "sentence"), ("query", "document"), ("query", "passage")),
    *(("query", "answer"), ("query", "text"), ("query", "title"), ("a", "b"), ("问题", "答案"), ("问题", "回答")),
)
_SCORE_NAMES = {
    *("score", "scores", "similarity", "similarityscore", "relatedness", "relatednessscore", "labelscore"),
    *("分数", "得分", "相似度", "打分"),
}
_LIKE_LENGTH = 0.5
"""Two texts are taken for a pair, where nobody says so, if the shorter ones are at least so long beside the longer."""
_DECIMALS = "its numbers have decimals; if they are classes, name it with --label"
_WORDS = 8.0
"""Characters of a text on average, from which a column of many different values may be one of two texts."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the caller of `load` named of a pair; everything None where nothing was."""

    first: str | None = None
    second: str | None = None
    score: str | None = None
    relevance: str | None = None

    def __bool__(self) -> bool:
        return any((self.first, self.second, self.score, self.relevance))


NOTHING_ASKED = Asked()


@dataclass(frozen=True, slots=True)
class PairRoles:
    """The columns chosen, what the answer is, and why, as sentences; ``label`` is None for rows to be predicted."""

    first: str
    second: str
    label: str | None
    answer: PairAnswer
    notes: tuple[str, ...]


def choose_pair(
    table: pa.Table,
    *,
    where: str,
    asked: Asked,
    label: str | None = None,
    group: str | None = None,
    labelled: bool = True,
    named: bool = True,
) -> PairRoles | None:
    """Tell which columns hold the two texts and what is said of them; None where the table is no table of pairs.

    Args:
        table: the columns as they were read.
        where: the table's name, for messages.
        asked: the columns that the caller names; any of them asks for a pair.
        label: the label column, where the caller names it.
        group: a column that is none of these, because it keeps rows together.
        labelled: whether an answer is wanted at all; without one, a pair must be asked for.
        named: whether the columns have names of their own; without, two texts of like length beside a label are a pair.

    Raises:
        UsageError: a name that is not there or stands twice, answers of two kinds, or a pair that is asked for and
            cannot be told.
    """
    chosen = [name for name in (asked.first, asked.second, asked.score, asked.relevance, label, group) if name]
    for name in chosen:
        check_column(table, name, where)
    if asked:
        _check_asked(asked, label, where)
    elif not labelled or not (_pair_by_name(table, chosen, _PAIR_NAMES) or (not named and _like_texts(table, chosen))):
        return None
    free = [name for name in table.column_names if name not in chosen]
    first, second, why = _texts(table, free, asked, where)
    notes = [f"Pair of texts in the columns {first!r} and {second!r} ({why})"]
    if not labelled:
        return PairRoles(first, second, None, _kind_asked(asked) or "label", tuple(notes))
    free = [name for name in free if name not in (first, second)]
    column, answer, reason = _answer(table, free, asked, label, where)
    if reason:
        notes.append(f"{answer.capitalize()} column {column!r} ({reason})")
    return PairRoles(first, second, column, answer, tuple(notes))


def _check_asked(asked: Asked, label: str | None, where: str) -> None:
    answers = {"--label": label, "--score": asked.score, "--relevance": asked.relevance}
    given = [option for option, name in answers.items() if name is not None]
    if len(given) > 1:
        raise UsageError(
            f"{' and '.join(given)} are both given", where=where, remedy="A pair has one answer: name one column"
        )
    texts = [("--first", asked.first), ("--second", asked.second), *answers.items()]
    seen: dict[str, str] = {}
    for option, name in texts:
        if name is not None and name in seen:
            raise UsageError(
                f"column {name!r} is named by {seen[name]} and {option}", where=where, remedy="Name two columns"
            )
        if name is not None:
            seen[name] = option


def _kind_asked(asked: Asked) -> PairAnswer | None:
    if asked.score is not None:
        return "score"
    return None if asked.relevance is None else "relevance"


def _texts(table: pa.Table, free: Sequence[str], asked: Asked, where: str) -> tuple[str, str, str]:
    """The two text columns and how they were told."""
    if asked.first is not None and asked.second is not None:
        return asked.first, asked.second, "as asked"
    given = [name for name in (asked.first, asked.second) if name is not None]
    taken = [name for name in table.column_names if name not in free and name not in given]
    pair = _pair_by_name(table, taken, (*_PAIR_NAMES, *_ASKED_NAMES), asked)
    if pair is not None:
        return *pair, "by their names"
    texts = [name for name, _ in _text_like(table, free)]
    if len(texts) + len(given) != 2:
        found = f"{len(texts)} columns could be" if texts else "no column looks like"
        option = "--second" if asked.first is not None else "--first"
        listed = ", ".join(table.column_names)
        if given:
            raise UsageError(
                f"{found} the other text of the pair", where=where, remedy=f"Name it with {option}; columns: {listed}"
            )
        raise UsageError(
            f"{found} {'one of the two texts' if texts else 'a text'} of a pair",
            where=where,
            remedy=f"Name both with --first and --second; columns: {listed}",
        )
    texts.sort(key=table.column_names.index)
    first = asked.first or texts.pop(0)
    return first, asked.second or texts[0], "by their content"


def _pair_by_name(
    table: pa.Table, taken: Sequence[str], pairs: Sequence[tuple[str, str]], asked: Asked | None = None
) -> tuple[str, str] | None:
    """The two columns whose names are those of a pair."""
    names: dict[str, str] = {}
    for name in table.column_names:
        if name not in taken:
            names.setdefault(folded(name), name)
    for first, second in pairs:
        if first in names and second in names:
            found = names[first], names[second]
            if asked is None or (asked.first in (None, found[0]) and asked.second in (None, found[1])):
                return found
    return None


def _like_texts(table: pa.Table, taken: Sequence[str]) -> tuple[str, str] | None:
    """Two columns of texts of like length where there is nothing else but short columns."""
    texts = _text_like(table, [name for name in table.column_names if name not in taken])
    if len(texts) != 2 or min(texts[0][1], texts[1][1]) < _LIKE_LENGTH * max(texts[0][1], texts[1][1]):
        return None
    return texts[0][0], texts[1][0]


def _text_like(table: pa.Table, free: Sequence[str]) -> list[tuple[str, float]]:
    """The columns of many different texts that are no numbers and no identifiers, with their mean lengths."""
    lengths = content_lengths(table, free)
    return [
        (name, length)
        for name, length in lengths.items()
        if length >= _WORDS and not is_numeric(table, name) and 5 * distinct_values(table, name) >= table.num_rows
    ]


def _answer(
    table: pa.Table, free: Sequence[str], asked: Asked, label: str | None, where: str
) -> tuple[str, PairAnswer, str]:
    """The column of the answer, its kind, and how it was told; no reason where it was named."""
    if (kind := _kind_asked(asked)) is not None:
        return (asked.score or asked.relevance or ""), kind, ""
    if label is not None:
        return label, "label", ""
    scores = [name for name in free if folded(name) in _SCORE_NAMES and _is_scale(table, name)]
    named, why = label_by_name(table, [name for name in free if name not in scores], where)
    if named is not None:
        return (named, "score", _DECIMALS) if _decimals(table, named) else (named, "label", why)
    if len(scores) > 1:
        raise ambiguous(table, scores, "score", where)
    if scores:
        return scores[0], "score", "by its name"
    decimals = [name for name in free if _decimals(table, name)]
    if len(decimals) == 1:
        return decimals[0], "score", _DECIMALS
    named, why = label_by_content(table, free, where)
    if named is None:
        raise UsageError(
            "no column looks like a label or a score of the pairs",
            where=where,
            remedy=f"Name it with --label or --score; columns found: {', '.join(table.column_names)}",
        )
    return named, "label", why


def _is_scale(table: pa.Table, name: str) -> bool:
    """Whether a column holds numbers, and not two of them only, which are rather a yes and a no."""
    values = _numbers(table, name)
    return bool(values) and (_decimals(table, name) or len(set(values)) > 2)


def _decimals(table: pa.Table, name: str) -> bool:
    """Whether a column holds numbers of which some are not whole: a scale, and not the names of classes."""
    return any(value % 1 for value in _numbers(table, name))


def _numbers(table: pa.Table, name: str) -> list[float]:
    """The first values of a column that holds numbers and nothing else; no value where it holds something else."""
    kind = table.schema.field(name).type
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or is_numeric(table, name)):
        return []
    values = (float(value) for value in table.column(name).slice(0, 1000).to_pylist() if value not in (None, ""))
    return [value for value in values if math.isfinite(value)]
