"""Arrays that come from a file, checked before a model believes them."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from wenmai.core.errors import BundleError
from wenmai.models.contract import Arrays

Expected = tuple[type[np.generic], tuple[int | None, ...]]
"""The type of an array's numbers, and its shape; None for a dimension of any length."""


def checked(arrays: Arrays, expected: Mapping[str, Expected]) -> Arrays:
    """The same arrays, where they are the expected ones.

    Raises:
        BundleError: for the first that is missing, not expected, of another type or shape, or not finite.
    """
    if set(arrays) != set(expected):
        raise BundleError(f"the weights hold {_listed(arrays)} where {_listed(expected)} are expected")
    for name, (kind, shape) in expected.items():
        array = arrays[name]
        if array.dtype != kind or not _fits(array.shape, shape):
            raise BundleError(
                f"the array {name!r} is {array.dtype} of shape {_written(array.shape)} where "
                f"{np.dtype(kind)} of shape {_written(shape)} is expected"
            )
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            raise BundleError(f"the array {name!r} holds a value that is not finite")
    return arrays


def _fits(found: tuple[int, ...], expected: tuple[int | None, ...]) -> bool:
    return len(found) == len(expected) and all(
        wanted in (None, size) for size, wanted in zip(found, expected, strict=True)
    )


def _listed(names: Mapping[str, object]) -> str:
    return ", ".join(sorted(names)) or "nothing"


def _written(shape: tuple[int | None, ...]) -> str:
    return f"[{', '.join('any' if size is None else str(size) for size in shape)}]"
