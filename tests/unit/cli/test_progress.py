from __future__ import annotations

import io
import re

import pytest
from rich.console import Console
from rich.progress import Progress, TextColumn

from wenmai.cli.progress import LOGGED_EVERY, Lines, Live, shown


def walk(progress: Live | Lines) -> None:
    progress.begin("read", None)
    progress.begin("inside", 3)
    progress.end()
    progress.end()
    progress.begin("rungs", 2)
    for name in ("majority", "tfidf"):
        progress.begin(name, None)
        progress.begin("solve", 10)
        progress.advance(4)
        progress.end()
        progress.end()
        progress.advance()


def test_lines_for_a_log(capsys: pytest.CaptureFixture[str]) -> None:
    with shown() as progress:
        assert isinstance(progress, Lines)
        walk(progress)
        progress.end()
        progress.end()  # One too many does no harm.
    lines = capsys.readouterr().err.splitlines()
    assert [re.sub(r"^\[ *\d+\.\d s\] ", "", line) for line in lines] == [
        "read",
        "rungs 1/2: majority",
        "rungs 2/2: tfidf",
    ]


def test_bars_follow_the_stages() -> None:
    bars = Progress(TextColumn("{task.description}"), console=Console(file=io.StringIO()), auto_refresh=False)
    live = Live(bars)
    walk(live)
    (rungs,) = bars.tasks
    assert (rungs.description, rungs.total, rungs.completed) == ("rungs", 2, 2)
    live.begin("third", None)
    live.begin("solve", 10)
    live.advance(4)
    outer, inner = bars.tasks
    assert (outer.completed, inner.description, inner.total, inner.completed) == (2, "  third · solve", 10, 4)
    for _ in range(4):
        live.end()
    live.advance()
    assert bars.tasks == []


def test_a_terminal_gets_bars(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stderr", Terminal())
    with shown() as progress:
        assert isinstance(progress, Live)
        walk(progress)


def test_what_a_stage_says_stands_beside_its_bar() -> None:
    bars = Progress(TextColumn("{task.description}"), console=Console(file=io.StringIO()), auto_refresh=False)
    live = Live(bars)
    live.say("nobody is working")
    live.begin("rungs", 2)
    live.say("one of two")
    live.begin("textcnn", None)
    live.begin("train", 10)
    live.say("loss 0.7")
    live.say("loss 0.6")
    outer, inner = bars.tasks
    assert outer.description == "rungs · one of two"
    assert inner.description == "  textcnn · train · loss 0.6"


def test_a_log_is_told_how_a_stage_stands_only_now_and_then(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr("wenmai.cli.progress.time.monotonic", lambda: now)
    lines = Lines()
    lines.begin("rungs", 1)
    lines.begin("textcnn", None)
    lines.begin("train", 10)
    for second in range(25):
        now = float(second)
        lines.say(f"step {second}")
    said = [re.sub(r"^\[ *\d+\.\d s\] ", "", line) for line in capsys.readouterr().err.splitlines()]
    assert LOGGED_EVERY == 10
    assert said == ["rungs 1/1: textcnn", "textcnn · train · step 10", "textcnn · train · step 20"]
