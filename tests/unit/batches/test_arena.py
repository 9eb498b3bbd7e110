from hypothesis import given
from hypothesis import strategies as st

from wenmai.batches.arena import Arena, growing_index

texts = st.lists(st.text(max_size=10), max_size=6)


@given(texts)
def test_code_points_come_back_as_the_text(rows):
    arena = Arena.of_code_points(rows)
    found = [
        "".join(chr(symbol - 1) for symbol in arena.symbols[start:stop])
        for start, stop in zip(arena.offsets[:-1], arena.offsets[1:], strict=True)
    ]
    assert found == rows


def test_a_growing_index_numbers_words_as_they_come_and_a_plain_one_does_not_grow():
    index = growing_index()
    assert Arena.of_words([["a", "b"], ["b", "c"]], index).symbols.tolist() == [1, 2, 2, 3]
    known = dict(index)
    assert Arena.of_words([["b", "new"], []], known).symbols.tolist() == [2, 0]
    assert "new" not in known


@given(texts, texts)
def test_joined_arenas_are_the_arena_of_all_texts(first, second):
    joined = Arena.join([Arena.of_code_points(first), Arena.of_code_points(second)])
    whole = Arena.of_code_points(first + second)
    assert joined.symbols.tolist() == whole.symbols.tolist()
    assert joined.offsets.tolist() == whole.offsets.tolist()


def test_no_arena_at_all_is_an_empty_one():
    assert len(Arena.join([])) == 0
