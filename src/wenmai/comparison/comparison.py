"""Comparison: what a person gets back from `compare`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from wenmai.bundle import Bundle
from wenmai.comparison.results import Results
from wenmai.core.errors import FitError, UnknownChoiceError


@dataclass(frozen=True)
class Comparison:
    """Many recipes on one data set: their results, and the bundles that were trained.

    Attributes:
        results: everything that was found, as in ``results.json``.
        bundles: the trained members by the names of their rungs.
        folder: the run folder; None where nothing was written.
    """

    results: Results
    bundles: Mapping[str, Bundle] = field(repr=False)
    folder: Path | None = None

    @cached_property
    def recommended(self) -> Bundle:
        """The bundle to use.

        Raises:
            FitError: when every rung failed.
        """
        if self.results.recommendation is None:
            failures = "; ".join(f"{rung.name}: {rung.error}" for rung in self.results.failed)
            raise FitError(f"no rung could be fitted ({failures})")
        return self.bundles[self.results.recommendation.name]

    def bundle(self, name: str) -> Bundle:
        """The bundle of a rung.

        Raises:
            UnknownChoiceError: listing the rungs that were fitted.
        """
        if name not in self.bundles:
            raise UnknownChoiceError("rung", name, self.bundles)
        return self.bundles[name]
