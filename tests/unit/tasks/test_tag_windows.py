"""Long texts in windows: every token is read, and no span is lost at a seam."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.core.tags import TagSpan, complete_tags, spans_of, tags_of
from wenmai.data.dataset import Inputs
from wenmai.tasks.tag_windows import in_windows


class Reader:
    """Knows the spans of one long text, whose tokens are their own places, and sees of each only what it is given."""

    def __init__(self, spans, names, scheme, max_length):
        self.spans, self.names, self.scheme, self.max_length = spans, names, scheme, max_length
        self.longest = 0

    def lengths(self, tokens):
        return [1] * len(tokens)

    def outputs(self, inputs):
        found = []
        for tokens in inputs.tokens:
            self.longest = max(self.longest, len(tokens))
            if not tokens:
                found.append(np.zeros((0, 2)))
                continue
            first, stop = int(tokens[0]), int(tokens[-1]) + 1
            seen = [
                TagSpan(max(one.start, first) - first, min(one.stop, stop) - first, one.label)
                for one in self.spans
                if one.start < stop and first < one.stop
            ]
            tags = tags_of(seen, len(tokens), self.scheme)
            found.append(np.column_stack([[self.names.index(tag) for tag in tags], np.full(len(tokens), 0.5)]))
        return found

    def arrays(self):
        return {}

    def restore(self, arrays):
        pass


@given(st.data())
def test_no_span_is_lost_at_a_seam(data):
    scheme = data.draw(st.sampled_from(["iob2", "bioes", "bmes"]))
    length = data.draw(st.integers(1, 80))
    spans, at = [], 0
    while at < length:
        size = data.draw(st.integers(1, 7))
        label = data.draw(st.sampled_from(["A", "B", None]))
        if label:
            spans.append(TagSpan(at, min(at + size, length), label))
        at += size
    names = complete_tags(("A", "B"), scheme, outside=True)
    reader = Reader(spans, names, scheme, data.draw(st.integers(32, 40)))
    tokens = [[str(at) for at in range(length)], []]
    whole, empty = in_windows(reader, Inputs([" ".join(tokens[0]), ""], tokens=tokens), names, scheme)
    assert spans_of([names[int(number)] for number in whole[:, 0]], scheme) == spans
    assert empty.shape == (0, 2)
    assert reader.longest <= reader.max_length


@pytest.mark.parametrize("scheme", ["iob2", "bmes"])
def test_a_span_longer_than_the_overlap_stays_one(scheme):
    names = complete_tags(("A",), scheme, outside=True)
    reader = Reader([TagSpan(3, 70, "A")], names, scheme, 32)
    tokens = [[str(at) for at in range(90)]]
    (whole,) = in_windows(reader, Inputs([" ".join(tokens[0])], tokens=tokens), names, scheme)
    assert spans_of([names[int(number)] for number in whole[:, 0]], scheme) == [TagSpan(3, 70, "A")]


def test_plain_tags_are_joined_too():
    names = ("A", "B")

    class Alternating(Reader):
        def outputs(self, inputs):
            return [np.array([[int(token) % 2, 1.0] for token in row]) for row in inputs.tokens]

    tokens = [[str(at) for at in range(100)]]
    (whole,) = in_windows(Alternating([], names, "plain", 16), Inputs(["x"], tokens=tokens), names, "plain")
    np.testing.assert_array_equal(whole[:, 0], np.arange(100) % 2)


def test_what_stands_beside_the_tokens_is_cut_with_them():
    class Strict(Reader):
        def outputs(self, inputs):
            assert [list(row) for row in inputs.factors["place"]] == [list(row) for row in inputs.tokens]
            return super().outputs(inputs)

    names = complete_tags(("A",), "iob2", outside=True)
    tokens = [[str(at) for at in range(50)], []]
    reader = Strict([TagSpan(18, 22, "A")], names, "iob2", 20)
    (whole, _) = in_windows(reader, Inputs(["", ""], tokens=tokens, factors={"place": tokens}), names, "iob2")
    assert reader.longest <= 20
    assert spans_of([names[int(number)] for number in whole[:, 0]], "iob2") == [TagSpan(18, 22, "A")]
