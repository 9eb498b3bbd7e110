"""Blocks against torch's own layers with the same weights, in float32 to 1e-5."""

import pytest
import torch
from torch import nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from wenmai.blocks.attention import AttentionMask
from wenmai.blocks.recurrent import BidirectionalLSTM
from wenmai.blocks.transformer import TransformerLayerConfig, TransformerLayers

LENGTHS = torch.tensor([5, 9, 1, 3])
SHOWN = torch.arange(9) < LENGTHS[:, None]


def copied_lstm(layers):
    """Ours and torch's, which holds both directions of all layers."""
    torch.manual_seed(0)
    ours = BidirectionalLSTM(6, 5, layers).eval()
    theirs = nn.LSTM(6, 5, layers, batch_first=True, bidirectional=True).eval()
    with torch.no_grad():
        for layer in range(layers):
            for suffix, lstm in (("", ours.forwards[layer]), ("_reverse", ours.backwards[layer])):
                for name, value in lstm.named_parameters():
                    value.add_(0.1 * torch.randn_like(value))
                    getattr(theirs, name.replace("l0", f"l{layer}") + suffix).copy_(value)
    return ours, theirs


@pytest.mark.parametrize("layers", [1, 3])
def test_the_lstm_without_packed_sequences_is_that_with_them(layers):
    ours, theirs = copied_lstm(layers)
    mine = torch.randn(4, 9, 6, requires_grad=True)
    other = mine.detach().clone().requires_grad_()
    found = ours(mine, LENGTHS)
    packed = theirs(pack_padded_sequence(other, LENGTHS, batch_first=True, enforce_sorted=False))[0]
    expected, _ = pad_packed_sequence(packed, batch_first=True)
    torch.testing.assert_close(found[SHOWN], expected[SHOWN], rtol=1e-5, atol=1e-5)
    weights = torch.randn(9, 10)
    ((found * weights)[SHOWN]).sum().backward()
    ((expected * weights)[SHOWN]).sum().backward()
    torch.testing.assert_close(mine.grad[SHOWN], other.grad[SHOWN], rtol=1e-5, atol=1e-5)
    assert not mine.grad[~SHOWN].any()
    for name, value in ours.forwards[0].named_parameters():
        torch.testing.assert_close(value.grad, getattr(theirs, name).grad, rtol=1e-5, atol=1e-4)
    for name, value in ours.backwards[0].named_parameters():
        torch.testing.assert_close(value.grad, getattr(theirs, f"{name}_reverse").grad, rtol=1e-5, atol=1e-4)


def their_layer(layer, config):
    """torch's layer with the weights of ours; its attention holds query, key and value in one matrix."""
    theirs = nn.TransformerEncoderLayer(
        config.width,
        config.heads,
        config.feed_forward,
        dropout=0.0,
        activation=config.activation,
        layer_norm_eps=config.norm_epsilon,
        batch_first=True,
        norm_first=config.norm == "pre",
    )
    parts = [layer.attention.query, layer.attention.key, layer.attention.value]
    state = {
        "self_attn.in_proj_weight": torch.cat([part.weight for part in parts]),
        "self_attn.in_proj_bias": torch.cat([part.bias for part in parts]),
    }
    for name, module in {
        "self_attn.out_proj": layer.attention.output,
        "linear1": layer.feed_forward.inner,
        "linear2": layer.feed_forward.outer,
        "norm1": layer.attention_norm,
        "norm2": layer.feed_forward_norm,
    }.items():
        state |= {f"{name}.weight": module.weight, f"{name}.bias": module.bias}
    theirs.load_state_dict({name: value.detach().clone() for name, value in state.items()})
    return theirs


@pytest.mark.parametrize("norm", ["pre", "post"])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_the_transformer_layers_are_those_of_torch(norm, activation):
    torch.manual_seed(0)
    config = TransformerLayerConfig(
        width=12, heads=3, feed_forward=20, norm=norm, activation=activation, norm_epsilon=1e-4, dropout=0.0
    )
    ours = TransformerLayers(config, 2)
    with torch.no_grad():
        for value in ours.parameters():
            value.add_(0.1 * torch.randn_like(value))
    found = expected = torch.randn(4, 9, 12)
    found = ours(found, AttentionMask.hiding_padding(SHOWN))
    for layer in ours.layers:  # in training mode, where torch takes no shortcut; there is no dropout
        expected = their_layer(layer, config)(expected, src_key_padding_mask=~SHOWN)
    expected = ours.norm(expected)
    torch.testing.assert_close(found[SHOWN], expected[SHOWN], rtol=1e-5, atol=1e-5)
