"""The kernel of attention beside torch's own, for numbers of both types and any lengths."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from wenmai.kernels.attention import attend, attends
from wenmai.kernels.tiles import multiplies_pairs

PAIRS = pytest.mark.skipif(not multiplies_pairs(), reason="this processor has no instructions for pairs of bfloat16")
NUMBERS = [torch.float32, pytest.param(torch.bfloat16, marks=PAIRS)]
CLOSE = {torch.float32: 1e-5, torch.bfloat16: 0.02}


def drawn(lengths, width, numbers, spread=1.0):
    generator = torch.Generator().manual_seed(0)
    return (spread * torch.randn(sum(lengths), 3 * width, generator=generator)).to(numbers)


def by_kernel(joined, lengths, heads, **options):
    items = joined.view(torch.uint32) if joined.dtype == torch.bfloat16 else joined
    starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
    return torch.from_numpy(attend(items.numpy(), starts, heads, **options)).view(joined.dtype)


def by_torch(joined, lengths, heads):
    found = []
    for text in joined.float().split(lengths):
        parts = (part.unflatten(1, (heads, -1)).transpose(0, 1) for part in text.chunk(3, dim=1))
        found.append(functional.scaled_dot_product_attention(*parts).transpose(0, 1).flatten(1))
    return torch.cat(found)


@pytest.mark.parametrize("numbers", NUMBERS)
@given(
    lengths=st.lists(st.integers(1, 70), min_size=1, max_size=6),
    heads=st.integers(1, 3),
    size=st.sampled_from([2, 6, 16, 32, 40]),
)
@settings(deadline=None, max_examples=25)
def test_it_is_attention(numbers, lengths, heads, size):
    joined = drawn(lengths, heads * size, numbers)
    found = by_kernel(joined, lengths, heads)
    torch.testing.assert_close(
        found.float(), by_torch(joined, lengths, heads), atol=CLOSE[numbers], rtol=CLOSE[numbers]
    )


@pytest.mark.parametrize("numbers", NUMBERS)
def test_texts_without_a_step_take_no_place(numbers):
    lengths = [0, 5, 0, 0, 33, 0]
    joined = drawn(lengths, 32, numbers)
    wanted = by_torch(joined, [5, 33], 2)
    torch.testing.assert_close(by_kernel(joined, lengths, 2).float(), wanted, atol=CLOSE[numbers], rtol=CLOSE[numbers])
    firsts = by_kernel(joined, lengths, 2, first=True)
    torch.testing.assert_close(firsts.float(), wanted[[0, 5]], atol=CLOSE[numbers], rtol=CLOSE[numbers])
    assert attend(np.zeros((0, 96), np.float32), np.zeros(3, np.int64), 2).shape == (0, 32)


@pytest.mark.parametrize("numbers", NUMBERS)
def test_threads_and_neighbours_change_nothing(numbers):
    lengths = [200, 3, 150, 90, 1]
    joined = drawn(lengths, 64, numbers)
    together = by_kernel(joined, lengths, 2)
    assert torch.equal(together, by_kernel(joined, lengths, 2, threads=3))
    alone = torch.cat([by_kernel(text.contiguous(), [len(text)], 2) for text in joined.split(lengths)])
    assert torch.equal(together, alone)


@pytest.mark.parametrize("numbers", NUMBERS)
def test_great_scores_leave_the_greatest_alone(numbers):
    joined = drawn([20], 32, numbers, spread=300.0)
    found = by_kernel(joined, [20], 1)
    assert torch.isfinite(found.float()).all()
    torch.testing.assert_close(found.float(), by_torch(joined, [20], 1), atol=3.0, rtol=0.02)


def test_what_it_cannot_read_is_said():
    assert attends(9, 3, pairs=False)
    assert not attends(9, 3, pairs=True)
    assert attends(8, 2, pairs=True) == multiplies_pairs()
