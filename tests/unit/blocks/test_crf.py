"""Decoders of tags: the kernel's gradient and torch's own, what a scheme forbids, sequences without tokens."""

import numpy as np
import pytest
import torch

from wenmai.blocks.crf import CRF, TokensByThemselves, decoder_for, losses_step_by_step, path_losses, path_scores
from wenmai.core.tags import TagRules, complete_tags

NAMES = complete_tags(["LOC", "PER"], "bioes", outside=True)
RULES = TagRules.of(NAMES, "bioes")
LENGTHS = torch.tensor([5, 0, 1, 3])


def drawn(seed=0, steps=6, dtype=torch.float64):
    generator = torch.Generator().manual_seed(seed)
    emissions = torch.randn(len(LENGTHS), steps, len(NAMES), generator=generator, dtype=dtype)
    transitions = torch.randn(len(NAMES), len(NAMES), generator=generator, dtype=dtype)
    transitions = transitions.masked_fill(torch.from_numpy(~RULES.follows), -torch.inf)
    start, end = (
        torch.randn(len(NAMES), generator=generator, dtype=dtype).masked_fill(torch.from_numpy(~legal), -torch.inf)
        for legal in (RULES.starts, RULES.ends)
    )
    return [emissions, transitions, start, end]


def legal_tags(seed=0, steps=6):
    """Tags that the scheme allows."""
    generator = np.random.default_rng(seed)
    rows = []
    for length in LENGTHS.tolist():
        row = []
        for step in range(length):
            allowed = RULES.starts if not row else RULES.follows[row[-1]]
            left = length - step - 1
            ends = [t for t in np.flatnonzero(allowed) if left or RULES.ends[t]]
            ends = [t for t in ends if left != 1 or (RULES.follows[t] & RULES.ends).any()]
            row.append(int(generator.choice(ends)))
        rows.append(row + [0] * (steps - length))
    return torch.tensor(rows)


WHOLE = torch.full((4,), 6)


@pytest.mark.parametrize("lengths", [LENGTHS, WHOLE], ids=["padded", "whole"])
def test_torch_and_the_kernel_find_the_same_losses_and_gradients(lengths):
    weights = torch.tensor([1.0, 2.0, 0.5, -1.0], dtype=torch.float64)
    tags = torch.zeros(4, 6, dtype=torch.int64) + NAMES.index("O") if lengths is WHOLE else legal_tags()
    found = []
    for function in (path_losses, losses_step_by_step):
        inputs = [one.clone().requires_grad_() for one in drawn()]
        losses = function(inputs[0], lengths, tags, *inputs[1:])
        (losses * weights).sum().backward()
        found.append([losses.detach(), *(one.grad for one in inputs)])
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-9, atol=1e-9)
    assert lengths is WHOLE or found[0][0][1] == 0


@pytest.mark.parametrize("function", [path_losses, losses_step_by_step])
def test_the_gradient_is_that_of_the_losses(function):
    emissions, transitions, start, end = drawn()
    legal = torch.isfinite(transitions)

    def of(emissions, kept, start, end):
        scores = torch.full_like(transitions, -torch.inf).masked_scatter(legal, kept)
        return function(emissions, LENGTHS, legal_tags(), scores, start, end)

    start, end = torch.where(torch.isfinite(start), start, -3.0), torch.where(torch.isfinite(end), end, -3.0)
    inputs = tuple(one.requires_grad_() for one in (emissions, transitions[legal], start, end))
    assert torch.autograd.gradcheck(of, inputs)


@pytest.mark.parametrize("config", [CRF(), TokensByThemselves()])
def test_the_loss_is_that_of_each_sequence_by_itself(config):
    decoder = decoder_for(config, RULES)
    for parameter in decoder.parameters():
        torch.nn.init.normal_(parameter)
    emissions, targets = drawn(dtype=torch.float32)[0], legal_tags()
    together = decoder.losses(emissions, LENGTHS, targets)
    assert together.shape == (4,)
    assert (together >= 0).all()
    assert together[1] == 0
    for row, length in enumerate(LENGTHS.tolist()):
        own = slice(row, row + 1), slice(max(length, 1))
        alone = decoder.losses(emissions[own], LENGTHS[own[0]], targets[own])
        torch.testing.assert_close(alone[0], together[row], rtol=1e-5, atol=1e-5)


def test_a_crf_learns_transitions_that_are_allowed_alone():
    decoder = decoder_for(CRF(), RULES)
    decoder.losses(drawn(dtype=torch.float32)[0], LENGTHS, legal_tags()).sum().backward()
    gradient = decoder.transitions.grad
    assert gradient is not None
    assert (gradient[torch.from_numpy(~RULES.follows)] == 0).all()
    assert gradient.abs().sum() > 0
    assert np.isneginf(decoder.chain().transitions[~RULES.follows]).all()
    assert set(decoder.state_dict()) == {"transitions", "start", "end"}


def test_a_path_that_is_forbidden_has_no_finite_score():
    emissions, transitions, start, end = drawn()
    inner = torch.full((4, 6), NAMES.index("I-PER"))
    scores = path_scores(emissions, LENGTHS, inner, transitions, start, end)
    assert torch.isneginf(scores[[0, 2, 3]]).all()
    assert scores[1] == 0
