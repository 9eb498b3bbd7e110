"""Comparisons from the command line: loaded, run with their progress shown, and their results written."""

from __future__ import annotations

import contextlib
import re
import shlex
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from wenmai.cli.loading import Source, user_words
from wenmai.cli.named_places import input_folders, outside_files
from wenmai.cli.options import Format, class_weight
from wenmai.cli.output import note, write_csv, write_json
from wenmai.core.errors import FitError, UsageError

if TYPE_CHECKING:
    from wenmai.comparison import Comparison, Study
    from wenmai.comparison.results import Results
    from wenmai.data.loading import Loaded

RUNS = Path("wenmai-runs")
TEST_ROWS = "test.csv"


@dataclass(frozen=True, slots=True)
class Training:
    """What was said about the training on the command line."""

    models: str
    seed: int = 0
    seeds: int = 1
    threads: int | None = None
    class_weight: str = "none"
    settings: Sequence[str] = ()
    user_dict: Path | None = None
    out: Path | None = None
    redact: bool = False
    budget: str | None = None
    resume: bool = False
    cost: str = "latency"
    outside: Sequence[str] = ()
    inputs: Sequence[str] = ()
    study: Study | None = None

    def prepared(self, stem: str) -> dict[str, Any]:
        """The keyword arguments of `compare`; wrong ones are refused before any data is read."""
        if self.resume and self.out is None:
            raise UsageError("--resume needs to know which run", remedy="Name its folder with --out")
        name = re.sub(r"[^\w.-]+", "-", stem)
        return {
            "models": self.models,
            "seed": self.seed,
            "seeds": self.seeds,
            "threads": self.threads,
            "class_weight": class_weight(self.class_weight),
            "settings": [*self.settings, *user_words(self.user_dict, self.models)],
            "inputs": input_folders(self.inputs),
            "out": self.out or RUNS / f"{name}-{datetime.now().strftime('%Y%m%d-%H%M%S')}",
            "redact": self.redact,
            "budget": self.budget,
            "resume": self.resume,
            "cost": self.cost,
            "outside": outside_files(self.outside),
            **({} if self.study is None else {"study": self.study}),
        }


def _run(data: Loaded, arguments: dict[str, Any]) -> Comparison:
    """Compare, with what was detected before, progress meanwhile and health warnings after, on standard error."""
    from wenmai.cli.progress import shown
    from wenmai.comparison import compare

    note(*data.notes)
    try:
        with shown() as progress:
            board = compare(data, **arguments, progress=progress)
    except BaseException as error:
        kept = any((arguments["out"] / name).is_dir() for name in ("rungs", "checkpoints"))
        if isinstance(error, KeyboardInterrupt) and kept:
            note(f"What is done is kept; to go on, add: --out {shlex.quote(str(arguments['out']))} --resume")
        with contextlib.suppress(OSError):  # A folder in which nothing was written yet need not stay.
            arguments["out"].rmdir()
        raise
    note(*(f"Data: {warning}" for warning in board.results.data.health.get("warnings", ())))
    return board


def compare_and_show(source: Source, training: Training, output: Format) -> None:
    """`wenmai compare`."""
    _check_names(training.models)
    arguments = training.prepared(source.stem)
    board = _run(source.load(), arguments)
    _write(board, output, rows=source.test)
    _check_done(board.results)


def train_and_show(source: Source, training: Training, output: Format) -> None:
    """`wenmai train`."""
    _check_model(training.models)
    arguments = training.prepared(source.stem)
    board = _run(source.load(), arguments)
    _check_done(board.results)
    _write(board, output, rows=source.test)


def demo_and_show(training: Training, output: Format) -> None:
    """`wenmai demo`: besides what `compare` writes, the locked test rows, so that the last command can be tried."""
    from wenmai.comparison.division import division_of
    from wenmai.data.demo import demo_reviews
    from wenmai.data.write import write_table

    _check_names(training.models)
    arguments = training.prepared("demo")
    loaded = demo_reviews()
    board = _run(loaded, arguments)
    rows = arguments["out"] / TEST_ROWS
    write_table([division_of(loaded, seed=training.seed).test.take(["text", "label"])], rows)
    _write(board, output, rows=str(rows))
    _check_done(board.results)


def _check_names(models: str) -> None:
    """Refuse unknown names before the data is read."""
    from wenmai.catalog import CATALOG

    CATALOG.rungs(name.strip() for name in models.split(",") if name.strip())


def _check_model(model: str) -> None:
    from wenmai.catalog import CATALOG

    if model in CATALOG.ladders or "," in model:
        raise UsageError(
            f"{model!r} names more than one model", remedy=f"Compare them: wenmai compare DATA --models {model}"
        )
    CATALOG.rung(model)


def _check_done(results: Results) -> None:
    """The work has failed when nothing could be fitted.

    Raises:
        FitError: with every rung's error.
    """
    if not results.done:
        failures = "; ".join(f"{rung.name}: {rung.error}" for rung in results.failed)
        raise FitError(f"no rung could be fitted ({failures})")


def _write(board: Comparison, output: Format, *, rows: str | None) -> None:
    from wenmai.cli.board import board_csv, show_advice, show_board, show_label_errors, show_next

    results = board.results
    if output is Format.JSON:
        write_json(results.model_dump(mode="json"))
        _tell_folder(board.folder)
    elif output is Format.CSV:
        write_csv(*board_csv(results))
        _tell_folder(board.folder)
    elif results.done:
        show_board(results)
        show_advice(results)
        if board.folder is not None:
            show_next(results, board.folder, rows, by_file=_by_file(board))
            show_label_errors(results, board.folder)


def _by_file(board: Comparison) -> bool:
    """Whether the recommended rung reads further columns of each token."""
    from wenmai.models.abilities import ReadsFactors

    if board.results.recommendation is None:
        return False
    model = board.recommended.model
    return isinstance(model, ReadsFactors) and bool(model.factors)


def _tell_folder(folder: Path | None) -> None:
    if folder is not None:
        sys.stderr.write(f"Run folder: {folder}\n")
