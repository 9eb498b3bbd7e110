"""A table of measurements, kept as JSON and shown as Markdown."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
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


def part_by_part(table: Table, file: str, names: Sequence[str], variable: str) -> Iterator[str]:
    """The parts of a table that are to be measured now; those of the others stay as they were measured before.

    What was measured is written after each part, so that nothing is lost when the next one is ended.

    Args:
        file: of `MEASURED`, without its ending.
        names: of all parts, with which a row's first cell begins.
        variable: of the environment, which may name some of them, parted by commas.
    """
    named = [name.strip() for name in os.environ.get(variable, "").split(",") if name.strip()]
    if unknown := [name for name in named if name not in names]:
        sys.exit(f"unknown part {unknown[0]!r}. Valid: {'; '.join(names)}.")
    path = MEASURED / f"{file}.json"
    before: list[list[str]] = json.loads(path.read_text("utf-8"))["rows"] if path.is_file() else []
    rows = {name: [row for row in before if row[0].split(" `")[0] == name] for name in names}
    for name in named or names:
        began, table.rows = time.monotonic(), []
        yield name
        print(f"  {name}: {time.monotonic() - began:.0f} s", flush=True)
        rows[name] = table.rows
        table.rows = [row for name in names for row in rows[name]]
        table.save(file)


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
