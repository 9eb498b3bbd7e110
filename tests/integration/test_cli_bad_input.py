"""Every kind of bad input through the command line: exit code, place, what was found, what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Call = Callable[..., Any]

_LINES = "".join(f"text number {number} {'good' if number % 2 else 'bad'},{'ab'[number % 2]}\n" for number in range(40))
_WORDY = "".join(f"this is the text {n} of a row,that is another text {n} of it,{'ab'[n % 2]}\n" for n in range(50))

BAD: dict[str, tuple[bytes | None, int, str, str]] = {
    # name: content, exit code, how the message begins, what it says to do
    "missing.csv": (None, 2, "missing.csv: there is no such file.", "Check the path"),
    "empty.csv": (b"", 1, "empty.csv: the file is empty.", "Give a file"),
    "no-text.csv": (
        b"label,count\n" + b"".join(b"%d,%d\n" % (number % 2, number) for number in range(40)),
        2,
        "no-text.csv: no column holds text.",
        "Name the text column with --text; columns found: label, count",
    ),
    "ambiguous.csv": (
        f"review,comment,label\n{_WORDY}".encode(),
        2,
        "ambiguous.csv: 2 columns could be the text: 'review'",
        "--text review",
    ),
    "one-class.csv": (
        b"text,label\n" + b"".join(b"text number %d,a\n" % number for number in range(40)),
        1,
        "one-class.csv: there is only one class, 'a'",
        "check the label column",
    ),
    "single-row.csv": (
        f"text,label\n{_LINES}a lonely text,c\n".encode(),
        1,
        "single-row.csv:42: class 'c' has a single row",
        "Add rows of this class",
    ),
    "duplicates.csv": (
        b"text,label\n" + b"the same text,a\nthe same text,b\n" * 20,
        1,
        "duplicates.csv: no rows are left after 40 duplicates were removed",
        "two texts of two classes",
    ),
    "quotes.csv": (
        f'text,label\n"fine",a\n"bad "x" text",b\n{_LINES}'.encode(),
        1,
        "quotes.csv:3:7: 'x' follows the quote that closes a field",
        'write a quote inside it as ""',
    ),
    "unclosed.csv": (
        f'text,label\n"never closed,a\n{_LINES}'.encode(),
        1,
        "unclosed.csv:2:1: a quoted field is never closed",
        "Close each quoted field",
    ),
    "nul.csv": (
        b"text,label\ngood,a\nba\x00d,b\n" + _LINES.encode(),
        1,
        "nul.csv:3:3: a NUL byte",
        "Remove it",
    ),
    "bytes.csv": (
        b"text,label\n" + "中文文本,a\n".encode() * 30 + b"\xff\xfe\x81bad,b\n",
        1,
        "bytes.csv:32:1: bytes",
        "--encoding",
    ),
}


@pytest.mark.parametrize("name", BAD)
@pytest.mark.parametrize("command", ["compare", "train"])
def test_bad_input_is_told(wenmai: Call, tmp_path: Path, command: str, name: str) -> None:
    content, code, found, remedy = BAD[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    arguments = [name, "--models", "majority"] if command == "compare" else ["majority", name]
    done = wenmai(command, *arguments)
    assert (done.code, done.out) == (code, "")
    assert done.message.startswith(found), done.message
    assert remedy in done.message
    assert not list(tmp_path.glob("wenmai-runs/*"))


@pytest.mark.parametrize("name", ["missing.csv", "empty.csv", "ambiguous.csv", "quotes.csv", "nul.csv", "bytes.csv"])
def test_bad_input_is_told_by_inspect(wenmai: Call, tmp_path: Path, name: str) -> None:
    content, code, found, _ = BAD[name]
    if content is not None:
        (tmp_path / name).write_bytes(content)
    done = wenmai("inspect", name)
    assert done.code == code
    assert done.message.startswith(found)


def test_missing_labels_are_dropped_and_counted_or_refused(wenmai: Call, tmp_path: Path) -> None:
    (tmp_path / "gaps.csv").write_text(f"text,label\n{_LINES}no label here,\nnor here,\n")
    done = wenmai("train", "majority", "gaps.csv", "--out", "run")
    assert done.code == 0
    assert "2 of 42 rows have no label in column 'label' and were dropped (gaps.csv:42, gaps.csv:43)" in done.err
    strict = wenmai("train", "majority", "gaps.csv", "--strict")
    assert strict.code == 1
    assert strict.message.startswith("gaps.csv:42: 2 of 42 rows have no label in column 'label'")
    assert "leave out --strict" in strict.message


@pytest.mark.parametrize("model", ["majority", pytest.param("naive-bayes:words", marks=pytest.mark.slow)])
def test_a_single_text_of_ten_megabytes(wenmai: Call, tmp_path: Path, model: str) -> None:
    (tmp_path / "long.csv").write_text(f"text,label\n{_LINES}{'a long text ' * 900_000},a\n")
    done = wenmai("train", model, "long.csv", "--out", "run", "--format", "csv")
    assert done.code == 0
    assert f"{model.partition(':')[0]}:" in done.out
    assert ",done," in done.out


def test_a_healthy_set_is_inspected(wenmai: Call, tmp_path: Path) -> None:
    (tmp_path / "rows.csv").write_text(f"text,label\n{_LINES}text number 1 good,b\n,a\n")
    done = wenmai("inspect", "rows.csv")
    assert done.code == 0
    for words in ("Detected", "Health of rows.csv", "2 classes", "rows without text", "What to look at"):
        assert words in done.out
    assert '"repeated": 1' in wenmai("inspect", "rows.csv", "--format", "json").out
    assert wenmai("inspect", "rows.csv", "--format", "csv").out.startswith("class,rows,share\na,")
    split = wenmai("inspect", "rows.csv", "--test", "rows.csv")
    assert "texts in both train and test" in split.out
