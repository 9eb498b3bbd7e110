"""The CRF against pytorch-crf: loss, gradients and decoding, in float32, over batches with padding."""

import warnings

import numpy as np
import pytest
import torch
import torchcrf

from wenmai.blocks.crf import CRF, decoder_for
from wenmai.core.tags import TagRules
from wenmai.kernels.crf_decoding import viterbi

SHAPES = [(2, 2, 2), (4, 9, 5), (8, 40, 30), (3, 25, 9)]


def pair(sequences, steps, tags, seed):
    """Both CRFs with the same scores, and a batch for them."""
    generator = torch.Generator().manual_seed(seed)
    every = np.ones((tags, tags), bool)
    ours, theirs = decoder_for(CRF(), TagRules(every[0], every, every[0], ~every)), torchcrf.CRF(tags, batch_first=True)
    with torch.no_grad():
        for one, other in (
            (ours.transitions, theirs.transitions),
            (ours.start, theirs.start_transitions),
            (ours.end, theirs.end_transitions),
        ):
            one.copy_(torch.randn(one.shape, generator=generator))
            other.copy_(one)
    emissions = torch.randn(sequences, steps, tags, generator=generator)
    lengths = torch.randint(1, steps + 1, (sequences,), generator=generator)
    lengths[0] = steps
    targets = torch.randint(tags, (sequences, steps), generator=generator)
    return ours, theirs, emissions, lengths, targets


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("seed", range(3))
def test_loss_gradient_and_decoding(shape, seed):
    ours, theirs, emissions, lengths, targets = pair(*shape, seed)
    mask = torch.arange(shape[1]) < lengths[:, None]
    own, their = (emissions.clone().requires_grad_() for _ in range(2))
    losses = ours.losses(own, lengths, targets)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = -theirs(their, targets, mask=mask.byte(), reduction="none")
        paths = theirs.decode(emissions, mask=mask.byte())
    torch.testing.assert_close(losses, expected, rtol=1e-4, atol=1e-4)
    losses.sum().backward()
    expected.sum().backward()
    torch.testing.assert_close(own.grad, their.grad, rtol=1e-4, atol=1e-4)
    for one, other in (
        (ours.transitions, theirs.transitions),
        (ours.start, theirs.start_transitions),
        (ours.end, theirs.end_transitions),
    ):
        torch.testing.assert_close(one.grad, other.grad, rtol=1e-4, atol=1e-4)
    offsets = np.concatenate([[0], np.cumsum(lengths.numpy())])
    tags, _ = viterbi(emissions[mask].numpy(), offsets, ours.chain())
    assert tags.tolist() == [tag for path in paths for tag in path]
