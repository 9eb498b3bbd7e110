"""word2vec as a member: what settings do, what is told on the way, and that a fit that was ended goes on."""

import numpy as np
import pyarrow as pa
import pytest

from wenmai.core.errors import BundleError, FitError
from wenmai.core.progress import Silent
from wenmai.core.schema import EmbedColumns, Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.recipe import recipe_for, with_settings
from wenmai.training import fit
from wenmai.training.keeping import StepKeeper

ROWS = ["the king rules the land", "the queen rules the land", "a dog eats meat", "a cat eats meat", ""] * 30
DATA = Dataset(pa.table({"text": ROWS}), Schema(columns=EmbedColumns(), language="en"), "rows")
SETTINGS = ("model.dim=20", "model.epochs=3")


def fitted(*settings, rung="word2vec:skipgram", data=DATA, **options):
    return fit(with_settings(recipe_for(rung, "en"), [*SETTINGS, *settings]), data, **options)


def test_hierarchical_nce_and_negative_sampling_learn_different_vectors():
    found = [fitted(f"model.objective={name}").model.vectors for name in ("negative", "nce", "hierarchical")]
    assert not np.allclose(found[0], found[1])
    assert not np.allclose(found[1], found[2])


def test_nce_takes_off_how_often_a_word_is_drawn():
    model = fitted("model.objective=nce").model
    counts = model.counts.astype(float) ** 0.75
    shifts = model.objective(_corpus(model), 0).shifts
    np.testing.assert_allclose(shifts, np.log(5 * counts / counts.sum()), rtol=1e-6)
    assert not len(fitted().model.objective(_corpus(model), 0).shifts)


def _corpus(model):
    from wenmai.batches.corpus import Corpus

    return Corpus(model.words, model.counts, np.zeros(0, np.int32), np.zeros(1, np.int64), 0)


def test_more_passes_lower_the_loss():
    losses = [
        float(fitted(f"model.epochs={epochs}", "model.learning_rate=0.1").provenance.notes[0].split()[1])
        for epochs in (1, 20)
    ]
    assert losses[1] < losses[0] - 0.3


def test_phrases_become_words_of_their_own():
    bundle = fitted('model.phrases={"threshold": 1.5}')
    assert "eats_meat" in bundle.model.words
    np.testing.assert_array_equal(bundle.outputs(Inputs(["eats_meat"]))[0], bundle.model.vector_of("eats_meat"))


def test_only_frequent_words_have_vectors():
    assert fitted("model.max_words=2").model.words == ("the", "a")
    assert "king" not in fitted("model.min_count=31").model.words
    assert fitted("model.min_count=31").model.vector_of("king") is None


def test_one_word_alone_is_learnt_too():
    data = Dataset(pa.table({"text": ["a a a a a a"]}), Schema(columns=EmbedColumns(), language="en"))
    for objective in ("negative", "hierarchical"):
        assert np.isfinite(fitted(f"model.objective={objective}", data=data).model.vectors).all()


def test_a_rate_that_is_too_high_is_an_error():
    with pytest.raises(FitError, match="grew without end"):
        fitted("model.learning_rate=1e30", "model.epochs=20")


class Told(Silent):
    def __init__(self):
        self.said, self.steps = [], 0

    def say(self, text):
        self.said.append(text)

    def advance(self, steps=1):
        self.steps += steps


def test_speed_loss_and_the_time_left_are_told():
    told = Told()
    fitted(progress=told)
    assert told.steps == 1 + 3  # one batch of texts, three epochs
    assert all("words/s, loss" in one and one.endswith("s left") for one in told.said)


@pytest.mark.parametrize("rung", ["word2vec:skipgram", "word2vec:cbow"])
def test_a_fit_that_was_ended_goes_on_to_the_same_bundle(rung, tmp_path, monkeypatch):
    monkeypatch.setattr("wenmai.kernels.word2vec._WORDS_IN_A_STRETCH", 200)
    monkeypatch.setattr("wenmai.training.checkpoints.EVERY_SECONDS", 0.0)
    whole = fitted(rung=rung)

    class Ending(Told):
        def say(self, text):
            super().say(text)
            if len(self.said) == 5:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fitted(rung=rung, progress=Ending(), checkpoints=tmp_path)
    assert any(tmp_path.glob("*.safetensors"))
    told = Told()
    again = fitted(rung=rung, progress=told, checkpoints=tmp_path)
    assert again.fingerprint == whole.fingerprint
    assert again.provenance.notes == whole.provenance.notes
    fresh = Told()
    fitted(rung=rung, progress=fresh)
    assert len(told.said) < len(fresh.said)


def test_a_checkpoint_of_another_fit_is_passed_over(tmp_path, monkeypatch):
    monkeypatch.setattr("wenmai.kernels.word2vec._WORDS_IN_A_STRETCH", 200)
    monkeypatch.setattr("wenmai.training.checkpoints.EVERY_SECONDS", 0.0)
    fitted(checkpoints=tmp_path)
    again = fitted(checkpoints=tmp_path, seed=1)
    assert again.provenance.notes[1:] == ("trained from the start: the checkpoints are of other seed",)
    assert again.fingerprint == fitted(seed=1).fingerprint


def test_a_keeper_is_due_after_its_time(tmp_path):
    assert not StepKeeper(tmp_path, {}, every=1000).due()
    keeper = StepKeeper(tmp_path, {"seed": "0"}, every=0)
    assert keeper.due()
    keeper.save(3, {"a": np.arange(2)})
    step, arrays = StepKeeper(tmp_path, {"seed": "0"}).newest()
    assert (step, arrays["a"].tolist()) == (3, [0, 1])
    assert StepKeeper(tmp_path, {"seed": "1"}).newest() is None


DAMAGES = {
    "a word twice": lambda arrays: {"words": np.frombuffer(b"the\nthe" + arrays["words"].tobytes()[5:], np.uint8)},
    "fewer counts": lambda arrays: {"word_counts": arrays["word_counts"][1:]},
    "fewer vectors": lambda arrays: {"vectors": arrays["vectors"][1:]},
    "wider vectors": lambda arrays: {"vectors": np.hstack([arrays["vectors"]] * 2)},
    "not finite": lambda arrays: {"vectors": arrays["vectors"] * np.float32(np.inf)},
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_arrays_that_do_not_fit_are_refused(damage):
    model = fitted().model
    arrays = model.arrays()
    with pytest.raises(BundleError):
        model.restore({**arrays, **damage(arrays)})
