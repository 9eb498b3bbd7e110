import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wenmai.batches.token_rows import TokenRows

ROWS = st.lists(st.lists(st.integers(0, 2**31 - 1), max_size=6), max_size=8)


@given(ROWS)
def test_rows_come_back_from_a_rectangle(rows):
    texts = TokenRows.of(rows)
    assert len(texts) == len(rows)
    assert texts.lengths.tolist() == [len(row) for row in rows]
    padded, lengths = texts.padded(np.arange(len(rows)), padding_id=7)
    assert padded.shape == (len(rows), max([1, *map(len, rows)]))
    assert [row[:length].tolist() for row, length in zip(padded, lengths, strict=True)] == rows
    assert all((row[length:] == 7).all() for row, length in zip(padded, lengths, strict=True))


@given(ROWS, ROWS)
def test_parts_are_put_together(first, second):
    joined = TokenRows.concatenated([TokenRows.of(first), TokenRows.of(second)])
    whole = TokenRows.of(first + second)
    assert joined.token_ids.tolist() == whole.token_ids.tolist()
    assert joined.offsets.tolist() == whole.offsets.tolist()


def test_no_part_is_no_row():
    assert len(TokenRows.concatenated([])) == 0


def test_rows_can_be_taken_in_any_order_and_twice():
    padded, lengths = TokenRows.of([[1, 2, 3], [], [4]]).padded(np.array([2, 0, 2, 1]), 0)
    assert padded.tolist() == [[4, 0, 0], [1, 2, 3], [4, 0, 0], [0, 0, 0]]
    assert lengths.tolist() == [1, 3, 1, 0]
