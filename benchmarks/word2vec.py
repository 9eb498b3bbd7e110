"""word2vec and fastText vectors against gensim and the official package: the same text file and settings."""

from __future__ import annotations

import gzip
import json
import re
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np

from benchmarks.data import real_data
from benchmarks.record import Table, run_python
from wenmai.apps.vector_evaluation import score_analogies, score_pairs, total
from wenmai.apps.vector_tests import read_pairs, read_questions
from wenmai.apps.word_vectors import WordVectors

RUNS = 3
THREADS = 2
EPOCHS = 3
PAIRS = ("EN-WS-353-ALL", "EN-SIMLEX-999", "EN-MEN-TR-3k")
SHARED = {"dim": 100, "window": 5, "min_count": 5, "epochs": EPOCHS}

PEAK = """
import json, sys, time
from pathlib import Path
import numpy as np

def peak():
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024

path, out, settings = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
seed, threads = int(sys.argv[4]), int(sys.argv[5])

"""

OURS = """
import tempfile
from wenmai.core.progress import Silent
from wenmai.data.files import examine
from wenmai.recipe import recipe_for
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import GivenSegment
from wenmai.training.text_fitting import fit_text

class Stages(Silent):
    def __init__(self):
        self.seconds = {}
    def begin(self, stage, total):
        self.stage, self.began = stage, time.perf_counter()
    def end(self):
        self.seconds[self.stage] = time.perf_counter() - self.began

recipe = recipe_for(settings.pop("rung"), "en")
pipeline = PipelineConfig(clean=CleanConfig.minimal(), segment=GivenSegment())
recipe = recipe.but(pipeline=pipeline, model=recipe.model.but(**settings))

def fitted(path, stages):
    with tempfile.TemporaryDirectory() as folder:
        file, work = examine(Path(path)), Path(folder)
        return fit_text(recipe, file, work, language="en", seed=seed, threads=threads, progress=stages)

with tempfile.NamedTemporaryFile("w", suffix=".txt") as few:
    few.write("a b c d e f\\n" * 50)
    few.flush()
    began = time.perf_counter()
    fitted(few.name, Stages())
    first = time.perf_counter() - began
base, stages = peak(), Stages()
began = time.perf_counter()
bundle = fitted(path, stages)
seconds = time.perf_counter() - began
most = peak() - base
words, vectors = bundle.model.words, bundle.model.vectors
training = stages.seconds["train"]
"""

GENSIM = """
from gensim.models import Word2Vec

base, first = peak(), 0.0
began = time.perf_counter()
epochs = settings.pop("epochs")
model = Word2Vec(workers=threads, seed=seed, epochs=epochs, **settings)
model.build_vocab(corpus_file=path)
ready = time.perf_counter()
model.train(corpus_file=path, total_words=model.corpus_total_words, epochs=epochs)
training = time.perf_counter() - ready
seconds = time.perf_counter() - began
most = peak() - base
words, vectors = model.wv.index_to_key, model.wv.vectors
"""

OFFICIAL = """
import fasttext

base, first, training = peak(), 0.0, None
began = time.perf_counter()
model = fasttext.train_unsupervised(path, thread=threads, verbose=0, **settings)
seconds = time.perf_counter() - began
most = peak() - base
words = [word for word in model.get_words() if word != "</s>"]
vectors = np.stack([model.get_word_vector(word) for word in words])
"""

KEPT = """
np.save(out + ".npy", vectors)
Path(out + ".txt").write_text("\\n".join(words), "utf-8")
print(json.dumps({"seconds": seconds, "training": training, "most": most, "first": first}))
"""


@dataclass(frozen=True)
class Work:
    """One way to learn vectors, and who else can."""

    name: str
    ours: dict[str, Any]
    peer: str
    theirs: dict[str, Any]
    reach: str
    scaled: bool = field(default=False)


def _gensim(**settings: Any) -> dict[str, Any]:
    return {"vector_size": 100, "window": 5, "min_count": 5, "epochs": EPOCHS, "sample": 1e-3, **settings}


def _official(**settings: Any) -> dict[str, Any]:
    return {"dim": 100, "ws": 5, "minCount": 5, "epoch": EPOCHS, "neg": 5, "lr": 0.05, **settings}


WORKS = (
    Work(
        "skip-gram, 5 negatives",
        {"rung": "word2vec:skipgram", **SHARED},
        "gensim",
        _gensim(sg=1, negative=5),
        "≥ 4×, stretch 6×",
        scaled=True,
    ),
    Work("CBOW, 5 negatives", {"rung": "word2vec:cbow", **SHARED}, "gensim",
         _gensim(sg=0, negative=5, alpha=0.05), "≥ 2.5×", scaled=True),
    Work("skip-gram, hierarchical", {"rung": "word2vec:skipgram", "objective": "hierarchical", **SHARED}, "gensim",
         _gensim(sg=1, hs=1, negative=0), "≥ 2.5×"),
    Work("fastText skip-gram, runs of 3–6", {"rung": "fasttext-vectors:skipgram", **SHARED}, "fasttext",
         _official(model="skipgram", minn=3, maxn=6), "≥ 5×"),
)  # fmt: skip


def measure(megabytes: int | None = None, runs: int = RUNS) -> Table:
    """Medians of processes of their own; each reads the same file of words.

    Args:
        megabytes: of the text that is read; None for all.
        runs: seeds of each.
    """
    table = Table(
        "word2vec and fastText vectors",
        [
            "work",
            "",
            "file to vectors",
            "training alone",
            "memory above import",
            "WS-353",
            "SimLex",
            "MEN",
            "analogies",
        ],
        "make bench-word2vec",
        f"The words of enwiki_100mb, lower case, letters and digits, apart by spaces; {THREADS} threads, 100 numbers, "
        f"window 5, min_count 5, {EPOCHS} epochs; median of {runs} seeds. Scores are means over the seeds with their "
        "range: Spearman's correlation × 100 of the pairs that both words have, accuracy of all analogies in percent. "
        "Compile time (Numba, once a machine) stands in its own row and in no other. With several workers and a corpus "
        "file, gensim's learning rate falls more slowly than it says: each worker counts its own words against all. "
        "Its scores with one thread, where the rate falls to its end, stand beside those.",
        ["gensim", "fasttext-numpy2-wheel"],
    )
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "words.txt"
        words = write_words(text, megabytes)
        first = _run(OURS, text, WORKS[0].ours, 0, 1, folder, fresh=True)["first"]
        table.add("compile", "wenmai", f"{first:.1f} s", "", "", "", "", "", "")
        for work in WORKS:
            program = GENSIM if work.peer == "gensim" else OFFICIAL
            theirs = [_run(program, text, work.theirs, seed, THREADS, folder) for seed in range(runs)]
            ours = [_run(OURS, text, work.ours, seed, THREADS, folder) for seed in range(runs)]
            _add(table, work.name, work.peer, theirs, words, None, "")
            _add(table, work.name, "wenmai", ours, words, theirs, f", to reach: {work.reach}")
            if work.scaled:
                alone = [_run(program, text, work.theirs, 0, 1, folder)]
                _add(table, work.name, f"{work.peer}, 1 thread", alone, words, None, "")
                alone = [_run(OURS, text, work.ours, 0, 1, folder)]
                _add(table, work.name, "wenmai, 1 thread", alone, words, None, "")
    return table


def _add(
    table: Table,
    name: str,
    who: str,
    runs: Sequence[dict[str, Any]],
    words: int,
    peers: Sequence[dict[str, Any]] | None,
    reach: str,
) -> None:
    cells = []
    for kind in ("seconds", "training"):
        own = [run[kind] for run in runs if run[kind] is not None]
        if not own:
            cells.append("not told")
            continue
        said = f"{median(own):.1f} s, {words * EPOCHS / median(own) / 1e6:.2f}M words/s"
        other = [run[kind] for run in peers or () if run[kind] is not None]
        cells.append(f"{said} ({median(other) / median(own):.1f}×{reach})" if other else said)
    scores = [[run["scores"][at] for run in runs] for at in range(len(PAIRS) + 1)]
    shown = [f"{mean(one):.1f} ({min(one):.1f}–{max(one):.1f})" for one in scores]
    table.add(name, who, *cells, f"{median(run['most'] for run in runs):.0f} MiB", *shown)


def _run(
    program: str, text: Path, settings: dict[str, Any], seed: int, threads: int, folder: str, *, fresh: bool = False
) -> dict[str, Any]:
    out = str(Path(folder) / "vectors")
    with tempfile.TemporaryDirectory() as cache:
        before = f"import os\nos.environ['NUMBA_CACHE_DIR'] = {cache!r}\n" if fresh else ""
        said = run_python(before + PEAK + program + KEPT, str(text), out, json.dumps(settings), str(seed), str(threads))
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    found["scores"] = scores_of(Path(out + ".txt").read_text("utf-8").split("\n"), np.load(out + ".npy"))
    return found


def scores_of(words: list[str], vectors: Any) -> list[float]:
    """Spearman × 100 of each list of pairs, and the share of analogies in percent."""
    held = WordVectors(words, np.ascontiguousarray(vectors, np.float32))
    found = []
    for name in PAIRS:
        score = score_pairs(held, read_pairs(real_data() / f"en/wordsim/{name}.txt.gz")).spearman
        found.append(0.0 if score is None else 100 * score.value)
    analogies = total(score_analogies(held, read_questions(real_data() / "en/analogy/questions-words.txt.gz")))
    return [*found, 0.0 if analogies.accuracy is None else 100 * analogies.accuracy.value]


def write_words(path: Path, megabytes: int | None) -> int:
    """A file as every peer reads it; how many words it has."""
    words = size = 0
    with (
        gzip.open(real_data() / "en/enwiki_100mb/enwiki_100mb.txt.gz", "rt", encoding="utf-8") as file,
        path.open("w", encoding="utf-8") as out,
    ):
        for line in file:
            found = re.findall(r"[a-z0-9]+", line.lower())
            words += len(found)
            size += out.write(" ".join(found) + "\n")
            if megabytes is not None and size >= megabytes << 20:
                break
    return words
