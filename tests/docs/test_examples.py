"""Every example of the pages is run, page by page in an empty folder, and what a page says it prints is printed.

In a page, a block of ``text`` after a block of ``sh`` or ``python`` shows its output. Numbers are not compared, nor
which rung a comparison recommends: both may differ between machines. A block that begins with ``# name.py`` is a file.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
CHINESE = ROOT / "README.zh-CN.md"
PAGES = [ROOT / "README.md", CHINESE, ROOT / "CONTRIBUTING.md"]
PAGES += sorted({*DOCS.rglob("*.md")} - {DOCS / "cli.md"})

SHOWN_ONLY = "<!-- shown, not run -->"
"""On the line before a block that is not run, such as one that installs something."""

BLOCK = re.compile(r"^(?P<marker><!--[^\n]*-->\n)?```(?P<language>\w*)\n(?P<content>.*?)^```$", re.M | re.S)
FILE = re.compile(r"# (\w+\.py)\n")
RUNG = re.compile(r"\b(?:majority|naive-bayes|tfidf-lr|tfidf-svm)([:-])(?:plain|words|chars)\b")
SENTENCE = re.compile(r"^Use .+: .+$", re.M)


@dataclass(frozen=True)
class Block:
    """A fenced block, whether it is run, and the line on which its content begins."""

    language: str
    content: str
    run: bool
    line: int


def blocks(page: Path) -> list[Block]:
    text = page.read_text("utf-8")
    return [
        Block(
            match["language"],
            match["content"],
            (match["marker"] or "").strip() != SHOWN_ONLY,
            text.count("\n", 0, match.start("content")) + 1,
        )
        for match in BLOCK.finditer(text)
    ]


def runnable(page: Path) -> bool:
    return page != CHINESE and any(block.run and block.language in ("sh", "python") for block in blocks(page))


def masked(text: str) -> list[str]:
    """The lines of an output without what differs between machines: numbers, ranks, the width of columns."""
    text = SENTENCE.sub("Use RUNG", RUNG.sub(r"RUNG", text))
    text = re.sub(r"[★=│┃]", " ", text)
    text = re.sub(r"\b[0-9a-f]{16,}\b", "#", text)
    text = re.sub(r"\b[kMG]?B\b", "B", re.sub(r"[+\-−]?\d[\d,.]*(?:e[+-]\d+)?", "#", text))
    return [folded for line in text.splitlines() if (folded := " ".join(line.split()))]


class Reader:
    """Someone who types everything that a page shows."""

    def __init__(self, folder: Path) -> None:
        self.names: dict[str, Any] = {"__name__": "__page__"}
        self.said = ""
        programs = Path(sys.executable).parent
        self.environment = {
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "COLUMNS": "120",
            "PYTHONPATH": str(folder),
        }

    def read(self, block: Block, where: str) -> None:
        file = FILE.match(block.content)
        if block.language == "python" and file is not None:
            Path(file[1]).write_text(block.content, "utf-8")
        elif block.language == "python":
            heard = io.StringIO()
            with contextlib.redirect_stdout(heard):
                exec(compile("\n" * (block.line - 1) + block.content, where, "exec"), self.names)
            self.said = heard.getvalue()
        elif block.language == "sh":
            ran = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", block.content],
                capture_output=True,
                text=True,
                check=False,
                env=self.environment,
            )
            self.said = ran.stdout + ran.stderr
            assert ran.returncode == 0, f"{where}:{block.line} left with {ran.returncode}:\n{self.said}"
        elif block.language == "text":
            said = masked(self.said)
            for line in masked(block.content):
                assert line == "…" or line in said, f"{where}:{block.line} is not printed: {line!r}\n{self.said}"


@pytest.mark.parametrize("page", [page for page in PAGES if runnable(page)], ids=lambda page: page.name)
def test_the_examples_of_a_page_run(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    if page == DOCS / "results.md":
        a_run_to_read(tmp_path / "run")
    before = set(sys.modules)
    reader = Reader(tmp_path)
    for block in blocks(page):
        if block.run:
            reader.read(block, page.name)
    for name in set(sys.modules) - before:
        if str(getattr(sys.modules[name], "__file__", None) or "").startswith(str(tmp_path)):
            del sys.modules[name]


def a_run_to_read(folder: Path) -> None:
    """The run folder that the page about results.json begins with."""
    from wenmai import compare, load

    rows = [{"text": f"{word} number {row}", "label": word} for row in range(40) for word in ("good", "bad")]
    compare(load(rows), models="naive-bayes:words", threads=1, out=folder)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_blocks_say_what_they_are(page: Path) -> None:
    assert page.read_text("utf-8").count("\n```") % 2 == 0
    for block in blocks(page):
        assert block.language in ("sh", "python", "text", "json", "csv"), f"{page.name}:{block.line}"


def test_both_readmes_have_the_same_examples() -> None:
    english, chinese = ([(block.language, block.content, block.run) for block in blocks(page)] for page in PAGES[:2])
    assert english == chinese


def test_few_blocks_are_only_shown() -> None:
    shown = [block for page in PAGES for block in blocks(page) if not block.run and block.language != "text"]
    assert len(shown) <= 12


def test_numbers_and_ranks_are_not_compared() -> None:
    assert masked("★ tfidf-lr:words  89.7  91.9 (81.0–100.0)  8.5 kB") == ["RUNG # # (#–#) # B"]
    assert masked("= naive-bayes:chars 79.7 80.1 (1.0–2.0) 3.0 MB") == ["RUNG # # (#–#) # B"]
    assert masked("rows 400") != masked("columns 400")
