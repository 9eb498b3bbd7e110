"""A training that must end by a moment: told early, so that the learning rate still comes down to its end."""

from __future__ import annotations

import time

SETTLED = 20
"""Steps after which a speed can be believed."""
RESERVED = 0.1
"""The share of the time that is left for what comes after: scoring, saving."""
SLACK = 0.98
"""The plan is shortened only when less than this share of it can be reached."""


class Pacer:
    """How much of the plan can be done by the deadline.

    Attributes:
        end: the share of the plan, 0 to 1, at which the training stops; it only becomes smaller.
    """

    def __init__(self, deadline: float | None) -> None:
        self.end = 1.0
        now = time.monotonic()
        self._deadline = None if deadline is None else deadline - RESERVED * max(deadline - now, 0.0)
        self._steps = 0
        self._start: tuple[float, float] | None = None
        """Time and share of the plan when the first step was done."""

    @property
    def spent(self) -> bool:
        """Whether the time for training is over."""
        return self._deadline is not None and time.monotonic() >= self._deadline

    def observe(self, done: float, reserve: float) -> None:
        """Take in that so much of the plan is done; ``reserve`` are the seconds that what comes after will take."""
        if self._deadline is None:
            return
        now = time.monotonic()
        if self._start is None:
            self._start = (now, done)
        self._steps += 1
        if self._steps % SETTLED:
            return
        speed = (done - self._start[1]) / (now - self._start[0])
        reached = done + speed * max(self._deadline - now - reserve, 0.0)
        if reached < SLACK * self.end:
            self.end = reached

    def is_over(self, done: float) -> bool:
        """Whether the training ends here, for want of time."""
        return self.spent or (self.end < 1 and done >= self.end)
