"""`wenmai predict` with a tagger: what it found marked in the texts, in the terminal, as JSON or CSV, or as a page."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenmai.cli.options import Format
from wenmai.core.errors import UsageError
from wenmai.data.dataset import Inputs

if TYPE_CHECKING:
    from rich.text import Text

    from wenmai.bundle import Bundle
    from wenmai.cli.loading import Source
    from wenmai.tasks.tag_predictions import TagPrediction

_COLUMNS = ("text", "start", "end", "label", "piece", "score")
_INTENT_COLUMNS = ("intent", "intent_score")


def check_tag_options(*, explain: bool | None, out: bool) -> None:
    """Refuse options that a tagger has no use for.

    Raises:
        UsageError: saying what to use instead.
    """
    if explain:
        raise UsageError("a tagger cannot say which words decided", remedy="Leave out --explain")
    if out:
        raise UsageError("--out writes labels", remedy="Redirect the output: wenmai predict BUNDLE --file FILE > FILE")


def predict_tags(
    bundle: Bundle,
    batches: Iterable[Sequence[str] | Inputs],
    output: Format,
    *,
    html: Path | None = None,
    unsure_below: float | None = None,
) -> None:
    """Print what a tagger found in batches of texts, as they come; write it as a page too where one is asked for."""
    kept: list[TagPrediction] = []
    number = 0
    if output is Format.CSV:
        intents = _INTENT_COLUMNS if bundle.task.head().intents else ()
        sys.stdout.write(_csv([(*_COLUMNS, *intents, *(["unsure"] if unsure_below is not None else []))]))
    for texts in batches:
        predictions: list[Any] = bundle.predict(texts if isinstance(texts, Inputs) else list(texts))
        _print(predictions, output, number, unsure_below)
        number += len(predictions)
        if html is not None:
            kept += predictions
    if html is not None:
        _write_page(bundle, kept, html, unsure_below)


def texts_of(source: Source, bundle: Bundle) -> Iterator[Inputs]:
    """The texts of a file, a batch at a time: a column of a table, lines, or tagged text with its own tokens.

    Raises:
        UsageError: where the file has no text.
    """
    return source.load_for(bundle).dataset.batches()


def _print(predictions: Sequence[TagPrediction], output: Format, before: int, unsure_below: float | None) -> None:
    if output is Format.JSON:
        sys.stdout.write("".join(_object(one, unsure_below) for one in predictions))
    elif output is Format.CSV:
        rows = enumerate(predictions, before + 1)
        sys.stdout.write(_csv(row for number, one in rows for row in _rows(number, one, unsure_below)))
    elif sys.stdout.isatty():
        from wenmai.cli.output import show

        show(*(marked(one, unsure_below) for one in predictions))
    else:
        sys.stdout.write("".join(f"{written(one)}\n" for one in predictions))
    sys.stdout.flush()


def marked(prediction: TagPrediction, unsure_below: float | None = None) -> Text:
    """A text with what was found in colours, and the type after it."""
    from rich.text import Text

    from wenmai.viz.highlights import colours_of

    colours = colours_of(piece.label for piece in prediction.pieces)
    text, at = Text(), 0
    if prediction.intent is not None:
        text.append(f"{prediction.intent}", "bold")
        text.append(": ")
    for number, piece in enumerate(prediction.pieces):
        text.append(prediction.text[at : piece.start])
        colour = colours[piece.label] if piece.label else ("#a5d8ff", "#ffd8a8")[number % 2]
        style = f"#212529 on {colour}"
        text.append(piece.text, style)
        if piece.label:
            text.append(f" {piece.label}", f"{style} italic")
        if unsure_below is not None and piece.score < unsure_below:
            text.append(f" {piece.score:.0%}?", "bold red")
        at = piece.end
    text.append(prediction.text[at:])
    return text


def written(prediction: TagPrediction) -> str:
    """A text on one line without colours: words parted by spaces, ``word/tag``, or ``[name TYPE]``; an intent first."""
    intent = "" if prediction.intent is None else f"{prediction.intent}: "
    return intent + _written(prediction)


def _written(prediction: TagPrediction) -> str:
    text, pieces = prediction.text, prediction.pieces
    if pieces and not any(piece.label for piece in pieces):
        return " ".join(piece.text for piece in pieces)
    if len(pieces) == len(prediction.tags) and all(
        piece.label == tag for piece, tag in zip(pieces, prediction.tags, strict=True)
    ):
        return " ".join(f"{piece.text}/{piece.label}" for piece in pieces)
    parts, at = [], 0
    for piece in pieces:
        parts += [text[at : piece.start], f"[{piece.text} {piece.label}]"]
        at = piece.end
    return " ".join("".join([*parts, text[at:]]).split("\n"))


def _rows(number: int, prediction: TagPrediction, unsure_below: float | None) -> Iterator[tuple[object, ...]]:
    intent = () if prediction.intent is None else (prediction.intent, prediction.intent_score)

    def doubt(score: float) -> tuple[str, ...]:
        return () if unsure_below is None else ("true" if score < unsure_below else "false",)

    for piece in prediction.pieces:
        yield (number, piece.start, piece.end, piece.label, piece.text, piece.score, *intent, *doubt(piece.score))
    if intent and not prediction.pieces:  # A sentence without slots has its intent all the same.
        yield (number, *[""] * (len(_COLUMNS) - 1), *intent, *doubt(prediction.confidence))


def _object(prediction: TagPrediction, unsure_below: float | None) -> str:
    doubt = {} if unsure_below is None else {"unsure": prediction.confidence < unsure_below}
    values = {"text": prediction.text, **prediction.to_dict(), **doubt}
    return json.dumps(values, ensure_ascii=False) + "\n"


def _csv(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


def _write_page(bundle: Bundle, predictions: Sequence[TagPrediction], path: Path, unsure_below: float | None) -> None:
    from wenmai.cli.output import note
    from wenmai.core.io import write_atomic
    from wenmai.viz.highlights import Highlight, highlight_page

    texts = [
        (one.text, [Highlight(piece.start, piece.end, piece.label, piece.score) for piece in one.pieces])
        for one in predictions
    ]
    title, headings = f"{bundle.recipe.member}: what it found", [one.intent or "" for one in predictions]
    write_atomic(path, highlight_page(title, texts, headings=headings, unsure_below=unsure_below))
    note(f"Page: {path}")
