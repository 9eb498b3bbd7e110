import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.batches.word_index import WordIndex

words = st.lists(st.text(st.characters(exclude_characters="\n"), min_size=1, max_size=4), max_size=8, unique=True)


def test_words_are_numbered_as_they_come_until_the_index_is_closed():
    index = WordIndex.growing()
    assert index.arena([["a", "b"], ["b", "c"]]).symbols.tolist() == [1, 2, 2, 3]
    index.close([])
    assert index.arena([["b", "new"], []]).symbols.tolist() == [2, 0]
    assert len(index) == 3


@given(st.lists(words, max_size=5))
def test_a_closed_index_tells_nothing_of_the_order_in_which_the_words_came(rows):
    index = WordIndex.growing()
    arenas = [index.arena([row]) for row in rows]
    index.close(arenas)
    assert [index.word(number) for number in range(1, len(index) + 1)] == sorted({word for row in rows for word in row})
    assert [[index.word(number) for number in arena.symbols] for arena in arenas] == rows
    assert [index.arena([row]).symbols.tolist() for row in rows] == [arena.symbols.tolist() for arena in arenas]


@given(words)
def test_the_bytes_of_an_index_are_the_index(known):
    again = WordIndex.from_bytes(WordIndex(known).to_bytes())
    assert [again.word(number) for number in range(1, len(again) + 1)] == known


def test_words_that_are_not_kept_become_unknown_in_the_arenas_too():
    index = WordIndex(["rare", "often", "some"])
    arenas = [index.arena([["often", "rare", "some"], ["often", "some"]])]
    index.keep_frequent(arenas, limit=2)
    assert arenas[0].symbols.tolist() == [1, 0, 2, 1, 2]
    assert [index.word(1), index.word(2)] == ["often", "some"]


def test_kept_words_tell_their_new_numbers():
    assert WordIndex(["a", "b", "c"]).keep(np.array([1, 3])).tolist() == [0, 1, 0, 2]


def test_bytes_that_are_no_words_are_refused():
    with pytest.raises(UnicodeDecodeError):
        WordIndex.from_bytes(np.array([0xFF, 0xFE], np.uint8))
