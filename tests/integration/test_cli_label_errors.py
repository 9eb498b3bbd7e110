"""`wenmai compare --label-errors`, a table filled in as a spreadsheet saves it, and `--corrections`."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

Call = Callable[..., Any]
Write = Callable[..., Path]


def test_from_doubts_to_corrected_labels(wenmai: Call, labelled: Write, tmp_path: Path) -> None:
    path = labelled("reviews.csv", 200)
    lines = path.read_text("utf-8").splitlines()
    for number in (20, 57):
        text, label = lines[number].rsplit(",", 1)
        lines[number] = f"{text},{'neg' if label == 'pos' else 'pos'}"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    options = ("--models", "naive-bayes:words", "--set", "model.learner.alpha=1", "--format")
    first = wenmai("compare", path, *options, "table", "--out", "run", "--label-errors")
    assert first.code == 0
    assert "2 labels look wrong; they are candidates, not errors." in first.out
    assert "Write what is right into the column 'corrected' of run/label_errors.csv, then:" in first.out
    assert first.out.rstrip().endswith("--corrections run/label_errors.csv")

    table = tmp_path / "run" / "label_errors.csv"
    with table.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert sorted(int(row["line"]) for row in rows) == [21, 58]
    with table.open("w", encoding="gb18030", newline="") as file:
        writer = csv.DictWriter(file, ["row", "corrected", "text"], extrasaction="ignore", lineterminator="\r\n")
        writer.writeheader()
        writer.writerows({**row, "corrected": row["suggested"]} for row in rows)

    again = wenmai("compare", path, *options, "json", "--out", "again", "--corrections", table)
    assert again.code == 0
    change = json.loads(again.out)["findings"]["correction"]
    assert sum(part["relabelled"] for part in change["rows"].values()) == 2
    assert change["scores"]["macro_f1"]["after"]["value"] == 1
    assert "What the corrections changed" in (tmp_path / "again" / "report.html").read_text("utf-8")


def test_corrections_that_do_not_fit_are_refused(wenmai: Call, labelled: Write, tmp_path: Path) -> None:
    (tmp_path / "said.csv").write_text("row,text,corrected\n1,another text,pos\n", "utf-8")
    done = wenmai("compare", labelled("reviews.csv"), "--models", "majority", "--corrections", "said.csv")
    assert done.code == 1
    assert "said.csv:2: row 1 holds the text " in done.message
    missing = wenmai("compare", labelled("reviews.csv"), "--models", "majority", "--corrections", "none.csv")
    assert missing.code == 2
    assert "none.csv: there is no such file" in missing.message
