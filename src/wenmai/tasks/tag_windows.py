"""Texts longer than a model reads: overlapping windows, joined where no span of either is cut.

Letters of the shapes: T tokens of a row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.batches.windows import windows
from wenmai.core.tags import Scheme, TagSpan, spans_of, tags_of
from wenmai.data.dataset import Inputs
from wenmai.models.contract import LimitsLength, Model, Outputs

Rows = NDArray[np.float64]


def in_windows(model: Model, inputs: Inputs, names: Sequence[str], scheme: Scheme) -> Outputs:
    """What a tagger says of a batch whose rows have tokens, none of which is left out.

    Args:
        model: reads rows of any length, or is one that `LimitsLength`.
        inputs: with tokens.
        names: of the tags, in the order of their numbers; scheme: how they stand for spans.
    """
    if not isinstance(model, LimitsLength) or inputs.tokens is None:
        return model.outputs(inputs)
    stretches = [list(windows(model.lengths(row), model.max_length)) for row in inputs.tokens]
    if all(len(one) <= 1 for one in stretches):
        return model.outputs(inputs)
    pieces = _cut(inputs.tokens, stretches)
    beside = {name: _cut(rows, stretches) for name, rows in inputs.factors.items()}
    found = list(model.outputs(Inputs([" ".join(piece) for piece in pieces], tokens=pieces, factors=beside)))
    joined: list[Any] = []
    for row, cuts in zip(inputs.tokens, stretches, strict=True):
        own, found = found[: len(cuts)], found[len(cuts) :]
        joined.append(join(own, cuts, names, scheme) if cuts else np.zeros((len(row), 2)))
    return joined


def _cut(rows: Sequence[Sequence[str]], stretches: Sequence[Sequence[tuple[int, int]]]) -> list[list[str]]:
    """The stretches of rows, row after row."""
    return [list(row[a:b]) for row, cuts in zip(rows, stretches, strict=True) for a, b in cuts]


def join(parts: Sequence[Rows], cuts: Sequence[tuple[int, int]], names: Sequence[str], scheme: Scheme) -> Rows:
    """The outputs of overlapping windows as those of the whole row [T, 2].

    Two neighbours are joined as near to the middle of what both read as a place is at which both end or begin their
    spans, or have none. Where there is no such place, the two spans there become one of the first one's type.
    """
    whole = parts[0]
    for part, (start, stop) in zip(parts[1:], cuts[1:], strict=True):
        end = len(whole)
        middle = (start + end) // 2
        clean = [
            at
            for at in range(start, end + 1)
            if not _crossed(whole, at, names, scheme) and not _crossed(part, at - start, names, scheme)
        ]
        if clean:
            at = min(clean, key=lambda one: abs(one - middle))
            whole = np.concatenate([whole[:at], part[at - start :]])
        else:
            whole = _merged(whole, part, (start, middle, stop), names, scheme)
    return whole


def _crossed(rows: Rows, at: int, names: Sequence[str], scheme: Scheme) -> bool:
    """Whether a span goes on over the place before the token; the edges of what was read are none."""
    if not 0 < at < len(rows):
        return False
    tags = _tags(rows, names)
    return any(span.start < at < span.stop for span in spans_of(tags, scheme))


def _merged(whole: Rows, part: Rows, places: tuple[int, int, int], names: Sequence[str], scheme: Scheme) -> Rows:
    start, middle, stop = places
    before = spans_of(_tags(whole, names), scheme)
    after = [TagSpan(one.start + start, one.stop + start, one.label) for one in spans_of(_tags(part, names), scheme)]
    first = next((one for one in before if one.start < middle < one.stop), None)
    second = next((one for one in after if one.start < middle < one.stop), None)
    joint = TagSpan(
        min(one.start for one in (first, second) if one), max(one.stop for one in (first, second) if one), ""
    )
    label = first.label if first is not None else second.label if second is not None else ""
    spans = [
        *(one for one in before if one.stop <= joint.start),
        joint._replace(label=label),
        *(one for one in after if one.start >= joint.stop),
    ]
    sure = np.concatenate([whole[:middle, 1], part[middle - start :, 1]])
    for one in spans:
        sure[one.start : one.stop] = sure[one.start : one.stop].min()
    numbers = {name: number for number, name in enumerate(names)}
    path = [numbers[tag] for tag in tags_of(spans, stop, scheme)]
    return np.column_stack([np.array(path, np.float64), sure])


def _tags(rows: Rows, names: Sequence[str]) -> list[str]:
    return [names[number] for number in rows[:, 0].astype(np.int64).tolist()]
