"""JSON: an object a line, or one array of objects."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from wenmai.core.errors import DataError
from wenmai.data.files import TextFile, bare
from wenmai.data.records import RawTable, RecordBuilder

_SPACE = re.compile(r"[ \t\r\n]*")


def read_json_lines(file: TextFile) -> RawTable:
    """Read one JSON object a line; blank lines are passed over.

    Raises:
        DataError: a line that is not JSON or not an object, with line and column.
    """
    return _gathered(file, json_objects(file))


def read_json(file: TextFile) -> RawTable:
    """Read a ``.json`` file: one array of objects, or else an object a line.

    Raises:
        DataError: as `read_json_lines`, and for an array that never closes.
    """
    return _gathered(file, json_objects(file, array=True))


def json_objects(file: TextFile, *, array: bool = False) -> Iterator[tuple[int, dict[str, Any]]]:
    """The objects of a file with the lines on which they begin: one a line, or those of an array where that may be.

    Raises:
        DataError: as `read_json`.
    """
    if array:
        with file.open() as text:
            first = next((line.lstrip() for line in text if not line.isspace()), "")
        if first.startswith("["):
            yield from _array_objects(file)
            return
    with file.open() as text:
        for number, line in enumerate(text, 1):
            if not line.isspace():
                yield number, _object(_parse(file, bare(line), number), file, number)


def _gathered(file: TextFile, objects: Iterable[tuple[int, dict[str, Any]]]) -> RawTable:
    builder = RecordBuilder()
    for line, row in objects:
        builder.add(row, line)
    return builder.finish(str(file.path), "json", (file.note,))


def _array_objects(file: TextFile) -> Iterator[tuple[int, dict[str, Any]]]:
    with file.open() as stream:
        text = stream.read()
    decoder = json.JSONDecoder(parse_constant=_missing)
    at = _skip(text, text.index("[") + 1)
    line, counted = 1, 0
    while text[at : at + 1] != "]":
        line, counted = line + text.count("\n", counted, at), at
        try:
            value, end = decoder.raw_decode(text, at)
        except (json.JSONDecodeError, RecursionError) as error:
            raise _broken(file, text, getattr(error, "pos", at), error) from None
        yield line, _object(value, file, line)
        at = _skip(text, end)
        if text[at : at + 1] not in {",", "]"}:
            raise _broken(file, text, at, "the array is not closed, or a comma is missing")
        if text[at] == ",":
            at = _skip(text, at + 1)
    if _skip(text, at + 1) != len(text):
        raise _broken(file, text, _skip(text, at + 1), "something follows the end of the array")


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return at if match is None else match.end()


def _parse(file: TextFile, line: str, number: int) -> Any:
    try:
        return json.loads(line, parse_constant=_missing)
    except (json.JSONDecodeError, RecursionError) as error:
        column = getattr(error, "pos", 0) + 1
        raise DataError(
            f"not JSON: {_reason(error)}",
            where=file.where(number, column),
            remedy="Write one complete JSON object on each line",
        ) from None


def _broken(file: TextFile, text: str, at: int, reason: Exception | str) -> DataError:
    line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
    return DataError(
        f"not JSON: {reason if isinstance(reason, str) else _reason(reason)}",
        where=file.where(line, column),
        remedy="Write one JSON array of objects, or one object a line",
    )


def _reason(error: Exception) -> str:
    return error.msg[:1].lower() + error.msg[1:] if isinstance(error, json.JSONDecodeError) else "nested too deeply"


def _object(value: Any, file: TextFile, line: int) -> dict[str, Any]:
    if isinstance(value, dict):
        return value
    kind = {list: "an array", str: "a string", bool: "a truth value", type(None): "null"}.get(type(value), "a number")
    raise DataError(
        f"{kind} stands where a JSON object is expected",
        where=file.where(line),
        remedy='Write each row as an object, for example {"text": "…", "label": "…"}',
    )


def _missing(_: str) -> None:
    """NaN and the infinities, which pandas writes for missing cells and JSON does not know."""
