"""verify: does a bundle still say what it said when it was saved?"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wenmai.bundle.bundle import Bundle
from wenmai.bundle.folder import check_sums, load_bundle, refused_as_bundle
from wenmai.bundle.probes import Probes
from wenmai.catalog import CATALOG, Catalog
from wenmai.core.errors import BundleError

TOLERANCE = 1e-5
"""The largest difference between machines, relative to outputs above 1."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What was checked and found in order.

    Attributes:
        bundle: the loaded bundle; files: how many were checked by their sums.
        probes: how many made-up inputs were run; difference: the largest deviation of an output, 0 for bit-identical.
    """

    bundle: Bundle
    files: int
    probes: int
    difference: float


def verify_bundle(path: str | Path, *, catalog: Catalog = CATALOG) -> Verification:
    """Check every file, load the bundle, and run its probes.

    Raises:
        BundleError: when a file is not as it was written, or an output deviates by more than `TOLERANCE`.
    """
    folder = Path(path)
    bundle = load_bundle(folder, catalog=catalog)
    listed = check_sums(folder)
    where = str(folder / "probes.json")
    with refused_as_bundle(where):
        probes = Probes.parse_json((folder / "probes.json").read_bytes(), where=where)
        difference = probes.difference(bundle)
    if not difference <= TOLERANCE:
        raise BundleError(
            f"the outputs of the {len(probes.text)} probes deviate by up to {difference:.3g}, more than {TOLERANCE:g}",
            where=str(folder),
            remedy="Compare the versions in card.md with those installed here",
        )
    return Verification(bundle, len(listed), len(probes.text), difference)
