"""Taggers on encoders against `transformers`: the same pieces of words, and the same logits with the same weights."""

import os

import numpy as np
import pytest
import torch

from wenmai.batches.token_batch import TokenBatch
from wenmai.core.tags import TagRules
from wenmai.data.dataset import Inputs
from wenmai.interop.encoders import load_encoder
from wenmai.models.bert import GivenEncoder
from wenmai.models.contract import Head, Parts
from wenmai.models.encoder_tagger import EncoderTaggerConfig

os.environ["HF_HUB_OFFLINE"] = "1"
# transformers and what it brings warn of their own matters.
pytestmark = pytest.mark.filterwarnings("ignore")

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
WORDS = [
    "a",
    "man",
    "is",
    "##s",
    "eat",
    "##ing",
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
]
TOKENS = [*SPECIAL, *WORDS]
ROWS = [
    ["a", "man", "is", "eating", "food", "."],
    ["好", "的", "中", "国", "龘"],
    ["the", "quicker", "mans", ",", "neverseen", "eating", "?"] * 4,
    [],
]
NAMES = ("O", "B-A", "I-A", "B-B", "I-B")


@pytest.mark.parametrize("seed", range(2))
def test_pieces_and_logits_are_those_of_transformers(seed, tmp_path):
    library = pytest.importorskip("transformers")
    sizes = {"hidden_size": 36, "num_hidden_layers": 3, "num_attention_heads": 3, "intermediate_size": 50}
    config = library.BertConfig(vocab_size=len(TOKENS), max_position_embeddings=64, num_labels=len(NAMES), **sizes)
    torch.manual_seed(seed)
    theirs = library.BertForTokenClassification(config).eval()
    with torch.no_grad():
        for parameter in theirs.parameters():  # so that no norm or bias stays at 0 or 1
            parameter.add_(0.1 * torch.randn_like(parameter))
    theirs.save_pretrained(tmp_path)
    (tmp_path / "vocab.txt").write_text("".join(f"{token}\n" for token in TOKENS), "utf-8")

    texts, model = tagger(tmp_path, theirs.classifier)
    framed = library.BertTokenizerFast(str(tmp_path / "vocab.txt"))(ROWS, is_split_into_words=True)
    assert [row.tolist() for row in np.split(texts.token_ids, texts.offsets[1:-1])] == framed["input_ids"]
    batch = TokenBatch.of(texts, np.arange(len(ROWS)), 0)
    with torch.no_grad():
        found = model.network()(batch)
        expected = theirs(input_ids=batch.token_ids, attention_mask=batch.mask.long()).logits
    for row, tokens in enumerate(ROWS):
        words = framed.word_ids(row)
        first = [words.index(number) for number in range(len(tokens))]
        torch.testing.assert_close(found[row, : len(tokens)], expected[row, first], rtol=1e-5, atol=1e-5)


def tagger(folder, classifier):
    """Our tagger on the encoder of a folder, with the output layer of theirs, and the rows as it reads them."""
    encoder = load_encoder(folder)
    beginning = EncoderTaggerConfig(encoder=GivenEncoder()).beginning({"encoder": encoder})
    head = Head("tags", len(NAMES), NAMES, TagRules.of(NAMES, "iob2"))
    model = beginning.config.build(Parts(beginning.pipeline, head, {"encoder": encoder}))
    model.draw(0)
    with torch.no_grad():
        model.network().output.load_state_dict(classifier.state_dict())
    return model.encode(Inputs([" ".join(row) for row in ROWS], tokens=ROWS)), model
