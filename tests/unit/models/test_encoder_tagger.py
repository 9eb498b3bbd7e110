"""Taggers on encoders: what speaks for a token, long rows, the given weights, training that goes on, precisions."""

import numpy as np
import pyarrow as pa
import pytest
import torch
from corpora import whereabouts
from given import encoder, fit
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.batches.token_batch import TokenBatch
from wenmai.blocks.crf import CRF
from wenmai.bundle import load_bundle
from wenmai.core.errors import BundleError, FitError, UsageError
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.abilities import CountsReading, Prepares
from wenmai.models.contract import Examples, Network, Parts, Run
from wenmai.models.encoder_tagger import EncoderTaggerConfig
from wenmai.recipe import recipe_for, with_settings
from wenmai.tasks.tag import Tag
from wenmai.text.pipeline import Pipeline
from wenmai.training.checkpoints import Checkpoints
from wenmai.training.loop import Judge, train_network

ROWS = [["Anna", "Berg", "came", "from", "New", "York"], [], ["Oslo"], ["\u200b", "unseen"], ["Tom", "Stone"] * 20]
INPUTS = Inputs([" ".join(row) for row in ROWS], tokens=ROWS)
BRIEF = ["training.loop.precision=float32", "training.loop.learning_rate=0.01", "training.loop.budget.epochs=2"]
TASK = Tag.of(whereabouts("en"))


def built(most=256, **changes):
    """A tagger with the shape of a small encoder, and windows of so many pieces."""
    bundle = encoder("en")
    config = EncoderTaggerConfig(encoder=bundle.recipe.model.shape, **changes)
    pipeline = Pipeline(bundle.pipeline.config.but(max_pieces=most), tokenizer=bundle.pipeline.tokenizer)
    return config.build(Parts(pipeline, TASK.head()))


def drawn(most=256, **changes):
    model = built(most, **changes)
    model.draw(0)
    return model


def batch_of(model, rows=None):
    texts = model.encode(INPUTS)
    return TokenBatch.of(texts, np.arange(len(texts)) if rows is None else np.array(rows), 0)


slots = pytest.mark.parametrize(
    "changes",
    [{}, {"pieces": "mean", "decoder": CRF()}, {"layer": "mix"}, {"layer": 1}],
    ids=["first", "mean and crf", "mix", "lower layer"],
)


@slots
@pytest.mark.parametrize("most", [256, 16])
def test_padding_and_other_rows_do_not_matter(most, changes):
    model = drawn(most, **changes)
    module, batch = model.network(), batch_of(model)
    with torch.no_grad():
        together = module(batch)
        assert together.shape == (5, 40, len(TASK.tags))
        for row, tokens in enumerate(ROWS):
            alone = module(batch_of(model, [row]))[0, : len(tokens)]
            torch.testing.assert_close(together[row, : len(tokens)], alone, rtol=0, atol=1e-5)
        ids = torch.nn.functional.pad(torch.where(batch.mask, batch.token_ids, 5), (0, 5), value=7)
        columns = torch.nn.functional.pad(batch.columns, (0, 0, 0, 5), value=1)
        columns[:, : batch.columns.shape[1]][~batch.mask] = 1
        other = module(TokenBatch(ids, batch.lengths, columns=columns))
        torch.testing.assert_close(other, together, rtol=0, atol=1e-5)


@slots
def test_every_parameter_gets_a_gradient(changes):
    module = (model := drawn(16, **changes)).network().train()
    targets = [np.zeros(len(row), np.int64) for row in ROWS]
    padded = torch.zeros(5, 40, dtype=torch.int64)
    lengths = torch.tensor([len(row) for row in targets])
    module.get_submodule("decoder").losses(module(batch_of(model)), lengths, padded).sum().backward()
    assert [name for name, one in module.named_parameters() if one.grad is None or not one.grad.any()] == []


def test_the_first_piece_speaks_for_a_token_or_the_mean_of_all():
    for pieces in ("first", "mean"):
        model = drawn(pieces=pieces)
        module, tokenizer = model.network(), model.pipeline.tokenizer
        row = ["phoneberg", "came", "newyork"]
        numbers = tokenizer.token_ids(model.pipeline.cleaned(row))
        assert max(map(len, numbers)) > 1
        with torch.no_grad():
            framed = torch.tensor([[2, *(one for piece in numbers for one in piece), 3]])
            states, _ = module.reader.states(TokenBatch(framed, torch.tensor([framed.shape[1]])))
            texts = model.encode(Inputs([" ".join(row)], tokens=[row]))
            (found,), _ = module.vectors(TokenBatch.of(texts, np.arange(1), 0))
        ends = np.cumsum([len(piece) for piece in numbers]) + 1
        for at, (end, piece) in enumerate(zip(ends, numbers, strict=True)):
            own = states[-1][end - len(piece) : end]
            torch.testing.assert_close(found[at], own[0] if pieces == "first" else own.mean(dim=0))


def short_sighted(most):
    """A tagger whose encoder looks at nothing but the token itself: any window must tell the same."""
    model = drawn(most, decoder=CRF())
    with torch.no_grad():
        for name, parameter in model.network().named_parameters():
            if ".attention.output." in name or "positions" in name:
                parameter.zero_()
            elif "decoder" in name or "output" in name:
                parameter.normal_()
    return model


NEAR, FAR = short_sighted(9), short_sighted(256)
FAR.restore(NEAR.arrays())


@settings(deadline=None, max_examples=40)
@given(st.lists(st.sampled_from(["Anna", "Berg", "New", "York", "from", ".", " ", "unseenbefore"]), max_size=60))
def test_a_row_in_windows_is_decoded_as_one(row):
    inputs = Inputs([" ".join(row)], tokens=[row])
    np.testing.assert_allclose(NEAR.outputs(inputs)[0], FAR.outputs(inputs)[0], atol=1e-5)
    np.testing.assert_allclose(NEAR.marginals(inputs)[0], FAR.marginals(inputs)[0], atol=1e-5)


def test_long_rows_are_learnt_and_no_name_is_lost_at_a_seam():
    """Rows of five sentences, each read in several windows, and then one of forty."""
    data = whereabouts("en", rows=201)
    tokens, tags = data.inputs().tokens, data.answers()

    def several(rows, count):
        return [[one for row in rows[at : at + count] for one in row] for at in range(0, 200, count)]

    columns = {"tokens": several(tokens, 5), "tags": several(tags, 5)}
    long = Dataset(pa.table(columns), data.schema, "made up")
    settings_ = ["pipeline.max_pieces=24", "training.loop.budget.epochs=6", *BRIEF[:2], "model.dropout=0"]
    bundle = fit(with_settings(recipe_for("bert-crf:given", "en"), settings_), long)
    (row,), (gold,) = several(tokens, 200), several(tags, 200)
    (prediction,) = bundle.predict(Inputs([" ".join(row)], tokens=[row]))
    assert list(prediction.tags) == gold


def test_it_comes_back_from_its_arrays():
    model = drawn(decoder=CRF())
    assert isinstance(model, Network)
    assert isinstance(model, Prepares)
    again = built(decoder=CRF())
    again.restore(model.arrays())
    for one, other in zip(model.outputs(INPUTS), again.outputs(INPUTS), strict=True):
        np.testing.assert_array_equal(one, other)
    for name in ("reader.embedding.weight", "decoder.start", "output.bias"):
        left = {other: value for other, value in model.arrays().items() if other != name}
        with pytest.raises(BundleError, match=name):
            built(decoder=CRF()).restore(left)
    with pytest.raises(UsageError, match="no weights yet"):
        built().outputs(INPUTS)


def test_it_begins_with_the_given_weights_and_holds_them_once(tmp_path):
    recipe = with_settings(recipe_for("bert-tagger:given", "en"), [*BRIEF, "training.loop.last_blocks=0"])
    tuned = fit(with_settings(recipe, ["model.encoder.keep_layers=1"]), whereabouts("en"))
    assert not tuned.inputs
    given_arrays, kept = encoder("en").model.arrays(), tuned.model.arrays()
    same = {name for name in kept if np.array_equal(kept[name], given_arrays.get(name.removeprefix("reader.")))}
    assert set(kept) - same == {"output.weight", "output.bias"}
    assert not any(".layers.1" in name or "pooler" in name for name in kept)
    tuned.save(tmp_path / "bundle")
    assert not (tmp_path / "bundle/inputs").exists()
    again = load_bundle(tmp_path / "bundle")
    assert again.fingerprint == tuned.fingerprint
    assert fit(again.recipe, whereabouts("en")).fingerprint == tuned.fingerprint


def test_a_training_that_was_ended_goes_on(tmp_path):
    data = whereabouts("en")
    examples = Examples(data, TASK.targets(data))
    loop = with_settings(recipe_for("bert-crf:scratch", "en"), BRIEF).training.loop
    judge = Judge("entity_f1", lambda outputs: TASK.scores(outputs, examples.targets)["entity_f1"])

    class Ends:
        def point(self, point):
            if point.step == 25:
                raise KeyboardInterrupt

        def evaluation(self, evaluation, metric):
            pass

        def close(self):
            pass

    def trained(listeners=()):
        model, kept = built(decoder=CRF()), Checkpoints(tmp_path / "kept", {"recipe": "one"}, every=0)
        found = train_network(model, examples, examples, Run(), loop, judge, checkpoints=kept, listeners=listeners)
        return model.arrays(), found.notes

    with pytest.raises(KeyboardInterrupt):
        trained([Ends()])
    resumed, notes = trained()
    assert "went on from the checkpoint of step 24" in notes
    peaceful = built(decoder=CRF())
    train_network(peaceful, examples, examples, Run(), loop, judge)
    assert all(np.array_equal(resumed[name], array) for name, array in peaceful.arrays().items())


@pytest.mark.parametrize(("precision", "near"), [("float32", 1e-5), ("bfloat16", 3e-2), ("int8", 5e-2)])
def test_it_answers_in_smaller_numbers_and_keeps_its_state(precision, near):
    model = drawn()
    quick = model.prepared(precision)
    for one, other in zip(model.marginals(INPUTS), quick.marginals(INPUTS), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=near)
    assert all(np.array_equal(array, quick.arrays()[name]) for name, array in model.arrays().items())


def test_how_much_was_read_is_counted():
    model = drawn(most=16)
    assert isinstance(model, CountsReading)
    model.outputs(Inputs(["x"], tokens=[["!" * 30, "x"]]))
    assert (model.reading.cut_texts, model.reading.cut_tokens) == (1, 16)


@pytest.mark.parametrize(
    ("rung", "setting", "error", "message"),
    [
        ("bert-tagger:given", "model.layer=5", UsageError, "model.layer is 5 and the encoder has 2 layers"),
        ("bert-crf:given", "model.encoder.keep_layers=3", UsageError, "keep_layers is 3 and the encoder has 2"),
        ("bert-crf:scratch", "pipeline.max_pieces=300", UsageError, "learnt up to 256 tokens"),
        ("bert-crf:scratch", "training.class_weight=balanced", FitError, "tags cannot be weighted"),
    ],
)
def test_what_does_not_fit_is_refused(rung, setting, error, message):
    with pytest.raises(error, match=message):
        fit(with_settings(recipe_for(rung, "en"), [setting]), whereabouts("en"))
