"""The command line as a process: exit codes, closed pipes, interrupts, full disks, and what it imports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

RUN = [sys.executable, "-c", "from wenmai.cli.main import run; run()"]
HEAVY = ("sklearn", "scipy", "numba", "altair", "tokenizers", "ftfy", "opencc", "selectolax", "trafilatura")


def wenmai(*arguments: str | Path, **options: object) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if name != "WENMAI_DEBUG"}
    return subprocess.run(
        [*RUN, *map(str, arguments)],
        check=False,
        timeout=60,
        **{"capture_output": True, "env": environment, **options},  # type: ignore[call-overload]
    )


def test_exit_codes_and_streams(bundle: Path, tmp_path: Path) -> None:
    done = wenmai("predict", bundle, "屏幕很好")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.decode().startswith("pos\t")
    failed = wenmai("verify", tmp_path)
    assert (failed.returncode, failed.stdout) == (1, b"")
    assert b"Traceback" not in failed.stderr
    assert wenmai("verify").returncode == 2
    assert wenmai("models", "nope").returncode == 2


def test_output_is_utf8_whatever_the_locale(bundle: Path) -> None:
    environment = {**os.environ, "LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    done = wenmai("predict", bundle, "-", input="屏幕很好\n".encode(), env=environment)
    assert done.returncode == 0
    assert done.stdout.decode().endswith("屏幕很好\n")


@pytest.mark.parametrize("fmt", ["table", "json"])
def test_a_closed_pipe_ends_quietly(bundle: Path, tmp_path: Path, fmt: str) -> None:
    lines = tmp_path / "lines.txt"
    lines.write_text("屏幕很好\n" * 50_000, "utf-8")
    with lines.open("rb") as source:
        process = subprocess.Popen(
            [*RUN, "predict", str(bundle), "-", "--format", fmt],
            stdin=source,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        assert process.stderr is not None
        first = process.stdout.readline()
        process.stdout.close()
        said = process.stderr.read()
        process.stderr.close()
    assert first
    assert (process.wait(30), said) == (0, b"")


def test_lines_are_answered_as_they_come_and_an_interrupt_ends_with_one_line(bundle: Path) -> None:
    process = subprocess.Popen(
        [*RUN, "predict", str(bundle), "-"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write("屏幕很好\n".encode())
    process.stdin.flush()
    assert process.stdout.readline().decode().endswith("屏幕很好\n")
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=30)
    assert (process.returncode, said) == (130, b"Interrupted.\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, a device that is always full")
def test_a_full_disk_is_told_in_one_line(bundle: Path) -> None:
    with Path("/dev/full").open("wb") as full:
        done = wenmai("models", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1
    assert done.stderr == b"no space left on device. Make room on the disk, or choose another place with --out.\n"


def test_a_folder_where_a_file_should_be(bundle: Path, tmp_path: Path) -> None:
    (tmp_path / "new.csv").write_text("text\nwords\n")
    done = wenmai("predict", bundle, "--file", tmp_path / "new.csv", "--out", tmp_path / "new.csv" / "out.csv")
    assert done.returncode == 1
    assert b"new.csv: file exists. Check the path: a part of it is a file.\n" in done.stderr


BUG = "import wenmai.cli.main as m, wenmai.bundle as b; b.load_bundle = lambda path: 1 / 0; m.run()"


def test_a_bug_is_called_one(bundle: Path) -> None:
    command = [sys.executable, "-c", BUG, "predict", str(bundle), "x"]
    environment = {name: value for name, value in os.environ.items() if name != "WENMAI_DEBUG"}
    done = subprocess.run(command, capture_output=True, check=False, env=environment)
    assert done.returncode == 1
    assert done.stderr.decode() == (
        "This is a bug in wenmai: ZeroDivisionError: division by zero. Please report it; WENMAI_DEBUG=1 shows where it "
        "happened.\n"
    )
    done = subprocess.run(command, capture_output=True, check=False, env={**environment, "WENMAI_DEBUG": "1"})
    assert b"Traceback" in done.stderr


def imported(arguments: list[str]) -> set[str]:
    """The modules that a command leaves imported."""
    code = (
        "import sys\nfrom wenmai.cli.main import run\n"
        "try:\n    run()\nexcept SystemExit:\n    pass\n"
        "sys.stderr.write(' '.join(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=True)
    return set(done.stderr.decode().split())


def test_help_imports_no_data_library() -> None:
    modules = imported(["--help"])
    assert modules.isdisjoint({*HEAVY, "numpy", "pyarrow", "pydantic", "rich.console"})
    assert "wenmai.cli.commands.compare" in modules


def test_a_cold_prediction_imports_nothing_heavy(bundle: Path) -> None:
    modules = imported(["predict", str(bundle), "屏幕很好"])
    assert "wenmai.bundle.bundle" in modules
    assert modules.isdisjoint({*HEAVY, "rich.console", "pyarrow.dataset"})


@pytest.mark.parametrize("columns", [50, 80])
@pytest.mark.parametrize("command", ["", "compare", "predict", "tokenizer train"])
def test_help_fits_the_terminal(command: str, columns: int) -> None:
    done = wenmai(*command.split(), "--help", env={**os.environ, "COLUMNS": str(columns)})
    page = done.stdout.decode().partition("\nExample")[0]
    assert page.startswith("Usage: wenmai ")
    assert max(map(len, page.splitlines())) <= columns
    assert "…" not in page.replace("LABEL=W,…", "")
