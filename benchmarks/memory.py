"""A million short rows through one fit: peak memory."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks.data import short_chinese_rows, short_english_rows, write_csv
from benchmarks.record import Table, run_python

ROWS = 1_000_000
BASE = 400
FACTORS = {"words": 4, "chars": 12}
PROGRAM = """
import resource, sys, time
import wenmai
began = time.monotonic()
data = wenmai.load(sys.argv[1])
read = time.monotonic()
wenmai.fit(wenmai.recipe_for(sys.argv[2], data.dataset.schema.language), data.dataset, threads=2)
print(read - began, time.monotonic() - read, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def measure() -> Table:
    """One process a row: read the file, fit one rung."""
    table = Table(
        "Memory for a million short rows",
        ["rung", "file", "read", "fit", "peak memory", "above 400 MB, in files", "to reach"],
        "make bench-memory",
        "A CSV of a million short distinct texts with two labels, read and fitted by one process with two threads. "
        "Chinese: clauses of product reviews; English: a dozen words of an encyclopedia.",
    )
    with tempfile.TemporaryDirectory() as name:
        for language, rows in (("zh", short_chinese_rows), ("en", short_english_rows)):
            path = Path(name) / f"{language}.csv"
            write_csv(path, rows(ROWS))
            megabytes = path.stat().st_size / 1e6
            for unit, factor in FACTORS.items():
                for member in ("tfidf-lr", "tfidf-svm"):
                    read, fit, peak = map(float, run_python(PROGRAM, str(path), f"{member}:{unit}").split())
                    peak *= 1.048576
                    table.add(
                        f"{member}:{unit}",
                        f"{language}, {megabytes:.0f} MB",
                        f"{read:.1f} s",
                        f"{fit:.1f} s",
                        f"{peak:.0f} MB",
                        f"{(peak - BASE) / megabytes:.1f}×",
                        f"≤ {factor}×",
                    )
    return table
