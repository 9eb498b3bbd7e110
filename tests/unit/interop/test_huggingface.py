"""Hugging Face folders as bundles: what is refused, and how it is said. Agreement with transformers: tests/parity."""

import json
from dataclasses import replace

import numpy as np
import pytest
from given import encoder, vectors
from safetensors.numpy import load_file, save_file

from wenmai.batches.token_batch import TokenBatch
from wenmai.core.errors import DataError, UsageError, WenmaiError
from wenmai.data.dataset import Inputs
from wenmai.interop.encoders import is_huggingface_folder, load_encoder
from wenmai.interop.huggingface_writing import write_huggingface
from wenmai.models.token_vectors import token_vectors
from wenmai.recipe import recipe_for

TEXTS = ["this phone is great", "", "awful, really"]


@pytest.fixture
def folder(tmp_path):
    write_huggingface(encoder("en"), tmp_path / "folder")
    return tmp_path / "folder"


def changed(path, **settings):
    values = json.loads(path.read_text("utf-8"))
    values |= settings
    path.write_text(json.dumps({name: value for name, value in values.items() if value is not ...}), "utf-8")


def reweighted(folder, change):
    arrays = load_file(folder / "model.safetensors")
    change(arrays)
    save_file(arrays, folder / "model.safetensors")


def test_an_encoder_comes_back_from_a_folder(folder):
    again = load_encoder(folder)
    np.testing.assert_array_equal(again.outputs(Inputs(TEXTS)), cleaned_outputs())
    assert again.recipe.member == "bert"
    assert again.task.kind == "embed"
    assert is_huggingface_folder(folder)


def cleaned_outputs():
    """What the encoder says of the texts, which its cleaning leaves as they are."""
    bundle = encoder("en")
    assert bundle.pipeline.cleaned(TEXTS) == TEXTS
    return bundle.outputs(Inputs(TEXTS))


def test_a_bundle_is_loaded_as_it_is_or_with_another_pooling(tmp_path):
    encoder("en").save(tmp_path / "bundle")
    assert load_encoder(tmp_path / "bundle").fingerprint == encoder("en").fingerprint
    first = load_encoder(tmp_path / "bundle", pooling="first")
    assert first.recipe.model.pooling == "first"
    assert not np.allclose(first.outputs(Inputs(TEXTS)), encoder("en").outputs(Inputs(TEXTS)))


def test_the_first_layers_of_an_encoder_are_an_encoder(folder):
    one = load_encoder(folder, layers=1, pooling="first")
    assert one.recipe.model.shape.layers == 1
    (tokens,) = token_vectors(encoder("en").model, TEXTS[:1], 1)
    network = one.model.network()
    rows = one.model.encode(Inputs(TEXTS[:1]))
    states, _ = network.states(TokenBatch.of(rows, np.arange(1), one.model.lexicon.padding_id))
    np.testing.assert_allclose(states[-1][1:-1].detach().numpy(), tokens.vectors, rtol=1e-5, atol=1e-6)
    first = states[-1][0].detach().numpy()
    np.testing.assert_allclose(one.outputs(Inputs(TEXTS[:1]))[0], first / np.linalg.norm(first), rtol=1e-4, atol=1e-6)
    assert len(states) == 2
    assert load_encoder(folder, layers=2).fingerprint == load_encoder(folder).fingerprint
    for layers in (0, 3):
        with pytest.raises(UsageError, match=f"there are no {layers} layers: the encoder has 2. Ask for 1 to 2"):
            load_encoder(folder, layers=layers)
    with pytest.raises(UsageError, match="the encoder reads its last layer, by the pooler"):
        load_encoder(folder, layers=1, pooling="pooler")


def test_what_is_no_encoder_has_no_layers(tmp_path):
    vectors("en").save(tmp_path / "vectors")
    with pytest.raises(UsageError, match="count-vectors has no pooling and no layers to be chosen"):
        load_encoder(tmp_path / "vectors", layers=1)


def test_a_folder_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(
        UsageError, match="Give a folder, or the name of an encoder on the Hugging Face hub: owner/name"
    ):
        load_encoder(tmp_path / "bert-base-chinese")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"model_type": "gpt2"}, r"config.json: it is a model of type 'gpt2'. Types that are read: bert, ernie"),
        ({"hidden_size": ...}, "the setting 'hidden_size' is missing"),
        ({"hidden_size": 33}, "4 heads cannot share a width of 33 evenly"),
        ({"hidden_size": True}, "the setting 'hidden_size' is True, which is no whole number"),
        ({"vocab_size": 10**12}, "the setting 'vocab_size' is 1000000000000"),
        ({"vocab_size": 7}, "has vectors of 7 tokens and the tokenizer knows"),
        ({"num_hidden_layers": 3}, "the settings speak of 3 layers of weights, and the weights are of 2"),
        ({"num_hidden_layers": 1}, "the settings speak of 1 layers of weights, and the weights are of 2"),
        ({"intermediate_size": 1 << 24}, "'encoder.layer.0.intermediate.dense.weight' are of shape"),
        ({"hidden_act": "swish"}, "the activation 'swish' is not known. Known: gelu, relu"),
        ({"position_embedding_type": "relative_key"}, "positions other than learnt vectors, which is not read"),
        ({"is_decoder": True}, "a decoder, which is not read"),
        ({"layer_norm_eps": "small"}, "the setting 'layer_norm_eps' is 'small', which is no number"),
        ({"layer_norm_eps": -1}, "norm_epsilon"),
    ],
)
def test_settings_that_do_not_fit_are_refused(folder, settings, message):
    changed(folder / "config.json", **settings)
    with pytest.raises(WenmaiError, match=message):
        load_encoder(folder)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda arrays: arrays.pop("encoder.layer.1.output.dense.bias"),
            "the weights lack encoder.layer.1.output.dense",
        ),
        (lambda arrays: arrays.update(extra=np.ones(2, np.float32)), "the weights hold unexpectedly extra"),
        (
            lambda arrays: arrays["pooler.dense.bias"].fill(np.nan),
            "'pooler.dense.bias' hold a value that is not finite",
        ),
        (
            lambda arrays: arrays.update({"embeddings.LayerNorm.weight": np.ones(5, np.float32)}),
            r"'embeddings.LayerNorm.weight' are of shape \[5\], and the settings make it \[32\]",
        ),
    ],
)
def test_weights_that_do_not_fit_are_refused(folder, change, message):
    reweighted(folder, change)
    with pytest.raises(DataError, match=message):
        load_encoder(folder)


def test_heads_are_left_out_and_told(folder):
    reweighted(folder, lambda arrays: arrays.update({"cls.predictions.bias": np.ones(3, np.float32)}))
    assert "Heads of its pretraining or of a task are left out: cls" in load_encoder(folder).provenance.notes


def test_a_folder_without_a_pooler_has_none(folder):
    reweighted(folder, lambda arrays: [arrays.pop(f"pooler.dense.{end}") for end in ("weight", "bias")])
    assert not load_encoder(folder).recipe.model.shape.pooler
    with pytest.raises(UsageError, match="the encoder has no pooler"):
        load_encoder(folder, pooling="pooler")


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("config.json", b"{", "not JSON"),
        ("config.json", b"[]", "the settings are no JSON object"),
        ("config.json", None, "the folder has no config.json"),
        ("model.safetensors", b"\x10" + b"\0" * 7 + b"{}", "not a readable safetensors file"),
        ("model.safetensors", b"\xff" * 40, "not a readable safetensors file"),
        ("model.safetensors", None, "the folder has no weights"),
        ("tokenizer.json", b"{}", "not a readable tokenizer"),
        ("tokenizer_config.json", b"7", "the settings are no JSON object"),
        ("modules.json", b"{}", "no list of modules"),
        ("modules.json", b'[{"type": "a.Transformer"}, {"type": "a.Dense"}]', "its modules are Transformer, Dense"),
        ("1_Pooling/config.json", b'{"pooling_mode": "lasttoken"}', "the pooling is lasttoken"),
        ("1_Pooling/config.json", None, "the pooling's settings are missing"),
    ],
)
def test_damaged_files_are_refused_without_a_traceback(folder, name, content, message):
    if content is None:
        (folder / name).unlink()
    else:
        (folder / name).write_bytes(content)
    with pytest.raises(WenmaiError, match=message):
        load_encoder(folder)


def test_a_module_outside_the_folder_is_refused(folder):
    parts = json.loads((folder / "modules.json").read_text())
    parts[1]["path"] = "../elsewhere"
    (folder / "modules.json").write_text(json.dumps(parts))
    with pytest.raises(DataError, match="leads out of the folder"):
        load_encoder(folder)


def test_a_pickled_file_that_runs_something_is_refused(folder, tmp_path):
    import torch

    class Evil:
        def __reduce__(self):
            return (print, ("run",))

    (folder / "model.safetensors").unlink()
    torch.save({"x": Evil()}, folder / "pytorch_model.bin")
    with pytest.raises(DataError, match="torch does not read it as plain weights"):
        load_encoder(folder)
    (folder / "pytorch_model.bin").write_bytes(b"\x80\x04N.")
    with pytest.raises(DataError, match="damaged, or in torch's format of before 2020"):
        load_encoder(folder)


def test_an_index_that_names_other_files_is_refused(folder):
    (folder / "model.safetensors").unlink()
    index = folder / "model.safetensors.index.json"
    index.write_text('{"weight_map": {"x": "../model.safetensors"}}')
    with pytest.raises(DataError, match="which is not in the folder"):
        load_encoder(folder)
    index.write_text('{"weight_map": 5}')
    with pytest.raises(DataError, match="no 'weight_map'"):
        load_encoder(folder)


def test_what_a_family_cannot_express_is_not_written(tmp_path):
    bundle = encoder("en")
    shape = bundle.recipe.model.shape
    for other in (
        shape.but(block=shape.block.but(norm="pre")),
        shape.but(positions={"kind": "sinusoidal"}),
        shape.but(shared="both"),
        shape.but(segments=0),
    ):
        recipe = bundle.recipe.but(model=bundle.recipe.model.but(encoder=other))
        with pytest.raises(UsageError, match="none that Hugging Face's bert has"):
            write_huggingface(replace(bundle, recipe=recipe), tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_bundle_without_an_encoder_is_not_written(tmp_path):
    bundle = replace(encoder("en"), recipe=recipe_for("textcnn:words", "en"))
    with pytest.raises(UsageError, match="textcnn is no encoder of the BERT family"):
        write_huggingface(bundle, tmp_path / "other")


def test_a_folder_and_a_bundle_are_converted_into_each_other(folder, tmp_path):
    from wenmai.apps.conversion import convert
    from wenmai.apps.conversion_target import Target
    from wenmai.bundle import load_bundle

    notes = convert(folder, tmp_path / "bundle", Target.BUNDLE)
    assert "Read from the Hugging Face folder folder" in notes
    convert(tmp_path / "bundle", tmp_path / "again", Target.HUGGINGFACE)
    bundle = load_bundle(tmp_path / "bundle")
    np.testing.assert_array_equal(
        load_encoder(tmp_path / "again").outputs(Inputs(TEXTS)), bundle.outputs(Inputs(TEXTS))
    )
    with pytest.raises(UsageError, match="a Hugging Face folder holds an encoder, and no table of word vectors"):
        convert(folder, tmp_path / "x", Target.GLOVE)
    (tmp_path / "v.txt").write_text("a 1 2\nb 3 4\n", "utf-8")
    with pytest.raises(UsageError, match="word vectors are no encoder"):
        convert(tmp_path / "v.txt", tmp_path / "x", Target.HUGGINGFACE)
