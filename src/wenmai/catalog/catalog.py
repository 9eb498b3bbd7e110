"""Catalog: from a name to a config, a preset or a task. Only names written in this package are ever imported."""

from __future__ import annotations

import importlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from wenmai.catalog.entries import ENTRIES, LADDERS, TASKS
from wenmai.catalog.entry import Entry
from wenmai.core.errors import MissingExtraError, UnknownChoiceError, UsageError
from wenmai.core.schema import Kind, Language
from wenmai.models.contract import ModelConfig, Preset
from wenmai.tasks.contract import Task

EXTRAS = {"torch": ("a network", "neural")}
"""A package that members may need → what needs it, and the extra that brings it."""


@dataclass(frozen=True, slots=True)
class Catalog:
    """Entries by name, ladders (named lists of rungs), task families by kind.

    A *rung* is an entry with one of its presets: ``tfidf-lr:chars``.
    """

    entries: Mapping[str, Entry]
    ladders: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tasks: Mapping[str, str] = field(default_factory=dict)

    def entry(self, name: str) -> Entry:
        """The entry of that name.

        Raises:
            UnknownChoiceError: listing the names there are, the nearest first.
        """
        if name not in self.entries:
            raise UnknownChoiceError("model", name, self.entries)
        return self.entries[name]

    def rung(self, name: str) -> tuple[Entry, str]:
        """The entry and the preset's name of ``entry`` or ``entry:preset``."""
        model, _, preset = name.partition(":")
        if model not in self.entries:
            raise UnknownChoiceError("model", model, [*self.entries, *self.ladders])
        entry = self.entries[model]
        preset = preset or next(iter(entry.presets))
        if preset not in entry.presets:
            raise UnknownChoiceError(f"preset of {model}", preset, entry.presets)
        return entry, preset

    def rungs(self, names: Iterable[str], kind: Kind | None = None) -> tuple[str, ...]:
        """Names of rungs, models and ladders as full rung names, each once, in order.

        Args:
            names: a ladder stands for those of its rungs that learn the kind of task.
            kind: of the task; None for any.

        Raises:
            UnknownChoiceError: for a name that is none.
            UsageError: for a rung that does not learn this kind of task, or a ladder without one that does.
        """
        found: dict[str, None] = {}
        for name in names:
            rungs = [self.rung(one) for one in self.ladders.get(name, (name,))]
            able = [(entry, preset) for entry, preset in rungs if kind is None or kind in entry.tasks]
            if not able:
                raise self.unable(name, kind)
            found |= dict.fromkeys(f"{entry.name}:{preset}" for entry, preset in able)
        return tuple(found)

    def unable(self, name: str, kind: Kind | None) -> UsageError:
        """The refusal of a rung, or ladder, that does not learn a kind of task."""
        able = [entry.name for entry in self.entries.values() if kind in entry.tasks]
        what = f"no rung of {name}" if name in self.ladders else name
        learns = "learns" if name in self.ladders else "does not learn"
        return UsageError(f"{what} {learns} {kind!r}", remedy=f"Models that do: {', '.join(able) or 'none yet'}")

    def config(self, name: str) -> type[ModelConfig]:
        """The config class of a model."""
        return cast(type[ModelConfig], _resolve(self.entry(name).config))

    def preset(self, name: str, language: Language) -> Preset:
        """The preset of a rung for text in that language."""
        entry, preset = self.rung(name)
        return cast(Preset, _resolve(entry.presets[preset])(language))

    def task(self, kind: Kind) -> type[Task]:
        """The task family of a schema's kind."""
        if kind not in self.tasks:
            raise UnknownChoiceError("task", kind, self.tasks)
        return cast(type[Task], _resolve(self.tasks[kind]))

    def extended(self, entries: Iterable[Entry], tasks: Mapping[str, str] | None = None) -> Catalog:
        """This catalog with further members, for tests and for a person's own models."""
        merged = {**self.entries, **{entry.name: entry for entry in entries}}
        return Catalog(merged, self.ladders, {**self.tasks, **(tasks or {})})


def _resolve(address: str) -> Any:
    module, _, name = address.partition(":")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if error.name not in EXTRAS:
            raise
        raise MissingExtraError(*EXTRAS[error.name]) from None


CATALOG = Catalog({entry.name: entry for entry in ENTRIES}, LADDERS, TASKS)
