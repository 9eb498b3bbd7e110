"""wenmai predict: what a bundle says of texts, of a table, or of a stream of lines."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wenmai.cli.options import OUTPUT, BundleArgument, Delimiter, Encoding, Format, TextColumns
from wenmai.core.errors import UsageError

if TYPE_CHECKING:
    from wenmai.bundle import Bundle
    from wenmai.bundle.table import Columns
    from wenmai.cli.loading import Source
    from wenmai.data.write import TextKind

STREAM = "-"

Write = Callable[[Sequence[str], Sequence[Any]], str]
"""From some texts and their predictions to what is printed of them."""


def predict(
    bundle: BundleArgument,
    texts: Annotated[
        list[str] | None,
        typer.Argument(metavar="TEXT", help="Texts; - reads one a line from standard input.", show_default=False),
    ] = None,
    file: Annotated[
        str | None,
        typer.Option(
            "--file",
            metavar="FILE",
            help="A table: its columns are kept, and label, score and p_LABEL are added.",
            show_default=False,
        ),
    ] = None,
    text: TextColumns = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    explain: Annotated[
        bool | None,
        typer.Option(
            "--explain/--no-explain",
            help="Mark the words that decided.",
            show_default="for texts on a terminal",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FILE",
            help="With --file: write CSV, TSV, JSONL or Parquet, by the ending.",
            show_default="standard output",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    output: Annotated[
        Format | None,
        typer.Option(
            "--format",
            metavar="table|json|csv",
            help="json is one object a line; table, where it is piped, is label, score and text parted by tabs.",
            show_default="csv with --file, otherwise table",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
) -> None:
    """Predict with a bundle: texts, a table, or lines as they come."""
    given = [what for what, present in (("TEXT", bool(texts)), ("--file", file is not None)) if present]
    if len(given) != 1:
        found = "texts and --file are both given" if given else "nothing to predict is given"
        raise UsageError(found, remedy="Give texts, or --file FILE, or - to read lines from standard input")
    _check(texts, file, text, out, explain)
    from wenmai.bundle import load_bundle

    loaded = load_bundle(bundle)
    if loaded.task.kind != "classify" and output is not Format.JSON:
        raise UsageError(f"what {loaded.recipe.member} says is no label", remedy="Write it with --format json")
    if file is not None:
        from wenmai.cli.loading import Source

        source = Source(file, text=text, encoding=encoding, delimiter=delimiter, labelled=False)
        _table(loaded, source, out, output or Format.CSV)
    elif texts == [STREAM]:
        _stream(loaded, encoding, output or Format.TABLE)
    else:
        _texts(loaded, texts or [], output or Format.TABLE, explain)


def _check(
    texts: list[str] | None, file: str | None, text: list[str] | None, out: Path | None, explain: bool | None
) -> None:
    """Refuse options that would do nothing, and texts that are none."""
    stream = bool(texts) and STREAM in (texts or ())
    if stream and len(texts or ()) > 1:
        raise UsageError("- stands among other texts", remedy="Give - alone, or texts alone")
    if file is None and (text or out is not None):
        raise UsageError("--text and --out go with --file", remedy="Leave them out, or name the table with --file")
    if explain and (file is not None or stream):
        raise UsageError("--explain goes with texts on the command line", remedy="Leave out --explain")

    for number, one in enumerate(texts or (), 1):
        # Python hands bytes that are not UTF-8 through as halves of surrogate pairs.
        if not one.isascii() and any("\ud800" <= character <= "\udfff" for character in one):
            raise UsageError(f"text {number} holds bytes that are not UTF-8", remedy="Give it by - with --encoding")


def _texts(bundle: Bundle, texts: list[str], output: Format, explain: bool | None) -> None:
    predictions = bundle.predict(texts)
    for number, prediction in enumerate(predictions, 1):
        if (said := getattr(prediction, "note", None)) is not None:
            sys.stderr.write(f"text {number}: {said}; the prediction says only what is likely before reading\n")
    terminal = sys.stdout.isatty()
    if output is Format.TABLE and (terminal or explain):
        from wenmai.cli.explaining import described
        from wenmai.cli.output import show

        shown = bundle.explains if explain is None else explain
        for number, (text, prediction) in enumerate(zip(texts, predictions, strict=True)):
            show(*([""] if number else []), *described(bundle, text, prediction, explain=shown and bool(text.strip())))
        return
    write = _writer(bundle, output)
    if output is Format.JSON and explain:
        write = _explained(bundle)
    sys.stdout.write(_header(bundle, output) + write(texts, predictions))


def _stream(bundle: Bundle, encoding: str | None, output: Format) -> None:
    from wenmai.cli.stream import line_batches

    write = _writer(bundle, output)
    out = sys.stdout
    out.write(_header(bundle, output))
    empty = 0
    for lines in line_batches(encoding=encoding):
        out.write(write(lines, bundle.predict(lines)))
        out.flush()
        empty += sum(not line or line.isspace() for line in lines)
    if empty:
        sys.stderr.write(f"{empty:,} empty lines: their predictions say only what is likely before reading\n")


def _table(bundle: Bundle, source: Source, out: Path | None, output: Format) -> None:
    from wenmai.bundle.table import added_columns, predicted_tables
    from wenmai.cli.output import note
    from wenmai.data.write import kind_of, write_table, write_text

    if out is not None:
        kind_of(out)  # A wrong ending is refused before anything is read.
    loaded = source.load_for(bundle)
    if loaded.splits is not None:
        raise UsageError("the folder holds several parts", where=source.data, remedy="Name one of its files")
    columns = added_columns(bundle, loaded.dataset.table.column_names)
    note(*loaded.notes)
    note(*(f"There is a column {name!r} already: the new one is {new!r}" for name, new in columns.renamed.items()))
    tables = predicted_tables(bundle, loaded.dataset, columns)
    if out is not None:
        rows = write_table(tables, out)
        note(f"{rows:,} rows written to {out}")
    elif output is Format.TABLE:
        names = loaded.dataset.schema.required()
        write_text((_brief(table, names, columns) for table in tables), sys.stdout, "tsv")
    else:
        kind: TextKind = "jsonl" if output is Format.JSON else "csv"
        write_text(tables, sys.stdout, kind)


def _brief(table: Any, text: Sequence[str], columns: Columns) -> Any:
    return table.select([columns.label, columns.score, *text])


def _header(bundle: Bundle, output: Format) -> str:
    """The first line: in CSV the names of the columns, otherwise none."""
    if output is not Format.CSV:
        return ""
    from wenmai.bundle.table import added_columns

    columns = added_columns(bundle, ["text"])
    return _csv([["text", columns.label, columns.score, *columns.probabilities.values()]])


def _writer(bundle: Bundle, output: Format) -> Write:
    labels = bundle.task.head().names
    if output is Format.JSON:
        return _json
    if output is Format.CSV:
        return lambda texts, predictions: _csv(
            [text, _label(one), one.score, *(one.probabilities[label] for label in labels)]
            for text, one in zip(texts, predictions, strict=True)
        )
    return _tabs


def _tabs(texts: Sequence[str], predictions: Sequence[Any]) -> str:
    lines = []
    for text, one in zip(texts, predictions, strict=True):
        if "\n" in text or "\r" in text:  # One result a line, whatever a text on the command line holds.
            text = " ".join(text.split())
        label = _label(one)
        if any(character in label for character in "\n\r\t"):
            label = " ".join(label.split())
        lines.append(f"{label}\t{one.score:.6f}\t{text}\n")
    return "".join(lines)


def _json(texts: Sequence[str], predictions: Sequence[Any]) -> str:
    return "".join(
        json.dumps({"text": text, **one.to_dict()}, ensure_ascii=False) + "\n"
        for text, one in zip(texts, predictions, strict=True)
    )


def _explained(bundle: Bundle) -> Write:
    from wenmai.cli.explaining import deciding_spans

    def write(texts: Sequence[str], predictions: Sequence[Any]) -> str:
        lines = []
        for text, one in zip(texts, predictions, strict=True):
            words = deciding_spans(text, bundle.explain(text)) if text.strip() else []
            lines.append(json.dumps({"text": text, **one.to_dict(), "words": words}, ensure_ascii=False) + "\n")
        return "".join(lines)

    return write


def _label(prediction: Any) -> str:
    return prediction.label if len(prediction.labels) == 1 else ",".join(prediction.labels)


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
