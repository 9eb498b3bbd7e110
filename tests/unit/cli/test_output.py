from __future__ import annotations

import json

import pytest

from wenmai.cli import output
from wenmai.cli.output import Column, printable, show_table, show_whole, write_csv, write_json

COLUMNS = [Column("name"), Column("what\nit is", wrap=True), Column("count", number=True)]
ROWS = [("一二三", "some words that go on and on and on", "7"), ("[red]b[/red]", "", "12")]


@pytest.fixture
def width(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> int:
    monkeypatch.setattr(output, "WIDE", request.param)
    return int(request.param)


def test_a_table_takes_the_room_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    show_table("Things", COLUMNS, ROWS)
    assert capsys.readouterr().out.splitlines() == [
        "Things",
        "              what",
        "name          it is                                count",
        "一二三        some words that go on and on and on      7",
        "[red]b[/red]                                          12",
    ]


@pytest.mark.parametrize("width", [42, 50], indirect=True)
def test_long_values_wrap(capsys: pytest.CaptureFixture[str], width: int) -> None:
    show_table("", COLUMNS, ROWS)
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert " ".join(" ".join(lines).split()).count("go on") == 1
    assert any(line.startswith("一二三 ") for line in lines)


@pytest.mark.parametrize("width", [25], indirect=True)
def test_a_table_that_does_not_fit_becomes_a_list(capsys: pytest.CaptureFixture[str], width: int) -> None:
    show_table("Things", COLUMNS, [("一二三", "some words", "7"), ROWS[1]])
    assert capsys.readouterr().out.splitlines() == [
        "Things",
        "一二三",
        "  what it is: some words",
        "  count: 7",
        "[red]b[/red]",
        "  count: 12",
    ]


def test_a_label_of_several_lines_or_of_a_texts_length_takes_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    show_table("", [Column("class"), Column("rows", number=True)], [("one\r\ntwo", "3"), ("很长" * 100, "4")])
    assert capsys.readouterr().out.splitlines()[1:] == [
        "one↵two" + " " * 57 + "3",
        "很长" * 14 + "很…" + " " * 5 + "4",
    ]


@pytest.mark.parametrize("width", [20], indirect=True)
def test_commands_are_never_broken(capsys: pytest.CaptureFixture[str], width: int) -> None:
    show_whole("wenmai predict " + "x" * 60)
    assert capsys.readouterr().out == "wenmai predict " + "x" * 60 + "\n"


def test_control_characters_are_shown() -> None:
    assert printable("a\x1b[31mb\x07\x7f\tc\n") == "a␛[31mb␇␡\tc\n"


def test_csv_and_json(capsys: pytest.CaptureFixture[str]) -> None:
    write_csv(["a", "b"], [["x,y", None], ['"', 1.5]])
    assert capsys.readouterr().out == 'a,b\n"x,y",\n"""",1.5\n'
    write_json({"名": [1, None]})
    written = capsys.readouterr().out
    assert "名" in written
    assert json.loads(written) == {"名": [1, None]}
    with pytest.raises(ValueError, match="not JSON compliant"):
        write_json(float("nan"))
