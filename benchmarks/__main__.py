"""Run benchmarks by name and write RESULTS.md anew from everything that has been measured.

Every benchmark writes ``benchmarks/measured/NAME.json``; RESULTS.md is made from these files, so that a figure in it
is never older than the file that holds it.
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from benchmarks.record import Table, write_results

NAMES = (
    "start",
    "latency",
    "stream",
    "counting",
    "solving",
    "fasttext",
    "word2vec",
    "vector_inputs",
    "networks",
    "crf",
    "neural",
    "encoder",
    "encoder_choices",
    "pairs",
    "memory",
    "statistics",
    "quality",
    "tagging",
    "segmentation",
    "label_errors",
    "demo",
)
ALONE = ("glove",)
"""Measured by name only: it needs programs of others that are built apart."""


def main(names: list[str]) -> int:
    """Run the named benchmarks, all by default; 2 for a name that is none."""
    unknown = [name for name in names if name not in (*NAMES, *ALONE)]
    if unknown:
        print(f"unknown benchmark {unknown[0]!r}. Valid: {', '.join((*NAMES, *ALONE))}.", file=sys.stderr)
        return 2
    for name in names or NAMES:
        print(f"== {name}", flush=True)
        table: Table = importlib.import_module(f"benchmarks.{name}").measure()
        table.save(name)
        print(table.markdown(), flush=True)
    write_results((*NAMES, *ALONE), Path(__file__).parent / "RESULTS.md")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
