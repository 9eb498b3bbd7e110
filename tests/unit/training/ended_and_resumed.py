"""Trains a small network once in peace, then again with SIGKILL at random moments until it is through.

``python ended_and_resumed.py FOLDER SEED ENDS`` prints JSON: both results, the newest checkpoint's step at each end.
Children are forked from a process that has torch loaded and no thread but its own: run it with OMP_NUM_THREADS=1.
"""

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "conformance"))

from corpora import reviews

from wenmai.models.contract import Examples, Parts, Run
from wenmai.recipe import recipe_for, with_settings
from wenmai.tasks.classify import Classify
from wenmai.text.pipeline import Pipeline
from wenmai.training.checkpoints import Checkpoints
from wenmai.training.loop import Judge, train_network

SETTINGS = [
    "model.embedding.width=8",
    "model.filters=4",
    "training.loop.budget.patience=null",
    "training.loop.average=0.9",
    "training.loop.accumulate=2",
]


def trained(folder: Path | None, epochs: int) -> str:
    recipe = with_settings(recipe_for("textcnn:words", "en"), [*SETTINGS, f"training.loop.budget.epochs={epochs}"])
    train, dev = reviews("en", 3, rows=60), reviews("en", 3, rows=30, seed=1)
    task = Classify.of(train)
    pipeline = Pipeline.fit(recipe.pipeline, (batch.text for batch in train.batches()))
    model = recipe.model.build(Parts(pipeline, task.head()))
    held_out = task.targets(dev)
    judge = Judge("macro_f1", lambda outputs: task.scores(outputs, held_out)["macro_f1"])
    checkpoints = None if folder is None else Checkpoints(folder, {"recipe": recipe.fingerprint}, every=0)
    examples = Examples(train, task.targets(train)), Examples(dev, held_out)
    result = train_network(model, *examples, Run(seed=3), recipe.training.loop, judge, checkpoints=checkpoints)
    digest = hashlib.sha256()
    for name, array in sorted(model.arrays().items()):
        digest.update(name.encode() + array.tobytes())
    history = result.history.model_dump(mode="json", exclude={"pace"})
    return json.dumps({"weights": digest.hexdigest(), "history": history})


def child(folder: Path, answer: Path, epochs: int) -> int:
    number = os.fork()
    if number == 0:
        try:
            said = trained(folder, epochs)
            answer.with_suffix(".part").write_text(said)
            answer.with_suffix(".part").replace(answer)
        finally:
            os._exit(0)
    return number


def main(folder: Path, seed: int, ends: int) -> None:
    epochs = 2 + ends // 2
    in_peace, answer = trained(None, epochs), folder / "answer.json"
    moments, steps = random.Random(seed), []
    while not answer.exists():
        number = child(folder / "checkpoints", answer, epochs)
        if len(steps) < ends:
            time.sleep(moments.uniform(0.02, 0.3))
            os.kill(number, signal.SIGKILL)
        os.waitpid(number, 0)
        steps.append(max([0, *(int(path.stem) for path in (folder / "checkpoints").glob("*.json"))]))
    print(json.dumps({"in_peace": json.loads(in_peace), "ended": json.loads(answer.read_text()), "steps": steps}))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
