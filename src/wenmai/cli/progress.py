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

    from wenmai.core.progress import Progress

SEPARATOR = " · "


@dataclass(slots=True)
class _Stage:
    name: str
    total: int | None
    done: int = 0


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
    """The outermost stage with a count as one bar, and below it what is being done now."""

    def __init__(self, bars: Bars) -> None:
        self._bars = bars
        self._stages: list[_Stage] = []
        self._outer = bars.add_task("", total=None, visible=False)
        self._inner = bars.add_task("", total=None, visible=False)

    def begin(self, stage: str, total: int | None) -> None:
        """A stage begins, inside those that have not ended."""
        self._stages.append(_Stage(stage, total))
        self._draw(restart=len(self._stages) == 1)

    def advance(self, steps: int = 1) -> None:
        """Some steps of the innermost stage are done."""
        if self._stages:
            self._stages[-1].done += steps
            self._draw()

    def end(self) -> None:
        """The innermost stage is over."""
        if self._stages:
            self._stages.pop()
        self._draw()

    def _draw(self, *, restart: bool = False) -> None:
        outer, inner = self._stages[:1], self._stages[1:]
        if restart:
            self._bars.reset(self._outer)
        if outer:
            self._bars.update(
                self._outer, description=outer[0].name, total=outer[0].total, completed=outer[0].done, visible=True
            )
        else:
            self._bars.update(self._outer, visible=False)
        if inner:
            name = SEPARATOR.join(stage.name for stage in inner)
            self._bars.update(
                self._inner,
                description=f"  {name}",
                total=inner[-1].total,
                completed=inner[-1].done,
                visible=True,
            )
        else:
            self._bars.update(self._inner, visible=False)


class Lines:
    """A line for every outer stage, and for every step of one that has a count; for logs."""

    def __init__(self) -> None:
        self._stages: list[_Stage] = []
        self._began = time.monotonic()

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

    def end(self) -> None:
        """The innermost stage is over."""
        if self._stages:
            self._stages.pop()

    def _say(self, text: str) -> None:
        say(f"[{time.monotonic() - self._began:5.1f} s] {text}")
