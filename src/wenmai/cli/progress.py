"""Progress on standard error: a bar and the present stage on a terminal, one line a step elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wenmai.cli.guard import say

if TYPE_CHECKING:
    from rich.progress import Progress as Bars
    from rich.progress import TaskID

    from wenmai.core.progress import Progress

SEPARATOR = " · "
LOGGED_EVERY = 10.0
"""Seconds between two lines that say how a stage stands, where every line stays."""


@dataclass(slots=True)
class _Stage:
    name: str
    total: int | None
    done: int = 0
    said: str = ""

    @property
    def words(self) -> str:
        """Its name and how it stands."""
        return SEPARATOR.join(filter(None, (self.name, self.said)))


@contextlib.contextmanager
def shown() -> Iterator[Progress]:
    """A progress that is shown while the block lasts."""
    if not sys.stderr.isatty():
        yield Lines()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    from wenmai.cli.output import console

    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console(stderr=True),
        transient=True,
    )
    with bars:
        yield Live(bars)


class Live:
    """The outermost stage as one bar, and below it what is being done now."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._stages: list[_Stage] = []
        self._outer: list[TaskID] = []
        self._inner: list[TaskID] = []

    def begin(self, stage: str, total: int | None) -> None:
        """A stage begins, inside those that have not ended."""
        self._stages.append(_Stage(stage, total))
        if len(self._stages) == 1:
            self._show(self._outer, self._stages[0], stage)
        else:
            self._show_inner()

    def advance(self, steps: int = 1) -> None:
        """Some steps of the innermost stage are done."""
        if self._stages:
            self._stages[-1].done += steps
            for bar in self._outer if len(self._stages) == 1 else self._inner:
                self._bars.advance(bar, steps)

    def say(self, text: str) -> None:
        """How the innermost stage stands, beside its bar."""
        if self._stages:
            self._stages[-1].said = text
            for bar in self._outer if len(self._stages) == 1 else self._inner:
                self._bars.update(bar, description=self._words())

    def end(self) -> None:
        """The innermost stage is over."""
        if self._stages:
            self._stages.pop()
        self._show_inner()
        if not self._stages:
            self._clear(self._outer)

    def _show_inner(self) -> None:
        self._clear(self._inner)
        if len(self._stages) > 1:
            self._show(self._inner, self._stages[-1], self._words())

    def _words(self) -> str:
        """What stands before the innermost stage's bar."""
        if len(self._stages) == 1:
            return self._stages[0].words
        return f"  {SEPARATOR.join(stage.words for stage in self._stages[1:])}"

    def _show(self, bars: list[TaskID], stage: _Stage, words: str) -> None:
        bars.append(self._bars.add_task(words, total=stage.total, completed=stage.done))

    def _clear(self, bars: list[TaskID]) -> None:
        while bars:
            self._bars.remove_task(bars.pop())


class Lines:
    """A line for every outer stage, and for every step of one that has a count; for logs.

    How a stage stands is a line every ten seconds.
    """

    def __init__(self) -> None:
        self._stages: list[_Stage] = []
        self._began = self._said = time.monotonic()

    def begin(self, stage: str, total: int | None) -> None:
        """A stage begins, inside those that have not ended."""
        if not self._stages and total is None:
            self._say(stage)
        elif len(self._stages) == 1 and self._stages[0].total:
            outer = self._stages[0]
            self._say(f"{outer.name} {outer.done + 1}/{outer.total}: {stage}")
        self._stages.append(_Stage(stage, total))

    def advance(self, steps: int = 1) -> None:
        """Some steps of the innermost stage are done."""
        if self._stages:
            self._stages[-1].done += steps

    def say(self, text: str) -> None:
        """How the innermost stage stands, unless a line was written just now."""
        if self._stages and time.monotonic() - self._said >= LOGGED_EVERY:
            self._say(SEPARATOR.join([*(stage.name for stage in self._stages[1:] or self._stages), text]))

    def end(self) -> None:
        """The innermost stage is over."""
        if self._stages:
            self._stages.pop()

    def _say(self, text: str) -> None:
        self._said = time.monotonic()
        say(f"[{time.monotonic() - self._began:5.1f} s] {text}")
