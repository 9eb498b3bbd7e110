"""The process of one rung: ``python -m wenmai.comparison.worker WORK RUNG FOLDER BUDGET``.

It maps the shipped division, runs the rung, leaves its outcome in the run folder, and reports on standard output, one
JSON value a line: ``["begin", stage, total]``, ``["advance", steps]``, ``["say", text]``, ``["end"]``, and last
``["done"]`` or ``["failed", {found, where, remedy}]``.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from wenmai.core.errors import WenmaiError
from wenmai.core.machine import resident_bytes


class Reporter:
    """Progress that goes to the parent process."""

    def begin(self, stage: str, total: int | None) -> None:
        """A stage begins."""
        tell("begin", stage, total)

    def advance(self, steps: int = 1) -> None:
        """Some steps are done."""
        tell("advance", steps)

    def say(self, text: str) -> None:
        """How the stage stands."""
        tell("say", text)

    def end(self) -> None:
        """A stage is over."""
        tell("end")


def tell(*event: Any) -> None:
    """One line for the parent."""
    print(json.dumps(event, ensure_ascii=False), flush=True)


def main(work: Path, name: str, folder: Path, budget: float | None) -> None:
    """Run one rung and leave its outcome."""
    from wenmai.comparison.outcome import keep_outcome, outcome_key
    from wenmai.comparison.rung import checkpoint_folder, run_rung
    from wenmai.comparison.shipping import unship, unship_inputs
    from wenmai.comparison.vector_memory import FOLDER

    _import_what_a_fit_imports(name)
    baseline = resident_bytes()
    try:
        division, circumstances = unship(work)
        rung = run_rung(
            name,
            division,
            circumstances,
            inputs=unship_inputs(circumstances, work),
            folder=folder / "bundles",
            checkpoints=checkpoint_folder(folder, name),
            vectors=folder / FOLDER,
            progress=Reporter(),
            budget=budget,
            memory_baseline=baseline,
        )
        keep_outcome(rung, outcome_key(name, division, circumstances), folder)
    except WenmaiError as error:
        tell("failed", {"found": error.found, "where": error.where, "remedy": error.remedy})
        return
    tell("done")


def _import_what_a_fit_imports(name: str) -> None:
    """What comes late in a fit comes early here, so that it counts with the baseline of the memory."""
    import sklearn.metrics  # noqa: F401

    import wenmai.kernels.logistic
    import wenmai.kernels.ngrams
    import wenmai.kernels.svm
    from wenmai.catalog import CATALOG

    if CATALOG.preset(name, "en").loop is not None:
        import torch

        import wenmai.training.loop  # noqa: F401

        torch.optim.AdamW([torch.zeros(1)])  # half of torch is imported when the first optimiser is made


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), float(sys.argv[4]) if sys.argv[4] else None)
