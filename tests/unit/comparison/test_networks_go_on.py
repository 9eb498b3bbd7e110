"""A comparison that is ended in the middle of a network's training goes on from its last checkpoint."""

import itertools

import numpy as np
import pytest
from corpora import reviews

from wenmai.catalog import CATALOG
from wenmai.comparison.division import Division
from wenmai.comparison.ladder import Ladder
from wenmai.comparison.rung import Circumstances, Rung
from wenmai.core.progress import SILENT
from wenmai.training import checkpoints
from wenmai.training.checkpoints import Checkpoints

HERE = CATALOG.extended([])
"""With a catalog of one's own a rung runs in this process, where a test can end it."""
DIVISION = Division(
    reviews("en", 3, rows=60), reviews("en", 3, rows=30, seed=1), reviews("en", 3, rows=30, seed=2), (), ()
)
SETTINGS = ("model.embedding.width=6", "model.filters=3", "training.loop.budget.epochs=2")


def weights(bundle):
    return np.concatenate([array.ravel() for _, array in sorted(bundle.model.arrays().items())])


def run(folder, *more, resume=False):
    """The bundle of the one rung."""
    ladder = Ladder(DIVISION, Circumstances(settings=(*SETTINGS, *more)), folder, SILENT, HERE)
    (rung,) = ladder.run(["textcnn:words"], deadline=None, resume=resume)
    assert isinstance(rung, Rung)
    return rung.bundle


@pytest.fixture
def ended(tmp_path, monkeypatch):
    """A run folder in which a training was ended at its fifth checkpoint."""
    monkeypatch.setattr(checkpoints, "EVERY_SECONDS", 0.0)
    saving, count = Checkpoints.save, itertools.count(1)

    def save(self, standing, arrays):
        saving(self, standing, arrays)
        if next(count) == 5:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(Checkpoints, "save", save)
        with pytest.raises(KeyboardInterrupt):
            run(tmp_path / "run")
    assert len(list((tmp_path / "run/checkpoints/textcnn-words").iterdir())) == 1
    return tmp_path / "run"


def test_it_reaches_the_same_weights_and_leaves_nothing_behind(ended, tmp_path):
    bundle = run(ended, resume=True)
    assert bundle.provenance.notes == ("went on from the checkpoint of step 5",)
    assert not (ended / "checkpoints/textcnn-words").exists()
    np.testing.assert_array_equal(weights(bundle), weights(run(tmp_path / "in peace")))


def test_without_resume_it_begins_anew(ended):
    assert run(ended).provenance.notes == ()


def test_other_settings_do_not_go_on_from_it(ended):
    assert run(ended, "training.loop.learning_rate=0.01", resume=True).provenance.notes == ()
