"""A table of measurements, kept as JSON and shown as Markdown."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path
from statistics import median

from wenmai.core.machine import available_cores, memory_gib, processor, versions

MEASURED = Path(__file__).parent / "measured"
INTRODUCTION = """# Results

Made by `make bench` from the files in `benchmarks/measured/`; do not edit. Every row says what was measured and what
was to be reached; rows that fall short stay. Medians of several runs; compile time (Numba, once a machine) apart.
What was tried to get there stands in [NOTES.md](NOTES.md).
"""


@dataclass
class Table:
    """One benchmark's rows and where they come from."""

    title: str
    columns: list[str]
    command: str
    about: str
    peers: list[str] = field(default_factory=list)
    rows: list[list[str]] = field(default_factory=list)
    made: str = ""
    machine: str = ""
    software: dict[str, str] = field(default_factory=dict)

    def add(self, *cells: object) -> None:
        """One more row."""
        self.rows.append([str(cell) for cell in cells])
        print("   ", *self.rows[-1], flush=True)

    def save(self, name: str) -> None:
        """Write the table with the machine and the versions it was measured on."""
        self.made = datetime.now(UTC).strftime("%Y-%m-%d")
        self.machine = f"{processor()}, {available_cores()} cores, {memory_gib():.0f} GiB"
        self.software = {**versions(), **{peer: metadata.version(peer) for peer in self.peers}}
        MEASURED.mkdir(exist_ok=True)
        (MEASURED / f"{name}.json").write_text(json.dumps(asdict(self), ensure_ascii=False, indent=1) + "\n", "utf-8")

    def markdown(self) -> str:
        """The section of RESULTS.md."""
        lines = [f"## {self.title}", "", self.about, "", _row(self.columns), _row(["---"] * len(self.columns))]
        lines += [_row(row) for row in self.rows]
        software = ", ".join(f"{name} {version}" for name, version in self.software.items())
        lines += ["", f"`{self.command}` · {self.made} · {self.machine} · {software}", ""]
        return "\n".join(lines)


def write_results(names: Iterable[str], path: Path) -> None:
    """RESULTS.md from everything that was measured."""
    sections = [INTRODUCTION]
    for name in names:
        file = MEASURED / f"{name}.json"
        if file.is_file():
            sections.append(Table(**json.loads(file.read_text("utf-8"))).markdown())
    path.write_text("\n".join(sections), "utf-8")


def median_seconds(work: Callable[[], object], runs: int = 5, warm_ups: int = 1) -> float:
    """The median wall time of several runs after some that do not count."""
    for _ in range(warm_ups):
        work()
    times = []
    for _ in range(runs):
        began = time.perf_counter()
        work()
        times.append(time.perf_counter() - began)
    return median(times)


def run_python(program: str, *arguments: str) -> str:
    """What a program prints in a Python process of its own."""
    ran = subprocess.run(
        [sys.executable, "-c", program, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=Path(__file__).parent.parent,
    )
    return ran.stdout


def _row(cells: Iterable[str]) -> str:
    return "| " + " | ".join(cells) + " |"
