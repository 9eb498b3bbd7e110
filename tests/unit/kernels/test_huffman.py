"""The tree of hierarchical softmax."""

import heapq

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.kernels.huffman import huffman_tree


def code_lengths(tree):
    return np.diff(tree.offsets)


@given(st.lists(st.integers(0, 50), min_size=2, max_size=30))
def test_codes_are_as_short_as_can_be(counts):
    tree = huffman_tree(np.array(counts))
    heap = list(counts)
    heapq.heapify(heap)
    best = 0
    while len(heap) > 1:
        joined = heapq.heappop(heap) + heapq.heappop(heap)
        best += joined
        heapq.heappush(heap, joined)
    assert int(code_lengths(tree) @ np.array(counts)) == best


@given(st.lists(st.integers(0, 50), min_size=2, max_size=30))
def test_every_label_has_a_way_of_its_own_from_the_root(counts):
    tree = huffman_tree(np.array(counts))
    ways = set()
    for start, stop in zip(tree.offsets, tree.offsets[1:], strict=False):
        assert tree.nodes[stop - 1] == len(counts) - 2
        ways.add(tuple(zip(tree.nodes[start:stop].tolist(), tree.codes[start:stop].tolist(), strict=True)))
    assert len(ways) == len(counts)
    assert set(tree.nodes.tolist()) == set(range(len(counts) - 1))
    # Kraft's equality: nothing is left over.
    assert sum(2.0 ** -code_lengths(tree)) == pytest.approx(1)


def test_a_tree_by_hand():
    # 5 and 3 join last; 1 and 2 first, the rarer one on the left.
    tree = huffman_tree(np.array([2, 5, 1, 3]))
    ways = [tree.codes[start:stop].tolist() for start, stop in zip(tree.offsets, tree.offsets[1:], strict=False)]
    assert code_lengths(tree).tolist() == [3, 1, 3, 2]
    assert ways[2][0] == 0
    assert ways[0][0] == 1
