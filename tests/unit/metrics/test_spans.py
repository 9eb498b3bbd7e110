"""Span scores equal conlleval's and seqeval's strict ones; words as SIGHAN counts them; what became of a span."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.core.tags import TagSpan, spans_of, tags_of
from wenmai.metrics.spans import entity_counts, span_errors, tag_errors, token_counts, word_counts
from wenmai.stats.ratios import ratio_values


@st.composite
def tagged(draw, sentences=4, labels=("A", "B")):
    """Gold and predicted spans of some sentences."""
    rows = []
    for length in draw(st.lists(st.integers(1, 8), min_size=1, max_size=sentences)):
        pair = []
        for _ in range(2):
            spans, at = [], 0
            while at < length:
                size = draw(st.integers(1, 3))
                label = draw(st.sampled_from((None, *labels)))
                if label:
                    spans.append(TagSpan(at, min(at + size, length), label))
                at += size
            pair.append(spans)
        rows.append((length, *pair))
    return rows


@given(tagged())
def test_entities_are_scored_as_seqeval_scores_them_strictly(rows):
    seqeval = pytest.importorskip("seqeval.metrics")
    from seqeval.scheme import IOB2

    lengths, gold, said = zip(*rows, strict=True)
    written = [[tags_of(spans, n, "iob2") for n, spans in zip(lengths, side, strict=True)] for side in (gold, said)]
    right = [sum(a == b for a, b in zip(*pair, strict=True)) for pair in zip(*written, strict=True)]
    counts = entity_counts(gold, said, lengths, ("A", "B"), right)
    found = ratio_values(counts.metrics)
    strict = {"mode": "strict", "scheme": IOB2, "zero_division": 0}
    for name, score in (
        ("f1", seqeval.f1_score),
        ("precision", seqeval.precision_score),
        ("recall", seqeval.recall_score),
    ):
        assert found.get(f"entity_{name}", 0.0) == pytest.approx(score(*written, **strict))
    assert found["token_accuracy"] == pytest.approx(seqeval.accuracy_score(*written))
    assert sum(table.sum() for table in counts.classes) == sum(
        len(set(a) & set(b)) + len(a) + len(b) for _, a, b in rows
    )


@given(st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"]), min_size=1, max_size=8), st.data())
def test_broken_predictions_are_scored_as_conlleval_scores_them(gold, data):
    said = data.draw(
        st.lists(st.sampled_from(["O", "B-A", "I-A", "B-B", "I-B"]), min_size=len(gold), max_size=len(gold))
    )
    counts = entity_counts([spans_of(gold, "iob2")], [spans_of(said, "iob2")], [len(gold)], ("A", "B"), [0])
    right, golds, found = conlleval(gold, said)
    assert [column.sum() for column in counts.metrics["entity_f1"]] == [2 * right, golds + found]


def conlleval(gold, said):
    """Chunks that are right, gold and predicted, by one pass over both sequences as conlleval.pl makes it."""
    right = golds = found = 0
    inside = False
    before, before_said = "O-", "O-"
    for one, other in [*zip(gold, said, strict=True), ("O", "O")]:
        ends, ends_said = ended(before, one), ended(before_said, other)
        starts, starts_said = started(before, one), started(before_said, other)
        if inside and ends and ends_said and before[2:] == before_said[2:]:
            right += 1
            inside = False
        elif inside and (ends != ends_said or one[2:] != other[2:]):
            inside = False
        if starts and starts_said and one[2:] == other[2:]:
            inside = True
        golds += starts
        found += starts_said
        before, before_said = one, other
    return right, golds, found


def ended(before, now):
    return before[0] != "O" and (now[0] in "BO" or before[2:] != now[2:])


def started(before, now):
    return now[0] == "B" or (now[0] == "I" and (before[0] == "O" or before[2:] != now[2:]))


def test_words_are_scored_as_in_the_bakeoffs():
    # gold 我 | 爱 | 北京 | 天安门, predicted 我 | 爱 | 北京天 | 安门; 天安门 is new, 我 too and found
    gold = [[TagSpan(0, 1, ""), TagSpan(1, 2, ""), TagSpan(2, 4, ""), TagSpan(4, 7, "")]]
    said = [[TagSpan(0, 1, ""), TagSpan(1, 2, ""), TagSpan(2, 5, ""), TagSpan(5, 7, "")]]
    unknown = [np.array([True, False, False, False, True, True, True])]
    found = ratio_values(word_counts(gold, said, unknown).metrics)
    assert found == {
        "word_f1": 0.5,
        "word_precision": 0.5,
        "word_recall": 0.5,
        "oov_recall": 0.5,
        "iv_recall": 0.5,
        "exact_match": 0.0,
    }


def test_without_new_words_there_is_no_recall_of_them():
    words = [[TagSpan(0, 1, "")]]
    assert "oov_recall" not in ratio_values(word_counts(words, words, [np.array([False])]).metrics)


def test_plain_tags():
    gold, said = [np.array([0, 1, 2]), np.array([1])], [np.array([0, 0, 1]), np.array([1])]
    counts = token_counts(gold, said, 2, [np.array([False, True, True]), np.array([False])])
    assert ratio_values(counts.metrics) == {"token_accuracy": 0.5, "oov_accuracy": 0.0, "exact_match": 0.5}
    assert [table.sum(axis=0).tolist() for table in counts.classes] == [[1, 1], [1, 2], [2, 2]]


def test_what_became_of_every_span():
    gold = [[TagSpan(0, 2, "A"), TagSpan(3, 5, "A"), TagSpan(6, 9, "B"), TagSpan(10, 12, "B"), TagSpan(13, 14, "A")]]
    said = [[TagSpan(0, 2, "A"), TagSpan(3, 5, "B"), TagSpan(7, 9, "B"), TagSpan(11, 12, "A"), TagSpan(20, 21, "A")]]
    found = span_errors(gold, said)
    assert (found.right, found.wrong_type, found.wrong_bounds, found.wrong_both) == (1, 1, 1, 1)
    assert (found.missed, found.invented) == (1, 1)
    assert [(one.gold, one.predicted, one.count) for one in found.confused] == [("A", "B", 1), ("B", "A", 1)]


@given(tagged())
def test_every_gold_span_has_one_fate(rows):
    _, gold, said = zip(*rows, strict=True)
    found = span_errors(gold, said)
    fates = (found.right, found.wrong_type, found.wrong_bounds, found.wrong_both, found.missed)
    assert sum(fates) == sum(map(len, gold))
    assert found.right == sum(len(set(a) & set(b)) for a, b in zip(gold, said, strict=True))
    assert found.invented <= sum(map(len, said)) - found.right


def test_plain_tags_taken_for_others():
    found = tag_errors([np.array([0, 1, 1])], [np.array([0, 0, 0])], ("N", "V"))
    assert (found.right, found.wrong_type) == (1, 2)
    assert [(one.gold, one.predicted, one.count) for one in found.confused] == [("V", "N", 2)]
