"""What a command's failure becomes: a message and an exit code, never a traceback."""

from __future__ import annotations

import errno
import functools
import os
import sys
import traceback
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import typer

from wenmai.core.errors import WenmaiError

P = ParamSpec("P")
R = TypeVar("R")

INTERRUPTED = 130
"""128 + SIGINT, as shells have it."""
DEBUG = "WENMAI_DEBUG"


def guarded(command: Callable[P, R]) -> Callable[P, R]:
    """The command with its exceptions turned into a message on standard error and an exit code."""

    @functools.wraps(command)
    def run(*arguments: P.args, **options: P.kwargs) -> R:
        try:
            result = command(*arguments, **options)
            sys.stdout.flush()
            return result
        except (Exception, KeyboardInterrupt) as error:
            if isinstance(error, typer.Exit):
                raise
            raise typer.Exit(told(error)) from None

    return run


def told(error: BaseException) -> int:
    """Say what went wrong; gives the exit code."""
    match error:
        case WenmaiError():
            say(str(error))
            return error.exit_code
        case KeyboardInterrupt():
            say("Interrupted.")
            return INTERRUPTED
        case BrokenPipeError():
            close_quietly()
            return 0
        case MemoryError():
            say("There is not enough memory for this. Give fewer rows, or close other programs.")
            return 1
        case OSError() if error.errno is not None:
            say(_system(error))
            return 1
        case _:
            return _bug(error)


def say(message: str) -> None:
    """A line on standard error; quietly nothing when nobody reads it."""
    try:
        sys.stderr.write(f"{message}\n")
        sys.stderr.flush()
    except BrokenPipeError:
        close_quietly()


def close_quietly() -> None:
    """The reader of a pipe left: what is still buffered goes nowhere, and the interpreter's last flush is content."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            os.dup2(nowhere, stream.fileno())
    os.close(nowhere)


def _system(error: OSError) -> str:
    reason = (error.strerror or type(error).__name__).lower()
    remedies = {
        errno.ENOSPC: "Make room on the disk, or choose another place with --out.",
        errno.EACCES: "Check the permissions, or choose another place.",
        errno.EROFS: "Choose another place with --out.",
        errno.EISDIR: "Give a file.",
        errno.ENOTDIR: "Check the path: a part of it is a file.",
        errno.EEXIST: "Check the path: a part of it is a file.",
    }
    where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
    return " ".join(filter(None, [f"{where}{reason}.", remedies.get(error.errno or 0, "")]))


def _bug(error: BaseException) -> int:
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    lines = str(error).splitlines()
    what = f"{type(error).__name__}: {lines[0]}" if lines else type(error).__name__
    say(f"This is a bug in wenmai: {what}. Please report it; {DEBUG}=1 shows where it happened.")
    return 1
