"""Huffman's tree over labels, as fastText builds it for hierarchical softmax.

- Huffman, D. A. (1952). A method for the construction of minimum-redundancy codes. Proc. IRE 40(9).
- Mikolov, T., et al. (2013). Efficient estimation of word representations in vector space: the tree as a softmax.

Letters of the shapes: C labels, P nodes on all paths.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_ENDLESS = 10**15


@dataclass(frozen=True, slots=True)
class HuffmanTree:
    """The way from each label to the root.

    Attributes:
        nodes: [P] int32, inner nodes from 0 to C - 2, the last being the root; label c has
            ``nodes[offsets[c]:offsets[c + 1]]``, its parent first.
        codes: [P] int8, 1 where the way to the label turns right.
        offsets: [C + 1] int64.
    """

    nodes: NDArray[np.int32]
    codes: NDArray[np.int8]
    offsets: NDArray[np.int64]


def huffman_tree(counts: NDArray[np.int64]) -> HuffmanTree:
    """The tree of labels [C] by how often they occur; of equally frequent ones the last is the rarest."""
    labels = len(counts)
    order = np.argsort(-counts, kind="stable")
    parents, right = _parents([int(counts[label]) for label in order])
    paths: list[list[int]] = [[] for _ in range(labels)]
    turns: list[list[int]] = [[] for _ in range(labels)]
    for rank, label in enumerate(order.tolist()):
        at = rank
        while parents[at] >= 0:
            paths[label].append(parents[at] - labels)
            turns[label].append(int(right[at]))
            at = parents[at]
    offsets = np.concatenate([[0], np.cumsum([len(path) for path in paths])]).astype(np.int64)
    nodes = np.array([node for path in paths for node in path], np.int32)
    return HuffmanTree(nodes, np.array([turn for path in turns for turn in path], np.int8), offsets)


def _parents(counts: list[int]) -> tuple[list[int], list[bool]]:
    """The parent of each node (-1 for the root) and whether it hangs on the right; leaves by falling count first."""
    leaves = len(counts)
    nodes = 2 * leaves - 1
    weights = counts + [_ENDLESS] * (leaves - 1)
    parents, right = [-1] * nodes, [False] * nodes
    leaf, inner = leaves - 1, leaves
    for node in range(leaves, nodes):
        children = []
        for _ in range(2):
            if leaf >= 0 and weights[leaf] < weights[inner]:
                children.append(leaf)
                leaf -= 1
            else:
                children.append(inner)
                inner += 1
        weights[node] = weights[children[0]] + weights[children[1]]
        parents[children[0]] = parents[children[1]] = node
        right[children[1]] = True
    return parents, right
