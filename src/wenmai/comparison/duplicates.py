"""What the scores would have pretended: the chosen recipe with the duplicates left in and a plain random split."""

from __future__ import annotations

import numpy as np

from wenmai.catalog import Catalog
from wenmai.comparison.rung import Circumstances, Rung
from wenmai.data.dataset import Dataset
from wenmai.data.duplicates import duplicate_groups
from wenmai.data.loading import Loaded
from wenmai.stats.intervals import Estimate
from wenmai.training import fit

WORTH_SHOWING = 0.01
"""The share of rows that repeat an earlier text from which on the effect is measured."""
TEST_SHARE = 0.1


def with_duplicates(
    data: Dataset | Loaded, rung: Rung, circumstances: Circumstances, catalog: Catalog
) -> dict[str, Estimate] | None:
    """The test scores of the rung's recipe when nothing is done about duplicates.

    None where the data comes divided or where few rows repeat.
    """
    if isinstance(data, Loaded):
        if data.splits is not None:
            return None
        data = data.dataset
    groups = duplicate_groups(data)
    repeated = 1 - len(np.unique(groups)) / len(groups)
    if repeated < WORTH_SHOWING:
        return None
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
        catalog=catalog,
    )
    bootstrap = task.bootstrap(bundle.outputs(test), task.targets(test), seed=circumstances.seed)
    return bootstrap.estimates()
