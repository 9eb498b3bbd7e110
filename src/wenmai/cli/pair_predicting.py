"""`wenmai predict` with a bundle for pairs of texts: two texts after each other, or lines of two with a tab between."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from wenmai.cli.options import Format
from wenmai.core.errors import DataError, UsageError

if TYPE_CHECKING:
    from wenmai.bundle import Bundle

NAMES = ("first", "second")


def predict_pairs(bundle: Bundle, texts: Sequence[str], output: Format, unsure_below: float | None) -> None:
    """Predict texts that stand two by two on the command line.

    Raises:
        UsageError: for a text without its partner, and for doubt about what has no probability.
    """
    if len(texts) % 2:
        one = len(texts) == 1
        raise UsageError(
            "one text is given, and this bundle reads pairs" if one else f"{len(texts)} texts do not make pairs",
            remedy='Give two texts after each other: wenmai predict BUNDLE "first text" "second text"',
        )
    first, second = list(texts[::2]), list(texts[1::2])
    _write(bundle, [(first, second)], output, unsure_below, named="pair")


def predict_pair_lines(bundle: Bundle, encoding: str | None, output: Format, unsure_below: float | None) -> None:
    """Predict lines of standard input as they come, each two texts with a tab between.

    Raises:
        DataError: for a line that is not two texts.
    """
    _write(bundle, _line_pairs(encoding), output, unsure_below, named="line")


def _line_pairs(encoding: str | None) -> Iterator[tuple[list[str], list[str]]]:
    from wenmai.cli.stream import STANDARD_INPUT, line_batches

    number = 0
    for lines in line_batches(encoding=encoding):
        first, second = [], []
        for line in lines:
            number += 1
            cells = line.split("\t")
            if len(cells) != len(NAMES):
                found = "one text" if len(cells) == 1 else f"{len(cells)} fields"
                raise DataError(
                    f"{found} where two texts are expected",
                    where=f"{STANDARD_INPUT}:{number}",
                    remedy="Write the two texts of a pair on a line, with a tab between",
                )
            first.append(cells[0])
            second.append(cells[1])
        yield first, second


def _write(
    bundle: Bundle,
    batches: Iterable[tuple[list[str], list[str]]],
    output: Format,
    unsure_below: float | None,
    *,
    named: str,
) -> None:
    from wenmai.bundle.table import added_columns
    from wenmai.data.dataset import Inputs

    columns = added_columns(bundle, NAMES, unsure=unsure_below is not None)
    given = (columns.label, columns.score, columns.unsure, *columns.probabilities.values())
    added = [name for name in given if name is not None]
    terminal = output is Format.TABLE and sys.stdout.isatty()
    rows: list[tuple[str, ...]] = []
    if output is Format.CSV:
        sys.stdout.write(_csv([[*NAMES, *added]]))
    number = 0
    for first, second in batches:
        for one, other, prediction in zip(first, second, bundle.predict(Inputs(first, second)), strict=True):
            number += 1
            if (said := getattr(prediction, "note", None)) is not None:
                sys.stderr.write(f"{named} {number}: {said}; little can be said of it\n")
            if terminal:
                rows.append((*_brief(prediction, unsure_below), one, other))
            else:
                sys.stdout.write(_line(one, other, prediction, output, unsure_below))
        sys.stdout.flush()
    if terminal:
        _show(rows, added[: len(rows[0]) - 2] if rows else [])


def _line(first: str, second: str, prediction: Any, output: Format, unsure_below: float | None) -> str:
    values = prediction.to_dict()
    if output is Format.JSON:
        doubt = {} if unsure_below is None else {"unsure": prediction.confidence < unsure_below}
        return json.dumps({"first": first, "second": second, **values, **doubt}, ensure_ascii=False) + "\n"
    if output is Format.CSV:
        label = [values["label"]] if "label" in values else []
        probabilities = list(values.get("probabilities", {}).values())
        doubt_cell = _brief(prediction, unsure_below)[len(label) + 1 :]
        return _csv([[first, second, *label, values["score"], *doubt_cell, *probabilities]])
    cells = (" ".join(cell.split()) for cell in chain(_brief(prediction, unsure_below), (first, second)))
    return "\t".join(cells) + "\n"


def _brief(prediction: Any, unsure_below: float | None) -> tuple[str, ...]:
    """Label, score, and whether it is unsure, as far as there are such."""
    values = prediction.to_dict()
    label = (values["label"],) if "label" in values else ()
    doubt = () if unsure_below is None else ("true" if prediction.confidence < unsure_below else "false",)
    return (*label, f"{values['score']:.6f}", *doubt)


def _show(rows: Sequence[tuple[str, ...]], added: Sequence[str]) -> None:
    from wenmai.cli.output import Column, show_table

    columns = [*(Column(name) for name in added), *(Column(name, wrap=True) for name in NAMES)]
    show_table("", columns, rows)


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
