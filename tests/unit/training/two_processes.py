"""One of the processes of a training, as torchrun would start it.

``python two_processes.py FOLDER`` writes the weights and the curve; RANK and WORLD_SIZE say which process it is.
"""

import json
import os
import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))
sys.path.insert(0, str(Path(__file__).parents[2] / "conformance"))

from conftest import Small
from wenmai.training.checkpoints import Checkpoints

SETTINGS = (
    "model.dropout=0",
    "training.loop.word_dropout=0",
    "training.loop.precision=float32",
    "training.loop.learning_rate=0.01",
    "training.loop.budget.patience=null",
)


def main(folder: Path) -> None:
    one = Small(SETTINGS, several=True)
    trained = one.trained(checkpoints=Checkpoints(folder / "checkpoints", {}, every=0))
    name = f"{os.environ.get('RANK', '0')}-of-{os.environ.get('WORLD_SIZE', '1')}"
    np.savez(folder / f"{name}.npz", **one.model.arrays())
    evaluations = [evaluation.score for evaluation in trained.history.evaluations]
    losses = [point.loss for point in trained.history.points]
    (folder / f"{name}.json").write_text(json.dumps({"evaluations": evaluations, "losses": losses}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
