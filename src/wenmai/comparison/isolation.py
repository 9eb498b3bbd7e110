"""Rungs in processes of their own: one that crashes, or runs out of memory or time, takes no other with it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from wenmai.core.errors import FitError
from wenmai.core.machine import PATIENT_THREADS
from wenmai.core.progress import Progress

GRACE = 10.0
"""Seconds past its budget after which a rung that does not stop by itself is stopped."""


def run_isolated(work: Path, name: str, folder: Path, *, budget: float | None, progress: Progress) -> None:
    """Run one rung in a process of its own and pass its progress on.

    Raises:
        FitError: with what the rung said, or with how its process ended.
    """
    command = [sys.executable, "-m", "wenmai.comparison.worker", str(work), name, str(folder), _written(budget)]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            command,
            stdout=subprocess.PIPE,
            stderr=complaints,
            stdin=subprocess.DEVNULL,
            env={**PATIENT_THREADS, **os.environ},
        )
        assert process.stdout is not None
        timer = threading.Timer(budget + GRACE, process.kill) if budget is not None else None
        try:
            if timer is not None:
                timer.start()
            last = _follow(process.stdout, progress)
            process.wait()
        finally:
            if timer is not None:
                timer.cancel()
            process.kill()
            process.wait()
            process.stdout.close()
        if last[:1] == ["done"]:
            return
        if last[:1] == ["failed"]:
            raise FitError(last[1]["found"], where=last[1]["where"], remedy=last[1]["remedy"])
        raise _ended(process.returncode, complaints, overtime=timer is not None and timer.finished.is_set())


def _follow(stream: IO[bytes], progress: Progress) -> list[Any]:
    """Pass progress on until the process closes its output; the last event, with open stages closed."""
    depth, last = 0, []
    try:
        for event in _events(stream):
            last = event
            match event:
                case ["begin", str() as stage, total]:
                    progress.begin(stage, total)
                    depth += 1
                case ["advance", int() as steps]:
                    progress.advance(steps)
                case ["say", str() as text]:
                    progress.say(text)
                case ["end"]:
                    progress.end()
                    depth -= 1
    finally:
        for _ in range(depth):
            progress.end()
    return last


def _events(stream: IO[bytes]) -> Iterator[list[Any]]:
    for line in stream:
        try:
            event = json.loads(line)
        except ValueError:  # a library that prints is not the rung speaking
            continue
        if isinstance(event, list) and event:
            yield event


def _ended(code: int, complaints: IO[bytes], *, overtime: bool) -> FitError:
    """How a process ended that did not say so itself."""
    if overtime:
        return FitError("the budget was spent before the fit was done", remedy="Give a larger --budget")
    if code < 0:
        name = signal.Signals(-code).name
        hint = "; the system may have been out of memory" if name == "SIGKILL" else ""
        return FitError(f"its process was ended by {name}{hint}")
    complaints.seek(0)
    lines = complaints.read().decode("utf-8", "replace").strip().splitlines()
    return FitError(f"its process ended with code {code}: {lines[-1] if lines else 'without a word'}")


def _written(budget: float | None) -> str:
    return "" if budget is None else str(budget)
