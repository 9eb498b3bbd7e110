"""X: one text a row, whatever holds them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from wenmai.core.schema import EmbedColumns, Language, Schema
from wenmai.data.dataset import Dataset
from wenmai.sklearn.errors import InputError, InputTypeError

NAME = "X"
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")
_LIST = "Give a list, an array or a Series of strings"


def texts_of(X: Any) -> list[str]:  # noqa: N803
    """The texts of a list, a tuple, a one-dimensional array, or a Series of pandas, polars or pyarrow.

    Half of a surrogate pair, which is no character, becomes U+FFFD.

    Raises:
        InputError: for a single string, a table, a matrix, no text at all, or a missing one.
        InputTypeError: for what holds no texts, and for a row that is none.
    """
    if isinstance(X, str | bytes):
        raise InputError("X is a single text where several are expected, one a row", remedy="Put it into a list")
    if hasattr(X, "toarray"):
        raise InputTypeError("X is a sparse matrix of numbers where texts are expected", remedy=_LIST)
    if isinstance(X, Mapping) or hasattr(X, "columns"):
        raise InputTypeError(
            f"X is a {type(X).__name__}: several columns where one text a row is expected",
            remedy='Give one column: X["text"]; in a ColumnTransformer write its name alone, not in a list',
        )
    shape = getattr(X, "shape", None)
    if isinstance(shape, tuple) and len(shape) != 1:
        written = " × ".join(map(str, shape)) or "no"
        raise InputError(
            f"Expected 1D array of texts, got {len(shape)}D array instead: X has {written} values", remedy=_LIST
        )
    if not isinstance(X, Iterable):
        raise InputTypeError(f"X is {_described(X)}, which holds no texts", remedy=_LIST)
    texts = X.tolist() if hasattr(X, "tolist") else X.to_pylist() if hasattr(X, "to_pylist") else list(X)
    if not texts:
        raise InputError("X holds no text: found array with 0 samples where at least 1 is required")
    for row, text in enumerate(texts):
        if not isinstance(text, str):
            raise _no_text(row, text)
    return _encodable(texts)


def unlabelled(texts: list[str], language: Language) -> Dataset:
    """A data set of texts alone."""
    return Dataset(pa.table({"text": pa.array(texts, pa.string())}), Schema(columns=EmbedColumns(), language=language))


def is_missing(value: Any) -> bool:
    """Whether a value stands for none: None, NaN, and what pandas writes for them."""
    return (
        value is None or type(value).__name__ in ("NAType", "NaTType") or (isinstance(value, float) and value != value)
    )


def _no_text(row: int, value: Any) -> InputError | InputTypeError:
    if is_missing(value):
        remedy = 'Remove such rows, or give "" for them: X.fillna("") in pandas'
        return InputError(f"X[{row}] is missing ({value!r})", remedy=remedy)
    if isinstance(value, bytes):
        return InputTypeError(f"X[{row}] is bytes, not a string", remedy='Decode it: text.decode("utf-8")')
    return InputTypeError(f"X[{row}] is {_described(value)}, not a string", remedy=_LIST)


def _described(value: Any) -> str:
    return "None" if value is None else f"of the type {type(value).__name__}"


def _encodable(texts: list[str]) -> list[str]:
    try:
        for text in texts:
            text.encode()
    except UnicodeEncodeError:
        return [_LONE_SURROGATES.sub("\ufffd", text) for text in texts]
    return texts
