import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.apps.nearest import cosines, lengths, nearest, unit


def by_hand(vectors, query, count, left_out):
    """(row, cosine) of the best rows, one by one."""
    scored = []
    for row, vector in enumerate(vectors.astype(np.float64)):
        length = np.linalg.norm(vector)
        if row not in left_out:
            scored.append((-(vector @ query / length if length else 0.0), row))
    return [(row, -score) for score, row in sorted(scored)[:count]]


@given(data=st.data())
def test_it_finds_what_a_full_sort_finds_whatever_the_blocks(data):
    rows, queries = data.draw(st.integers(1, 40)), data.draw(st.integers(1, 4))
    count = data.draw(st.integers(1, 8))
    block = data.draw(st.sampled_from([1, 16, 1 << 20]))
    generator = np.random.default_rng(data.draw(st.integers(0, 1000)))
    vectors = generator.standard_normal((rows, 3)).astype(np.float32)
    vectors[generator.integers(rows)] = 0
    asked = unit(generator.standard_normal((queries, 3)).astype(np.float32))
    left_out = [sorted(set(generator.integers(0, rows, 2).tolist())) for _ in range(queries)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("wenmai.apps.nearest._BLOCK_CELLS", block)
        found, scores = nearest(vectors, lengths(vectors), asked, count, left_out)
    assert len(found) == queries
    assert found.shape[1] >= min(count, rows - 2)
    for query, chosen, said, without in zip(asked, found, scores, left_out, strict=True):
        expected = by_hand(vectors, query, found.shape[1], without)
        np.testing.assert_allclose(said, [score for _, score in expected], atol=1e-5)
        assert len(set(chosen.tolist()) - set(without)) == len(chosen)
        np.testing.assert_allclose([by_row(vectors, query, row) for row in chosen], said, atol=1e-5)


def by_row(vectors, query, row):
    length = np.linalg.norm(vectors[row])
    return vectors[row] @ query / length if length else 0.0


def test_of_equal_rows_the_earlier_ones_come_first():
    vectors = np.ones((6, 2), np.float32)
    found, _ = nearest(vectors, lengths(vectors), unit(vectors[:1]), 6, [[2]])
    assert found.tolist() == [[0, 1, 3, 4, 5]]


def test_zeros_have_no_direction():
    zeros = np.zeros((2, 3), np.float32)
    assert unit(zeros).tolist() == zeros.tolist()
    assert cosines(zeros, lengths(zeros), np.array([[1, 0, 0]], np.float32)).tolist() == [[0, 0]]
