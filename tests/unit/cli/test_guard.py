from __future__ import annotations

import errno

import pytest
import typer

from wenmai.cli.guard import guarded, told
from wenmai.core.errors import DataError, UsageError


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (UsageError("no column 'x'", where="a.csv", remedy="Name one"), 2, "a.csv: no column 'x'. Name one.\n"),
        (DataError("a NUL byte", where="a.csv:3:1"), 1, "a.csv:3:1: a NUL byte.\n"),
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (
            PermissionError(errno.EACCES, "Permission denied", "/x"),
            1,
            "/x: permission denied. Check the permissions, or choose another place.\n",
        ),
        (OSError(errno.EIO, "Input/output error"), 1, "input/output error.\n"),
        (MemoryError(), 1, "There is not enough memory for this. Give fewer rows, or close other programs.\n"),
    ],
)
def test_what_is_told(error: BaseException, code: int, message: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert told(error) == code
    assert capsys.readouterr() == ("", message)


def test_a_bug_is_one_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WENMAI_DEBUG", raising=False)
    assert told(ValueError("first\nsecond")) == 1
    assert capsys.readouterr().err.startswith("This is a bug in wenmai: ValueError: first. Please report it;")
    assert told(AssertionError()) == 1
    assert "bug in wenmai: AssertionError. " in capsys.readouterr().err


def test_a_commands_name_and_exit_are_kept() -> None:
    def command(number: int) -> None:
        """Words."""
        raise typer.Exit(number)

    wrapped = guarded(command)
    assert (wrapped.__name__, wrapped.__doc__) == ("command", "Words.")
    with pytest.raises(typer.Exit) as caught:
        wrapped(7)
    assert caught.value.exit_code == 7


def test_an_error_becomes_an_exit(capsys: pytest.CaptureFixture[str]) -> None:
    def command() -> None:
        raise DataError("bad")

    with pytest.raises(typer.Exit) as caught:
        guarded(command)()
    assert caught.value.exit_code == 1
    assert capsys.readouterr().err == "bad.\n"
