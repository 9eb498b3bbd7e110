"""Stretches of long texts: every token stands in one, and neighbours overlap."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from wenmai.batches.windows import windows


@given(st.lists(st.integers(1, 12), max_size=60), st.integers(4, 20))
def test_windows_hold_every_token_and_overlap(lengths, most):
    cuts = list(windows(lengths, most))
    assert sorted({at for start, stop in cuts for at in range(start, stop)}) == list(range(len(lengths)))
    for start, stop in cuts:
        assert stop - start == 1 or sum(lengths[start:stop]) <= most
    for (start, stop), (following, end) in itertools.pairwise(cuts):
        assert start < following <= stop < end
