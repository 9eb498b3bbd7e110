from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pytest
from corpora import reviews

from wenmai.models.contract import Examples, Parts, Run
from wenmai.recipe import Recipe, recipe_for, with_settings
from wenmai.tasks.classify import Classify
from wenmai.text.pipeline import Pipeline
from wenmai.training.loop import Judge, Trained, train_network


@dataclass
class Small:
    """A small network over made-up reviews, trained with some settings changed."""

    settings: tuple[str, ...] = ()
    rows: int = 60
    several: bool = False
    model: Any = None
    train: Any = field(init=False)
    dev: Any = field(init=False)

    def __post_init__(self):
        self.train = reviews("en", 3, rows=self.rows, several=self.several)
        self.dev = reviews("en", 3, rows=30, seed=1, several=self.several)
        self.task = Classify.of(self.train)
        self.pipeline = Pipeline.fit(self.recipe().pipeline, (batch.text for batch in self.train.batches()))
        self.model = self.recipe().model.build(Parts(self.pipeline, self.task.head()))

    def recipe(self) -> Recipe:
        small = ("model.embedding.width=8", "model.filters=4", "training.loop.budget.epochs=3")
        return with_settings(recipe_for("textcnn:words", "en"), [*small, *self.settings])

    @property
    def loop(self):
        return self.recipe().training.loop

    def trained(self, run: Run | None = None, *, dev: bool = True, **arguments: Any) -> Trained:
        held_out = Examples(self.dev, self.task.targets(self.dev))
        judge = Judge("macro_f1", lambda outputs: self.task.scores(outputs, held_out.targets)["macro_f1"])
        train = Examples(self.train, self.task.targets(self.train))
        run = run or Run(seed=1)
        return train_network(self.model, train, held_out if dev else None, run, self.loop, judge, **arguments)


@pytest.fixture
def small():
    return Small
