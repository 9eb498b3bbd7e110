"""How long a person waits before anything happens."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from benchmarks.data import trained_on_reviews
from benchmarks.record import Table, median_seconds

RUNS = 9


def measure() -> Table:
    """Whole processes, from the shell."""
    table = Table(
        "Start-up",
        ["what", "measured", "to reach"],
        "make bench-start",
        f"Whole processes, median of {RUNS} after a warm-up, file cache warm. The interpreter's own start is in each.",
    )
    wenmai = str(Path(sys.executable).with_name("wenmai"))
    with tempfile.TemporaryDirectory() as folder:
        bundle = str(trained_on_reviews("tfidf-lr:chars").save(Path(folder) / "chars"))
        words = str(trained_on_reviews("tfidf-lr:words").save(Path(folder) / "words"))
        text = "屏幕很好，电池不行"
        for what, command, goal in (
            ("`python -c pass`", [sys.executable, "-c", "pass"], "—"),
            ("`import wenmai`", [sys.executable, "-c", "import wenmai"], "≤ 0.3 s"),
            ("`wenmai --help`", [wenmai, "--help"], "≤ 0.5 s"),
            ("cold `wenmai predict` of one text, TF-IDF characters", [wenmai, "predict", bundle, text], "≤ 1 s"),
            ("cold `wenmai predict` of one text, TF-IDF words", [wenmai, "predict", words, text], "≤ 1 s"),
        ):
            seconds = median_seconds(lambda: subprocess.run(command, capture_output=True, check=True), RUNS)  # noqa: B023
            table.add(what, f"{seconds:.3f} s", goal)
    return table
