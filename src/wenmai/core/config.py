"""Configs: frozen, strict, JSON both ways, refused with the place and the valid choices when they do not fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Self, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from wenmai.core.errors import ConfigError, nearest

_SHOWN = 200
"""Characters of a value that a message shows."""


EVERY_SETTING = {"every_setting": True}
"""The context in which a config writes down its newer settings too where they have their defaults (`model_dump`)."""


class Config(BaseModel):
    """Base of every config: frozen, keyword-only, unknown keys refused, defaults validated."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False, protected_namespaces=()
    )

    @classmethod
    def parse(cls, values: Mapping[str, Any], *, where: str | None = None, within: str | None = None) -> Self:
        """Build the config from plain values.

        Args:
            where: the file that they come from, for messages.
            within: the setting of a larger config that they are, for messages.

        Raises:
            ConfigError: naming the first setting that does not fit, what was found and what is valid.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise _config_error(cls, error, where, within) from None

    @classmethod
    def parse_json(cls, text: str | bytes, *, where: str | None = None) -> Self:
        """Build the config from JSON text; raises `ConfigError` as `parse` does."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise _config_error(cls, error, where) from None

    def but(self, **changes: Any) -> Self:
        """The same config with some settings changed and everything checked again."""
        return type(self).parse({**dict(self), **changes})

    def to_json(self) -> str:
        """Readable JSON: indented, keys in field order, characters as they are."""
        return self.model_dump_json(indent=2)

    @property
    def fingerprint(self) -> str:
        """16 hexadecimal digits that identify the config's content, whatever the order of its keys."""
        return fingerprint_json(self.model_dump(mode="json"))


def fingerprint_json(value: Any) -> str:
    """16 hexadecimal digits of the SHA-256 of a JSON value written canonically."""
    canonical = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def _config_error(
    config: type[Config], error: ValidationError, where: str | None, within: str | None = None
) -> ConfigError:
    problems = error.errors(include_url=False)
    # Where a setting may be one of several things, the one that was followed furthest is the one that was meant.
    problem = max(problems, key=lambda one: (one["loc"][:1] == problems[0]["loc"][:1], len(one["loc"])))
    names, places = _followed(config, problem["loc"])
    path = ".".join([within, *names] if within else names) or config.__name__
    if problem["type"] == "extra_forbidden":
        fields = list(dict.fromkeys(field for place in places for field in place.model_fields))
        close = nearest(names[-1], fields)
        meant = f"Did you mean {close[0]!r}? " if close else ""
        kinds = " or ".join(place.__name__ for place in places)
        valid = f"Valid settings of {kinds}: {', '.join(fields)}" if fields else f"{kinds or 'It'} has no settings"
        return ConfigError(f"unknown setting {path!r}", where=where, remedy=meant + valid)
    if problem["type"] == "value_error":  # our own validators say what is wrong in a whole sentence
        subject = f"setting {path!r}" if names or within else config.__name__
        return ConfigError(f"{subject}: {problem['msg'].removeprefix('Value error, ')}", where=where)
    expected = problem["msg"]
    return ConfigError(
        f"setting {path!r} is {_shortened(problem['input'])}", where=where, remedy=expected[:1].upper() + expected[1:]
    )


def _followed(config: type[Config], location: tuple[int | str, ...]) -> tuple[list[str], list[type[Config]]]:
    """A pydantic location as a person writes it, and the configs in which its last part was looked up."""
    names: list[str] = []
    here: list[type[Config]] = [config]
    looked: list[type[Config]] = here
    for part in location:
        key = str(part)
        tagged = [place for place in here if any(field.default == part == key for field in place.model_fields.values())]
        known = [place.model_fields[key] for place in here if key in place.model_fields]
        if known:
            looked, here = here, [inner for field in known for inner in _configs_in(field.annotation)]
        elif tagged:
            here = tagged
            continue
        elif "[" in key:
            continue  # how pydantic writes one of several types
        else:
            looked = here
        names.append(key)
    return names, looked


def _configs_in(annotation: Any) -> list[type[Config]]:
    if isinstance(annotation, type) and issubclass(annotation, Config):
        return [annotation]
    return [config for inner in get_args(annotation) for config in _configs_in(inner)]


def _shortened(value: Any) -> str:
    """A value as Python writes it, cut where it is long; what nests too deeply to write is only described."""
    try:
        written = repr(value)
    except RecursionError:
        return f"a {type(value).__name__} nested too deeply"
    return written if len(written) <= _SHOWN else f"{written[:_SHOWN]}…"
