"""`wenmai predict BUNDLE -`: lines in, lines out."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

from benchmarks.data import short_chinese_rows, trained_on_reviews
from benchmarks.record import Table

SIZES = (20_000, 400_000)


def measure() -> Table:
    """Whole processes over two sizes, to show that memory does not grow."""
    table = Table(
        "Streaming predictions",
        ["rung", "texts", "texts/s", "peak memory", "to reach"],
        "make bench-stream",
        "`wenmai predict BUNDLE - < FILE > /dev/null`: whole processes, start-up included, median of 3. Short clean "
        "Chinese texts, one a line, 24 characters on average.",
    )
    wenmai = str(Path(sys.executable).with_name("wenmai"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        texts = [text for _, text in short_chinese_rows(max(SIZES))]
        for rung in ("tfidf-lr:chars", "tfidf-lr:words"):
            bundle = trained_on_reviews(rung).save(folder / rung.replace(":", "-"))
            for size in SIZES:
                path = folder / f"{size}.txt"
                path.write_text("\n".join(texts[:size]) + "\n", "utf-8")
                runs = [_run([wenmai, "predict", str(bundle), "-"], path) for _ in range(3)]
                seconds, peak = median(run[0] for run in runs), max(run[1] for run in runs)
                goal = "≥ 20,000/s, constant memory" if rung == "tfidf-lr:chars" else "—"
                table.add(rung, f"{size:,}", f"{size / seconds:,.0f}", f"{peak:.0f} MiB", goal)
    return table


def _run(command: list[str], path: Path) -> tuple[float, float]:
    """Seconds and peak MiB of a process."""
    program = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[2:], stdin=open(sys.argv[1]), stdout=subprocess.DEVNULL, check=True)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)"
    )
    began = time.perf_counter()
    ran = subprocess.run(
        [sys.executable, "-c", program, str(path), *command], capture_output=True, text=True, check=True
    )
    return time.perf_counter() - began, float(ran.stdout)
