"""A small table of word vectors with everything that is awkward in it."""

import numpy as np
import pytest

from wenmai.interop.vector_table import VectorTable

WORDS = ("the", "的", "naïve", "😀", "don't", "0.5", "12", "<unk>", "a\u00a0b", "\u3000", "\u0085x", "e5", "nan")


@pytest.fixture
def table():
    vectors = np.random.default_rng(0).standard_normal((len(WORDS), 5)).astype(np.float32)
    vectors[1] = [1e-38, 3.4028235e38, -0.0, 1.17549435e-38, 1e-45]
    vectors[2] = 0
    return VectorTable(WORDS, vectors)
