"""From a file, a folder, a frame or a hub name to a `Dataset`, saying what was detected on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from wenmai.core.errors import DataError, UsageError
from wenmai.core.schema import ClassifyColumns, EmbedColumns, Language, PairColumns, Schema
from wenmai.core.tags import Scheme
from wenmai.data.columns import check_column, choose_columns
from wenmai.data.dataset import Dataset
from wenmai.data.files import examine
from wenmai.data.labels import at_most_one, is_several, numbers, present, several_labels, single_labels
from wenmai.data.pair_columns import Asked, PairRoles, choose_pair
from wenmai.data.plain import read_lines
from wenmai.data.read import Request, read_source
from wenmai.data.records import RawTable, one_chunk
from wenmai.data.tagged.loading import TaggedData, load_tagged
from wenmai.data.tagged.rows import Layout, TagRequest
from wenmai.data.wording import counted

_LANGUAGE_ROWS = 1000
_NAMED_LINES = 3


@dataclass(frozen=True, slots=True)
class Loaded:
    """Data ready for use, and what a person should know about how it was read.

    Attributes:
        dataset: the rows; where the source is split, those of the training part.
        splits: ``train`` and ``dev`` and ``test`` as far as the source has them; None for one undivided table.
        notes: what was detected, chosen and dropped, as sentences without their full stops.
        name: what the source is called in reports: its file or folder, without the folders that hold it.
        label_separator: what stood between the labels of a row; None where nothing was said.
    """

    dataset: Dataset
    splits: dict[str, Dataset] | None
    notes: tuple[str, ...]
    name: str = "data"
    label_separator: str | None = None

    @property
    def scored_part(self) -> str | None:
        """The part that a trained model is scored on: test, or dev where there is no test; None for undivided rows."""
        if self.splits is None:
            return None
        return "test" if "test" in self.splits else "dev"

    @property
    def scored(self) -> Dataset:
        """The rows of that part; all rows where they are undivided."""
        part = self.scored_part
        return self.dataset if self.splits is None or part is None else self.splits[part]


def load(
    source: Any,
    *,
    text: str | Sequence[str] | None = None,
    label: str | None = None,
    group: str | None = None,
    label_separator: str | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
    tokens: str | None = None,
    tags: str | None = None,
    scheme: Scheme | None = None,
    convert_scheme: Scheme | None = None,
    layout: Layout | None = None,
    strict: bool = False,
    language: Language | None = None,
    factors: str | Sequence[str] = (),
    intent: str | None = None,
    labelled: bool = True,
    first: str | None = None,
    second: str | None = None,
    score: str | None = None,
    relevance: str | None = None,
    surplus: bool = False,
) -> Loaded:
    """Read texts and their labels, or pairs of texts and what is said of them, detecting whatever is not said.

    Args:
        source: a path to CSV, TSV, TXT (tab-separated, fastText, ``0 text``, one text a line), JSONL, JSON or Parquet,
            each also ``.gz``; a folder with train, dev and test files or a folder per class; a polars or pandas frame,
            a pyarrow table, a ``datasets.Dataset``, a list of dicts; ``hub:owner/name``; a mapping of parts to these.
        text: the column, or the columns to join, that hold the text.
        label: the column that holds the label.
        group: a column whose equal values keep rows on one side of a split.
        label_separator: what stands between the labels of a row that has several.
        encoding: the encoding of text files.
        delimiter: the character between the fields of CSV and TXT files.
        tokens: of tagged text, the column that holds the tokens, by name or by number from 1.
        tags: the column that holds the tags; of ``word/tag`` text what is learnt: ``tags``, ``entities`` or ``words``.
        scheme: how the tags stand for spans: ``iob1``, ``iob2``, ``bioes``, ``bmes``, ``bilou``, or ``plain``.
        convert_scheme: the scheme that they are converted into.
        layout: how tagged text is arranged: ``columns`` (CoNLL), ``spans`` (JSON), ``words`` (parted by spaces),
            ``tagged-words`` (``word/tag``), ``parallel`` (a folder of ``seq.in`` and ``seq.out``).
        strict: refuse rows without a label instead of dropping them.
        language: the language of the texts.
        factors: further columns of each token that models may read, such as its part of speech, by name or number.
        intent: of tagged text, the column of what each whole sentence wants, which is learnt together with its slots.
        labelled: False reads a table for prediction: only the text is needed, and no row is dropped.
        first: the column of the first text of a pair; second: of the second.
        score: the column that holds a number for each pair, such as how like the two texts are.
        relevance: the column that is 1 where the second text answers the first, and 0 where it does not; answers are
            then ranked by question, which is the group, or the first text.
        surplus: whether a row of a delimited file may have more fields than the first one; they are left out, and said.

    Raises:
        UsageError: no such file, an unknown ending, columns that cannot be told or are not there.
        DataError: content that cannot be used, with file, line and column.
    """
    asked = TagRequest(
        *(tokens, tags, scheme, convert_scheme, layout, encoding, language, group, strict, labelled, _names(factors)),
        intent=intent,
    )
    if asked.asked or (labelled and text is None and label is None):
        tagged = load_tagged(source, asked)
        if tagged is not None:
            return _tagged(source, tagged)
    pair = Asked(first, second, score, relevance)
    request = Request(
        *(text, label, group, label_separator, encoding, delimiter, strict, language, labelled, pair, surplus)
    )
    loaded = _finish(read_source(source, request), request)
    if isinstance(source, str | Path) and Path(source).is_dir():
        return replace(loaded, name=Path(source).resolve().name)  # and not the name of a part in it
    return loaded


def load_splits(
    train: Any,
    dev: Any = None,
    test: Any = None,
    **options: Any,
) -> Loaded:
    """Read separately given parts of a split; the columns are told from the training part.

    Args:
        train: any source that `load` reads.
        dev: what choices are made on; None where there is none.
        test: what is scored once; None where there is none.
        options: the keyword arguments of `load`.

    Raises:
        UsageError: as `load`, and when a part lacks a column of the training part.
        DataError: as `load`.
    """
    given = {"train": train, "dev": dev, "test": test}
    return load({part: source for part, source in given.items() if source is not None}, **options)


def check_loaded(data: Any) -> None:
    """Refuse what was not loaded: a path, a frame.

    Raises:
        UsageError: saying how to load it.
    """
    if not isinstance(data, Dataset | Loaded):
        raise UsageError(
            f"the data is of the type {type(data).__name__}",
            remedy='Load it first, for example: data = wenmai.load("reviews.csv")',
        )


def load_lines_by_class(
    files: Mapping[str, str | Path], *, encoding: str | None = None, language: Language | None = None
) -> Loaded:
    """Read one text a line from a file per class; blank lines are passed over.

    Args:
        files: the file of each label.
        encoding: the encoding of the files, where it should not be detected.
        language: the language of the texts, where it should not be detected.

    Raises:
        UsageError: no such file.
        DataError: content that cannot be used.
    """
    tables, notes = [], []
    for label, path in files.items():
        raw = read_lines(examine(Path(path), encoding))
        filled = pc.not_equal(pc.utf8_trim_whitespace(raw.table.column("text")), pa.scalar(""))
        lines = np.empty(0, np.int64) if raw.lines is None else raw.lines
        keep = raw.table.append_column("line", pa.array(lines)).filter(filled)
        count = keep.num_rows
        table = keep.append_column("label", pa.array([label] * count, pa.string()))
        tables.append(table.append_column("file", pa.array([str(path)] * count, pa.string())))
        notes.append(f"{path}: {raw.notes[0]}; {count} texts of the class {label!r}")
    table = pa.concat_tables(tables)
    if table.num_rows == 0:
        raise DataError("the files hold only blank lines", where=", ".join(map(str, files.values())))
    name = ", ".join(Path(path).name for path in files.values())
    request = Request(text="text", label="label", language=language)
    return _finish({"": RawTable(one_chunk(table), name, None, tuple(notes), "lines")}, request)


def _finish(parts: dict[str, RawTable], request: Request) -> Loaded:
    """Choose the columns by the training part, make the answers what they shall be, and drop the rows without one."""
    main = "train" if "train" in parts else ""
    first = parts[main]
    schema, chosen = _schema(parts, first, request)
    notes = [*first.notes, *chosen]
    used = {*schema.required(), *schema.answers(), request.group}
    unused = [name for name in first.table.column_names if name not in used]
    if unused and first.layout not in {"folders", "lines"}:  # What those hold beside text and label, wenmai added.
        notes.append(f"Columns kept but not used: {', '.join(unused)}")
    datasets = {}
    for part, raw in parts.items():
        dataset, said = _dataset(raw, schema, request)
        datasets[part] = dataset
        notes += [note for note in raw.notes if note not in notes] + said
    language = request.language or _language(datasets[main])
    notes.append(f"Language {language}{', as asked' if request.language else ''}")
    datasets = {part: replace(found, schema=schema.but(language=language)) for part, found in datasets.items()}
    name = datasets[main].name.rpartition("/")[2]
    splits = datasets if len(parts) > 1 else None
    return Loaded(datasets[main], splits, tuple(notes), name, request.label_separator)


def _schema(parts: Mapping[str, RawTable], first: RawTable, request: Request) -> tuple[Schema, tuple[str, ...]]:
    """What the columns mean, and how it was told; the language is told later."""
    pair = _pair(parts, first, request)
    if pair is not None:
        columns = PairColumns(first=pair.first, second=pair.second, label=pair.label, answer=pair.answer)
        return Schema(columns=columns, group=request.group), pair.notes
    roles = choose_columns(
        first.table,
        where=first.name,
        text=request.text,
        label=request.label if request.labelled else None,
        group=request.group,
        labelled=request.labelled,
    )
    if roles.label is None:
        return Schema(columns=EmbedColumns(text=roles.text), group=request.group), roles.notes
    several = _several(parts, roles.label, request)
    labelled = ClassifyColumns(text=roles.text, label=roles.label, several_labels=several)
    return Schema(columns=labelled, group=request.group), roles.notes


def _pair(parts: Mapping[str, RawTable], first: RawTable, request: Request) -> PairRoles | None:
    """The columns of a pair, where the rows are pairs."""
    if request.text is not None:
        if request.pair:
            raise UsageError(
                "a text and the texts of a pair are both named",
                where=first.name,
                remedy="Name --text for single texts, or --first and --second for pairs",
            )
        return None
    found = choose_pair(
        first.table,
        where=first.name,
        asked=request.pair,
        label=request.label if request.labelled else None,
        group=request.group,
        labelled=request.labelled,
        named=first.header is not False,
    )
    single = found is not None and found.answer == "label" and found.label is not None
    if single and found is not None and _several(parts, found.label or "", request):
        raise UsageError(
            f"the pairs carry several labels each, in column {found.label!r}",
            where=first.name,
            remedy="A pair has one label: name another column, or leave out --label-separator",
        )
    return found


def _names(columns: str | Sequence[str]) -> tuple[str, ...]:
    """Several columns, as a sequence or parted by commas."""
    return tuple(name.strip() for name in columns.split(",")) if isinstance(columns, str) else tuple(columns)


def _tagged(source: Any, data: TaggedData) -> Loaded:
    parts = data.parts
    name = "data"
    if isinstance(source, str | Path):
        name = (Path(source).resolve() if Path(source).is_dir() else Path(source)).name
    return Loaded(next(iter(parts.values())), parts if len(parts) > 1 else None, data.notes, name)


def _several(parts: Mapping[str, RawTable], label: str, request: Request) -> bool:
    columns = []
    for raw in parts.values():
        check_column(raw.table, label, raw.name)
        columns.append(raw.table.column(label))
    if any(raw.layout == "fasttext" for raw in parts.values()):
        return not all(at_most_one(column) for column in columns)
    return any(is_several(column, request.label_separator) for column in columns)


def _dataset(raw: RawTable, schema: Schema, request: Request) -> tuple[Dataset, list[str]]:
    """The data set of one table, and the note about the rows that were dropped."""
    table = raw.table
    for name in (*schema.required(), *((schema.group,) if schema.group is not None else ())):
        check_column(table, name, raw.name)
    for name in schema.required():
        table = _text_column(table, name, raw.name)
    if not schema.answers():
        return Dataset(table, schema, raw.name, raw.lines), []
    label = schema.answers()[0]
    check_column(table, label, raw.name)
    column = _answers(raw, schema, request, label)
    table = table.set_column(table.column_names.index(label), label, column)
    dataset = Dataset(table, schema, raw.name, raw.lines)
    kept = present(column)
    if len(kept) == len(dataset):
        return dataset, []
    note = _missing_labels(dataset, label, column, len(kept), strict=request.strict)
    return dataset.select(kept), [note]


def _answers(raw: RawTable, schema: Schema, request: Request, name: str) -> pa.ChunkedArray[Any]:
    """The column of the answers as the task family has them."""
    columns, column = schema.columns, raw.table.column(name)
    if isinstance(columns, ClassifyColumns) and columns.several_labels:
        return several_labels(column, request.label_separator, name, raw.name)
    if isinstance(columns, PairColumns) and columns.answer != "label":
        return numbers(column, name, raw, yes_or_no=columns.answer == "relevance")
    return single_labels(column, name, raw.name)


def _missing_labels(dataset: Dataset, label: str, column: pa.ChunkedArray[Any], kept: int, *, strict: bool) -> str:
    """The note about rows without a label, or the refusal."""
    missing = len(dataset) - kept
    gone = np.flatnonzero(np.asarray(pc.is_null(column)))[:_NAMED_LINES]
    places = ", ".join(dataset.where(int(row)) for row in gone) + (", …" if missing > len(gone) else "")
    of, what = f"of {len(dataset):,} rows", _answer_word(dataset.schema)
    rows = counted(missing, f"{of} has no {what}", f"{of} have no {what}") + f" in column {label!r}"
    if strict:
        raise DataError(
            f"{rows} ({places})",
            where=dataset.where(int(gone[0])),
            remedy="Label them, remove them, or leave out --strict",
        )
    if kept == 0:
        raise DataError(f"no row has a {what}", where=dataset.name, remedy=f"Name another column with --{what}")
    return f"{rows} and {'was' if missing == 1 else 'were'} dropped ({places})"


def _answer_word(schema: Schema) -> str:
    return schema.columns.answer if isinstance(schema.columns, PairColumns) else "label"


def _text_column(table: pa.Table, name: str, where: str) -> pa.Table:
    kind = table.schema.field(name).type
    if pa.types.is_string(kind):
        return table
    if not (pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_null(kind)):
        raise UsageError(
            f"column {name!r} holds values of the type {kind}, not text",
            where=where,
            remedy="Name the text column with --text",
        )
    return table.set_column(table.column_names.index(name), name, table.column(name).cast(pa.string()))


def _language(dataset: Dataset) -> Language:
    from wenmai.text.language import detect_language

    step = max(1, len(dataset) // _LANGUAGE_ROWS)
    return detect_language(dataset.select(range(0, len(dataset), step)).inputs().text)
