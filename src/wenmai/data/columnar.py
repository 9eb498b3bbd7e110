"""Tables that are columns already: Parquet, Arrow, polars and pandas frames, ``datasets``, lists of dicts."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa

from wenmai.core.errors import DataError, MissingExtraError, UsageError
from wenmai.data.files import is_gzip, open_bytes
from wenmai.data.records import RawTable, RecordBuilder, one_chunk

HUB = "hub:"


def read_parquet(path: Path) -> RawTable:
    """Read a Parquet file.

    Raises:
        DataError: when it is empty or not Parquet.
    """
    import pyarrow.parquet as pq

    try:
        with open_bytes(path) as file:
            source = io.BytesIO(file.read()) if is_gzip(path) else file
            table = pq.ParquetFile(source).read()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError, OSError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise DataError(f"not a readable Parquet file: {reason}", where=str(path), remedy="Write it again") from None
    return RawTable(one_chunk(plain_types(_nonempty(table, str(path)))), str(path), layout="parquet")


def from_memory(source: Any, name: str) -> RawTable:
    """A table from a pyarrow table, a polars or pandas frame, a ``datasets.Dataset``, or a list of dicts.

    Raises:
        UsageError: when it is none of these.
        DataError: when it has no rows, or a row is not a dict, or Arrow cannot hold it.
    """
    if isinstance(source, Sequence) and not isinstance(source, str | bytes):
        return _from_rows(source, name)
    try:
        table = _as_arrow(source)
    except (ValueError, TypeError, pa.ArrowNotImplementedError) as error:
        reason = str(error).splitlines()[0].rstrip(".")
        raise DataError(
            f"a column cannot be read: {reason}", where=name, remedy="Give each column values of one type"
        ) from None
    if table is None:
        raise UsageError(
            f"a {type(source).__module__}.{type(source).__qualname__} is no data set that wenmai reads",
            remedy="Give a path, a polars or pandas frame, a pyarrow table, a datasets.Dataset, or a list of dicts",
        )
    return RawTable(one_chunk(plain_types(_nonempty(table, name))), name)


def from_hub(name: str) -> Mapping[str, Any]:
    """The parts of a data set by its hub name, ``hub:owner/name`` or ``hub:owner/name:configuration``.

    Raises:
        MissingExtraError: when the package ``datasets`` is not installed.
        DataError: when the hub cannot be reached or has no such data set.
    """
    try:
        import datasets
    except ImportError:
        raise MissingExtraError(f"reading {name!r}", "hub") from None
    repository, _, configuration = name.removeprefix(HUB).partition(":")
    try:
        found = datasets.load_dataset(repository, configuration or None)
    except Exception as error:  # The package raises errors of a dozen kinds, of its own and of its network libraries.
        reason = " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        raise DataError(
            f"the hub did not give it: {reason}",
            where=name,
            remedy="Check the name and the network, or download the files and give their path",
        ) from None
    return found if isinstance(found, Mapping) else {"train": found}


def plain_types(table: pa.Table) -> pa.Table:
    """The same table with dictionary, large and view strings as plain strings."""
    for at, column in enumerate(table.schema):
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        is_text = pa.types.is_large_string(kind) or pa.types.is_string_view(kind)
        target = pa.string() if is_text else kind
        if target != column.type:
            table = table.set_column(at, column.name, table.column(at).cast(target))
    return table


def _nonempty(table: pa.Table, name: str) -> pa.Table:
    if table.num_rows == 0 or table.num_columns == 0:
        raise DataError("there are no rows", where=name, remedy="Give at least two labelled rows")
    twice = [column for column in table.column_names if table.column_names.count(column) > 1]
    if twice:
        raise DataError(f"two columns are named {twice[0]!r}", where=name, remedy="Give each column its own name")
    return table


def _as_arrow(source: Any) -> pa.Table | None:
    if isinstance(source, pa.Table):
        return source
    if isinstance(source, pa.RecordBatch):
        return pa.Table.from_batches([source])
    package = type(source).__module__.partition(".")[0]
    if package == "polars":
        collected = source.collect() if hasattr(source, "collect") else source
        return collected.to_arrow() if hasattr(collected, "columns") else None
    if package == "pandas" and hasattr(source, "columns"):
        named = source.rename(columns=str)
        return pa.Table.from_pandas(named, preserve_index=False).replace_schema_metadata(None)
    if hasattr(source, "with_format") and hasattr(source, "features"):
        return _class_names(source.with_format("arrow")[:], source.features)
    return None


def _class_names(table: pa.Table, features: Mapping[str, Any]) -> pa.Table:
    """Class numbers replaced by the names that the features of a ``datasets.Dataset`` give them; -1 is no class."""
    for name, feature in features.items():
        names = getattr(feature, "names", None)
        if names and pa.types.is_integer(table.schema.field(name).type):
            values = [None if value is None or value < 0 else names[value] for value in table.column(name).to_pylist()]
            table = table.set_column(table.column_names.index(name), name, pa.array(values, pa.string()))
    return table


def _from_rows(rows: Sequence[Any], name: str) -> RawTable:
    builder = RecordBuilder()
    for number, row in enumerate(rows, 1):
        if not isinstance(row, Mapping):
            raise DataError(
                f"row {number} is a {type(row).__name__}, not a dict",
                where=name,
                remedy='Give each row as a dict, for example {"text": "…", "label": "…"}',
            )
        builder.add(row)
    return builder.finish(name, "memory")
