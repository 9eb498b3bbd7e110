import numpy as np
import pytest
import torch
from corpora import reviews
from given import encoder, fit

from wenmai.batches.token_batch import TokenBatch
from wenmai.bundle import load_bundle
from wenmai.core.errors import UsageError
from wenmai.data.dataset import Inputs
from wenmai.models.token_vectors import token_vectors
from wenmai.recipe import recipe_for, with_settings

TEXTS = ["this phone is great", "", "awful , really awful", "battery " * 30, "box"]
POOLINGS = ["pooler", "first", "mean", "max", "mean-max"]


def network(**changes):
    """A small network for three classes, with drawn weights, and a batch of texts."""
    bundle = encoder("en")
    config = bundle.recipe.model.but(**changes)
    torch.manual_seed(0)
    module = config.module(bundle.model.lexicon, 3).eval()
    rows = bundle.model.encode(Inputs(TEXTS))
    return module, TokenBatch.of(rows, np.arange(len(rows)), bundle.model.lexicon.padding_id)


@pytest.mark.parametrize("pooling", POOLINGS)
def test_every_pooling_is_that_of_the_states(pooling):
    module, batch = network(pooling=pooling)
    with torch.no_grad():
        states, packing = module.states(batch)
        found = module.pooled(batch)
    for row in range(len(batch)):
        steps = states[-1][packing.rows == row]
        expected = {
            "first": steps[0],
            "pooler": torch.tanh(module.pooler(steps[0])) if module.pooler is not None else None,
            "mean": steps.mean(dim=0),
            "max": steps.amax(dim=0),
            "mean-max": torch.cat([steps.mean(dim=0), steps.amax(dim=0)]),
        }[pooling]
        torch.testing.assert_close(found[row], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("positions", ["sinusoidal", "learned", "rotary", "relative"])
@pytest.mark.parametrize("attention", ["softmax", "linear"])
@pytest.mark.parametrize("norm", ["pre", "post"])
def test_every_slot_fits_the_others_and_padding_does_not_matter(positions, attention, norm):
    if (positions, attention) == ("relative", "linear"):
        pytest.skip("refused: linear attention compares no two steps")
    shape = encoder("en").recipe.model.shape
    block = shape.block.but(norm=norm, attention={"kind": attention}, attention_dropout=0.0)
    module, batch = network(encoder=shape.but(block=block, positions={"kind": positions}), pooling="first")
    wider = TokenBatch(torch.nn.functional.pad(batch.token_ids, (0, 5)), batch.lengths)
    torch.testing.assert_close(module(wider), module(batch), rtol=0, atol=1e-5)
    one = TokenBatch(batch.token_ids[:1, : int(batch.lengths[0])], batch.lengths[:1])
    torch.testing.assert_close(module(one), module(batch)[:1], rtol=0, atol=1e-5)
    module.train()
    module(batch).sum().backward()
    silent = [name for name, one in module.named_parameters() if one.grad is None]
    assert silent == []


@pytest.mark.parametrize(("shared", "layers"), [("none", 2), ("attention", 2), ("feed_forward", 2), ("both", 1)])
def test_layers_share_what_they_are_told_to(shared, layers):
    shape = encoder("en").recipe.model.shape
    module, batch = network(encoder=shape.but(shared=shared))
    assert len(module.encoder.layers) == layers
    whole = sum(one.numel() for one in module.encoder.layers[0].parameters())
    counted = sum(one.numel() for one in module.encoder.layers.parameters())
    assert counted == whole if shared == "both" else whole < counted <= 2 * whole
    assert (counted == 2 * whole) == (shared == "none")
    assert torch.isfinite(module(batch)).all()


def test_the_two_ways_of_attention_over_packed_texts_agree(monkeypatch):
    module, batch = network(pooling="mean")
    few = module(batch)
    monkeypatch.setattr("wenmai.blocks.masks.FEW_GROUPS", 100)
    torch.testing.assert_close(module(batch), few, rtol=0, atol=1e-5)


def test_a_lower_layer_is_read_or_a_mix_of_all():
    lower, batch = network(layer=1)
    assert len(lower.encoder.layers) == 1
    mixed, _ = network(layer="mix", pooling="mean")
    states, _ = mixed.states(batch)
    with torch.no_grad():
        expected = torch.stack(states).mean(dim=0)
        found = mixed.mix(states)
    torch.testing.assert_close(found, expected)
    with pytest.raises(UsageError, match="model.layer is 3 and the encoder has 2 layers"):
        fit(with_settings(recipe_for("bert:given", "en"), ["model.layer=3"]), reviews("en", 2, rows=20))


def test_segments_tell_two_texts_apart():
    bundle = encoder("en")
    there, back = bundle.outputs(Inputs(["great", "box"], ["box", "great"]))
    assert not np.allclose(there, back)
    rows = bundle.model.encode(Inputs(["great", "box"], ["box", ""]))
    batch = TokenBatch.of(rows, np.arange(2), 0)
    for row, length in enumerate(batch.lengths.tolist()):
        separators = (batch.token_ids[row] == 3).nonzero()[:, 0].tolist()
        assert separators[1] == length - 1
        assert batch.segment_ids[row, : separators[0] + 1].tolist() == [0] * (separators[0] + 1)
        assert set(batch.segment_ids[row, separators[0] + 1 : length].tolist()) == {1}


def test_a_tuned_bundle_holds_the_encoder_once_and_needs_no_input(tmp_path):
    data = reviews("en", 2, rows=40)
    recipe = with_settings(recipe_for("bert:given", "en"), ["training.loop.budget.epochs=1", "pipeline.max_pieces=9"])
    tuned = fit(recipe, data)
    assert not tuned.inputs
    assert tuned.recipe.inputs[0].content == encoder("en").fingerprint
    assert tuned.recipe.model.encoder.shape == encoder("en").recipe.model.shape
    assert tuned.recipe.pipeline.tokenizer == encoder("en").recipe.pipeline.tokenizer
    assert tuned.recipe.pipeline.max_pieces == 9
    assert any("tokens that are read" in note for note in tuned.provenance.notes)
    tuned.save(tmp_path / "bundle")
    assert not (tmp_path / "bundle/inputs").exists()
    again = load_bundle(tmp_path / "bundle")
    np.testing.assert_array_equal(again.outputs(Inputs(TEXTS)), tuned.outputs(Inputs(TEXTS)))
    assert again.model.reading.cut_texts == 1
    refitted = fit(again.recipe, data)  # from the same encoder again, as a comparison does for its curves
    assert refitted.fingerprint == tuned.fingerprint


def test_it_begins_with_the_given_weights_of_the_layers_that_are_kept():
    recipe = with_settings(
        recipe_for("bert:given", "en"), ["model.encoder.keep_layers=1", "training.loop.last_blocks=0"]
    )
    tuned = fit(recipe, reviews("en", 2, rows=40))
    given, kept = encoder("en").model.arrays(), tuned.model.arrays()
    assert not any(name.startswith("encoder.layers.1") for name in kept)
    same = {name for name in kept if name in given and np.array_equal(kept[name], given[name])}
    assert set(kept) - same == {"output.weight", "output.bias"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["model.encoder.keep_layers=5"], "keep_layers is 5 and the encoder has 2 layers"),
        (["pipeline.max_pieces=4000"], "positions are learnt up to 256 tokens and pipeline.max_pieces is 4000"),
    ],
)
def test_what_the_encoder_does_not_have_is_refused(settings, message):
    with pytest.raises(UsageError, match=message):
        fit(with_settings(recipe_for("bert:given", "en"), settings), reviews("en", 2, rows=20))


def test_without_its_encoder_it_says_how_to_give_one():
    from wenmai.training import fit as fit_alone

    with pytest.raises(
        UsageError, match="is not given. Give a Hugging Face folder or a bundle: --input encoder=FOLDER"
    ):
        fit_alone(recipe_for("bert:given", "en"), reviews("en", 2, rows=20))


@pytest.mark.parametrize(("precision", "near"), [("float32", 1e-5), ("bfloat16", 3e-2), ("int8", 5e-2)])
def test_a_prepared_network_says_nearly_the_same_and_keeps_its_state(precision, near):
    bundle = encoder("en")
    quick = bundle.prepared(precision)
    expected, found = bundle.outputs(Inputs(TEXTS)), quick.outputs(Inputs(TEXTS))
    np.testing.assert_allclose(found, expected, rtol=0, atol=near)
    assert quick.fingerprint == bundle.fingerprint


def test_token_vectors_are_those_of_the_layers_and_stand_in_the_text():
    bundle, text = encoder("en"), "awful , really awful"
    last, second, mean = (token_vectors(bundle.model, [text, ""], layers)[0] for layers in (-1, 1, (1, 2)))
    assert [text[start:end] for start, end in last.offsets] == list(text.split())
    np.testing.assert_allclose(mean.vectors, (last.vectors + second.vectors) / 2, rtol=1e-5, atol=1e-6)
    both = token_vectors(bundle.model, [text, ""], (1, 2), joined="concatenated")
    np.testing.assert_array_equal(both[0].vectors, np.hstack([second.vectors, last.vectors]))
    assert both[1].vectors.shape == (0, 64)
    np.testing.assert_allclose(last.of(0, 5), last.vectors[0])
    np.testing.assert_allclose(last.of(0, 7), last.vectors[:2].mean(axis=0), rtol=1e-6)
    assert last.of(5, 6) is None
    assert last.cut == 0
    assert token_vectors(bundle.model, [""])[0].vectors.shape == (0, 32)
    for layers, message in ((3, "there is no layer 3: the encoder has 2"), ((), "no layer is named")):
        with pytest.raises(UsageError, match=message):
            token_vectors(bundle.model, [text], layers)
