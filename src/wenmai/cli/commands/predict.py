"""wenmai predict: what a bundle says of texts, of a table, or of a stream of lines."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from wenmai.cli.options import OUTPUT, BundleArgument, Delimiter, Encoding, Format, TextColumns, UnsureBelow
from wenmai.cli.pair_options import FirstColumn, SecondColumn
from wenmai.cli.precision_option import PrecisionOption
from wenmai.cli.tag_options import HtmlFile
from wenmai.core.errors import UsageError

if TYPE_CHECKING:
    from wenmai.bundle import Bundle
    from wenmai.bundle.table import Columns
    from wenmai.cli.loading import Source
    from wenmai.data.dataset import Inputs
    from wenmai.data.write import TextKind

STREAM = "-"

Write = Callable[[Sequence[str], Sequence[Any]], str]
"""From some texts and their predictions to what is printed of them."""


def predict(
    bundle: BundleArgument,
    texts: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="TEXT",
            help="Texts; of a bundle for pairs, two by two. - reads lines of standard input: a text each, or two with "
            "a tab between.",
            show_default=False,
        ),
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
    first: FirstColumn = None,
    second: SecondColumn = None,
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
    html: HtmlFile = None,
    unsure_below: UnsureBelow = None,
    precision: PrecisionOption = None,
    output: Annotated[
        Format | None,
        typer.Option(
            "--format",
            metavar="table|json|csv",
            help="json is one object a line; table, where it is piped, is label, score, unsure if asked for, and text "
            "parted by tabs.",
            show_default="csv with --file, otherwise table",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
) -> None:
    """Predict with a bundle: texts, a table, or lines as they come; pairs of texts where the bundle reads pairs.

    With --unsure-below every row says in a field or column `unsure` whether a person should read it: true where the
    model gives its own answer (with several labels a row, all its decisions at once) a lower probability.
    """
    given = [what for what, present in (("TEXT", bool(texts)), ("--file", file is not None)) if present]
    if len(given) != 1:
        found = "texts and --file are both given" if given else "nothing to predict is given"
        raise UsageError(found, remedy="Give texts, or --file FILE, or - to read lines from standard input")
    if file is None and (first or second):
        raise UsageError("--first and --second go with --file", remedy="Give the two texts after each other")
    _check(texts, file, text, out, explain)
    from wenmai.bundle import load_bundle

    loaded = load_bundle(bundle)
    if precision is not None:
        loaded = loaded.prepared(precision.value)
    if loaded.task.kind == "tag":
        _tagged(loaded, texts or [], file, text, (encoding, delimiter), out, explain, html, unsure_below, output)
        return
    if html is not None:
        raise UsageError("--html marks what a tagger found, and this bundle gives labels", remedy="Leave it out")
    pair = loaded.task.kind == "pair"
    if pair:
        _check_pair(text, explain)
    elif first is not None or second is not None:
        raise UsageError("--first and --second name the texts of pairs", remedy="Name the text column with --text")
    elif loaded.task.kind != "classify":
        if unsure_below is not None:
            raise UsageError(f"what {loaded.recipe.member} says has no probability", remedy="Leave out --unsure-below")
        if output is not Format.JSON:
            raise UsageError(f"what {loaded.recipe.member} says is no label", remedy="Write it with --format json")
    if file is not None:
        from wenmai.cli.loading import PairOptions, Source

        columns = PairOptions(first, second)
        source = Source(file, text=text, encoding=encoding, delimiter=delimiter, labelled=False, pair=columns)
        _table(loaded, source, out, output or Format.CSV, unsure_below)
    elif pair:
        from wenmai.cli.pair_predicting import predict_pair_lines, predict_pairs

        if texts == [STREAM]:
            predict_pair_lines(loaded, encoding, output or Format.TABLE, unsure_below)
        else:
            predict_pairs(loaded, texts or [], output or Format.TABLE, unsure_below)
    elif texts == [STREAM]:
        _stream(loaded, encoding, output or Format.TABLE, unsure_below)
    else:
        _texts(loaded, texts or [], output or Format.TABLE, explain, unsure_below)
    _tell_what_was_cut(loaded)


def _tell_what_was_cut(bundle: Bundle) -> None:
    """Say of how many texts only the beginning was read."""
    from wenmai.cli.output import note
    from wenmai.models.abilities import CountsReading

    if isinstance(bundle.model, CountsReading):
        cut = bundle.model.reading.note(bundle.pipeline.config.max_pieces)
        note(*(() if cut is None else (cut,)))


def _tagged(
    bundle: Bundle,
    texts: list[str],
    file: str | None,
    text: list[str] | None,
    reading: tuple[str | None, str | None],
    out: Path | None,
    explain: bool | None,
    html: Path | None,
    unsure_below: float | None,
    output: Format | None,
) -> None:
    """A tagger's predictions of texts, of a file, or of lines as they come."""
    from wenmai.cli.loading import Source
    from wenmai.cli.stream import line_batches
    from wenmai.cli.tag_predicting import check_tag_options, predict_tags, texts_of

    check_tag_options(explain=explain, out=out is not None)
    encoding, delimiter = reading
    batches: Iterable[Sequence[str] | Inputs] = [texts]
    if file is not None:
        source = Source(file, text=text, encoding=encoding, delimiter=delimiter, labelled=False)
        batches = texts_of(source, bundle)
    elif texts == [STREAM]:
        batches = line_batches(encoding=encoding)
    predict_tags(bundle, batches, output or Format.TABLE, html=html, unsure_below=unsure_below)


def _check_pair(text: list[str] | None, explain: bool | None) -> None:
    """Refuse what goes with single texts."""
    if text:
        raise UsageError("--text names one text, and this bundle reads pairs", remedy="Name --first and --second")
    if explain:
        raise UsageError("--explain marks words of single texts", remedy="Leave out --explain")


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


def _texts(bundle: Bundle, texts: list[str], output: Format, explain: bool | None, unsure_below: float | None) -> None:
    predictions: list[Any] = bundle.predict(texts)
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
            if unsure_below is not None and prediction.confidence < unsure_below:
                show(f"  unsure: {prediction.confidence:.1%} to be right")
        return
    write = _writer(bundle, output, unsure_below)
    if output is Format.JSON and explain:
        write = _explained(bundle, unsure_below)
    sys.stdout.write(_header(bundle, output, unsure_below) + write(texts, predictions))


def _stream(bundle: Bundle, encoding: str | None, output: Format, unsure_below: float | None) -> None:
    from wenmai.cli.stream import line_batches

    write = _writer(bundle, output, unsure_below)
    out = sys.stdout
    out.write(_header(bundle, output, unsure_below))
    empty = 0
    for lines in line_batches(encoding=encoding):
        out.write(write(lines, bundle.predict(lines)))
        out.flush()
        empty += sum(not line or line.isspace() for line in lines)
    if empty:
        sys.stderr.write(f"{empty:,} empty lines: their predictions say only what is likely before reading\n")


def _table(bundle: Bundle, source: Source, out: Path | None, output: Format, unsure_below: float | None) -> None:
    from wenmai.bundle.table import added_columns, predicted_tables
    from wenmai.cli.output import note
    from wenmai.data.write import kind_of, write_table, write_text

    if out is not None:
        kind_of(out)  # A wrong ending is refused before anything is read.
    loaded = source.load_for(bundle)
    if loaded.splits is not None:
        raise UsageError("the folder holds several parts", where=source.data, remedy="Name one of its files")
    columns = added_columns(bundle, loaded.dataset.table.column_names, unsure=unsure_below is not None)
    note(*loaded.notes)
    note(*(f"There is a column {name!r} already: the new one is {new!r}" for name, new in columns.renamed.items()))
    tables = predicted_tables(bundle, loaded.dataset, columns, unsure_below=unsure_below or 0.0)
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
    said = [columns.label, columns.score, columns.unsure]
    return table.select([*(name for name in said if name is not None), *text])


def _header(bundle: Bundle, output: Format, unsure_below: float | None) -> str:
    """The first line: in CSV the names of the columns, otherwise none."""
    if output is not Format.CSV:
        return ""
    from wenmai.bundle.table import added_columns

    columns = added_columns(bundle, ["text"], unsure=unsure_below is not None)
    doubt = [columns.unsure] if columns.unsure else []
    return _csv([["text", columns.label, columns.score, *doubt, *columns.probabilities.values()]])


def _writer(bundle: Bundle, output: Format, unsure_below: float | None) -> Write:
    labels = bundle.task.head().names
    if output is Format.JSON:
        return lambda texts, predictions: "".join(
            _object(text, one, unsure_below) for text, one in zip(texts, predictions, strict=True)
        )
    if output is Format.CSV:
        return lambda texts, predictions: _csv(
            [text, _label(one), one.score, *_doubt(one, unsure_below), *(one.probabilities[name] for name in labels)]
            for text, one in zip(texts, predictions, strict=True)
        )
    return lambda texts, predictions: _tabs(texts, predictions, unsure_below)


def _doubt(prediction: Any, unsure_below: float | None) -> list[str]:
    """Whether the row is unsure, as a table writes it; nothing where that is not asked for."""
    if unsure_below is None:
        return []
    return ["true" if prediction.confidence < unsure_below else "false"]


def _tabs(texts: Sequence[str], predictions: Sequence[Any], unsure_below: float | None) -> str:
    lines = []
    for text, one in zip(texts, predictions, strict=True):
        if "\n" in text or "\r" in text:  # One result a line, whatever a text on the command line holds.
            text = " ".join(text.split())
        label = _label(one)
        if any(character in label for character in "\n\r\t"):
            label = " ".join(label.split())
        lines.append("\t".join([label, f"{one.score:.6f}", *_doubt(one, unsure_below), text]) + "\n")
    return "".join(lines)


def _object(text: str, prediction: Any, unsure_below: float | None, **more: Any) -> str:
    """A line of JSON."""
    doubt = {} if unsure_below is None else {"unsure": prediction.confidence < unsure_below}
    return json.dumps({"text": text, **prediction.to_dict(), **doubt, **more}, ensure_ascii=False) + "\n"


def _explained(bundle: Bundle, unsure_below: float | None) -> Write:
    from wenmai.cli.explaining import deciding_spans

    def write(texts: Sequence[str], predictions: Sequence[Any]) -> str:
        lines = []
        for text, one in zip(texts, predictions, strict=True):
            words = deciding_spans(text, bundle.explain(text)) if text.strip() else []
            lines.append(_object(text, one, unsure_below, words=words))
        return "".join(lines)

    return write


def _label(prediction: Any) -> str:
    return prediction.label if len(prediction.labels) == 1 else ",".join(prediction.labels)


def _csv(rows: Iterable[Sequence[Any]]) -> str:
    import io

    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
