"""Counts in sentences."""

from __future__ import annotations


def counted(count: int, one: str, many: str) -> str:
    """The count with the words for one thing or for many: ``1 row has``, ``2,000 rows have``."""
    return f"{count:,} {one if count == 1 else many}"
