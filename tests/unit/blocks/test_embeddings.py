import numpy as np
import pytest
import torch

from wenmai.batches.token_batch import TokenBatch
from wenmai.batches.token_rows import TokenRows
from wenmai.blocks.embeddings import GivenVectors, Lexicon, MultichannelVectors, RandomVectors, WordEmbedding

TABLE = np.array([[0, 0], [0, 0], [1, 2], [3, 4]], np.float32)
LEXICON = Lexicon(4, 0, 1, {"vectors": TABLE}.__getitem__)
BATCH = TokenBatch.of(TokenRows.of([[2, 3], [1]]), np.arange(2), 0)


def test_random_vectors_have_the_width_asked_for_and_padding_is_zero():
    torch.manual_seed(0)
    embedding = WordEmbedding(RandomVectors(width=5), LEXICON)
    vectors = embedding(BATCH)
    assert vectors.shape == (2, 2, 5)
    assert embedding.width == 5
    assert (vectors[1, 1] == 0).all()
    assert vectors[1, 0].any()
    assert [name for name, _ in embedding.named_parameters()] == ["tuned"]


@pytest.mark.parametrize("tuned", [False, True])
def test_given_vectors_are_those_given_and_only_tuned_ones_are_trained(tuned):
    embedding = WordEmbedding(GivenVectors(tuned=tuned), LEXICON)
    assert embedding(BATCH)[0].tolist() == [[1, 2], [3, 4]]
    assert embedding(BATCH)[1, 0].abs().max() <= 0.25
    assert embedding(BATCH)[1, 0].any()
    assert len(list(embedding.parameters())) == tuned
    assert set(embedding.state_dict()) == {"tuned" if tuned else "kept"}


def test_two_channels_stand_side_by_side_and_begin_alike():
    embedding = WordEmbedding(MultichannelVectors(), LEXICON)
    assert embedding.width == 4
    assert embedding(BATCH)[0].tolist() == [[1, 2, 1, 2], [3, 4, 3, 4]]
    assert len(list(embedding.parameters())) == 1
