"""Where the time of a training goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal, get_args

from wenmai.bundle.history import Pace

Part = Literal["forward", "backward", "step", "evaluation", "checkpoints", "batches"]


class Clock:
    """Wall time by parts, from the moment it is made."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._parts: dict[str, float] = dict.fromkeys(get_args(Part), 0.0)
        self.tokens = 0
        self.area = 0
        """Entries of all batches, padding included."""

    def go_on(self, earlier: Pace) -> None:
        """Count what went before, too."""
        self._began -= earlier.seconds
        for name in self._parts:
            self._parts[name] += getattr(earlier, name)
        self.tokens += earlier.tokens
        self.area += round(earlier.tokens / (1 - earlier.padding)) if earlier.tokens else 0

    @contextmanager
    def part(self, name: Part) -> Iterator[None]:
        """Count the block to a part."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._parts[name] += time.perf_counter() - began

    def seconds(self, *names: Part) -> float:
        """How long these parts took so far; everything without a name."""
        if not names:
            return time.perf_counter() - self._began
        return sum(self._parts[name] for name in names)

    def pace(self) -> Pace:
        """All parts, and what is left over."""
        other = max(self.seconds() - sum(self._parts.values()), 0.0)
        padding = 1 - self.tokens / self.area if self.area else 0.0
        return Pace(**self._parts, other=other, tokens=self.tokens, padding=padding)
