"""Count vectors and GloVe: words that stand among the same words get vectors that point the same way."""

import numpy as np
import pyarrow as pa
import pytest

from wenmai.core.errors import ConfigError, FitError
from wenmai.core.progress import SILENT
from wenmai.core.schema import EmbedColumns, Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Examples, Head, Parts, Run
from wenmai.models.count_vectors import CountVectorsConfig, ppmi
from wenmai.models.glove import GloveConfig, plain
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import WordSegment
from wenmai.training.keeping import StepKeeper

CONFIGS = {
    "count-vectors": CountVectorsConfig(dim=8, min_count=1),
    "glove": GloveConfig(dim=8, min_count=1, epochs=20, window=4),
}
members = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)
TOPICS = {
    "sea": ["boat", "wave", "sail", "tide", "gull", "harbour"],
    "bread": ["flour", "oven", "dough", "yeast", "crust", "baker"],
}
TASKLESS = Head("vectors", 0)


def planted(rows=300, seed=0):
    """Texts in which only words of one topic stand together, with some common words among them."""
    generator = np.random.default_rng(seed)
    texts = []
    for row in range(rows):
        topic = list(TOPICS.values())[row % 2]
        texts.append(" ".join(generator.choice([*topic, "the", "and"], 8)))
    return texts


def unlabelled(texts):
    return Dataset(pa.table({"text": texts}), Schema(columns=EmbedColumns(), language="en"))


def fitted(config, texts, **circumstances):
    pipeline = Pipeline.fit(PipelineConfig(segment=WordSegment(language="en")), [])
    model = config.build(Parts(pipeline, TASKLESS))
    model.notes = model.fit(Examples(unlabelled(texts), None), None, Run(**circumstances))
    return model


@members
def test_words_of_a_topic_are_near_each_other(config):
    model = fitted(config, planted())
    assert set(model.words) == {*TOPICS["sea"], *TOPICS["bread"], "the", "and"}
    for topic, words in TOPICS.items():
        others = [word for name, rest in TOPICS.items() if name != topic for word in rest]
        for word in words:
            own = model.vector_of(word)

            def likeness(other, own=own):
                vector = model.vector_of(other)
                return own @ vector / np.linalg.norm(own) / np.linalg.norm(vector)

            assert min(likeness(one) for one in words) > max(likeness(one) for one in others)


@members
def test_the_same_seed_gives_the_same_vectors(config):
    np.testing.assert_array_equal(fitted(config, planted(), seed=3).vectors, fitted(config, planted(), seed=3).vectors)


def test_another_seed_gives_glove_other_vectors():
    first, other = (fitted(CONFIGS["glove"], planted(), seed=seed).vectors for seed in (0, 1))
    assert np.abs(first - other).max() > 1e-3


@members
def test_its_state_comes_back(config):
    model = fitted(config, planted(60))
    other = config.build(Parts(model.pipeline, TASKLESS))
    other.restore(model.arrays())
    texts = Inputs(["boat", "the boat and the oven", "nothing known", ""])
    np.testing.assert_array_equal(other.outputs(texts), model.outputs(texts))


@members
def test_a_spent_budget_ends_it(config):
    with pytest.raises(FitError, match="budget"):
        fitted(config, planted(20), deadline=0.0)


def test_few_words_leave_numbers_that_are_zero():
    model = fitted(CountVectorsConfig(dim=20, min_count=1), planted(60))
    assert model.vectors.shape == (14, 20)
    assert (model.vectors[:, 14:] == 0).all()
    assert model.notes == ("14 words give only 14 of 20 numbers; the others are zeros",)


def test_glove_says_its_loss_epoch_by_epoch():
    said = []

    class Heard(type(SILENT)):
        def say(self, text):
            assert " pairs/s, loss " in text
            said.append(float(text.partition("loss ")[2].partition(",")[0]))

    model = fitted(CONFIGS["glove"], planted(), progress=Heard())
    assert len(said) == 20
    assert said[-1] < said[0]
    assert model.notes[0].startswith(f"the mean loss of a pair went from {said[0]:.4f} to {said[-1]:.4f}")


class KilledError(Exception):
    pass


def test_glove_goes_on_where_it_was_ended_and_ends_the_same(tmp_path):
    class Ended(StepKeeper):
        def save(self, step, arrays):
            super().save(step, arrays)
            if step == 7:
                raise KilledError

    whole = fitted(CONFIGS["glove"], planted())
    with pytest.raises(KilledError):
        fitted(CONFIGS["glove"], planted(), keeper=Ended(tmp_path, {"fit": "this"}, every=0))
    resumed = fitted(CONFIGS["glove"], planted(), keeper=StepKeeper(tmp_path, {"fit": "this"}, every=1000))
    np.testing.assert_array_equal(resumed.vectors, whole.vectors)
    assert resumed.notes == whole.notes
    another = fitted(CONFIGS["glove"], planted(), keeper=StepKeeper(tmp_path, {"fit": "another"}, every=1000))
    assert another.notes == whole.notes


def test_texts_of_one_word_each_have_no_neighbours():
    with pytest.raises(FitError, match="no two of the words"):
        fitted(CONFIGS["glove"], ["boat", "oven"])


@pytest.mark.parametrize(("config", "setting"), [(CountVectorsConfig, "shift"), (GloveConfig, "x_max")])
def test_settings_out_of_range_are_refused(config, setting):
    with pytest.raises(ConfigError, match=setting):
        config.parse({setting: 0})


@pytest.mark.parametrize("preset", [ppmi, plain])
@pytest.mark.parametrize("language", ["zh", "en", "mixed"])
def test_presets_read_words(preset, language):
    assert preset(language).pipeline.segment == WordSegment(language=language)
