"""Every error that wenmai raises on purpose.

::

    WenmaiError                 what was found, where, and what to do
    ├── UsageError              the request cannot be carried out as asked (exit code 2)
    │   ├── UnknownChoiceError  a name that is none of the valid ones; lists them, nearest first
    │   ├── ConfigError         a setting that does not fit its config
    │   └── MissingExtraError   an optional dependency that is not installed
    ├── DataError               the content of a data set cannot be used as it is
    ├── BundleError             a bundle that is damaged, altered, or newer than this wenmai
    └── FitError                a model that could not be fitted on this data

The command line prints an error's text and leaves with its ``exit_code``; it never prints a traceback for one of these.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import ClassVar


class WenmaiError(Exception):
    """What was found, where, and what to do about it.

    Args:
        found: what is wrong, with the offending value, as a sentence without its full stop.
        where: ``file``, ``file:line`` or ``file:line:column``; lines and columns count from 1.
        remedy: what the person can do, as a sentence without its full stop.
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, found: str, *, where: str | None = None, remedy: str | None = None) -> None:
        self.found = found
        self.where = where
        self.remedy = remedy
        super().__init__(found, where, remedy)

    def __str__(self) -> str:
        """The whole message: ``where: found. Remedy.``"""
        message = f"{self.where}: {self.found}." if self.where else f"{self.found}."
        return f"{message} {self.remedy}." if self.remedy else message


class UsageError(WenmaiError):
    """The request cannot be carried out as asked: a missing file or column, options that contradict each other."""

    exit_code: ClassVar[int] = 2


class UnknownChoiceError(UsageError):
    """A name that is none of the valid ones."""

    def __init__(self, kind: str, name: str, choices: Iterable[str], *, where: str | None = None) -> None:
        self.kind = kind
        self.name = name
        self.choices = tuple(choices)
        close = nearest(name, self.choices)
        meant = f"Did you mean {_one_of(close)}? " if close else ""
        listed = ", ".join(self.choices) if self.choices else "none"
        super().__init__(f"unknown {kind} {name!r}", where=where, remedy=f"{meant}Valid: {listed}")


class ConfigError(UsageError):
    """A setting that does not fit its config: an unknown key, a wrong type, a value out of range."""


class MissingExtraError(UsageError):
    """An optional dependency that is not installed."""

    def __init__(self, feature: str, extra: str) -> None:
        super().__init__(
            f"{feature} needs a package that is not installed", remedy=f"Install it with: pip install 'wenmai[{extra}]'"
        )


class DataError(WenmaiError):
    """The content of a data set cannot be used as it is."""


class BundleError(WenmaiError):
    """A bundle that is damaged, altered, incomplete, or written by a newer wenmai."""


class FitError(WenmaiError):
    """A model that could not be fitted on this data."""


def nearest(name: str, choices: Iterable[str], count: int = 3) -> list[str]:
    """The valid names that look most like ``name``, best first; empty when none is close."""
    by_folded = {choice.casefold(): choice for choice in choices}
    matches = difflib.get_close_matches(name.casefold(), list(by_folded), n=count, cutoff=0.5)
    return [by_folded[match] for match in matches]


def _one_of(names: Sequence[str]) -> str:
    quoted = [repr(name) for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} or {quoted[-1]}"
