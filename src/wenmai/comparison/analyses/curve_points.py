"""The fits behind learning curves, kept in the run folder one by one: a run that was killed need not repeat them.

::

    OUT/curves/RUNG-1of16-0.json          what decided the fit, and its time
    OUT/curves/RUNG-1of16-0.safetensors   contributions of the test rows to every metric

Shapes: N test rows.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from wenmai.core.config import Config
from wenmai.core.errors import WenmaiError
from wenmai.core.io import load_arrays, save_arrays, write_atomic

FOLDER = "curves"


@dataclass(frozen=True, slots=True)
class Point:
    """One fit on a part of the training rows: contributions [N] to each metric, and the seconds of the fit."""

    contributions: Mapping[str, NDArray[np.float64]]
    seconds: float


class _Kept(Config):
    key: str
    seconds: float


def keep_point(point: Point, key: str, name: str, folder: Path) -> None:
    """Write a point; its JSON last, so that it stands only when everything else does."""
    place = folder / FOLDER / name
    place.parent.mkdir(exist_ok=True)
    save_arrays(place.with_suffix(".safetensors"), dict(point.contributions))
    write_atomic(place.with_suffix(".json"), _Kept(key=key, seconds=point.seconds).to_json())


def kept_point(key: str, name: str, folder: Path) -> Point | None:
    """A point that was kept under the same key; None where there is none, or it is damaged."""
    place = folder / FOLDER / name
    try:
        kept = _Kept.parse_json(place.with_suffix(".json").read_bytes())
        return Point(load_arrays(place.with_suffix(".safetensors")), kept.seconds) if kept.key == key else None
    except (OSError, WenmaiError):
        return None


def forget_points(folder: Path) -> None:
    """Remove the points of an earlier run."""
    shutil.rmtree(folder / FOLDER, ignore_errors=True)
