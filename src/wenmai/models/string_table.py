"""Strings as arrays, so that a model's words can stand among its weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from wenmai.core.errors import BundleError
from wenmai.models.contract import Arrays
from wenmai.models.state import Expected


def packed(name: str, strings: Sequence[str]) -> Arrays:
    """The arrays ``name`` (bytes of all strings in UTF-8) and ``name_lengths`` (bytes of each)."""
    encoded = [string.encode("utf-8", "surrogatepass") for string in strings]
    return {
        name: np.frombuffer(b"".join(encoded), np.uint8),
        f"{name}_lengths": np.array([len(one) for one in encoded], np.int32),
    }


def expected(name: str) -> dict[str, Expected]:
    """What `packed` gives, for `wenmai.models.state.checked`."""
    return {name: (np.uint8, (None,)), f"{name}_lengths": (np.int32, (None,))}


def unpacked(name: str, arrays: Arrays) -> list[str]:
    """The strings that `packed` was given.

    Raises:
        BundleError: when the arrays do not fit each other, hold no text, or hold a string twice.
    """
    content, lengths = arrays[name].tobytes(), arrays[f"{name}_lengths"]
    ends = np.cumsum(lengths, dtype=np.int64)
    if (lengths < 0).any() or (int(ends[-1]) if len(ends) else 0) != len(content):
        raise BundleError(f"the lengths of the strings {name!r} do not add up to their {len(content)} bytes")
    cuts = ends.tolist()
    try:
        strings = [
            content[start:end].decode("utf-8", "surrogatepass") for start, end in zip([0, *cuts], cuts, strict=False)
        ]
    except UnicodeDecodeError as error:
        raise BundleError(f"the strings {name!r} hold bytes that are no text: {error.reason}") from None
    if len(set(strings)) < len(strings):
        raise BundleError(f"a string stands twice in {name!r}")
    return strings
