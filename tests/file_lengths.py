"""The length gate: no file over 400 lines, no family file in models/ over 250."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
LIMIT = 400
FAMILY_LIMIT = 250


def too_long(root: Path = ROOT) -> list[str]:
    """One line for each Python file over its limit."""
    found = []
    for folder in ("src", "tests", "benchmarks"):
        for path in sorted((root / folder).rglob("*.py")):
            limit = FAMILY_LIMIT if path.is_relative_to(root / "src/wenmai/models") else LIMIT
            lines = path.read_text(encoding="utf-8").count("\n")
            if lines > limit:
                found.append(f"{path.relative_to(root)}: {lines} lines, more than {limit}")
    return found


if __name__ == "__main__":
    problems = too_long()
    print("\n".join(problems) or "No file is too long.")
    sys.exit(bool(problems))
