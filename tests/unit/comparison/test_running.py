"""Rungs in processes of their own: shipped, run, kept, resumed, stopped."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from corpora import labelled, reviews

from wenmai.comparison import compare
from wenmai.comparison.division import division_of
from wenmai.comparison.folder import run_folder
from wenmai.comparison.isolation import run_isolated
from wenmai.comparison.ladder import seconds_of
from wenmai.comparison.outcome import _packed, _unpacked, kept_outcome, outcome_key
from wenmai.comparison.rung import Circumstances, Rung
from wenmai.comparison.shipping import ship, unship
from wenmai.core.errors import FitError, UsageError
from wenmai.core.machine import available_cores
from wenmai.core.progress import SILENT
from wenmai.core.schema import ClassifyColumns, Schema
from wenmai.data.dataset import Dataset


def data(rows=240, seed=0):
    return reviews("en", 2, rows=rows, seed=seed)


def scores(board):
    return {rung.name: rung.test["macro_f1"].value for rung in board.results.done}


class Stages:
    def __init__(self):
        self.open, self.seen = [], []

    def begin(self, stage, total):
        self.open.append(stage)
        self.seen.append(stage)

    def advance(self, steps=1):
        assert self.open

    def say(self, text):
        pass

    def end(self):
        self.open.pop()


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs") / "run"
    stages = Stages()
    board = compare(data(), models="majority,tfidf-lr:chars", out=folder, progress=stages)
    assert stages.open == []
    return folder, board, stages


def test_a_process_of_its_own_finds_what_this_process_finds(run):
    _, board, stages = run
    assert scores(compare(data(), models="majority,tfidf-lr:chars")) == scores(board)
    assert "solve" in stages.seen


def test_every_fit_of_a_rung_is_a_stage_of_its_own():
    stages = Stages()
    compare(data(), models="tfidf-lr:chars", progress=stages)
    named = [stage for stage in stages.seen if re.fullmatch(r"(candidate|fold) \d+ of \d+", stage)]
    candidates = [stage for stage in named if stage.startswith("candidate")]
    count = int(candidates[0].rpartition(" ")[2])
    assert candidates == [f"candidate {number} of {count}" for number in range(1, count + 1)]
    assert stages.open == []


def test_the_ledger_says_how_much_each_rung_cuts(run):
    assert run[1].results.data.health["truncation"] == {"majority:plain": 0.0, "tfidf-lr:chars": 0.0}


def test_costs_of_a_rung_in_its_own_process_are_whole(run):
    costs = run[1].results.rung("tfidf-lr:chars").costs
    assert [one.characters for one in costs.latency_by_length] == [16, 64, 256, 1024]
    assert all(0 < one.ms_p50 <= one.ms_p95 for one in costs.latency_by_length)
    assert 0 < costs.peak_memory_bytes < 2**31
    assert 0.05 < costs.cold_start_seconds < 30
    shares = costs.time_shares
    assert shares.clean + shares.segment + shares.model == pytest.approx(1)
    assert shares.segment == 0


def test_finished_rungs_are_used_again(run):
    folder, board, _ = run
    before = {path: path.stat().st_mtime_ns for path in (folder / "rungs").iterdir()}
    stages = Stages()
    again = compare(
        data(), models="majority,tfidf-lr:chars,naive-bayes:chars", out=folder, resume=True, progress=stages
    )
    assert "tfidf-lr:chars" not in stages.seen
    assert "naive-bayes:chars" in stages.seen
    assert {name: again.results.rung(name).test for name in scores(board)} == {
        name: board.results.rung(name).test for name in scores(board)
    }
    assert all(path.stat().st_mtime_ns == moment for path, moment in before.items())


def test_what_changed_is_said_and_run_again(tmp_path):
    compare(data(), models="majority,tfidf-lr:words", out=tmp_path / "run", threads=2)
    stages = Stages()
    changed = ["model.learner.C=2"]
    compare(
        data(),
        models="majority,tfidf-lr:words",
        out=tmp_path / "run",
        resume=True,
        progress=stages,
        threads=2,
        settings=changed,
    )
    assert [stage for stage in stages.seen if "again" in stage] == ["tfidf-lr:words again, because of other recipes"]
    assert "majority:plain" not in stages.seen


def test_everything_that_decides_an_outcome_is_in_its_key():
    division, circumstances = division_of(data(), seed=0), Circumstances()
    key = outcome_key("tfidf-lr:words", division, circumstances)
    for what, other in (
        ("seed", outcome_key("tfidf-lr:words", division, Circumstances(seed=1))),
        ("threads", outcome_key("tfidf-lr:words", division, Circumstances(threads=3))),
        ("recipes", outcome_key("tfidf-lr:words", division, Circumstances(settings=("model.learner.C=2",)))),
        ("test rows", outcome_key("tfidf-lr:words", division_of(data(seed=5), seed=0), circumstances)),
    ):
        assert what in [name for name, value in key.items() if other[name] != value]


def test_a_damaged_outcome_is_not_there(tmp_path):
    division, circumstances = division_of(data(), seed=0), Circumstances(threads=available_cores())
    compare(data(), models="majority", out=tmp_path / "run")
    assert isinstance(kept_outcome("majority:plain", division, circumstances, tmp_path / "run"), Rung)
    for damaged in ("bundles/majority-plain/card.md", "rungs/majority-plain.safetensors", "rungs/majority-plain.json"):
        (tmp_path / "run" / damaged).write_bytes(b"{")
        assert kept_outcome("majority:plain", division, circumstances, tmp_path / "run") is None


def test_a_killed_comparison_goes_on_where_it_was(tmp_path):
    data_file = tmp_path / "reviews.csv"
    rows = data(600).table
    from pyarrow import csv

    csv.write_csv(rows, data_file)
    command = [str(Path(sys.executable).with_name("wenmai")), "compare", str(data_file), "--out", str(tmp_path / "run")]
    command += ["--models", "majority,naive-bayes:chars,tfidf-svm:chars"]
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, start_new_session=True)
    finished = tmp_path / "run" / "rungs" / "naive-bayes-chars.json"
    deadline = time.monotonic() + 120
    while not finished.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert finished.exists()
    assert not (tmp_path / "run" / "results.json").exists()
    kept = finished.stat().st_mtime_ns
    done = subprocess.run([*command, "--resume"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert finished.stat().st_mtime_ns == kept
    assert len(json.loads((tmp_path / "run" / "results.json").read_text())["rungs"]) == 3


def test_two_runs_in_one_folder_are_refused(tmp_path):
    with run_folder(tmp_path / "run"), pytest.raises(UsageError, match="another run is writing to"):
        compare(data(), models="majority", out=tmp_path / "run")
    compare(data(), models="majority", out=tmp_path / "run")


def test_a_folder_of_something_else_is_refused(tmp_path):
    (tmp_path / "thesis.tex").write_text("x")
    with pytest.raises(UsageError, match="holds something that is no run of wenmai: thesis.tex"):
        compare(data(), models="majority", out=tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        compare(data(), models="majority", out=tmp_path / "thesis.tex")


def test_a_spent_budget_is_a_row_that_says_so(tmp_path):
    for out in (None, tmp_path / "run"):
        board = compare(data(), models="majority,tfidf-lr:chars", budget=1e-6, out=out)
        assert [rung.status for rung in board.results.rungs] == ["failed", "failed"]
        assert all("the budget was spent" in rung.error for rung in board.results.rungs)
    assert (tmp_path / "run" / "report.html").exists()


@pytest.mark.parametrize(
    ("written", "seconds"), [("90s", 90), ("10m", 600), ("1.5h", 5400), (7, 7), ("8", 8), (None, None)]
)
def test_a_budget_is_read_as_it_is_written(written, seconds):
    assert seconds_of(written) == seconds


@pytest.mark.parametrize("written", ["", "soon", "-3", "0", "10 parsecs", "1e9999"])
def test_what_is_no_budget_is_refused(written):
    with pytest.raises(UsageError, match="is no budget. Write it as 90s, 10m or 1h"):
        compare(data(), models="majority", budget=written)


@pytest.fixture
def worker(monkeypatch):
    """A stand-in for the worker's program: what it does is its own code."""

    def stand_in(program):
        real = subprocess.Popen
        monkeypatch.setattr(
            subprocess, "Popen", lambda command, **options: real([command[0], "-c", program], **options)
        )

    return stand_in


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended by SIGKILL; the system may have been out"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "ended by SIGSEGV"),
        ("raise RuntimeError('of all things')", "ended with code 1: RuntimeError: of all things"),
        ("print('hello'); print('[]'); print('{}')", "ended with code 0: without a word"),
        ('print(\'["failed", {"found": "no rows", "where": "a.csv", "remedy": null}]\')', "a.csv: no rows"),
    ],
)
def test_however_a_process_ends_it_is_told(worker, tmp_path, program, message):
    worker(program)
    with pytest.raises(FitError, match=message):
        run_isolated(tmp_path, "any", tmp_path, budget=None, progress=SILENT)


def test_a_process_that_overruns_its_budget_is_stopped(worker, tmp_path, monkeypatch):
    monkeypatch.setattr("wenmai.comparison.isolation.GRACE", 0.2)
    worker('import time; print(\'["begin", "forever", null]\', flush=True); time.sleep(60)')
    stages, began = Stages(), time.monotonic()
    with pytest.raises(FitError, match="the budget was spent"):
        run_isolated(tmp_path, "any", tmp_path, budget=0.1, progress=stages)
    assert time.monotonic() - began < 10
    assert stages.open == []


@pytest.mark.parametrize("several", [False, True])
@pytest.mark.parametrize("rows", [60, 2600])
def test_a_shipped_division_is_the_same_division(tmp_path, rows, several):
    division = division_of(reviews("zh", 3, rows=rows, seed=1, several=several), seed=3)
    circumstances = Circumstances(seed=3, settings=("model.learner.C=2",))
    ship(division, circumstances, tmp_path)
    again, those = unship(tmp_path)
    assert those == circumstances
    assert (again.notes, again.source_fingerprint) == (division.notes, division.source_fingerprint)
    for one, other in ((division.train, again.train), (division.test, again.test), (division.dev, again.dev)):
        assert (one is None) == (other is None)
        assert one is None or one.fingerprint == other.fingerprint
    assert [held.tolist() for _, held in again.folds] == [held.tolist() for _, held in division.folds]


def test_groups_and_several_text_columns_are_shipped(tmp_path):
    count = 80
    table = pa.table(
        {
            "title": [f"title {row}" for row in range(count)],
            "body": [f"body {row} {'good' if row % 2 else 'bad'}" for row in range(count)],
            "who": [str(row // 2) for row in range(count)],
            "label": [str(row % 2) for row in range(count)],
            "other": ["not shipped"] * count,
        }
    )
    schema = Schema(columns=ClassifyColumns(text=("title", "body")), group="who")
    division = division_of(Dataset(table, schema), seed=0)
    ship(division, Circumstances(), tmp_path)
    again, _ = unship(tmp_path)
    assert again.train.table.column_names == ["title", "body", "label", "who"]
    assert again.train.fingerprint == division.train.fingerprint


def test_outputs_of_rows_that_differ_in_length_are_kept_row_by_row():
    ragged = [np.zeros((2, 3)), np.ones((1, 3))]
    again = _unpacked("tested", _packed("tested", ragged))
    assert [row.shape for row in again] == [(2, 3), (1, 3)]


def test_labels_with_odd_names_go_through_a_process(tmp_path):
    odd = labelled([f"word{row % 2} {row}" for row in range(60)], [("a/b:c", '"<é>\n')[row % 2] for row in range(60)])
    board = compare(odd, models="naive-bayes:words", out=tmp_path / "run")
    assert set(board.results.data.labels) == {"a/b:c", '"<é>\n'}
    assert not board.results.failed
