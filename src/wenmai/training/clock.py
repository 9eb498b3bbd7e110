"""Where the time of a training goes."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Literal

from wenmai.bundle.history import Pace

Part = Literal["forward", "backward", "step", "evaluation", "checkpoints", "batches"]


class Clock:
    """Wall time by parts, from the moment it is made."""

    def __init__(self) -> None:
        self._began = time.perf_counter()
        self._parts: dict[str, float] = {}
        self.tokens = 0
        self.area = 0
        """Entries of all batches, padding included."""

    @contextmanager
    def part(self, name: Part) -> Iterator[None]:
        """Count the block to a part."""
        began = time.perf_counter()
        try:
            yield
        finally:
            self._parts[name] = self._parts.get(name, 0.0) + time.perf_counter() - began

    def seconds(self, *names: Part) -> float:
        """How long these parts took so far; everything without a name."""
        if not names:
            return time.perf_counter() - self._began
        return sum(self._parts.get(name, 0.0) for name in names)

    def pace(self) -> Pace:
        """All parts, and what is left over."""
        other = max(self.seconds() - sum(self._parts.values()), 0.0)
        padding = 1 - self.tokens / self.area if self.area else 0.0
        return Pace(**self._parts, other=other, tokens=self.tokens, padding=padding)
