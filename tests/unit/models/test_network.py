import numpy as np
import pytest
import torch
from corpora import labelled
from doubles import DOUBLES

from wenmai.bundle import load_bundle
from wenmai.core.errors import BundleError, FitError, UsageError
from wenmai.core.schema import EmbedColumns, Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Head, Parts
from wenmai.models.network import OCCLUDED_TOKENS
from wenmai.recipe import InputReference, TrainingConfig, recipe_for, with_settings
from wenmai.text.pipeline import Pipeline
from wenmai.training import fit

DATA = labelled(["好书 很好", "好看", "坏车 坏", "车坏了"] * 6, ["p", "p", "n", "n"] * 6, "zh")
RECIPE = with_settings(recipe_for("textcnn:chars", "zh"), ["model.embedding.width=6", "model.filters=3"])


def model(head=None, recipe=RECIPE, inputs=None):
    pipeline = Pipeline.fit(recipe.pipeline, (batch.text for batch in DATA.batches()))
    built = recipe.model.build(Parts(pipeline, head or Head("classes", 2, ("n", "p")), inputs or {}))
    built.draw(0)
    return built


def test_a_network_without_weights_says_so():
    pipeline = Pipeline.fit(RECIPE.pipeline, [["好"]])
    unborn = RECIPE.model.build(Parts(pipeline, Head("classes", 2)))
    with pytest.raises(UsageError, match="the network has no weights yet. Train it, or load a bundle"):
        unborn.outputs(Inputs(["好"]))


def test_a_pipeline_without_numbers_is_refused():
    with pytest.raises(UsageError, match=r"a network reads numbers of a vocabulary. Set pipeline.vocabulary"):
        model(recipe=RECIPE.but(pipeline=RECIPE.pipeline.but(vocabulary=None)))


def test_texts_are_cut_to_what_the_pipeline_allows_and_unknown_words_have_a_number():
    built = model(recipe=RECIPE.but(pipeline=RECIPE.pipeline.but(max_pieces=3)))
    texts = built.encode(Inputs(["好好好好好", "奇", ""]))
    assert texts.lengths.tolist() == [3, 1, 0]
    assert texts.token_ids[3] == built.lexicon.unknown_id


def test_a_value_is_one_number_a_row():
    built = model(Head("value", 1))
    assert built.outputs(Inputs(["好", "坏", "车"])).shape == (3,)
    assert built.attribute("好书", 0).weights.shape == (2,)


def test_what_hiding_a_word_costs_is_what_it_is_said_to_weigh():
    built = model()
    text = "好书坏车"
    attribution = built.attribute(text, 1)
    assert attribution.spans == [(0, 1), (1, 2), (2, 3), (3, 4)]
    whole = built.outputs(Inputs([text]))[0]
    hidden = built.outputs(Inputs(["好书奇车"]))[0]  # 奇 is unknown
    expected = (whole[1] - whole[0]) - (hidden[1] - hidden[0])
    assert attribution.weights[2] == pytest.approx(expected, abs=1e-5)


def test_gradients_times_vectors_are_the_logit_where_the_network_is_linear():
    class Linear(torch.nn.Module):
        def __init__(self, built):
            super().__init__()
            self.embedding = built.network().embedding
            self.output = torch.nn.Linear(6, 2, bias=False)

        def forward(self, batch):
            return self.output(self.embedding(batch).sum(dim=1))

    built = model()
    torch.manual_seed(0)
    built._module = Linear(built)
    logits = built.outputs(Inputs(["好书坏"]))[0]
    found = built.attribute("好书坏", 1, "gradient").weights
    assert found.sum() == pytest.approx(logits[1] - logits[0], abs=1e-5)
    np.testing.assert_allclose(built.attribute("好书坏好", 1, "gradient").weights[0], found[0], atol=1e-6)


def test_long_texts_are_hidden_in_runs():
    built = model()
    text = "好书坏车" * 150
    found = built.attribute(text, 0)
    assert len(found.spans) == len(found.weights) == 600
    assert len(set(found.weights.tolist())) <= OCCLUDED_TOKENS // 600


def test_labels_are_weighed_each_by_itself():
    built = model(Head("labels", 3, ("a", "b", "c")))
    text = "好书"
    whole, hidden = (built.outputs(Inputs([one]))[0] for one in (text, "奇书"))
    assert built.attribute(text, 2).weights[0] == pytest.approx(whole[2] - hidden[2], abs=1e-5)


def test_weights_that_do_not_fit_are_refused():
    built = model()
    arrays = built.arrays()
    with pytest.raises(BundleError, match="the array 'output.weight' is float32 of shape"):
        built.restore({**arrays, "output.weight": arrays["output.weight"][:, :2]})
    with pytest.raises(BundleError, match="are expected"):
        built.restore({name: array for name, array in arrays.items() if name != "output.bias"})
    broken = arrays["output.bias"].copy()
    broken[0] = np.nan
    with pytest.raises(BundleError, match="not finite"):
        built.restore({**arrays, "output.bias": broken})


def test_a_recipe_without_a_loop_cannot_train_a_network():
    with pytest.raises(FitError, match=r"textcnn is trained by the loop, and the recipe has no training.loop"):
        fit(RECIPE.but(training=TrainingConfig()), DATA)


def test_subwords_are_read_too():
    subwords = {"segment": {"kind": "subwords"}, "tokenizer": {"vocabulary_size": 60}, "max_pieces": 20}
    recipe = RECIPE.but(pipeline=RECIPE.pipeline.parse(subwords))
    bundle = fit(recipe, DATA)
    assert bundle.outputs(DATA).shape == (24, 2)
    assert len(bundle.explain("好书很好").weights)


@pytest.fixture(scope="module")
def vectors():
    unlabelled = Dataset(DATA.table.select(["text"]), Schema(columns=EmbedColumns(), language="zh"))
    return fit(recipe_for("word-vectors", "zh", catalog=DOUBLES), unlabelled, catalog=DOUBLES)


def given_vectors(vectors, embedding):
    reference = InputReference(name="vectors", content=vectors.fingerprint)
    recipe = recipe_for("textcnn:chars", "zh", catalog=DOUBLES).but(inputs=(reference,))
    settings = [f"model.embedding={embedding}", "model.filters=3"]
    return with_settings(recipe, settings, catalog=DOUBLES)


@pytest.mark.parametrize(
    ("embedding", "trained"),
    [
        ('{"kind": "given"}', {"kept": True}),
        ('{"kind": "given", "tuned": true}', {"tuned": False}),
        ('{"kind": "multichannel"}', {"kept": True, "tuned": False}),
    ],
)
def test_the_forms_with_given_vectors_take_them_from_a_bundle(vectors, embedding, trained, tmp_path):
    bundle = fit(given_vectors(vectors, embedding), DATA, inputs={"vectors": vectors}, catalog=DOUBLES)
    arrays = bundle.model.arrays()
    at = bundle.pipeline.vocabulary.token_to_id["好"]
    given = vectors.outputs(Inputs(["好"]))[0]
    for name, same in trained.items():
        assert np.allclose(arrays[f"embedding.{name}"][at], given, atol=1e-6) == same
    bundle.save(tmp_path / "bundle")
    again = load_bundle(tmp_path / "bundle", catalog=DOUBLES)
    np.testing.assert_array_equal(again.outputs(DATA), bundle.outputs(DATA))


def test_vectors_that_are_not_there_or_none_are_refused(vectors):
    recipe = with_settings(recipe_for("textcnn:chars", "zh"), ['model.embedding={"kind": "given"}'])
    with pytest.raises(UsageError, match="takes its vectors from the input 'vectors', which the recipe does not have"):
        fit(recipe, DATA)

    class NoVectors:
        fingerprint = "0"

        def outputs(self, inputs):
            return np.zeros(len(inputs))

    with pytest.raises(UsageError, match="the input 'vectors' gives no vector for a word"):
        model(recipe=recipe, inputs={"vectors": NoVectors()})
