"""What makes a sequence of tags out of scores of each: tokens by themselves, or a linear-chain CRF.

Both heed a scheme: what it forbids is never said, and has no share in Z. On the CPU the loss of a CRF is one call of
`wenmai.kernels.crf` forward and one backward; elsewhere a batch goes through logarithms step by step. Neither leaves a
tape of its steps: the gradient of log Z are the marginals, which the backward pass finds by itself.

- Lafferty, J., McCallum, A., Pereira, F. (2001). Conditional random fields. ICML.
- Lample, G., et al. (2016). Neural architectures for named entity recognition. NAACL: over a BiLSTM.

Letters of the shapes: B sequences, T steps, K tags, S tokens of all sequences.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from wenmai.core.config import Config
from wenmai.core.tags import TagRules

if TYPE_CHECKING:
    from wenmai.kernels.crf import Chain

NEVER = -torch.inf


class TokensByThemselves(Config):
    """Every token has its own distribution over tags; the best sequence that the scheme allows is said."""

    kind: Literal["tokens"] = "tokens"


class CRF(Config):
    """A tag also hangs on the tag before it."""

    kind: Literal["crf"] = "crf"


class TagDecoder(nn.Module, ABC):
    """Scores of tags → their loss, and the chain by which they are decoded.

    Args:
        rules: what may follow what.
    """

    def __init__(self, rules: TagRules) -> None:
        super().__init__()
        self.rules = rules

    @abstractmethod
    def losses(self, emissions: Tensor, lengths: Tensor, targets: Tensor) -> Tensor:
        """The loss [B] of each sequence, summed over its tokens; 0 for one without tokens.

        Args:
            emissions: [B, T, K]; lengths: [B]; targets: [B, T] int64, any tag at padding.
        """

    @abstractmethod
    def chain(self) -> Chain:
        """What the kernel decodes by."""


class TokenDecoder(TagDecoder):
    """Cross-entropy of each token by itself."""

    def losses(self, emissions: Tensor, lengths: Tensor, targets: Tensor) -> Tensor:
        """Cross-entropy, summed over the tokens of each sequence [B]."""
        losses = functional.cross_entropy(emissions.flatten(0, 1), targets.flatten(), reduction="none")
        return (losses.view(targets.shape) * inside(lengths, targets.shape[1])).sum(dim=1)

    def chain(self) -> Chain:
        """The rules alone."""
        from wenmai.kernels.crf import Chain

        scores = (np.where(legal, 0.0, -np.inf) for legal in (self.rules.follows, self.rules.starts, self.rules.ends))
        return Chain.of(*scores)


class CRFDecoder(TagDecoder):
    """Scores of neighbouring tags, of the first and of the last, learnt with the rest."""

    def __init__(self, rules: TagRules) -> None:
        super().__init__(rules)
        tags = len(rules.starts)
        self.transitions = nn.Parameter(torch.zeros(tags, tags))
        self.start, self.end = nn.Parameter(torch.zeros(tags)), nn.Parameter(torch.zeros(tags))
        for name, legal in (("follows", rules.follows), ("starts", rules.starts), ("ends", rules.ends)):
            self.register_buffer(name, torch.from_numpy(legal.copy()), persistent=False)

    def losses(self, emissions: Tensor, lengths: Tensor, targets: Tensor) -> Tensor:
        """log Z less the score of the targets [B]."""
        return path_losses(emissions, lengths, targets, *self._scores())

    def chain(self) -> Chain:
        """The learnt scores, -inf for what the rules forbid."""
        from wenmai.kernels.crf import Chain

        return Chain.of(*(part.detach().cpu().numpy() for part in self._scores()))

    def _scores(self) -> tuple[Tensor, Tensor, Tensor]:
        pairs = ((self.transitions, "follows"), (self.start, "starts"), (self.end, "ends"))
        transitions, start, end = (scores.masked_fill(~self.get_buffer(name), NEVER) for scores, name in pairs)
        return transitions, start, end


DecoderConfig = TokensByThemselves | CRF


def decoder_for(config: DecoderConfig, rules: TagRules) -> TagDecoder:
    """The decoder of a config."""
    return CRFDecoder(rules) if isinstance(config, CRF) else TokenDecoder(rules)


def inside(lengths: Tensor, steps: int) -> Tensor:
    """[B, T] bool: whether a token stands there, and no padding."""
    return torch.arange(steps, device=lengths.device) < lengths[:, None]


def path_scores(
    emissions: Tensor, lengths: Tensor, tags: Tensor, transitions: Tensor, start: Tensor, end: Tensor
) -> Tensor:
    """The score [B] of given tags [B, T]; 0 for a sequence without tokens."""
    mask = inside(lengths, tags.shape[1])
    own = torch.where(mask, emissions.gather(2, tags[:, :, None])[:, :, 0], 0.0).sum(dim=1)
    between = torch.where(mask[:, 1:], transitions[tags[:, :-1], tags[:, 1:]], 0.0).sum(dim=1)
    last = tags.gather(1, (lengths - 1).clamp(min=0)[:, None])[:, 0]
    edges = torch.where(lengths > 0, start[tags[:, 0]] + end[last], 0.0)
    return own + between + edges


def path_losses(
    emissions: Tensor, lengths: Tensor, tags: Tensor, transitions: Tensor, start: Tensor, end: Tensor
) -> Tensor:
    """log Z less the score of given tags [B]; 0 for a sequence without tokens.

    Args:
        emissions: [B, T, K]; lengths: [B]; tags: [B, T]; transitions: [K, K], from the row's tag to the column's;
            start, end: [K].
    """
    if emissions.device.type != "cpu":
        return losses_step_by_step(emissions, lengths, tags, transitions, start, end)
    found = _LossesByKernel.apply(emissions, lengths, tags, transitions, start, end)  # type: ignore[no-untyped-call]
    return cast(Tensor, found)


def losses_step_by_step(
    emissions: Tensor, lengths: Tensor, tags: Tensor, transitions: Tensor, start: Tensor, end: Tensor
) -> Tensor:
    """As `path_losses`, in torch alone: for devices that the kernel does not know."""
    totals = _BatchedLogTotals.apply(emissions, lengths, transitions, start, end)  # type: ignore[no-untyped-call]
    return cast(Tensor, totals) - path_scores(emissions, lengths, tags, transitions, start, end)


class _LossesByKernel(torch.autograd.Function):
    """Losses by the compiled kernel, over the sequences' tokens without their padding."""

    @staticmethod
    def forward(
        context: Any,
        emissions: Tensor,
        lengths: Tensor,
        tags: Tensor,
        transitions: Tensor,
        start: Tensor,
        end: Tensor,
    ) -> Tensor:
        """The losses [B]; the messages stay for the way back."""
        from wenmai.kernels.crf import Chain, path_scores
        from wenmai.kernels.crf import forward as pass_on

        context.shape, context.tokens = emissions.shape, _tokens(lengths, emissions.shape[1])
        offsets = np.concatenate([[0], np.cumsum(lengths.numpy())]).astype(np.int64)
        chain = Chain.of(*(part.detach().numpy() for part in (transitions, start, end)))
        scores, context.tags = (
            values.detach().flatten(0, 1)[context.tokens].contiguous().numpy() for values in (emissions, tags)
        )
        context.passed = pass_on(scores, offsets, chain, threads=torch.get_num_threads())
        losses = context.passed.log_totals - path_scores(scores, offsets, context.tags, chain)
        return torch.from_numpy(losses).to(emissions.dtype)

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """The marginals less what the tags are, times what comes from above [B]."""
        from wenmai.kernels.crf import expectations, path_counts

        weights, passed = gradients[0].numpy().astype(np.float64), context.passed
        found = expectations(passed, weights, threads=torch.get_num_threads())
        counts = path_counts(passed.offsets, context.tags, passed.chain.tags, weights)
        found.unary[np.arange(len(context.tags)), context.tags] -= np.repeat(weights, np.diff(passed.offsets))
        unary = torch.from_numpy(found.unary)
        if not isinstance(context.tokens, slice):
            unary = unary.new_zeros(context.shape).flatten(0, 1).index_copy(0, context.tokens, unary)
        parts = ((found.pairwise, counts.pairwise), (found.start, counts.start), (found.end, counts.end))
        chain = (torch.from_numpy(expected - counted).to(unary.dtype) for expected, counted in parts)
        return unary.view(context.shape), None, None, *chain


def _tokens(lengths: Tensor, steps: int) -> Tensor | slice:
    """Where the tokens of sequences stand among B · T places."""
    if bool((lengths == steps).all()):
        return slice(None)
    return torch.nonzero(inside(lengths, steps).flatten())[:, 0]


class _BatchedLogTotals(torch.autograd.Function):
    """log Z of a batch in torch, all sequences a step at a time."""

    @staticmethod
    def forward(
        context: Any, emissions: Tensor, lengths: Tensor, transitions: Tensor, start: Tensor, end: Tensor
    ) -> Tensor:
        """log Z [B]; the messages [B, T, K] stay for the way back."""
        mask = inside(lengths, emissions.shape[1])
        message = start + emissions[:, 0]
        messages = [message]
        for step in range(1, emissions.shape[1]):
            following = torch.logsumexp(message[:, :, None] + transitions, dim=1) + emissions[:, step]
            message = torch.where(mask[:, step, None], following, message)
            messages.append(message)
        totals = torch.where(lengths > 0, torch.logsumexp(message + end, dim=1), 0.0)
        context.save_for_backward(emissions, lengths, transitions, end, torch.stack(messages, dim=1), totals)
        return totals

    @staticmethod
    def backward(context: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        """The marginals, times what comes from above [B]."""
        emissions, lengths, transitions, end, messages, totals = context.saved_tensors
        weights = torch.where(lengths > 0, gradients[0], 0.0)
        mask = inside(lengths, emissions.shape[1])
        unary, pairwise = torch.zeros_like(emissions), torch.zeros_like(transitions)
        message = end.expand(len(emissions), -1)
        for step in range(emissions.shape[1] - 1, -1, -1):
            share = torch.exp(messages[:, step] + message - totals[:, None]) * weights[:, None]
            unary[:, step] = torch.where(mask[:, step, None], share, 0.0)
            if step:
                pushed = emissions[:, step] + message
                pairs = messages[:, step - 1, :, None] + transitions + pushed[:, None, :] - totals[:, None, None]
                pairs = torch.exp(pairs) * weights[:, None, None]
                pairwise += torch.where(mask[:, step, None, None], pairs, 0.0).sum(dim=0)
                before = torch.logsumexp(transitions + pushed[:, None, :], dim=2)
                message = torch.where(mask[:, step, None], before, message)
        last = unary[torch.arange(len(lengths), device=lengths.device), (lengths - 1).clamp(min=0)]
        return unary, None, pairwise, unary[:, 0].sum(dim=0), last.sum(dim=0)
