from hypothesis import given
from hypothesis import strategies as st

from wenmai.batches.arena import Arena

texts = st.lists(st.text(max_size=10), max_size=6)


@given(texts)
def test_code_points_come_back_as_the_text(rows):
    arena = Arena.of_code_points(rows)
    found = [
        "".join(chr(symbol - 1) for symbol in arena.symbols[start:stop])
        for start, stop in zip(arena.offsets[:-1], arena.offsets[1:], strict=True)
    ]
    assert found == rows
