"""One row of the catalog."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from wenmai.core.schema import Kind


@dataclass(frozen=True, slots=True)
class Entry:
    """One member of the lineage.

    Attributes:
        name: how a person asks for it.
        title: how it is written in a table.
        summary: what it does, in half a sentence.
        config: ``module:Class`` of its `ModelConfig`.
        presets: name → ``module:function`` giving a `Preset` for a language; the first is used when none is named.
        tasks: the task families it learns.
        year: when the idea was published; paper: where.
        ancestor: the entry it grew out of; None for a root.
    """

    name: str
    title: str
    summary: str
    config: str
    presets: Mapping[str, str]
    tasks: tuple[Kind, ...]
    year: int
    paper: str
    ancestor: str | None
