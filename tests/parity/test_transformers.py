"""The BERT family against `transformers`: tiny random models of odd sizes, weights copied both ways, to 1e-5."""

import gzip
import json
import os

import numpy as np
import pytest
import torch

from wenmai.batches.token_batch import TokenBatch
from wenmai.blocks.pretraining_heads import MaskedTokenHead, TextRelationHead
from wenmai.data.dataset import Inputs
from wenmai.interop.checkpoint_files import CheckpointFiles
from wenmai.interop.encoders import load_encoder
from wenmai.interop.huggingface_rules import FAMILIES
from wenmai.interop.huggingface_writing import write_huggingface

os.environ["HF_HUB_OFFLINE"] = "1"
pytestmark = [
    # transformers and what it brings warn of their own matters.
    pytest.mark.filterwarnings("ignore"),
]

WORDS = [
    "a",
    "man",
    "is",
    "##s",
    "eating",
    "food",
    "好",
    "##的",
    "的",
    "中",
    "国",
    "the",
    "quick",
    "##er",
    ",",
    ".",
    "?",
]
TEXTS = ["A man is eating food.", "好的中国", "", "the quicker man, the man?", "unknown words", "food " * 20, "?"]
SECOND = ["Quick food?", "中国", "a", "", "is the man quicker?", "the man " * 30, "好"]
SIZES = {
    "hidden_size": 36,
    "num_hidden_layers": 3,
    "num_attention_heads": 3,
    "intermediate_size": 50,
    "max_position_embeddings": 40,
    "hidden_act": "gelu",
}
CHANGES = {
    "bert": {},
    "ernie": {"hidden_act": "relu"},
    "roberta": {"type_vocab_size": 1, "pad_token_id": 1, "layer_norm_eps": 1e-5},
    "albert": {"embedding_size": 20, "hidden_act": "gelu_new", "layer_norm_eps": 1e-12},
    "distilbert": {},
}
families = pytest.mark.parametrize("family", CHANGES)


@pytest.fixture(scope="module")
def transformers():
    found = pytest.importorskip("transformers")
    found.logging.set_verbosity_error()
    found.utils.logging.disable_progress_bar()
    return found


def tokens_of(family):
    if family == "roberta":
        return ["<s>", "<pad>", "</s>", "<unk>", "<mask>", *WORDS]
    return ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]


def drawn(transformers, family, seed, kind="ForPreTraining", **changes):
    """A model of theirs with weights that no norm or bias leaves at 0 or 1."""
    values = SIZES | CHANGES[family] | changes
    if family == "distilbert":
        names = {
            "hidden_size": "dim",
            "num_hidden_layers": "n_layers",
            "num_attention_heads": "n_heads",
            "intermediate_size": "hidden_dim",
            "hidden_act": "activation",
        }
        values = {names.get(name, name): value for name, value in values.items()}
    config = transformers.AutoConfig.for_model(family, vocab_size=len(tokens_of(family)), **values)
    names = {"bert": "Bert", "ernie": "Ernie", "roberta": "Roberta", "albert": "Albert", "distilbert": "DistilBert"}
    kind = kind if family in ("bert", "ernie", "albert") else "ForMaskedLM"
    torch.manual_seed(seed)
    model = getattr(transformers, names[family] + kind)(config).eval()
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
    return model


def folder_of(model, family, path):
    """A folder with the model and a vocabulary of a few words."""
    model.save_pretrained(path)
    tokens = tokens_of(family)
    (path / "vocab.txt").write_text("".join(f"{token}\n" for token in tokens), "utf-8")
    special = dict(zip(("pad", "unk", "cls", "sep", "mask"), tokens[:5], strict=True))
    if family == "roberta":
        special = {"cls": "<s>", "pad": "<pad>", "sep": "</s>", "unk": "<unk>", "mask": "<mask>"}
    (path / "tokenizer_config.json").write_text(json.dumps({f"{name}_token": token for name, token in special.items()}))
    return path


def their_inputs(batch, family):
    """What their models take for a batch of ours."""
    found = {"input_ids": batch.token_ids, "attention_mask": batch.mask.long()}
    if family != "distilbert":
        segments = torch.zeros_like(batch.token_ids) if batch.segment_ids is None else batch.segment_ids
        found["token_type_ids"] = torch.zeros_like(segments) if family == "roberta" else segments
    return found


def batches_of(encoder):
    """A batch of texts and one of pairs, padded."""
    for inputs in (Inputs(TEXTS), Inputs(TEXTS, SECOND)):
        rows = encoder.model.encode(inputs)
        yield TokenBatch.of(rows, np.arange(len(rows)), encoder.model.lexicon.padding_id)


def unpacked(values, packing, batch):
    """Packed steps [S, D] as a rectangle [B, T, D]."""
    found = values.new_zeros(batch.token_ids.numel(), values.shape[1])
    found[packing.places] = values
    return found.view(*batch.token_ids.shape, -1)


def assert_like(ours, theirs):
    torch.testing.assert_close(ours, theirs, rtol=1e-5, atol=1e-5)


@families
@pytest.mark.parametrize("seed", range(3))
def test_hidden_states_and_logits_are_those_of_transformers(transformers, family, seed, tmp_path):
    theirs = drawn(transformers, family, seed)
    pools = family in ("bert", "ernie", "albert")
    encoder = load_encoder(folder_of(theirs, family, tmp_path), pooling="pooler" if pools else "mean")
    assert encoder.recipe.member == family
    network = encoder.model.network()
    files = CheckpointFiles(tmp_path)
    masked, relation = heads(encoder, files)
    for batch in batches_of(encoder):
        with torch.no_grad():
            states, packing = network.states(batch)
            expected = theirs(**their_inputs(batch, family), output_hidden_states=True)
            shown = batch.mask
            for ours, other in zip(states, expected.hidden_states, strict=True):
                assert_like(unpacked(ours, packing, batch)[shown], other[shown])
            logits = masked(unpacked(states[-1], packing, batch)[shown], network.embedding.weight)
            predicted = expected.logits if hasattr(expected, "logits") else expected.prediction_logits
            assert_like(logits, predicted[shown])
            if relation is not None:
                pooled = getattr(theirs, family)(**their_inputs(batch, family)).pooler_output
                assert_like(network(batch), pooled)
                said = getattr(expected, "sop_logits", None)
                said = expected.seq_relationship_logits if said is None else said
                assert_like(relation(network(batch)), said)


def heads(encoder, files):
    """The heads of a folder's pretraining, as blocks of ours."""
    family, shape = FAMILIES[encoder.recipe.member], encoder.recipe.model.shape
    activation = "gelu" if encoder.recipe.member == "roberta" else shape.block.activation
    tokens = len(encoder.pipeline.tokenizer)
    masked = MaskedTokenHead(
        shape.block.width,
        shape.token_width if encoder.recipe.member == "albert" else shape.block.width,
        tokens,
        activation,
        shape.block.norm_epsilon,
    )
    masked.load_state_dict({ours: torch.from_numpy(files.array(name)) for name, ours in family.masked})
    if not family.relation:
        return masked, None
    relation = TextRelationHead(shape.block.width)
    relation.load_state_dict({ours: torch.from_numpy(files.array(name)) for name, ours in family.relation})
    return masked, relation


@families
@pytest.mark.parametrize("odd", [{"num_attention_heads": 2, "intermediate_size": 7}, {"num_hidden_layers": 1}])
def test_transformers_loads_what_is_written_and_agrees(transformers, family, odd, tmp_path):
    encoder = load_encoder(folder_of(drawn(transformers, family, 5, **odd), family, tmp_path / "theirs"))
    write_huggingface(encoder, tmp_path / "ours")
    again = load_encoder(tmp_path / "ours")
    assert {name: value.tolist() for name, value in again.model.arrays().items()} == {
        name: value.tolist() for name, value in encoder.model.arrays().items()
    }
    assert again.recipe.model.shape == encoder.recipe.model.shape
    read, info = transformers.AutoModel.from_pretrained(tmp_path / "ours", output_loading_info=True)
    pooler = set() if encoder.recipe.model.shape.pooler else {"pooler.dense.weight", "pooler.dense.bias"}
    assert set(info["missing_keys"]) <= pooler
    assert not info["unexpected_keys"]
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "ours")
    most = encoder.pipeline.config.max_pieces
    for second in (None, SECOND):
        given = tokenizer(TEXTS, second, padding=True, truncation=True, max_length=most, return_tensors="pt")
        rows = encoder.model.encode(Inputs(TEXTS, second))
        batch = TokenBatch.of(rows, np.arange(len(rows)), encoder.model.lexicon.padding_id)
        assert given["input_ids"].tolist() == batch.token_ids.tolist()
        with torch.no_grad():
            expected = read.eval()(**given).last_hidden_state
            states, packing = encoder.model.network().states(batch)
        assert_like(unpacked(states[-1], packing, batch)[batch.mask], expected[batch.mask])


def test_weights_are_read_from_parts_and_from_older_files(transformers, tmp_path):
    theirs = drawn(transformers, "bert", 1)
    expected = load_encoder(folder_of(theirs, "bert", tmp_path / "whole")).model.arrays()
    theirs.save_pretrained(tmp_path / "parts", max_shard_size="20KB")
    folder_of(theirs, "bert", tmp_path / "old")
    for name in ("vocab.txt", "tokenizer_config.json"):
        (tmp_path / "parts" / name).write_bytes((tmp_path / "whole" / name).read_bytes())
    assert (tmp_path / "parts/model.safetensors.index.json").is_file()
    (tmp_path / "old/model.safetensors").unlink()
    renamed = {
        name.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"): value
        for name, value in theirs.state_dict().items()
    }
    torch.save(renamed, tmp_path / "old/pytorch_model.bin")
    (tmp_path / "old/config.json").rename(tmp_path / "old/bert_config.json")
    old = load_encoder(tmp_path / "old")
    assert any("pytorch_model.bin" in note for note in old.provenance.notes)
    for bundle in (old, load_encoder(tmp_path / "parts")):
        found = bundle.model.arrays()
        assert set(found) == set(expected)
        assert all(np.array_equal(found[name], expected[name]) for name in expected)


@pytest.mark.parametrize(("pooling", "normalise"), [("mean", True), ("first", False), ("max", False)])
def test_sentence_transformers_loads_what_is_written_and_agrees(transformers, pooling, normalise, tmp_path):
    library = pytest.importorskip("sentence_transformers")
    encoder = load_encoder(folder_of(drawn(transformers, "bert", 2), "bert", tmp_path / "theirs"), pooling=pooling)
    model = encoder.recipe.model.but(normalise=normalise)
    network = model.build(parts_of(encoder))
    network.restore(encoder.model.arrays())
    from dataclasses import replace

    encoder = replace(encoder, recipe=encoder.recipe.but(model=model), model=network)
    write_huggingface(encoder, tmp_path / "ours")
    read = library.SentenceTransformer(str(tmp_path / "ours"), device="cpu")
    expected = read.encode(TEXTS, show_progress_bar=False)
    np.testing.assert_allclose(encoder.outputs(Inputs(TEXTS)), expected, rtol=1e-5, atol=1e-5)
    read.save(str(tmp_path / "again"))
    again = load_encoder(tmp_path / "again")
    assert again.recipe.model == encoder.recipe.model
    np.testing.assert_allclose(again.outputs(Inputs(TEXTS)), expected, rtol=1e-5, atol=1e-5)


def parts_of(bundle):
    from wenmai.models.contract import Parts

    return Parts(bundle.pipeline, bundle.task.head())


@pytest.mark.data
def test_ten_thousand_lines_are_cut_as_transformers_cuts_them(transformers, real_data, tmp_path):
    with gzip.open(real_data / "vocab/bert_base_chinese_vocab.txt.gz", "rb") as file:
        (tmp_path / "vocab.txt").write_bytes(file.read())
    (tmp_path / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    from wenmai.interop.huggingface_tokenizers import read_tokenizer

    ours, _ = read_tokenizer(tmp_path, "bert")
    theirs = transformers.BertTokenizerFast(str(tmp_path / "vocab.txt"), do_lower_case=False)
    lines = [*odd_lines(), *real_lines(real_data)][:10_000]
    assert len(lines) == 10_000
    expected = theirs(lines, add_special_tokens=False)["input_ids"]
    found = ours.token_ids(lines)
    assert [line for line, one, other in zip(lines, found, expected, strict=True) if one != other] == []


def odd_lines():
    """Emoji, joined ones too, rare scripts, rare characters, marks, control characters."""
    return [
        "👩‍👩‍👧‍👦 家人 🏳️‍🌈 ok 😀😀",
        "𠮷野家 𪚥 㐂 龘 ﷽",
        "שלום עולم مرحبا สวัสดี नमस्ते ᚠᚢᚦ 𓀀𓂀 ꦄꦏ",
        "ａｂｃ　全角，。！ ①②Ⅷ ㈱ ½ ǅ ß ŉ İ",
        "e\u0301 a\u030a \u200b\u200d\ufeff\u00ad x\x00y\x07z \u2028 \u3000",
        "don't U.S.A. 3.14 http://a.b/c?d=e&f=g a_b-c C++ #tag @name",
        "\ufffd \U0010ffff \ue000",
    ]


def real_lines(data):
    for name in ("zh/chnsenticorp/train.tsv.gz", "en/sst2/stsa.binary.train.gz"):
        with gzip.open(data / name, "rt", encoding="utf-8") as file:
            for number, line in enumerate(file):
                if number >= 6500:
                    break
                yield line.rstrip("\n")
