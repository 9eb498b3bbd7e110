import numpy as np
import pytest

from wenmai.decoding import Step, greedy


class Counting:
    """Says the numbers after the source's length, then the end; the state is how far it has come."""

    end_id = 0

    def __init__(self, size=10):
        self.size = size
        self.heard = []

    def start(self, source):
        return len(source)

    def step(self, state, token_id):
        self.heard.append(token_id)
        logits = np.zeros(self.size)
        logits[(state + 1) % self.size] = 1
        return logits, state + 1


def test_greedy_takes_the_most_probable_token_until_the_end():
    model: Step[int] = Counting()
    assert greedy(model, "abcd", 100) == [5, 6, 7, 8, 9]


def test_greedy_is_told_each_token_that_it_chose():
    model = Counting()
    greedy(model, "abcdefg", 100)
    assert model.heard == [None, 8, 9]


@pytest.mark.parametrize("length", [0, 1, 3])
def test_greedy_stops_at_the_longest_length(length):
    assert greedy(Counting(), "", length) == [1, 2, 3][:length]


def test_an_end_at_once_is_an_empty_continuation():
    assert greedy(Counting(), "a" * 9, 5) == []
