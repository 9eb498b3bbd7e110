"""What every network keeps to besides what every rung does: each test runs over all presets that the loop trains."""

import subprocess
import sys

import numpy as np
import pytest
import torch
from corpora import reviews
from given import distinct, inputs_of

from wenmai.batches.token_batch import TokenBatch
from wenmai.bundle.bundle import begun
from wenmai.catalog import CATALOG
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Network, Parts
from wenmai.models.network import NetworkModel
from wenmai.recipe import recipe_for
from wenmai.tasks.classify import Classify
from wenmai.text.pipeline import Pipeline

RUNGS = distinct(
    f"{name}:{preset}"
    for name, entry in CATALOG.entries.items()
    for preset in entry.presets
    if "classify" in entry.tasks and CATALOG.preset(f"{name}:{preset}", "zh").loop is not None
)
rungs = pytest.mark.parametrize("rung", RUNGS)


def drawn(rung, seed=0):
    """The network of a rung with drawn weights, and the texts that it knows the words of."""
    data = reviews("zh", 3, rows=60)
    recipe = recipe_for(rung, "zh")
    inputs = inputs_of(recipe, "zh")
    recipe, pipeline = begun(recipe, inputs)
    pipeline = pipeline or Pipeline.fit(recipe.pipeline, (batch.text for batch in data.batches()))
    model = recipe.model.build(Parts(pipeline, Classify.of(data).head(), inputs))
    assert isinstance(model, Network)
    model.draw(seed)
    return model, data


def logits(model, batch):
    with torch.no_grad():
        return model.network()(batch)


@rungs
def test_a_network_is_random_and_its_seed_decides_it(rung):
    assert CATALOG.preset(rung, "zh").model.random
    first, again, other = (drawn(rung, seed)[0].arrays() for seed in (1, 1, 2))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert any(not np.array_equal(first[name], other[name]) for name in first)


@rungs
def test_padding_does_not_matter(rung):
    model, data = drawn(rung)
    texts = model.encode(data.inputs())
    batch = TokenBatch.of(texts, np.arange(len(texts)), model.lexicon.padding_id)
    frame = len(model.encode(Inputs([""])).token_ids)
    assert batch.lengths.min() == frame  # the empty text is among them, with what its frame adds
    wider = torch.nn.functional.pad(batch.token_ids, (0, 7), value=model.lexicon.padding_id)
    torch.testing.assert_close(logits(model, TokenBatch(wider, batch.lengths)), logits(model, batch), rtol=0, atol=1e-5)
    other = torch.where(batch.mask, batch.token_ids, 5)  # nor what stands there
    torch.testing.assert_close(logits(model, TokenBatch(other, batch.lengths)), logits(model, batch), rtol=0, atol=1e-5)


@rungs
def test_a_text_alone_is_a_text_in_a_batch(rung):
    model, data = drawn(rung)
    texts = model.encode(data.inputs())
    rows = np.arange(len(texts))
    together = logits(model, TokenBatch.of(texts, rows, 0))
    alone = torch.cat([logits(model, TokenBatch.of(texts, rows[at : at + 1], 0)) for at in rows])
    torch.testing.assert_close(alone, together, rtol=0, atol=1e-5)


@rungs
def test_every_parameter_gets_a_gradient(rung):
    model, data = drawn(rung)
    texts = model.encode(data.inputs())
    network = model.network().train()
    outputs = network(TokenBatch.of(texts, np.arange(len(texts)), 0))
    assert outputs.shape == (60, 3)
    targets = torch.from_numpy(Classify.of(data).targets(data))
    torch.nn.functional.cross_entropy(outputs, targets).backward()
    without = [name for name, one in network.named_parameters() if one.grad is None or not one.grad.any()]
    assert without == []


@rungs
def test_both_ways_to_weigh_words_agree_on_which_there_are(rung):
    model, _ = drawn(rung)
    text = "这个手机真的好看！我们觉得非常满意。"
    hidden, graded = (model.attribute(text, 1, method) for method in ("occlusion", "gradient"))
    assert hidden.spans == graded.spans
    assert len(hidden.spans) == len(hidden.weights) == len(graded.weights) > 5
    assert np.isfinite(graded.weights).all()
    assert hidden.weights.any()
    assert graded.weights.any()


@rungs
def test_drawing_and_answering_leave_the_random_numbers_of_others_alone(rung):
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    model, data = drawn(rung)
    model.outputs(Inputs(data.inputs().text))
    torch.testing.assert_close(torch.rand(4), expected, rtol=0, atol=0)


def test_a_network_is_used_without_the_code_that_trains(tmp_path):
    from wenmai.training import fit

    assert RUNGS
    fit(recipe_for(RUNGS[0], "zh"), reviews("zh", 3, rows=30)).save(tmp_path / "bundle")
    program = (
        "import sys; from wenmai.bundle import load_bundle\n"
        "print(len(load_bundle(sys.argv[1]).predict(['好看'])))\n"
        "print([name for name in sys.modules if name.startswith(('wenmai.training', 'torch._dynamo'))])"
    )
    ran = subprocess.run([sys.executable, "-c", program, str(tmp_path / "bundle")], capture_output=True, text=True)
    assert ran.stdout.splitlines() == ["1", "[]"], ran.stderr


def test_there_is_one_class_for_all_networks():
    assert {type(drawn(rung)[0]) for rung in RUNGS} == {NetworkModel}
