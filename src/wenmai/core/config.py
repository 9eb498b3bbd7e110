"""Configs: frozen, strict, JSON both ways, refused with the place and the valid choices when they do not fit."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails

from wenmai.core.errors import ConfigError, nearest


class Config(BaseModel):
    """Base of every config: frozen, keyword-only, unknown keys refused, defaults validated."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False, protected_namespaces=()
    )

    @classmethod
    def parse(cls, values: Mapping[str, Any], *, where: str | None = None) -> Self:
        """Build the config from plain values.

        Raises:
            ConfigError: naming the first setting that does not fit, what was found and what is valid.
        """
        try:
            return cls.model_validate(values)
        except ValidationError as error:
            raise _config_error(cls, error.errors(include_url=False)[0], where) from None

    @classmethod
    def parse_json(cls, text: str | bytes, *, where: str | None = None) -> Self:
        """Build the config from JSON text; raises `ConfigError` as `parse` does."""
        try:
            return cls.model_validate_json(text)
        except ValidationError as error:
            raise _config_error(cls, error.errors(include_url=False)[0], where) from None

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


def _config_error(config: type[Config], problem: ErrorDetails, where: str | None) -> ConfigError:
    path = ".".join(str(part) for part in problem["loc"]) or config.__name__
    if problem["type"] == "extra_forbidden":
        key = str(problem["loc"][-1])
        fields = list(config.model_fields)
        close = nearest(key, fields)
        hint = f"Did you mean {close[0]!r}? " if close else ""
        remedy = f"{hint}Valid settings of {config.__name__}: {', '.join(fields)}" if len(problem["loc"]) == 1 else hint
        return ConfigError(f"unknown setting {path!r}", where=where, remedy=remedy.strip(" ?") or None)
    return ConfigError(
        f"setting {path!r} is {problem['input']!r}", where=where, remedy=problem["msg"][:1].upper() + problem["msg"][1:]
    )
