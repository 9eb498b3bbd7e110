"""Scorers and normalisers of attention: what they are by definition, with masks, and back through them."""

import itertools

import pytest
import torch
from torch.nn import functional

from wenmai.blocks.attention import NORMALISERS, SCORERS, ScoredAttention, SelfAttention, SoftmaxAttention, sparsemax
from wenmai.blocks.masks import AttentionMask

SHOWN = torch.arange(6) < torch.tensor([[6], [3]])
ALLOWED = AttentionMask.hiding_padding(SHOWN).allowed


def drawn(dtype=torch.float64):
    return torch.randn(3, 2, 2, 6, 4, generator=torch.Generator().manual_seed(0), dtype=dtype)


def nearest_shares(scores):
    """The nearest point of the simplex, tried for every set of places that may have a share."""
    best, least = None, torch.inf
    for size in range(1, len(scores) + 1):
        for places in itertools.combinations(range(len(scores)), size):
            kept = scores[list(places)]
            shares = torch.zeros_like(scores)
            shares[list(places)] = kept + (1 - kept.sum()) / size
            distance = (shares - scores).square().sum()
            if (shares >= 0).all() and distance < least:
                best, least = shares, distance
    return best


def test_scored_attention_of_the_usual_kind_is_attention():
    query, key, value = drawn()
    found = ScoredAttention().look(query, key, value, ALLOWED, None, 0.0)
    torch.testing.assert_close(found, SoftmaxAttention().look(query, key, value, ALLOWED, None, 0.0))


def test_scorers_are_what_they_are_called():
    query, key, _ = drawn()
    torch.testing.assert_close(SCORERS["dot"](query, key), torch.einsum("baid,bajd->baij", query, key))
    torch.testing.assert_close(SCORERS["scaled-dot"](query, key), SCORERS["dot"](query, key) / 2)
    cosines = functional.cosine_similarity(query[:, :, :, None], key[:, :, None], dim=-1)
    torch.testing.assert_close(SCORERS["cosine"](query, key), 2 * cosines)


def test_sparsemax_is_the_nearest_point_of_the_simplex():
    for scores in 2 * torch.randn(20, 5, generator=torch.Generator().manual_seed(1)):
        torch.testing.assert_close(sparsemax(scores), nearest_shares(scores))
    assert (sparsemax(torch.tensor([3.0, 0.0, 0.0])) == torch.tensor([1.0, 0.0, 0.0])).all()


@pytest.mark.parametrize("normaliser", sorted(NORMALISERS))
@pytest.mark.parametrize("scorer", sorted(SCORERS))
def test_what_is_hidden_has_no_share_and_gradients_are_right(scorer, normaliser):
    attention = ScoredAttention(scorer=scorer, normaliser=normaliser)
    query, key, value = drawn()
    hidden = ~SHOWN[:, None, :, None]
    found = attention.look(query, key, value, ALLOWED, None, 0.0)
    other = attention.look(query, key + 5 * hidden, value + 7 * hidden, ALLOWED, None, 0.0)
    torch.testing.assert_close(found, other)

    def of(query, key, value):
        return attention.look(query, key, value, ALLOWED, None, 0.0)

    assert torch.autograd.gradcheck(of, tuple(one.requires_grad_() for one in (query, key, value)))


def test_a_layer_takes_it():
    torch.manual_seed(0)
    layer = SelfAttention(8, 2, kind=ScoredAttention(normaliser="sparsemax")).eval()
    values = torch.randn(2, 6, 8)
    found = layer(values, AttentionMask.hiding_padding(SHOWN))
    torch.testing.assert_close(
        found[1, :3], layer(values[1:, :3], AttentionMask.hiding_padding(torch.ones(1, 3, dtype=torch.bool)))[0]
    )
