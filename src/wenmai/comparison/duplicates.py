"""What the scores would have pretended: the chosen recipe with the duplicates left in and a plain random split."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from wenmai.catalog import Catalog
from wenmai.comparison.rung import Circumstances, Rung
from wenmai.core.config import Config, fingerprint_json
from wenmai.core.errors import WenmaiError
from wenmai.core.io import write_atomic
from wenmai.core.version import __version__
from wenmai.data.dataset import Dataset
from wenmai.data.duplicates import duplicate_groups
from wenmai.data.loading import Loaded
from wenmai.stats.intervals import Estimate
from wenmai.training import fit

WORTH_SHOWING = 0.01
"""The share of rows that repeat an earlier text from which on the effect is measured."""
TEST_SHARE = 0.1


KEPT = "rungs/with-duplicates.json"


class _Kept(Config):
    key: str
    scores: dict[str, Estimate]


def with_duplicates(
    data: Dataset | Loaded, rung: Rung, circumstances: Circumstances, catalog: Catalog, folder: Path | None = None
) -> dict[str, Estimate] | None:
    """The test scores of the rung's recipe when nothing is done about duplicates.

    None where the data comes divided or where few rows repeat.

    Args:
        folder: a run folder in which the scores are kept, so that a run that goes on need not fit again.
    """
    if isinstance(data, Loaded):
        if data.splits is not None:
            return None
        data = data.dataset
    groups = duplicate_groups(data)
    repeated = 1 - len(np.unique(groups)) / len(groups)
    if repeated < WORTH_SHOWING:
        return None
    key = fingerprint_json([data.fingerprint, rung.bundle.recipe.fingerprint, circumstances.seed, __version__])
    place = None if folder is None else folder / KEPT
    if place is not None and (scores := _kept(place, key)) is not None:
        return scores
    order = np.random.default_rng(circumstances.seed).permutation(len(data))
    held_out = round(len(data) * TEST_SHARE)
    test = data.select(order[:held_out])
    task = rung.bundle.task
    bundle = fit(
        rung.bundle.recipe,
        data.select(order[held_out:]),
        task=task,
        seed=circumstances.seed,
        threads=circumstances.threads,
        inputs=rung.bundle.inputs,
        catalog=catalog,
    )
    bootstrap = task.bootstrap(bundle.outputs(test), task.targets(test), seed=circumstances.seed)
    scores = bootstrap.estimates()
    if place is not None:
        place.parent.mkdir(exist_ok=True)
        write_atomic(place, _Kept(key=key, scores=scores).to_json())
    return scores


def _kept(place: Path, key: str) -> dict[str, Estimate] | None:
    """What was kept under the same key; None where there is none, or it is damaged."""
    try:
        kept = _Kept.parse_json(place.read_bytes())
    except (OSError, WenmaiError):
        return None
    return kept.scores if kept.key == key else None
