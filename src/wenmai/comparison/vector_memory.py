"""The vectors of a division's texts: each computed once, for all candidates, seeds, folds, rungs and parts of rows.

::

    OUT/vectors/KEY.safetensors   the vectors of the distinct texts of one part, and the seconds that each took
    OUT/vectors/KEY.json          the sum of the file beside it, and the memory that was held

A part (the training, dev or test rows) is computed whole, its texts in the order in which they first stand there; folds
and smaller parts take theirs from it. A vector's last digits can depend on the texts beside it: so they are the same
whatever was on the disk.

A fit that found its vectors here costs what it would have cost without: its seconds are those of its own work and
those that its texts once took, and the memory of the process that computed them counts as its own.

Letters of the shapes: M distinct texts of a part, D numbers in a vector.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from wenmai.bundle import Bundle
from wenmai.bundle.bundle import build_model
from wenmai.comparison.division import Division
from wenmai.core.config import Config, fingerprint_json
from wenmai.core.errors import WenmaiError
from wenmai.core.io import load_arrays, save_arrays, sha256_file, write_atomic
from wenmai.core.machine import peak_resident_bytes
from wenmai.core.progress import SILENT, Progress
from wenmai.core.version import __version__
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Arrays, Run
from wenmai.models.texts_once import BLOCK, asked, distinct_texts
from wenmai.recipe import Recipe

FOLDER = "vectors"

Floats = NDArray[np.float64]


class _Kept(Config):
    """What ``KEY.json`` says."""

    sha256: str
    """Of the file of vectors."""
    peak_memory_bytes: int
    """What the process that computed them held at most, above what it held before it read anything."""


@dataclass(slots=True)
class _Computed:
    """The vectors [M, D] of a part's texts in its own numbers, the seconds [M] that each took, and the memory."""

    vectors: NDArray[np.floating[Any]]
    seconds: Floats
    peak_memory_bytes: int


@dataclass
class _Part:
    """The texts of the training, dev or test rows that stand in no part before."""

    data: Dataset
    before: Sequence[_Part]

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Text → its number."""
        texts = (text for text in distinct_texts(self.data) if not any(text in part.numbers for part in self.before))
        return {text: number for number, text in enumerate(texts)}

    @cached_property
    def digest(self) -> str:
        """The SHA-256 of all texts in their order."""
        digest = hashlib.sha256()
        for text in self.numbers:
            written = text.encode("utf-8", "surrogatepass")
            digest.update(f"{len(written)} ".encode() + written)
        return digest.hexdigest()


@dataclass(slots=True)
class Count:
    """What a fit took from the memory.

    Attributes:
        worked: seconds of the fit in which vectors of whole parts were computed, read or written.
        owed: the seconds that the vectors took which the fit asked for.
    """

    worked: float = 0.0
    owed: float = 0.0
    _seen: dict[int, NDArray[np.bool_]] = field(default_factory=dict)

    def take(self, computed: _Computed, rows: NDArray[np.int64]) -> None:
        """Owe the seconds of some texts, of each once."""
        seen = self._seen.setdefault(id(computed), np.zeros(len(computed.seconds), np.bool_))
        new = np.unique(rows[~seen[rows]])
        seen[new] = True
        self.owed += float(computed.seconds[new].sum())

    def on(self, bundle: Bundle) -> Bundle:
        """The bundle of the fit, which took as long as it would have without the memory."""
        seconds = bundle.provenance.seconds
        whole = round(max(seconds - self.worked, 0.0) + self.owed, 3)
        return bundle if whole == seconds else replace(bundle, provenance=bundle.provenance.but(seconds=whole))


class VectorMemory:
    """Stands before the bundles that rungs build on, and remembers the vectors that they gave.

    Args:
        division: whose texts are remembered.
        folder: where they are kept too, for other processes and later runs; None keeps them in this process alone.
        threads: how many compute, of which a vector's last digits may depend.
        memory_baseline: what this process held before it read anything.
        deadline: the moment (`time.monotonic`) when the budget is spent; None for no limit.
        progress: hears how far the computing has come.
    """

    def __init__(
        self,
        division: Division,
        *,
        folder: Path | None = None,
        threads: int = 1,
        memory_baseline: int = 0,
        deadline: float | None = None,
        progress: Progress = SILENT,
    ) -> None:
        given = (division.train, division.dev, division.test)
        self._parts: list[_Part] = []
        for data in given:
            if data is not None:
                self._parts.append(_Part(data, tuple(self._parts)))
        self._folder, self._threads, self._baseline = folder, threads, memory_baseline
        self._run = Run(deadline=deadline, progress=progress)
        self._computed: dict[tuple[str, int], _Computed] = {}
        self._remembered: dict[str, Bundle] = {}
        self._count = Count()

    @property
    def peak_memory_bytes(self) -> int:
        """The most that a process held which computed vectors that were asked for."""
        return max((one.peak_memory_bytes for one in self._computed.values()), default=0)

    @property
    def kept_bytes(self) -> int:
        """How large the files are in which the vectors lie that were asked for."""
        files = [path for key in self._computed if (path := self._path(*key)) is not None and path.is_file()]
        return sum(path.stat().st_size for path in files)

    def notes(self) -> tuple[str, ...]:
        """How large what is kept on the disk is, where anything is."""
        if self._folder is None or not (size := self.kept_bytes):
            return ()
        return (f"the vectors of its texts lie in {self._folder.name}/ ({size / 1e6:,.1f} MB), for other rungs too",)

    @contextlib.contextmanager
    def counting(self) -> Iterator[Count]:
        """Count what one fit takes."""
        self._count = Count()
        yield self._count

    def before(self, recipe: Recipe, inputs: Mapping[str, Bundle]) -> dict[str, Bundle]:
        """The inputs of a recipe; those of which the model asks nothing but vectors with the memory before them."""
        wanted = recipe.model.vector_inputs()
        return {name: self._before(bundle) if name in wanted else bundle for name, bundle in inputs.items()}

    def without(self, bundle: Bundle) -> Bundle:
        """A bundle that was fitted with the memory before its inputs, without it."""
        inputs = {
            name: one.model.bundle if isinstance(one.model, _Remembering) else one
            for name, one in bundle.inputs.items()
        }
        if all(inputs[name] is bundle.inputs[name] for name in inputs):
            return bundle
        model = build_model(bundle.recipe, bundle.task, bundle.pipeline, inputs)
        model.restore(bundle.model.arrays())
        return replace(bundle, model=model, inputs=inputs)

    def vectors(self, bundle: Bundle, texts: Sequence[str]) -> Floats:
        """The vectors [N, D] of texts by a bundle; those of texts that the division has not are computed each time."""
        places = np.array([self._place(text) for text in texts], np.int64).reshape(-1, 2)
        answers: list[tuple[NDArray[np.bool_], Floats]] = []
        for at in np.unique(places[:, 0]).tolist():
            mine = places[:, 0] == at
            if at < 0:
                answers.append((mine, asked(bundle, [texts[row] for row in np.flatnonzero(mine).tolist()])))
                continue
            computed = self._of(bundle, at)
            self._count.take(computed, places[mine, 1])
            answers.append((mine, computed.vectors[places[mine, 1]].astype(np.float64)))
        if not answers:
            return asked(bundle, texts)
        vectors: Floats = np.empty((len(texts), answers[0][1].shape[1]))
        for mine, found in answers:
            vectors[mine] = found
        return vectors

    def _before(self, bundle: Bundle) -> Bundle:
        made = self._remembered.get(bundle.fingerprint)
        if made is None:
            made = self._remembered[bundle.fingerprint] = replace(bundle, model=_Remembering(bundle, self))
        return made

    def _of(self, bundle: Bundle, at: int) -> _Computed:
        """What is known of a part's texts by a bundle: remembered, kept, or computed now."""
        key = bundle.fingerprint, at
        if key not in self._computed:
            began = time.monotonic()
            path = self._path(*key)
            computed = None if path is None else _kept(path, len(self._parts[at].numbers))
            if computed is None:
                computed = self._compute(bundle, list(self._parts[at].numbers))
                if path is not None:
                    _keep(computed, path)
            self._computed[key] = computed
            self._count.worked += time.monotonic() - began
        return self._computed[key]

    def _place(self, text: str) -> tuple[int, int]:
        """The part that has a text, and its number there; -1 where none has."""
        for at, part in enumerate(self._parts):
            if (number := part.numbers.get(text)) is not None:
                return at, number
        return -1, -1

    def _compute(self, bundle: Bundle, texts: Sequence[str]) -> _Computed:
        blocks, seconds = [], []
        with self._run.stage("encode texts", -(-len(texts) // BLOCK)):
            for start in range(0, len(texts), BLOCK):
                self._run.check()
                some = texts[start : start + BLOCK]
                began = time.monotonic()
                blocks.append(asked(bundle, some))
                characters = np.array([len(text) + 1 for text in some], np.float64)
                seconds.append((time.monotonic() - began) * characters / characters.sum())
                self._run.progress.advance()
        whole = np.concatenate(blocks)
        small = whole.astype(np.float32)
        held = max(peak_resident_bytes() - self._baseline, 0)
        return _Computed(small if np.array_equal(small, whole) else whole, np.concatenate(seconds), held)

    def _path(self, bundle: str, at: int) -> Path | None:
        if self._folder is None:
            return None
        key = [bundle, self._parts[at].digest, self._threads, __version__]
        return self._folder / f"{fingerprint_json(key)}.safetensors"


class _Remembering:
    """The model of a bundle that gives vectors, which asks the memory first."""

    def __init__(self, bundle: Bundle, memory: VectorMemory) -> None:
        self.bundle, self._memory = bundle, memory

    def outputs(self, inputs: Inputs) -> Floats:
        """The vectors [N, D] of texts."""
        return self._memory.vectors(self.bundle, inputs.text)

    def arrays(self) -> Arrays:
        """The state of the bundle's own model."""
        return self.bundle.model.arrays()

    def restore(self, arrays: Arrays) -> None:
        """Give the bundle's own model a state."""
        self.bundle.model.restore(arrays)


def forget_vectors(run: Path) -> None:
    """Remove the vectors that an earlier run left in its folder."""
    shutil.rmtree(run / FOLDER, ignore_errors=True)


def _keep(computed: _Computed, path: Path) -> None:
    """Write vectors; the JSON last, so that it stands only when they do. On a full disk nothing is kept."""
    from safetensors import SafetensorError

    about = path.with_suffix(".json")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        about.unlink(missing_ok=True)
        save_arrays(path, {"vectors": computed.vectors, "seconds": computed.seconds})
        kept = _Kept(sha256=sha256_file(path), peak_memory_bytes=computed.peak_memory_bytes)
        write_atomic(about, kept.to_json())
    except (OSError, SafetensorError):  # They can be computed again: no reason to lose a fit.
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def _kept(path: Path, texts: int) -> _Computed | None:
    """What was kept of so many texts; None where there is nothing. What is damaged counts as not there."""
    try:
        kept = _Kept.parse_json(path.with_suffix(".json").read_bytes())
        if not path.is_file() or sha256_file(path) != kept.sha256:
            return None
        arrays = load_arrays(path)
    except (OSError, WenmaiError):
        return None
    vectors, seconds = arrays.get("vectors"), arrays.get("seconds")
    if vectors is None or seconds is None:
        return None
    fits = vectors.ndim == 2 and len(vectors) == texts and vectors.dtype in (np.float32, np.float64)
    fits = (
        fits
        and seconds.shape == (texts,)
        and seconds.dtype == np.float64
        and bool(((seconds >= 0) & (seconds < np.inf)).all())
    )
    if not fits or not np.isfinite(vectors).all():
        return None
    return _Computed(vectors, seconds, kept.peak_memory_bytes)
