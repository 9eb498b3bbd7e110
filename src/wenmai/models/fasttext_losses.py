"""fastText's four losses: what is trained, what the outputs mean, and how a change of the scores shares itself out.

- Morin, F., Bengio, Y. (2005). Hierarchical probabilistic neural network language model. AISTATS: hierarchical softmax.
- Mikolov, T., et al. (2013). Distributed representations of words and phrases. NIPS: negative sampling.
- Ang, B. W. (2005). The LMDI approach to decomposition analysis. Energy Policy 33: shares by the logarithmic mean.

Letters of the shapes: N texts, C labels, K output rows (C, or C - 1 inner nodes of hierarchical softmax).
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from wenmai.kernels.huffman import HuffmanTree, huffman_tree
from wenmai.models.contract import ClassWeight, Head
from wenmai.models.learners import label_row_weights, row_weights

if TYPE_CHECKING:
    from wenmai.kernels.fasttext import Loss

LossName = Literal["softmax", "hs", "ns", "ova"]
Floats = NDArray[np.float64]

_NEAR = 1e-6
_LEAST_SURPRISE = 1e-12
"""A probability of several labels is at most so much short of 1, so that its logit is finite."""


class FastTextLoss:
    """One loss over the labels of a head.

    Attributes:
        counts: [C], how many training rows have each label; decides the tree and what negatives are drawn.
    """

    def __init__(self, name: LossName, head: Head, counts: NDArray[np.int64]) -> None:
        self.name = name
        self.head = head
        self.counts = counts

    @property
    def rows(self) -> int:
        """K."""
        return self.head.size - 1 if self.name == "hs" else self.head.size

    @cached_property
    def tree(self) -> HuffmanTree:
        """The tree of hierarchical softmax."""
        return huffman_tree(self.counts)

    def outputs(self, scores: Floats) -> Floats:
        """Logits [C] of one text from the scores [K] of its output rows.

        Of one class a row: log-probabilities where the loss is a softmax. Of labels each on its own: where the loss is
        a softmax, the logit of a label's share.
        """
        if self.name in ("ova", "ns"):
            return scores
        logs = self._log_probabilities(scores)
        return _logit(logs) if self.head.kind == "labels" else logs

    def slopes(self, before: Floats, after: Floats) -> Floats:
        """How much of each output's change each score's change made: [C, K].

        ``slopes @ (after - before)`` is the change of the outputs, exactly, as a secant's slope is for one number.
        """
        if self.name in ("ova", "ns"):
            return np.identity(self.rows)
        logs = self._log_probabilities(before), self._log_probabilities(after)
        if self.name == "softmax":
            shares = _logarithmic_mean(*logs)
            found = np.eye(self.rows) - shares / shares.sum()
        else:
            found = self._signs * _secant(_log_logistic, self._signs * before, self._signs * after)
        if self.head.kind == "labels":
            found *= _secant(_logit, *logs)[:, None]
        slopes: Floats = found
        return slopes

    def trained(self, targets: NDArray[Any], class_weight: ClassWeight, negatives: int) -> Loss:
        """The loss as the kernel takes it; weights are scaled so that rows weigh 1 on average.

        Args:
            targets: [N] class numbers, or [N, C] of 0 and 1.
        """
        from wenmai.kernels.fasttext import HIERARCHICAL, NEGATIVE, ONE_VS_ALL, SOFTMAX, Loss

        kinds = {"softmax": SOFTMAX, "ova": ONE_VS_ALL, "hs": HIERARCHICAL, "ns": NEGATIVE}
        present, absent = self._weights(targets, class_weight)
        tree = self.tree if self.name == "hs" else HuffmanTree(*_NO_TREE)
        often = np.sqrt(np.maximum(self.counts, 1))
        cumulative = np.cumsum(often) / often.sum()
        cumulative[-1] = 1
        return Loss(kinds[self.name], present, absent, tree.nodes, tree.codes, tree.offsets, cumulative, negatives)

    def _weights(
        self, targets: NDArray[Any], class_weight: ClassWeight
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        present, absent = np.ones(self.head.size, np.float32), np.ones(self.head.size, np.float32)
        if self.head.kind == "classes":
            weights = row_weights(targets, self.head, class_weight)
            if weights is not None:
                present[targets] = weights / weights.mean()
                absent = present if self.name != "ova" else absent
            return present, absent
        for label, name in enumerate(self.head.names):
            answers = targets[:, label].astype(np.int64)
            weights = label_row_weights(answers, name, class_weight)
            if weights is not None:
                weights = weights / weights.mean()
                present[label] = weights[answers == 1].max(initial=0)
                absent[label] = weights[answers == 0].max(initial=0)
        return present, absent

    @cached_property
    def _signs(self) -> Floats:
        """[C, K]: 1 where the way to a label turns right at a node, -1 where left, 0 where it does not come there."""
        signs = np.zeros((self.head.size, self.rows))
        labels = np.repeat(np.arange(self.head.size), np.diff(self.tree.offsets))
        signs[labels, self.tree.nodes] = np.where(self.tree.codes == 1, 1.0, -1.0)
        return signs

    def _log_probabilities(self, scores: Floats) -> Floats:
        if self.name == "softmax":
            shifted = scores - scores.max()
            logs: Floats = shifted - np.log(np.exp(shifted).sum())
            return logs
        turned = self._signs * scores
        sums: Floats = np.where(self._signs == 0, 0.0, _log_logistic(turned)).sum(axis=1)
        return sums


_NO_TREE = (np.zeros(0, np.int32), np.zeros(0, np.int8), np.zeros(1, np.int64))


def _log_logistic(values: Floats) -> Floats:
    """ln(1 / (1 + exp(-x))) without overflow."""
    logs: Floats = -np.logaddexp(0, -values)
    return logs


def _logit(logs: Floats) -> Floats:
    """The logit of a probability, given as its logarithm."""
    logits: Floats = logs - np.log(np.maximum(-np.expm1(logs), _LEAST_SURPRISE))
    return logits


def _secant(function: Any, before: Floats, after: Floats) -> Floats:
    """The slope between two points, number by number; between near ones that of a short stretch around them."""
    near = np.abs(after - before) < _NEAR
    middle = (before + after) / 2
    low, high = np.where(near, middle - _NEAR, before), np.where(near, middle + _NEAR, after)
    slopes: Floats = (function(high) - function(low)) / (high - low)
    return slopes


def _logarithmic_mean(first: Floats, second: Floats) -> Floats:
    """The logarithmic mean (a - b) / (ln a - ln b) of numbers given as logarithms."""
    difference = second - first
    near = np.abs(difference) < _NEAR
    mean: Floats = np.exp(first) * np.where(near, 1.0, np.expm1(difference) / np.where(near, 1.0, difference))
    return mean


def label_rows(targets: NDArray[Any], labels: int) -> tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int64]]:
    """The labels of all rows one after the other, their offsets [N + 1], and how many rows have each [C]."""
    if targets.ndim == 1:
        found, offsets = targets.astype(np.int32), np.arange(len(targets) + 1)
    else:
        rows, columns = np.nonzero(targets)
        found, offsets = columns.astype(np.int32), np.searchsorted(rows, np.arange(len(targets) + 1))
    return found, offsets, np.bincount(found, minlength=labels).astype(np.int64)
