"""`wenmai demo`, from the command to the page."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.record import Table


def measure() -> Table:
    """One whole process."""
    table = Table(
        "The demo",
        ["what", "measured", "to reach"],
        "make bench-demo",
        "`wenmai demo`: the quick ladder (fastText in it) and a TextCNN on 35,123 reviews, all settings tried, all "
        "bundles saved, the report written.",
    )
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        wenmai = str(Path(sys.executable).with_name("wenmai"))
        subprocess.run([wenmai, "demo", "--out", str(Path(folder) / "run")], check=True, capture_output=True)
        table.add("wall time", f"{time.perf_counter() - began:.0f} s", "< 600 s")
        table.add("weight of report.html", f"{(Path(folder) / 'run/report.html').stat().st_size / 1024:.0f} KiB", "—")
    return table
