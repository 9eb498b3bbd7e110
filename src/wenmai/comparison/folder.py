"""The run folder: one comparison at a time, and nothing of anybody else's is overwritten."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from wenmai.core.errors import UsageError
from wenmai.data.corrections import TABLE_NAMES

LOCK = ".lock"
OWN = {"results.json", "report.md", "report.html", "bundles", "rungs", "checkpoints", "test.csv", LOCK, *TABLE_NAMES}
OWN |= {"predictions.parquet", "to_predict.csv", "curves", "vectors"}
"""What a run writes."""


@contextlib.contextmanager
def run_folder(folder: Path) -> Iterator[Path]:
    """Hold a run folder: new, empty, or of an earlier run.

    Raises:
        UsageError: when it is a file, holds something else, or another run is writing to it.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file", remedy="Name a folder with --out")
    if folder.is_dir():
        strange = sorted(path.name for path in folder.iterdir() if path.name not in OWN and path.name[:1] != ".")
        if strange:
            raise UsageError(
                f"{folder} holds something that is no run of wenmai: {strange[0]}",
                remedy="Name a new or empty folder with --out",
            )
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder / LOCK):
        yield folder


@contextlib.contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a file's lock; the system lets it go when the process ends, however it ends."""
    descriptor = _lock(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(descriptor)


def _lock(path: Path) -> int:
    import fcntl

    while True:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            raise UsageError(
                f"another run is writing to {path.parent}", remedy="Wait for it, or name another folder with --out"
            ) from None
        # A run that has just ended may have removed the file between the two calls: then this lock holds nothing.
        if path.exists() and os.fstat(descriptor).st_ino == path.stat().st_ino:
            return descriptor
        os.close(descriptor)
