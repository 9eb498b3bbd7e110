"""Parameters of the estimators as wenmai understands them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, cast, get_args

import numpy as np
from sklearn.utils import check_random_state

from wenmai.core.errors import UnknownChoiceError
from wenmai.core.machine import available_cores
from wenmai.core.schema import Language
from wenmai.sklearn.errors import ParameterError
from wenmai.text.language import detect_language
from wenmai.training.fitting import SEEDS

Settings = str | Sequence[str] | Mapping[str, Any]


def whole(value: Any) -> int | None:
    """A whole number of Python's or numpy's; None for anything else, truth values among them."""
    return int(value) if isinstance(value, int | np.integer) and not isinstance(value, bool) else None


def number(value: Any) -> float | None:
    """A number of Python's or numpy's; None for anything else, truth values among them."""
    return float(value) if isinstance(value, int | float | np.number) and not isinstance(value, bool) else None


def threads_of(n_jobs: Any) -> int:
    """How many threads ``n_jobs`` asks for: 1 for None, all processors for -1, all but one for -2, and so on.

    Raises:
        ParameterError: when it is 0 or no whole number.
    """
    if n_jobs is None:
        return 1
    threads = whole(n_jobs)
    if not threads:
        raise ParameterError(f"n_jobs is {n_jobs!r}", remedy="Give a number of threads, -1 for all processors, or None")
    return threads if threads > 0 else max(1, available_cores() + 1 + threads)


def seed_of(random_state: Any) -> int:
    """The seed of a random state: a whole number itself, otherwise the next number that the state draws."""
    seed = whole(random_state)
    return seed if seed is not None else int(check_random_state(random_state).randint(SEEDS, dtype="uint32"))


def language_of(language: Any, texts: Sequence[str]) -> Language:
    """A language as it was asked for, or the one that the texts are in."""
    if language == "auto":
        return detect_language(_spread(texts))
    if language not in get_args(Language):
        raise UnknownChoiceError("language", str(language), ("auto", *get_args(Language)))
    return cast(Language, language)


def written_settings(settings: Any) -> list[str]:
    """Settings, each as ``path=value``; a mapping holds them as ``{path: value}``.

    Raises:
        ParameterError: when they are neither strings nor such a mapping.
    """
    if isinstance(settings, Mapping):
        return [f"{path}={_json(path, value)}" for path, value in settings.items()]
    listed = [settings] if isinstance(settings, str) else settings
    if not isinstance(listed, Sequence) or not all(isinstance(one, str) for one in listed):
        raise ParameterError(
            f"settings is {settings!r}", remedy="Write ['model.learner.C=3'] or {'model.learner.C': 3}"
        )
    return list(listed)


def dev_share(dev_size: Any, rows: int) -> float:
    """The share of rows that ``dev_size`` holds out: a share itself, a number of rows, or None or 0 for none.

    Raises:
        ParameterError: for a negative number, or one that leaves no row to learn from.
    """
    if dev_size is None:
        return 0.0
    count, share = whole(dev_size), number(dev_size)
    if share is not None:
        share = share if count is None else count / rows
        if 0 <= share < 1:
            return share
    raise ParameterError(
        f"dev_size is {dev_size!r} of {rows} rows", remedy="Give a share below 1, a number of rows, or None for none"
    )


def _spread(texts: Sequence[str], sample: int = 1000) -> Sequence[str]:
    """Texts from all over: rows are often in the order of their labels, hence of their sources."""
    return texts[:: max(1, len(texts) // sample)]


def _json(path: Any, value: Any) -> str:
    try:
        return json.dumps(value.item() if hasattr(value, "item") else value)
    except (TypeError, ValueError, RecursionError):
        raise ParameterError(f"the setting {path!r} is {value!r}", remedy="Give plain values") from None
