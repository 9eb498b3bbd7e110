"""The rungs of a ladder, one after the other: each with its share of the budget, in a process of its own if it can."""

from __future__ import annotations

import re
import shutil
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wenmai.bundle import Bundle
from wenmai.catalog import CATALOG, Catalog
from wenmai.comparison.assembly import Outcome
from wenmai.comparison.division import Division
from wenmai.comparison.isolation import run_isolated
from wenmai.comparison.outcome import forget_outcome, kept_outcome
from wenmai.comparison.rung import Circumstances, Rung, checkpoint_folder, run_rung
from wenmai.comparison.shipping import ship, ship_inputs
from wenmai.comparison.wording import seconds
from wenmai.core.errors import FitError, UsageError, WenmaiError
from wenmai.core.progress import Progress

_DURATION = re.compile(r"(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>s|m|h|)")
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600}


def seconds_of(budget: float | str | None) -> float | None:
    """A budget in seconds.

    Raises:
        UsageError: when it is no duration above zero.
    """
    if budget is None:
        return None
    if isinstance(budget, str):
        match = _DURATION.fullmatch(budget.strip().lower())
        budget_seconds = float(match["number"]) * _SECONDS[match["unit"]] if match else 0.0
    else:
        budget_seconds = float(budget)
    if not 0 < budget_seconds < float("inf"):
        raise UsageError(f"{budget!r} is no budget", remedy="Write it as 90s, 10m or 1h")
    return budget_seconds


@dataclass(frozen=True, slots=True)
class Ladder:
    """What the rungs of one comparison share."""

    division: Division
    circumstances: Circumstances
    folder: Path | None
    progress: Progress
    catalog: Catalog
    inputs: Mapping[str, Bundle] = field(default_factory=dict)

    def run(self, names: Sequence[str], *, deadline: float | None, resume: bool) -> list[Outcome]:
        """Every rung, in order; one that fails is its name and its error."""
        outcomes: list[Outcome] = []
        with tempfile.TemporaryDirectory(prefix="wenmai-") as name:
            work = Path(name)
            if self._isolated:
                ship(self.division, self.circumstances, work)
                ship_inputs(self.inputs, work)
            self.progress.begin("rungs", len(names))
            for number, rung in enumerate(names):
                left = None if deadline is None else max(deadline - time.monotonic(), 0.0)
                share = None if left is None else left / (len(names) - number)
                if left is not None:
                    self.progress.say(f"{seconds(left)} of the budget left")
                outcomes.append(self._one(rung, work, share, resume=resume))
                self.progress.advance()
            self.progress.end()
        return outcomes

    @property
    def _isolated(self) -> bool:
        """A process of its own knows only wenmai's own catalog, and leaves what it found in the run folder."""
        return self.folder is not None and self.catalog is CATALOG

    def _one(self, name: str, work: Path, budget: float | None, *, resume: bool) -> Outcome:
        kept = self._kept(name) if resume else None
        if self.folder is not None and not resume:
            shutil.rmtree(checkpoint_folder(self.folder, name), ignore_errors=True)
        if isinstance(kept, Rung):
            return kept
        self.progress.begin(name if kept is None else f"{name} again, because of other {kept}", None)
        try:
            return self._fresh(name, work, budget)
        except WenmaiError as error:
            return name, error
        finally:
            self.progress.end()

    def _fresh(self, name: str, work: Path, budget: float | None) -> Rung:
        if self.folder is None or not self._isolated:
            bundles = None if self.folder is None else self.folder / "bundles"
            return run_rung(
                name,
                self.division,
                self.circumstances,
                inputs=self.inputs,
                folder=bundles,
                checkpoints=None if self.folder is None else checkpoint_folder(self.folder, name),
                budget=budget,
                progress=self.progress,
                catalog=self.catalog,
            )
        forget_outcome(name, self.folder)
        run_isolated(work, name, self.folder, budget=budget, progress=self.progress)
        rung = self._kept(name)
        if not isinstance(rung, Rung):
            raise FitError("its process ended without leaving what it found", remedy="Is the disk full?")
        return rung

    def _kept(self, name: str) -> Rung | str | None:
        if self.folder is None or not self._isolated:
            return None
        return kept_outcome(name, self.division, self.circumstances, self.folder)
