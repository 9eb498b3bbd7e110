"""A model of fastText made small: its quantised file, and what that costs on labelled rows."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from wenmai.bundle import Bundle, load_bundle
from wenmai.core.errors import UsageError
from wenmai.core.progress import SILENT, Progress
from wenmai.data.dataset import Dataset
from wenmai.data.loading import Loaded
from wenmai.evaluation import Report, evaluate
from wenmai.interop.fasttext_binary import write_fasttext
from wenmai.interop.fasttext_bundles import bundle_from_fasttext, classifier_of
from wenmai.interop.fasttext_quantising import FastTextQuantisation, quantised_fasttext
from wenmai.models.contract import Run

LEFT_OUT = "Hashed runs without a row no longer count in a text's mean"
CUT_ALIKE = "The official program does not clean or segment texts: give it words as the bundle's pipeline cuts them"


@dataclass(frozen=True, slots=True)
class Quantised:
    """What became of a model.

    Attributes:
        before: bytes of the bundle's folder or of the file it was; after: bytes of the new file.
        rows_before, rows_after: rows of words and hashed runs.
        scores_before, scores_after: on the labelled rows, where some were given.
        notes: what a person should know.
    """

    before: int
    after: int
    rows_before: int
    rows_after: int
    scores_before: Report | None
    scores_after: Report | None
    notes: tuple[str, ...]


def load_classifier(path: Path) -> Bundle:
    """A bundle of fastText, or a supervised file of the official program as one.

    Raises:
        UsageError: when there is nothing here, or another model; DataError, BundleError: for a damaged one.
    """
    if not path.exists():
        raise UsageError("there is no such file or folder", where=str(path), remedy="Check the path")
    bundle = load_bundle(path) if path.is_dir() else bundle_from_fasttext(path)
    classifier_of(bundle)
    return bundle


def quantise(
    bundle: Bundle,
    source: Path,
    target: Path,
    settings: FastTextQuantisation,
    *,
    data: Dataset | Loaded | None = None,
    seed: int = 0,
    progress: Progress = SILENT,
) -> Quantised:
    """Write the quantised file of a bundle of fastText.

    Args:
        bundle: what `load_classifier` found at ``source``; target: the file to write.
        settings: how much smaller; seed: decides where k-means begins.
        data: labelled rows on which both are scored.
        progress: hears what is being done.

    Raises:
        UsageError: when the new file would take the place of the old one.
    """
    if source.exists() and target.exists() and source.samefile(target):
        raise UsageError("the new file would take the place of the old one", where=str(target), remedy="Name another")
    run = Run(seed, progress=progress)
    with run.stage("find codes"):
        file, small = quantised_fasttext(bundle, settings, seed=seed, check=run.check)
    write_fasttext(target, file)
    scores_before = scores_after = None
    if data is not None:
        with run.stage("score both"):
            scores_before, scores_after = evaluate(bundle, data, seed=seed), evaluate(small, data, seed=seed)
    model = classifier_of(bundle)
    left_out = file.kept is not None and model.config.unseen == "counted"
    return Quantised(
        _size(source),
        _size(target),
        len(model.input),
        file.input.shape[0],
        scores_before,
        scores_after,
        (*((LEFT_OUT,) if left_out else ()), CUT_ALIKE),
    )


def _size(path: Path) -> int:
    """Bytes of a file, or of all files in a folder."""
    if path.is_dir():
        return sum(one.stat().st_size for one in path.rglob("*") if one.is_file())
    return path.stat().st_size
