"""Tokens as pieces of an encoder's tokenizer: every token is told once, in windows that the encoder can read."""

import itertools

import numpy as np
import pytest
from corpora import whereabouts
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.core.errors import UsageError
from wenmai.models.token_pieces import BEGINS, TOKEN, token_counts, token_pieces
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import SubwordSegment
from wenmai.text.tokenizer import TokenizerConfig

TEXTS = [*whereabouts("en").inputs().text, *whereabouts("zh").inputs().text]
TOKENS = st.text(alphabet="New Oslo上海王 \t\u200b\ud800!x", min_size=1, max_size=7)


def pipeline(kind="wordpiece", frame="bert", most=None):
    tokenizer = TokenizerConfig(kind=kind, frame=frame, vocabulary_size=400)
    made = Pipeline.fit(PipelineConfig(segment=SubwordSegment(), tokenizer=tokenizer), [TEXTS])
    return at_most(made, most)


def at_most(made, most):
    return Pipeline(made.config.but(max_pieces=most), tokenizer=made.tokenizer)


WORDPIECE = pipeline()


def windows_of(found, row):
    """The windows of a row: their pieces and the tokens that these tell."""
    start, stop = found.offsets[row : row + 2]
    begins = [*np.flatnonzero(found.columns[start:stop, BEGINS]), stop - start]
    ids, owners = found.token_ids[start:stop], found.columns[start:stop, TOKEN]
    return [(ids[one:other].tolist(), owners[one:other].tolist()) for one, other in itertools.pairwise(begins)]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(TOKENS, max_size=40), max_size=4), st.integers(3, 20), st.booleans())
def test_every_token_is_told_once_and_no_window_is_too_long(rows, most, every):
    found = token_pieces(at_most(WORDPIECE, most), [" ".join(row) for row in rows], rows, every=every)
    assert token_counts(found).tolist() == [len(row) for row in rows]
    (first,), _, (last,) = WORDPIECE.tokenizer.frame
    for number, row in enumerate(rows):
        told = []
        for ids, owners in windows_of(found, number):
            assert len(ids) <= most
            assert (ids[0], ids[-1], owners[0], owners[-1]) == (first, last, 0, 0)
            assert any(owners) or not row
            told += [owner for owner in owners if owner]
        assert [owner for owner, _ in itertools.groupby(told)] == list(range(1, len(row) + 1))
        assert every or len(told) == len(row)


def test_a_row_that_fits_is_read_at_once_as_bert_reads_words():
    row = ["Mary", "Lee", "Cook", "unseenword", "."]
    found = token_pieces(at_most(WORDPIECE, 64), [" ".join(row)], [row], every=True)
    ((ids, owners),) = windows_of(found, 0)
    apart = [numbers or [1] for numbers in WORDPIECE.tokenizer.token_ids(WORDPIECE.cleaned(row))]
    assert ids == [2, *itertools.chain(*apart), 3]
    assert owners == [0, *(at for at, numbers in enumerate(apart, 1) for _ in numbers), 0]
    assert found.cut.tolist() == [0]


def test_what_the_tokenizer_leaves_nothing_of_is_an_unknown_token():
    row = ["上", " ", "\u3000", "海", "\u200b", "龘"]
    found = token_pieces(WORDPIECE, ["".join(row)], [row], every=False)
    ((ids, owners),) = windows_of(found, 0)
    assert owners == [0, 1, 2, 3, 4, 5, 6, 0]
    assert [ids[at] for at in (2, 3, 6)] == [1, 1, 1]
    assert 1 not in (ids[1], ids[4])


def test_of_a_token_longer_than_a_window_the_beginning_is_read_and_the_rest_counted():
    row = ["Oslo", "?" * 3 + "x!" * 20, "Oslo"]
    whole = sum(map(len, WORDPIECE.tokenizer.token_ids(WORDPIECE.cleaned(row))))
    found = token_pieces(at_most(WORDPIECE, 12), [" ".join(row)], [row], every=True)
    assert token_counts(found).tolist() == [3]
    assert found.cut.tolist() == [whole - 10 - 2 * len(WORDPIECE.tokenizer.token_ids(["oslo"])[0])]
    assert "1 of 1 texts" in found.read.note(12)


def test_bytes_heed_the_spaces_before_tokens():
    made = pipeline("byte_bpe", "roberta")
    text, row = "came from oslo.", ["came", "from", "oslo", "."]
    for given_text in (text, text[5:]):  # where the text lacks a token, a space is taken to stand before it
        ids = token_pieces(made, [given_text], [row], every=True).token_ids.tolist()
        assert ids == [2, *made.tokenizer.token_ids([text])[0], 3]


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (at_most(WORDPIECE, 2), "a length of 2 leaves no room for a token. Set pipeline.max_pieces higher"),
        (at_most(WORDPIECE, 1), "leaves no room"),
        (Pipeline(PipelineConfig()), "an encoder reads subwords, and the pipeline cuts none"),
    ],
)
def test_what_leaves_nothing_to_read_is_refused(made, message):
    with pytest.raises(UsageError, match=message):
        token_pieces(made, ["Oslo"], [["Oslo"]], every=False)
