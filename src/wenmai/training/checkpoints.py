"""Checkpoints: where a training stood, so that one that was ended goes on as if it had not been.

::

    FOLDER/00000120.safetensors   weights, their average, the best so far, the optimiser's means
    FOLDER/00000120.json          step, place in the epoch, history, and the sum of the file above

Both files appear whole or not at all, the JSON last: a checkpoint without it is none. The newest few are kept. One that
is damaged is passed over for the one before it. Nothing here is code, and nothing is unpickled.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import ConfigDict, Field

from wenmai.bundle.history import Evaluation, Pace, Stopped, TrainingPoint
from wenmai.core.config import Config, fingerprint_json
from wenmai.core.errors import FitError, WenmaiError
from wenmai.core.io import Array, load_arrays, read_json, save_arrays, sha256_file, write_atomic

EVERY_SECONDS = 30.0
"""Wall time between two checkpoints."""
KEPT = 2
"""So many of the newest stay."""

_NAME = re.compile(r"(?P<step>\d{8,})\.json")


class Standing(Config):
    """Where a training stands between two steps; with the arrays of a checkpoint, everything that it needs to go on.

    It is the one config that changes: the loop moves it along.
    """

    model_config = ConfigDict(frozen=False)

    step: int = 0
    """Steps that are done."""
    epoch: int = 0
    position: int = 0
    """Steps of this epoch that are done."""
    steps_in_epoch: int = 1
    best: float | None = None
    """The best score so far."""
    stale: int = 0
    """Evaluations since then."""
    loss: float = 0.0
    """The weighted loss since the last point of the curve."""
    weight: float = 0.0
    """The weight of the rows since then."""
    stopped: Stopped | None = None
    """Why the training is over; None while it is not."""
    pace: Pace = Pace()
    """Where the time went until then."""
    points: list[TrainingPoint] = Field(default_factory=list)
    evaluations: list[Evaluation] = Field(default_factory=list)


class _Manifest(Config):
    key: dict[str, str]
    arrays: str
    """SHA-256 of the arrays' file."""
    standing: Standing
    sum: str
    """Fingerprint of everything above."""


@dataclass(slots=True)
class Checkpoints:
    """The checkpoints of one training in a folder of their own.

    Attributes:
        folder: made when the first is written.
        key: what must be the same for a training to go on: recipe, rows, seed, each with its fingerprint.
        every: seconds of wall time between two; kept: how many of the newest stay.
        notes: what the person should know of what was found and written.
    """

    folder: Path
    key: Mapping[str, str]
    every: float = field(default_factory=lambda: EVERY_SECONDS)
    kept: int = KEPT
    notes: list[str] = field(default_factory=list)

    def save(self, standing: Standing, arrays: Mapping[str, Array]) -> None:
        """Write a checkpoint, then remove those that are too old.

        Raises:
            FitError: when it cannot be written; the one before it stays.
        """
        place = self.folder / f"{standing.step:08d}"
        try:
            save_arrays(place.with_suffix(".safetensors"), arrays)
            written = {
                "key": dict(self.key),
                "arrays": sha256_file(place.with_suffix(".safetensors")),
                "standing": standing.model_dump(mode="json"),
            }
            manifest = _Manifest.parse({**written, "sum": fingerprint_json(written)})
            write_atomic(place.with_suffix(".json"), manifest.to_json())
            self._remove_old()
        except OSError as error:
            raise FitError(
                f"the checkpoint of step {standing.step} could not be written ({error.strerror or error})",
                where=str(self.folder),
                remedy="The one before it is whole: make room, then go on with --resume",
            ) from None

    def newest(self) -> tuple[Standing, dict[str, Array]] | None:
        """The newest checkpoint that is whole and of this training; None where there is none."""
        for path in reversed(self._found()):
            try:
                manifest = self._checked(path)
            except WenmaiError as error:
                self.notes.append(f"the checkpoint {path.stem} was passed over: {error.found}")
                continue
            changed = [name for name, value in self.key.items() if manifest.key.get(name) != value]
            if changed:
                self.notes.append(f"trained from the start: the checkpoints are of other {' and '.join(changed)}")
                return None
            return manifest.standing, load_arrays(path.with_suffix(".safetensors"))
        return None

    def _checked(self, path: Path) -> _Manifest:
        values = read_json(path)
        manifest = _Manifest.parse(values)
        arrays = path.with_suffix(".safetensors")
        if fingerprint_json({name: value for name, value in values.items() if name != "sum"}) != manifest.sum:
            raise FitError("its JSON was changed or damaged")
        if not arrays.is_file() or sha256_file(arrays) != manifest.arrays:
            raise FitError("its arrays are missing or damaged")
        return manifest

    def _found(self) -> list[Path]:
        """The manifests, oldest first."""
        names = [path for path in self.folder.glob("*.json") if _NAME.fullmatch(path.name)]
        return sorted(names, key=lambda path: int(path.stem))

    def _remove_old(self) -> None:
        """Remove all but the newest, and what a training that was ended left half written."""
        whole = self._found()
        for path in whole[: -self.kept]:
            path.unlink()
        kept = {path.stem for path in whole[-self.kept :]}
        for path in self.folder.glob("*.safetensors"):
            if path.stem not in kept:
                path.unlink()
        for path in self.folder.glob(".*.safetensors.*"):
            path.unlink()
        for path in self.folder.glob(".*.json.*"):
            path.unlink()
