import itertools

import numpy as np
import pytest
import torch

from wenmai.batches.token_batch import TokenBatch
from wenmai.batches.token_rows import TokenRows
from wenmai.blocks.embeddings import Lexicon, RandomVectors
from wenmai.core.errors import ConfigError
from wenmai.models.textcnn import TextCNN, TextCNNConfig

LEXICON = Lexicon(9, 0, 1, {}.__getitem__)


def network(**settings):
    torch.manual_seed(0)
    return TextCNN(TextCNNConfig(embedding=RandomVectors(width=4), **settings), LEXICON, 3).eval()


def batch(*rows):
    return TokenBatch.of(TokenRows.of(rows), np.arange(len(rows)), 0)


def test_a_filter_answers_wherever_its_phrase_stands():
    """Against the formula, written out for one filter of two words."""
    module = network(windows=(2,), filters=1)
    row = [5, 3, 8]
    weight, bias = module.convolutions[0].weight[0], module.convolutions[0].bias[0]  # [D, 2]
    nothing = torch.zeros(4)
    vectors = [nothing, *module.embedding.tuned[row], nothing]
    answers = [(weight[:, 0] @ one) + (weight[:, 1] @ two) + bias for one, two in itertools.pairwise(vectors)]
    feature = torch.relu(torch.stack(answers).max())
    expected = module.output.weight[:, 0] * feature + module.output.bias
    torch.testing.assert_close(module(batch(row))[0], expected)


@pytest.mark.parametrize("windows", [(1,), (3, 4, 5), (7,)])
def test_texts_shorter_than_a_window_have_an_answer(windows):
    module = network(windows=windows, filters=5)
    logits = module(batch([], [4], [4, 5, 6, 7, 8, 3, 2, 5, 6]))
    assert logits.shape == (3, 3)
    assert torch.isfinite(logits).all()
    assert not torch.equal(logits[0], logits[1])


def test_dropout_acts_in_training_only():
    module = network(filters=20)
    rows = batch([4, 5, 6])
    assert torch.equal(module(rows), module(rows))
    module.train()
    assert not torch.equal(module(rows), module(rows))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"windows": ()}, "setting 'windows'"),
        ({"windows": (0,)}, "setting 'windows.0' is 0"),
        ({"filters": 0}, "setting 'filters' is 0"),
        ({"dropout": 1.0}, "setting 'dropout' is 1.0"),
        ({"embedding": {"kind": "word2vec"}}, "setting 'embedding'"),
        ({"embedding": {"kind": "given", "width": 3}}, "unknown setting 'embedding.width'"),
    ],
)
def test_settings_that_make_no_network_are_refused(settings, message):
    with pytest.raises(ConfigError, match=message):
        TextCNNConfig.parse(settings)
