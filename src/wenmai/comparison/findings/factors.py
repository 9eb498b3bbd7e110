"""Findings: what segmentation does to the same model."""

from __future__ import annotations

from typing import Literal

from wenmai.core.config import Config
from wenmai.stats.intervals import Estimate

Verdict = Literal["first", "second", "tie"]


class SegmentationPair(Config):
    """One member under two segmentations, everything else of the pipeline being the same."""

    member: str
    """The catalog's name of the model."""
    title: str
    """The same as tables show it."""
    first: str
    """A rung."""
    second: str
    first_kind: str
    """How the first rung segments: ``words``, ``characters``, ``subwords``."""
    second_kind: str
    chosen: Estimate
    """The first's score minus the second's, paired, on the rows that choices are made on."""
    tested: Estimate
    """The same on the test rows: only reported."""
    verdict: Verdict
    """Which is better where choices are made; a tie where the interval of that difference holds zero."""


class Segmentations(Config):
    """Segmentation as a factor."""

    metric: str
    pairs: tuple[SegmentationPair, ...]
    sentences: tuple[str, ...] = ()
    """The same in words."""
