"""Keys are found where they stand, and no others are."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.kernels.key_table import KeyTable

KEYS = st.integers(0, 1 << 62) | st.integers(0, 50)


@settings(max_examples=60, deadline=None)
@given(st.sets(KEYS, max_size=80), st.lists(KEYS | st.just(-1), max_size=80))
def test_a_key_is_found_where_it_stands(known, wanted):
    keys = np.array(sorted(known), np.int64)
    wanted = [*wanted, *known]
    expected = [sorted(known).index(key) if key in known else -1 for key in wanted]
    assert KeyTable(keys).places(np.array(wanted, np.int64)).tolist() == expected
