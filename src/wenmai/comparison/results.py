"""What a comparison found, as it stands in ``results.json``; ``docs/results.md`` describes it field by field."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from wenmai.comparison.findings import Findings
from wenmai.core.config import Config
from wenmai.core.errors import BundleError, ConfigError
from wenmai.core.io import read_json
from wenmai.core.schema import Kind, Language
from wenmai.evaluation.costs import Costs
from wenmai.evaluation.report import ClassScores
from wenmai.stats.intervals import Estimate

SCHEMA_VERSION = 1

Choice = Literal["dev", "cross-validation"]

Cost = Literal["latency", "size", "train", "memory"]
"""Milliseconds a prediction; bytes on disk; seconds of the fit; peak memory of the fit."""


class Environment(Config):
    """Where a comparison ran: versions and the machine in general terms, no names and no places."""

    versions: dict[str, str]
    """Of Python, wenmai and the packages that decide what a model computes."""
    system: str
    processor: str
    cores: int = Field(ge=1)
    memory_gib: float


class DataSummary(Config):
    """Which rows were compared on.

    ``health`` is the JSON of `wenmai.data.health.Health`.
    """

    name: str
    data_fingerprint: str
    language: Language
    task: Kind = "classify"
    several_labels: bool = False
    labels: tuple[str, ...]
    rows: dict[str, int]
    """Rows of each split, in the order train, dev, test."""
    health: dict[str, Any] = Field(default_factory=dict)


class Protocol(Config):
    """How choices were made and scores were taken."""

    metric: str
    """What choices went by, for example ``macro_f1``."""
    choice: Choice
    folds: int | None = Field(default=None, ge=2)
    resamples: int = Field(ge=1)
    level: float = Field(default=0.95, gt=0, lt=1)
    seeds: int = Field(default=1, ge=1)
    """How many fits a rung got whose model is random."""
    cost: Cost = "latency"
    """By what the cheapest of the tied rungs was found."""
    sentences: tuple[str, ...]
    """What a reader must know, each a whole sentence; the first says where the scores come from."""


class Candidate(Config):
    """One combination of settings that was tried, and its score by the protocol's metric where choices are made."""

    settings: dict[str, Any]
    score: Estimate
    chosen: bool = False


class Confusion(Config):
    """Test rows by true label (outer) and predicted label (inner)."""

    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]

    @model_validator(mode="after")
    def _square(self) -> Self:
        size = len(self.labels)
        if len(self.counts) != size or any(len(row) != size for row in self.counts):
            raise ValueError(f"the counts are not {size} rows of {size}")
        return self


class Feature(Config):
    """A feature that speaks for a class, and how strongly."""

    text: str
    weight: float


class SeedScores(Config):
    """What one seed's fit scored by itself; one of them is the bundle."""

    seed: int
    dev: dict[str, Estimate]
    test: dict[str, Estimate]
    shipped: bool


class RungResult(Config):
    """One member of the ladder: what it scored and cost, or why it failed."""

    name: str
    title: str
    status: Literal["done", "failed", "outside"] = "done"
    """``outside``: predictions that were made elsewhere; they have neither a recipe nor costs nor a bundle."""
    error: str | None = None
    recipe_fingerprint: str | None = None
    candidates: tuple[Candidate, ...] = ()
    dev: dict[str, Estimate] = Field(default_factory=dict)
    test: dict[str, Estimate] = Field(default_factory=dict)
    seeds: tuple[SeedScores, ...] = ()
    """Each seed by itself, where there are several: ``dev`` and ``test`` are then their means."""
    per_class: tuple[ClassScores, ...] = ()
    confusion: Confusion | None = None
    costs: Costs | None = None
    bundle: str | None = None
    """The bundle's folder, relative to the run folder."""
    top_features: dict[str, tuple[Feature, ...]] = Field(default_factory=dict)
    notes: tuple[str, ...] = ()
    """What the person should know of the fit."""
    with_duplicates: dict[str, Estimate] | None = None
    """What ``test`` would have been with the duplicates left in, where that was measured."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.status == "failed" and not self.error:
            raise ValueError("a failed rung says why in 'error'")
        if self.status == "done" and not (self.test and self.costs):
            raise ValueError("a rung that is done has 'test' scores and 'costs'")
        if self.status == "outside" and not (self.test and self.costs is None and self.bundle is None):
            raise ValueError("outside predictions have 'test' scores and neither 'costs' nor a 'bundle'")
        return self

    @property
    def selected(self) -> dict[str, Any]:
        """The settings that were chosen; empty when there was nothing to choose."""
        return next((candidate.settings for candidate in self.candidates if candidate.chosen), {})


class Recommendation(Config):
    """The rung to use, and the ones that the rows cannot tell from the best."""

    name: str
    sentence: str
    metric: str
    measured_on: Choice
    """The rows that the differences were measured on; never the test rows, which only report."""
    best: str
    tied: tuple[str, ...]
    """Names of the rungs that may be as good as the best, judged all at once; the best itself among them."""
    differences: dict[str, Estimate]
    """Every other rung: its value minus the best's, on the same rows."""
    minimum_detectable: float | None = None
    """The smallest true difference from the best that these rows would have found, four times in five."""


class DecidingSpan(Config):
    """A piece of a text, in characters from 0, and how much it spoke for the predicted label (negative: against)."""

    start: int = Field(ge=0)
    end: int = Field(ge=0)
    weight: float


class ConfidentError(Config):
    """A test row that the recommended rung got wrong while sure of itself."""

    text: str
    second: str | None = None
    """The second text, where rows are pairs."""
    gold: tuple[str, ...]
    predicted: tuple[str, ...]
    probability: float = Field(ge=0, le=1)
    spans: tuple[DecidingSpan, ...] = ()
    line: int | None = None
    """Where the row stands in the file it was read from, counting from 1."""


class Results(Config):
    """A whole comparison."""

    schema_version: Literal[1] = 1
    created: str
    """The moment it was finished: ISO 8601, UTC."""
    command: str
    """What was typed, with the person's home folder written ``~``."""
    environment: Environment
    seed: int
    threads: int = Field(ge=1)
    data: DataSummary
    protocol: Protocol
    rungs: tuple[RungResult, ...]
    recommendation: Recommendation | None = None
    """Absent when every rung failed."""
    errors: tuple[ConfidentError, ...] = Field(default=(), max_length=20)
    findings: Findings = Findings()

    @property
    def done(self) -> tuple[RungResult, ...]:
        """The rungs that were fitted."""
        return tuple(rung for rung in self.rungs if rung.status == "done")

    @property
    def scored(self) -> tuple[RungResult, ...]:
        """The rungs that were fitted, and outside predictions."""
        return tuple(rung for rung in self.rungs if rung.status != "failed")

    @property
    def failed(self) -> tuple[RungResult, ...]:
        """The rungs that were not."""
        return tuple(rung for rung in self.rungs if rung.status == "failed")

    def redacted(self) -> Results:
        """The same without any text: no errors, no features, which may hold names."""
        rungs = tuple(rung.but(top_features={}) for rung in self.rungs)
        return self.but(errors=(), rungs=rungs, findings=self.findings.redacted())

    def rung(self, name: str) -> RungResult:
        """One rung by its name; raises KeyError for a name that is none of them."""
        for rung in self.rungs:
            if rung.name == name:
                return rung
        raise KeyError(name)

    @model_validator(mode="after")
    def _names_fit(self) -> Self:
        names = [rung.name for rung in self.rungs]
        if len(set(names)) < len(names):
            raise ValueError("two rungs have the same name")
        if self.recommendation is not None:
            named = {self.recommendation.best, *self.recommendation.tied, *self.recommendation.differences}
            unknown = named - {rung.name for rung in self.scored}
            unknown |= {self.recommendation.name} - {rung.name for rung in self.done}
            if unknown:
                raise ValueError(f"the recommendation names rungs that are not done: {', '.join(sorted(unknown))}")
        return self


def read_results(path: Path) -> Results:
    """Read a ``results.json``.

    Raises:
        BundleError: when it is missing, not JSON, written by a newer wenmai, or does not fit the schema.
    """
    value = read_json(path)
    version = value.get("schema_version") if isinstance(value, dict) else None
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise BundleError(
            f"results of schema version {version}, this wenmai reads up to {SCHEMA_VERSION}",
            where=str(path),
            remedy="Read it with the wenmai that wrote it, or a newer one",
        )
    try:
        # JSON has lists where the configs have tuples; only the JSON reader takes one for the other in every field.
        return Results.parse_json(path.read_bytes())
    except ConfigError as error:
        raise BundleError(f"not the results of a comparison: {error.found}", where=str(path)) from None
