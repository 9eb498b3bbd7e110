import pytest
import torch
from torch.nn import functional

from wenmai.blocks.attention import AttentionMask, SelfAttention, attention
from wenmai.blocks.transformer import ACTIVATIONS, TransformerLayer, TransformerLayerConfig, TransformerLayers
from wenmai.core.errors import ConfigError

VALUES = torch.randn(3, 6, 8, generator=torch.Generator().manual_seed(1))
SHOWN = torch.arange(6) < torch.tensor([[6], [3], [1]])


def test_attention_is_the_formula_head_by_head():
    torch.manual_seed(0)
    attention = SelfAttention(8, 2).eval()
    heads = []
    for head in (slice(0, 4), slice(4, 8)):
        query, key, value = (part(VALUES)[:, :, head] for part in (attention.query, attention.key, attention.value))
        scores = (query @ key.transpose(1, 2) / 4**0.5).masked_fill(~SHOWN[:, None, :], float("-inf"))
        heads.append(scores.softmax(dim=2) @ value)
    expected = attention.output(torch.cat(heads, dim=2))
    torch.testing.assert_close(attention(VALUES, AttentionMask.hiding_padding(SHOWN)), expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_attention_is_the_same_with_and_without_gradients(dtype):
    query, key, value = torch.randn(3, 2, 2, 6, 4, generator=torch.Generator().manual_seed(2)).to(dtype)
    mask, tolerance = AttentionMask.hiding_padding(SHOWN[:2]), {"rtol": 0.0, "atol": torch.finfo(dtype).eps * 4}
    expected = attention(query, key, value, mask)
    inputs = [part.requires_grad_() for part in (query, key, value)]
    found = attention(query, key, value, mask)
    torch.testing.assert_close(found, expected, **tolerance)
    assert not attention(query, key, value, mask, dropout=0.9).equal(found)
    found.sum().backward()
    exact = [part.detach().double().requires_grad_() for part in inputs]
    attention(*exact, mask).sum().backward()
    for part, reference in zip(inputs, exact, strict=True):
        torch.testing.assert_close(part.grad, reference.grad.to(dtype), rtol=0, atol=torch.finfo(dtype).eps * 8)


def test_a_text_without_a_token_is_finite_and_the_others_are_as_they_were():
    torch.manual_seed(0)
    attention = SelfAttention(8, 2).eval()
    none = SHOWN & torch.tensor([[True], [False], [True]])
    found = attention(VALUES, AttentionMask.hiding_padding(none))
    assert torch.isfinite(found).all()
    torch.testing.assert_close(found[[0, 2]], attention(VALUES, AttentionMask.hiding_padding(SHOWN))[[0, 2]])


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_padding_does_not_matter(norm):
    torch.manual_seed(0)
    layers = TransformerLayers(TransformerLayerConfig(width=8, heads=2, norm=norm), 2).eval()
    mask = SHOWN[:2, :3]
    narrow, wide = VALUES[:2, :3].clone(), torch.cat([VALUES[:2, :3], 1e2 * VALUES[:2]], dim=1)
    expected = layers(narrow, AttentionMask.hiding_padding(mask))
    hidden = torch.cat([mask, torch.zeros(2, 6, dtype=torch.bool)], dim=1)
    torch.testing.assert_close(layers(wide, AttentionMask.hiding_padding(hidden))[:, :3], expected)


@pytest.mark.parametrize("norm", ["pre", "post"])
def test_what_leaves_the_layers_is_normalised(norm):
    torch.manual_seed(0)
    layers = TransformerLayers(TransformerLayerConfig(width=8, heads=2, norm=norm), 2).eval()
    left = layers(5 + 3 * VALUES, AttentionMask.hiding_padding(SHOWN))
    torch.testing.assert_close(left, functional.layer_norm(left, (8,)), rtol=1e-4, atol=1e-4)


def test_dropout_is_of_training_only():
    torch.manual_seed(0)
    config = TransformerLayerConfig(width=8, heads=2, dropout=0.0, attention_dropout=0.5)
    layer, mask = TransformerLayer(config), AttentionMask.hiding_padding(SHOWN)
    assert not torch.equal(layer(VALUES, mask), layer(VALUES, mask))
    assert torch.equal(layer.eval()(VALUES, mask), layer(VALUES, mask))


def test_the_feed_forward_part_is_four_times_as_wide_unless_said():
    assert TransformerLayer(TransformerLayerConfig(width=8, heads=2)).feed_forward.inner.out_features == 32
    assert (
        TransformerLayer(TransformerLayerConfig(width=8, heads=2, feed_forward=5)).feed_forward.inner.out_features == 5
    )


def test_each_activation_is_its_own():
    found = {name: bend(torch.tensor([-0.7])).item() for name, bend in ACTIVATIONS.items()}
    assert found["relu"] == 0
    assert len(set(found.values())) == 3
    assert found["gelu"] == pytest.approx(found["gelu-tanh"], abs=1e-3)


def test_heads_that_do_not_divide_the_width_are_refused():
    with pytest.raises(ConfigError, match="3 heads cannot share a width of 128 evenly"):
        TransformerLayerConfig.parse({"heads": 3})
