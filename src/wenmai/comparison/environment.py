"""What a result must say of the machine that made it, and nothing of its owner."""

from __future__ import annotations

import platform
import shlex
from collections.abc import Sequence
from pathlib import Path

from wenmai.comparison.results import Environment
from wenmai.core.machine import available_cores, memory_gib, processor, versions


def describe_environment() -> Environment:
    """Versions and the machine in general terms: no host name, no user, no folder."""
    return Environment(
        versions=versions(),
        system=f"{platform.system()} {platform.machine()}",
        processor=processor(),
        cores=available_cores(),
        memory_gib=round(memory_gib(), 1),
    )


def describe_command(arguments: Sequence[str], home: Path | None = None) -> str:
    """A command line, quoted for a shell: the program by its name alone, the person's home folder written ``~``."""
    place = str(home or Path.home())
    named = [*(Path(program).name for program in arguments[:1]), *arguments[1:]]
    return " ".join(_quoted(_without_home(argument, place)) for argument in named)


def repeated_command(command: str, added: Sequence[str]) -> str:
    """A command of wenmai that was typed, for another run: in a new folder, from the beginning, with more options.

    Args:
        command: as `describe_command` wrote it.
        added: an option and its value, which replaces the one that is there.
    """
    kept: list[str] = []
    words = iter(shlex.split(command)[1:])
    for word in words:
        name, equals, _ = word.partition("=")
        if name in ("--out", added[0]):
            if not equals:
                next(words, None)
        elif name != "--resume":
            kept.append(word)
    return " ".join(map(_quoted, ("wenmai", *kept, *added)))


def _without_home(argument: str, home: str) -> str:
    # A home of "/" (a container's user without one) is part of every path and says nothing of anybody.
    return argument.replace(home, "~") if len(home) > 1 else argument


def _quoted(argument: str) -> str:
    if argument.startswith("~/"):
        # The shell expands a leading tilde only where it is not quoted.
        return "~/" + shlex.quote(argument[2:]) if argument != "~/" else argument
    return shlex.quote(argument)
