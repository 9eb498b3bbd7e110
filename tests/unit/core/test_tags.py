"""Tags and spans: lossless both ways, read as the scorer of CoNLL-2000 reads them, schemes told by their letters."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.core.tags import (
    SCHEMES,
    MixedTagsError,
    TagRules,
    TagSpan,
    complete_tags,
    converted,
    detect_scheme,
    faults,
    is_tag_of,
    spans_of,
    tags_of,
)

TYPED = [scheme for scheme in SCHEMES if scheme != "plain"]


@st.composite
def sentences(draw, labels=("PER", "LOC-x", "组织")):
    """Spans over so many tokens."""
    length = draw(st.integers(0, 12))
    spans, at = [], 0
    while at < length:
        size = draw(st.integers(1, 4))
        label = draw(st.sampled_from((None, *labels)))
        if label is not None:
            spans.append(TagSpan(at, min(at + size, length), label))
        at += size
    return spans, length


@settings(deadline=None, max_examples=200)
@given(sentences(), st.sampled_from(TYPED), st.sampled_from(TYPED))
def test_spans_come_back_from_every_scheme_and_through_two(drawn, scheme, other):
    spans, length = drawn
    tags = tags_of(spans, length, scheme)
    assert spans_of(tags, scheme) == spans
    assert faults(tags, scheme) == []
    assert all(is_tag_of(tag, scheme) for tag in tags)
    assert converted(converted(tags, scheme, other), other, scheme) == tags


@settings(deadline=None, max_examples=200)
@given(st.sampled_from(TYPED), st.data())
def test_a_sequence_is_faultless_exactly_where_the_rules_allow_it(scheme, data):
    names = complete_tags(("A", "B"), scheme, outside=True)
    tags = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=6))
    rules = TagRules.of(names, scheme)
    ids = [names.index(tag) for tag in tags]
    steps = all(rules.follows[one, two] for one, two in itertools.pairwise(ids))
    assert (not faults(tags, scheme)) == bool(rules.starts[ids[0]] and steps and rules.ends[ids[-1]])
    if steps and rules.starts[ids[0]] and rules.ends[ids[-1]]:
        starts = [0] + [at for at in range(1, len(ids)) if not rules.continues[ids[at - 1], ids[at]]]
        assert {span.start for span in spans_of(tags, scheme)} <= set(starts)
        assert sum(tag != "O" for tag in tags) == sum(span.stop - span.start for span in spans_of(tags, scheme))


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"]), max_size=10))
def test_broken_sequences_are_read_as_conlleval_reads_them(tags):
    assert [(one.label, one.start, one.stop - 1) for one in spans_of(tags, "iob2")] == conlleval_chunks(tags)
    seqeval = pytest.importorskip("seqeval.metrics.sequence_labeling")
    assert seqeval.get_entities(tags) == conlleval_chunks(tags)


@settings(deadline=None, max_examples=300)
@given(st.lists(st.sampled_from(["O", "B-A", "I-A", "E-A", "S-A", "B-B", "I-B", "E-B", "S-B"]), max_size=10))
def test_broken_bioes_is_read_as_conlleval_reads_it(tags):
    assert [(one.label, one.start, one.stop - 1) for one in spans_of(tags, "bioes")] == conlleval_chunks(tags)


def conlleval_chunks(tags):
    """The rules of conlleval.pl (endOfChunk, startOfChunk), written down again from its text."""
    chunks, start, before, kind = [], None, "O", ""
    for at, tag in enumerate([*tags, "O"]):
        now, _, label = tag.partition("-")
        ends = (before, now) in {("B", "B"), ("B", "O"), ("I", "B"), ("I", "O")} or before in ("E", "S")
        ends = ends or (before != "O" and kind != label) or (before in "BI" and now == "S")
        begins = now in ("B", "S") or (before in ("E", "S", "O") and now in ("E", "I"))
        begins = begins or (now != "O" and kind != label)
        if ends and start is not None:
            chunks.append((kind, start, at - 1))
            start = None
        if begins:
            start = at
        before, kind = now, label
    return chunks


@pytest.mark.parametrize(
    ("rows", "scheme"),
    [
        ([["B-A", "I-A", "O", "B-B"]], "iob2"),
        ([["I-A", "B-A", "O", "I-B"]], "iob1"),
        ([["I-A", "O"]], "iob1"),
        ([["B-A", "B-A"], ["B-A"]], "iob2"),
        ([["B-A", "I-A", "E-A", "S-B"]], "bioes"),
        ([["B-A", "E-A"]], "bioes"),
        ([["B-A", "M-A", "E-A"]], "bmes"),
        ([["B-A", "I-A", "L-A", "U-A"]], "bilou"),
        ([["B", "M", "E", "S"]], "bmes"),
        ([["B", "E", "S"]], "bmes"),
        ([["B", "I", "B"]], "iob2"),
        ([["NN", "VB", "O"]], "plain"),
        ([["B-A", "NN", "VB"]], "plain"),
        ([["O", "O"]], "iob2"),
        ([[]], "plain"),
    ],
)
def test_a_scheme_is_told_by_its_letters(rows, scheme):
    assert detect_scheme(rows) == scheme


@pytest.mark.parametrize(
    ("tags", "message"),
    [
        (["B-A", "I-A", "M-A"], "the tags 'I-A' and 'M-A' are of two schemes"),
        (["B-A", "E-A", "L-B"], "the tags 'E-A' and 'L-B' are of two schemes"),
        (["O", "B-A", "I-A", "PER"], "the tag 'PER' is no letter and a type, as 'B-A' is"),
    ],
)
def test_mixed_schemes_are_refused(tags, message):
    with pytest.raises(MixedTagsError, match=message) as caught:
        detect_scheme([tags])
    assert caught.value.tag == tags[-1]


@pytest.mark.parametrize(
    ("tags", "scheme", "found"),
    [
        (["O", "I-A", "I-A"], "iob2", [(1, "follows 'O'")]),
        (["I-A"], "iob2", [(0, "stands first")]),
        (["B-A", "I-B"], "iob2", [(1, "follows 'B-A'")]),
        (["B-A", "O"], "bioes", [(0, "is followed by 'O'")]),
        (["O", "B-A"], "bmes", [(1, "stands last")]),
        (["O", "E-A"], "bioes", [(1, "follows 'O'")]),
        (["O", "B-A"], "iob1", [(1, "follows 'O'")]),
    ],
)
def test_a_fault_says_why(tags, scheme, found):
    assert [tuple(one) for one in faults(tags, scheme)] == found


def test_spans_that_overlap_have_no_tags():
    with pytest.raises(ValueError, match="the span 1:3 is empty, overlaps another or stands outside 4 tokens"):
        tags_of([TagSpan(0, 2, "A"), TagSpan(1, 3, "B")], 4, "iob2")


def test_plain_tags_stand_for_no_spans_and_may_follow_each_other():
    rules = TagRules.of(["NN", "VB"], "plain")
    assert spans_of(["NN", "VB"], "plain") == []
    assert rules.follows.all()
    assert not rules.continues.any()
    with pytest.raises(ValueError, match="plain tags"):
        tags_of([], 2, "plain")


def test_all_tags_of_a_scheme_in_order():
    assert complete_tags(("A",), "iob2", outside=True) == ("O", "B-A", "I-A")
    assert complete_tags(("",), "bmes", outside=False) == ("B", "M", "E", "S")
    rules = TagRules.of(("B", "M", "E", "S"), "bmes")
    np.testing.assert_array_equal(rules.follows, [[0, 1, 1, 0], [0, 1, 1, 0], [1, 0, 0, 1], [1, 0, 0, 1]])
