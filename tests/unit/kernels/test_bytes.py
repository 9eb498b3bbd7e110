"""Numbers as bytes: none is further from its own than half a step, and 0 is 0."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.kernels.bytes import to_bytes

VALUES = st.lists(st.floats(-1e4, 1e4, width=32), min_size=1, max_size=300)


@given(values=VALUES, half=st.booleans())
@settings(deadline=None, max_examples=60)
def test_every_value_is_within_half_a_step(values, half):
    given_values = torch.tensor(values, dtype=torch.bfloat16 if half else torch.float32)
    bits = given_values.view(torch.uint16).numpy() if half else given_values.numpy()
    whole, scale, zero = to_bytes(bits[None])
    again = scale * (whole.astype(np.float64) - zero)
    assert np.abs(again[0] - given_values.double().numpy()).max() <= 0.5001 * scale
    assert 0 <= zero <= 255
    assert whole.shape == (1, len(values))


@pytest.mark.parametrize("values", [np.zeros((2, 3), np.float32), np.full((2, 3), -7.0, np.float32)])
def test_values_that_are_all_alike(values):
    whole, scale, zero = to_bytes(values)
    np.testing.assert_allclose(scale * (whole.astype(float) - zero), values, atol=1e-6)


def test_threads_change_nothing():
    values = np.random.default_rng(0).standard_normal((700, 900)).astype(np.float32)
    one, several = to_bytes(values), to_bytes(values, threads=3)
    np.testing.assert_array_equal(one[0], several[0])
    assert one[1:] == several[1:]
