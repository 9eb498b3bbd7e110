"""GloVe against Stanford's C programs: the same text file and settings.

The programs are built from their source outside this repository, for this measurement alone; the environment variable
WENMAI_GLOVE names the folder that holds ``vocab_count``, ``cooccur``, ``shuffle`` and ``glove``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from statistics import mean, median
from typing import Any

import numpy as np

from benchmarks.record import Table, run_python
from benchmarks.word2vec import OURS, PAIRS, PEAK, THREADS, scores_of, write_words
from wenmai.apps.word_vectors import WordVectors

RUNS = 3
EPOCHS = 5
SETTINGS = {
    "rung": "glove",
    "dim": 100,
    "window": 10,
    "min_count": 5,
    "x_max": 10.0,
    "learning_rate": 0.05,
    "epochs": EPOCHS,
}
PROGRAMS = ("vocab_count", "cooccur", "shuffle", "glove")
REACH = ", to reach: ≥ 2×"
_MEMORY = 4.0
"""Gigabytes that the C programs are told they may take, as by default."""

KEPT = """
np.save(out + ".npy", vectors)
Path(out + ".txt").write_text("\\n".join(words), "utf-8")
counting = stages.seconds["read text"] + stages.seconds["count neighbours"]
print(json.dumps({
    "counting": counting, "training": training, "seconds": seconds, "most": most, "compile": first
}))
"""


def measure(megabytes: int | None = None, runs: int = RUNS) -> Table:
    """Medians of processes of their own; each reads the same file of words.

    Args:
        megabytes: of the text that is read; None for all.
        runs: seeds of each.
    """
    programs = _programs()
    table = Table(
        "GloVe",
        [
            "who",
            "text to shuffled counts",
            "an epoch",
            "file to vectors",
            "memory",
            "WS-353",
            "SimLex",
            "MEN",
            "analogies",
        ],
        "make bench-glove",
        f"The words of enwiki_100mb, lower case, letters and digits, apart by spaces; {THREADS} threads, 100 numbers, "
        f"window 10 to both sides, min_count 5, x_max 10, {EPOCHS} epochs; median of {runs} seeds. Text to shuffled "
        "counts is what vocab_count, cooccur and shuffle do. Scores are means over the seeds with their range, as for "
        "word2vec. Memory is the most that one of the C programs held, and what ours held above its import. Stanford's "
        "programs were built from their source by their own Makefile for this measurement.",
    )
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "words.txt"
        write_words(text, megabytes)
        ours = [_ours(text, seed, folder) for seed in range(runs)]
        table.add("wenmai, compile (once a machine)", "", "", f"{ours[0]['compile']:.1f} s at most", "", "", "", "", "")
        theirs = [_theirs(programs, text, seed, Path(folder)) for seed in range(runs)]
    _add(table, "Stanford's C", theirs, None)
    _add(table, "wenmai", ours, theirs)
    return table


def _programs() -> Path:
    folder = os.environ.get("WENMAI_GLOVE")
    if not folder or not all((Path(folder) / name).is_file() for name in PROGRAMS):
        sys.exit(f"this benchmark needs Stanford's programs: set WENMAI_GLOVE to the folder of {', '.join(PROGRAMS)}")
    return Path(folder)


def _ours(text: Path, seed: int, folder: str) -> dict[str, Any]:
    out = str(Path(folder) / "vectors")
    said = run_python(PEAK + OURS + KEPT, str(text), out, json.dumps(SETTINGS), str(seed), str(THREADS))
    found: dict[str, Any] = json.loads(said.splitlines()[-1])
    found["scores"] = scores_of(Path(out + ".txt").read_text("utf-8").split("\n"), np.load(out + ".npy"))
    return found


def _theirs(programs: Path, text: Path, seed: int, folder: Path) -> dict[str, Any]:
    vocabulary, counts, shuffled = (folder / name for name in ("vocab.txt", "counts.bin", "shuffled.bin"))
    window = ("-window-size", 10, "-symmetric", 1, "-vocab-file", vocabulary)
    within = ("-memory", _MEMORY)
    steps = [
        _run(programs / "vocab_count", text, vocabulary, "-min-count", 5),
        _run(programs / "cooccur", text, counts, *window, *within, "-overflow-file", folder / "overflow"),
        _run(programs / "shuffle", counts, shuffled, *within, "-seed", seed + 1, "-temp-file", folder / "temporary"),
    ]
    files = ("-input-file", shuffled, "-vocab-file", vocabulary, "-save-file", folder / "stanford", "-binary", 0)
    weights = ("-vector-size", 100, "-x-max", 10.0, "-alpha", 0.75, "-eta", 0.05, "-iter", EPOCHS)
    training = _run(programs / "glove", None, None, *files, *weights, "-threads", THREADS, "-seed", seed + 1)
    vectors = WordVectors.load(folder / "stanford.txt")
    kept = [row for row, word in enumerate(vectors.words) if word != "<unk>"]
    return {
        "counting": sum(seconds for seconds, _ in steps),
        "training": training[0],
        "seconds": sum(seconds for seconds, _ in (*steps, training)),
        "most": max(most for _, most in (*steps, training)),
        "scores": scores_of([vectors.words[row] for row in kept], vectors.vectors[kept]),
    }


def _run(program: Path, source: Path | None, target: Path | None, *options: object) -> tuple[float, float]:
    """Wall seconds and the most MiB of memory of a C program."""
    with ExitStack() as files:
        read = subprocess.DEVNULL if source is None else files.enter_context(source.open("rb"))
        written = subprocess.DEVNULL if target is None else files.enter_context(target.open("wb"))
        began, most = time.perf_counter(), 0.0
        process = subprocess.Popen(
            [program, *map(str, options)], stdin=read, stdout=written, stderr=subprocess.PIPE, text=True
        )
        while process.poll() is None:
            most = max(most, _peak(process.pid))
            time.sleep(0.01)
        seconds = time.perf_counter() - began
        assert process.stderr is not None
        with process.stderr as heard:
            if process.returncode:
                sys.exit(f"{program.name} left with {process.returncode}: {heard.read()[-500:]}")
    return seconds, most


def _peak(number: int) -> float:
    """MiB that a process held at most so far; 0 for one that has ended."""
    try:
        status = Path(f"/proc/{number}/status").read_text()
    except OSError:
        return 0.0
    found = status.partition("VmHWM:")[2].split()
    return int(found[0]) / 1024 if found else 0.0


def _add(table: Table, who: str, runs: Sequence[dict[str, Any]], peers: Sequence[dict[str, Any]] | None) -> None:
    cells = []
    for kind, parts, reach in (("counting", 1, REACH), ("training", EPOCHS, REACH), ("seconds", 1, "")):
        own = median(run[kind] for run in runs) / parts
        times = "" if peers is None else f" ({median(run[kind] for run in peers) / parts / own:.1f}×{reach})"
        cells.append(f"{own:.1f} s{times}")
    scores = [[run["scores"][at] for run in runs] for at in range(len(PAIRS) + 1)]
    shown = [f"{mean(one):.1f} ({min(one):.1f}–{max(one):.1f})" for one in scores]
    table.add(who, *cells, f"{median(run['most'] for run in runs):.0f} MiB", *shown)
