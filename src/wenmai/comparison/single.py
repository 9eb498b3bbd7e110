"""train: one rung instead of a ladder, by the same protocol."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from wenmai.bundle import Bundle
from wenmai.catalog import CATALOG, Catalog
from wenmai.comparison.comparing import compare
from wenmai.comparison.study import Study
from wenmai.core.errors import FitError
from wenmai.core.progress import SILENT, Progress
from wenmai.data.dataset import Dataset
from wenmai.data.loading import Loaded
from wenmai.models.contract import ClassWeight


def train(
    model: str,
    data: Dataset | Loaded,
    *,
    seed: int = 0,
    seeds: int = 1,
    threads: int | None = None,
    budget: float | str | None = None,
    class_weight: ClassWeight = "none",
    settings: str | Sequence[str] = (),
    inputs: Mapping[str, Bundle | str | Path] | None = None,
    out: str | Path | None = None,
    resume: bool = False,
    progress: Progress = SILENT,
    catalog: Catalog = CATALOG,
) -> Bundle:
    """Train one model as `compare` would: settings chosen on dev, the test rows left alone until it is done.

    Args:
        model: ``entry`` or ``entry:preset``; the other arguments as for `compare`.

    Raises:
        FitError: when it cannot be fitted; otherwise as `compare`.
    """
    board = compare(
        data,
        models=[model],
        seed=seed,
        seeds=seeds,
        threads=threads,
        budget=budget,
        class_weight=class_weight,
        settings=settings,
        inputs=inputs,
        out=out,
        resume=resume,
        study=Study(duplicates=False),
        progress=progress,
        catalog=catalog,
    )
    for failed in board.results.failed:
        raise FitError(failed.error or f"{model} could not be fitted")
    return board.recommended
