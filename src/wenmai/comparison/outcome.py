"""What a finished rung leaves in the run folder, so that it need not be run again.

::

    OUT/rungs/RUNG.json          settings that were tried, costs, and the key of everything that decided them
    OUT/rungs/RUNG.safetensors   outputs on the rows that choices were made on, and on the test rows
    OUT/bundles/RUNG/            the trained member
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from wenmai.bundle import load_bundle
from wenmai.comparison.division import Division
from wenmai.comparison.results import Candidate
from wenmai.comparison.rung import Circumstances, Rung, SeedFit, candidate_recipes, folder_name
from wenmai.core.config import Config, fingerprint_json
from wenmai.core.errors import WenmaiError
from wenmai.core.io import Array, load_arrays, save_arrays, write_atomic
from wenmai.core.version import __version__
from wenmai.evaluation.costs import Costs
from wenmai.models.contract import Outputs


class Outcome(Config):
    """A finished rung, but for its bundle and its outputs."""

    name: str
    key: dict[str, str]
    """Everything that decided the outcome, by what it is; see `outcome_key`."""
    candidates: tuple[Candidate, ...]
    seeds: tuple[int, ...]
    shipped: int
    costs: Costs
    seconds: float
    notes: tuple[str, ...]


def outcome_key(name: str, division: Division, circumstances: Circumstances) -> dict[str, str]:
    """What must be the same for an outcome to be used again, each with its fingerprint."""
    recipes = candidate_recipes(name, division.train.schema.language, circumstances)
    dev = division.dev
    return {
        "training rows": division.train.fingerprint,
        "dev rows": "none" if dev is None else dev.fingerprint,
        "test rows": division.test.fingerprint,
        "folds": fingerprint_json([held_out.tolist() for _, held_out in division.folds]),
        "recipes": fingerprint_json([recipe.fingerprint for recipe in recipes]),
        "seed": str(circumstances.seed),
        "number of seeds": str(circumstances.seeds if any(recipe.model.random for recipe in recipes) else 1),
        "threads": str(circumstances.threads),
        "decision thresholds": "fixed" if circumstances.thresholds is None else circumstances.thresholds.fingerprint,
        "version of wenmai": __version__,
    }


def keep_outcome(rung: Rung, key: dict[str, str], folder: Path) -> None:
    """Write a finished rung; its JSON last, so that it stands only when everything else does."""
    place = folder / "rungs" / folder_name(rung.name)
    arrays: dict[str, Array] = {}
    for number, fit in enumerate(rung.fits):
        arrays |= _packed(f"chosen{number}", fit.chosen_outputs) | _packed(f"tested{number}", fit.test_outputs)
    place.parent.mkdir(parents=True, exist_ok=True)
    save_arrays(place.with_suffix(".safetensors"), arrays)
    outcome = Outcome(
        name=rung.name,
        key=key,
        candidates=rung.candidates,
        seeds=tuple(fit.seed for fit in rung.fits),
        shipped=rung.shipped,
        costs=rung.costs,
        seconds=rung.seconds,
        notes=rung.notes,
    )
    write_atomic(place.with_suffix(".json"), outcome.to_json())


def forget_outcome(name: str, folder: Path) -> None:
    """Remove what an earlier run of the rung left, so that nothing of it is taken for a new one's."""
    for ending in (".json", ".safetensors"):
        (folder / "rungs" / folder_name(name)).with_suffix(ending).unlink(missing_ok=True)


def kept_outcome(name: str, division: Division, circumstances: Circumstances, folder: Path) -> Rung | str | None:
    """A rung that was finished before: itself; or what has changed since; or None where there is none.

    What is damaged counts as not there: it is run again.
    """
    place = folder / "rungs" / folder_name(name)
    try:
        outcome = Outcome.parse_json(place.with_suffix(".json").read_bytes())
    except (OSError, WenmaiError):
        return None
    key = outcome_key(name, division, circumstances)
    changed = [what for what, value in key.items() if outcome.key.get(what) != value]
    if changed:
        return ", ".join(changed)
    try:
        arrays = load_arrays(place.with_suffix(".safetensors"))
        bundle = load_bundle(folder / "bundles" / folder_name(name))
        outputs = [
            (_unpacked(f"chosen{number}", arrays), _unpacked(f"tested{number}", arrays))
            for number in range(len(outcome.seeds))
        ]
    except WenmaiError:
        return None
    task, drawn = bundle.task, circumstances.seed
    gold, test_gold = task.targets(division.choosing), task.targets(division.test)
    fits = tuple(
        SeedFit(
            seed=seed,
            chosen=task.bootstrap(chosen, gold, seed=drawn),
            tested=task.bootstrap(tested, test_gold, seed=drawn),
            chosen_outputs=chosen,
            test_outputs=tested,
        )
        for seed, (chosen, tested) in zip(outcome.seeds, outputs, strict=True)
    )
    return Rung(
        name=name,
        bundle=bundle,
        path=folder / "bundles" / folder_name(name),
        candidates=outcome.candidates,
        fits=fits,
        shipped=outcome.shipped,
        costs=outcome.costs,
        seconds=outcome.seconds,
        notes=outcome.notes,
    )


def _packed(name: str, outputs: Outputs) -> dict[str, Array]:
    """Outputs as named arrays: one, or one a row where rows differ in length."""
    if isinstance(outputs, np.ndarray):
        return {name: outputs}
    return {f"{name}/{row}": np.asarray(one) for row, one in enumerate(outputs)}


def _unpacked(name: str, arrays: dict[str, Array]) -> Outputs:
    if name in arrays:
        return arrays[name]
    rows: list[Any] = [array for key, array in arrays.items() if key.startswith(f"{name}/")]
    return [arrays[f"{name}/{row}"] for row in range(len(rows))]
