"""docs/cli.md is what the app says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from wenmai.cli.page import escaped, page

STORED = Path(__file__).parents[2] / "docs" / "cli.md"


def test_the_page_is_fresh() -> None:
    assert STORED.read_text("utf-8") == page(), "stale: run python -m wenmai.cli.page > docs/cli.md"


@pytest.mark.parametrize("columns", ["30", "200"])
def test_the_terminal_does_not_change_the_page(monkeypatch: pytest.MonkeyPatch, columns: str) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert page() == STORED.read_text("utf-8")


def test_every_command_and_option_stands_on_the_page() -> None:
    text = STORED.read_text("utf-8")
    for command in ("compare", "train", "demo", "predict", "evaluate", "verify", "inspect", "models"):
        assert f"\n## wenmai {command}\n" in text
    for command in ("train", "apply", "show"):
        assert f"\n## wenmai tokenizer {command}\n" in text
    for command in ("train", "neighbors", "similarity", "analogy", "eval", "classes", "map", "convert", "quantize"):
        assert f"\n## wenmai embed {command}\n" in text
    assert "- `--class-weight none|balanced|LABEL=W,…`: " in text


def test_text_is_escaped_but_code_is_not() -> None:
    assert escaped(r"a [b] `c [d]` <e> \t") == r"a \[b\] `c [d]` \<e\> \\t"
