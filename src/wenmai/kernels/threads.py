"""Work side by side: by the threads that torch keeps where it computes in this process, otherwise by our own.

After a product torch's threads wait for the next one with all their might, some thousandths of a second; another
thread that wants the same processor takes turns with them. So work between torch's own goes to torch's team: compiled
code without the interpreter's lock, called by OpenMP's threads.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

Part = TypeVar("Part")
Found = TypeVar("Found")

_Entry = ctypes.CFUNCTYPE(None, ctypes.c_void_p)


def in_threads(threads: int, work: Callable[[Part], Found], parts: Sequence[Part]) -> list[Found]:
    """The results of ``work`` over parts, side by side where there are several; it should hold no lock for long."""
    if len(parts) < 2 or threads < 2:
        return [work(part) for part in parts]
    team = _team_of_torch()
    if team is not None:
        return _in_team(team, min(threads, len(parts)), work, parts)
    waited = [_helpers(threads - 1).submit(work, part) for part in parts[1:]]
    return [work(parts[0]), *(one.result() for one in waited)]


def _in_team(
    team: Callable[..., None], threads: int, work: Callable[[Part], Found], parts: Sequence[Part]
) -> list[Found]:
    """As `in_threads`, by OpenMP's ``GOMP_parallel``: every thread takes the next part until none is left."""
    found: list[Any] = [None] * len(parts)
    failed: list[BaseException] = []
    left = iter(range(len(parts)))

    def enter(_: int | None) -> None:
        for number in left:
            try:
                found[number] = work(parts[number])
            except BaseException as error:  # Nobody above this call would hear of it.
                failed.append(error)

    team(_Entry(enter), None, threads, 0)
    if failed:
        raise failed[0]
    return found


def _team_of_torch() -> Callable[..., None] | None:
    """OpenMP's entry in the library that torch brought along; None where torch is not at work, or has another one."""
    torch = sys.modules.get("torch")
    return None if torch is None or torch.__file__ is None else _team_in(Path(torch.__file__).parent)


@cache
def _team_in(folder: Path) -> Callable[..., None] | None:
    for path in [*folder.glob("lib/libgomp*.so*"), *folder.parent.glob("torch.libs/libgomp*.so*")]:
        try:
            parallel: Any = ctypes.CDLL(str(path)).GOMP_parallel
        except (OSError, AttributeError):
            continue
        parallel.argtypes = [_Entry, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint]
        parallel.restype = None
        entry: Callable[..., None] = parallel
        return entry
    return None


@cache
def _helpers(count: int) -> ThreadPoolExecutor:
    """Threads that stay: a fresh one starts on the processor of the one that made it, and waits for it there."""
    return ThreadPoolExecutor(max_workers=count)


if hasattr(os, "register_at_fork"):  # Threads do not come along into a copy of a process.
    os.register_at_fork(after_in_child=_helpers.cache_clear)
