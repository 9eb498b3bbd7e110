"""Checkpoints of a model that fits itself, in the files of `wenmai.training.checkpoints`."""

from __future__ import annotations

import time
from pathlib import Path

from wenmai.models.contract import Arrays
from wenmai.training.checkpoints import Checkpoints, Standing


class StepKeeper:
    """Keeps arrays after steps of a fit, at most every so many seconds.

    Args:
        folder: of this fit alone; made when the first is written.
        key: what must be the same for the fit to go on, each with its fingerprint.
        every: seconds of wall time between two; None for the usual ones.
    """

    def __init__(self, folder: Path, key: dict[str, str], *, every: float | None = None) -> None:
        self._checkpoints = Checkpoints(folder, key) if every is None else Checkpoints(folder, key, every)
        self._saved = time.monotonic()

    @property
    def notes(self) -> list[str]:
        """What the person should know of what was found and written."""
        return self._checkpoints.notes

    def due(self) -> bool:
        """Whether the last checkpoint, or the beginning, is long enough ago."""
        return time.monotonic() - self._saved >= self._checkpoints.every

    def save(self, step: int, arrays: Arrays) -> None:
        """Keep the arrays; raises `FitError` when they cannot be written."""
        self._checkpoints.save(Standing(step=step), arrays)
        self._saved = time.monotonic()

    def newest(self) -> tuple[int, Arrays] | None:
        """The newest arrays that are whole and of this fit."""
        found = self._checkpoints.newest()
        return None if found is None else (found[0].step, found[1])
