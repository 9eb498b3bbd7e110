"""The dictionary: which words and buckets have rows, and the same rows in bulk as for a few texts."""

import numpy as np
import pytest

from wenmai.batches.corpus import read_corpus
from wenmai.batches.fasttext_dictionary import END, UNSEEN, FastTextDictionary, Hashing
from wenmai.core.errors import BundleError
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import GivenSegment

TEXTS = [
    ["the", "cat", "sat", "on", "the", "mat"],
    [],
    ["好", "的", "猫", "坐", "在", "垫子", "上"],
    ["the", "dog"],
    ["cat", "cat", "cat", "naïve"],
]
HASHINGS = {
    "words": Hashing(1, 0, 0, 1000),
    "pairs": Hashing(2, 0, 0, 1000),
    "runs of four in few buckets": Hashing(4, 0, 0, 5),
    "characters": Hashing(1, 2, 4, 1000),
    "both": Hashing(3, 1, 3, 700),
}
hashings = pytest.mark.parametrize("hashing", HASHINGS.values(), ids=HASHINGS)


def learnt(hashing, min_count=1, threads=1, texts=TEXTS):
    dictionary = FastTextDictionary(hashing)
    rows = [" ".join(text) for text in texts]
    corpus = read_corpus([rows[:3], rows[3:]], Pipeline(PipelineConfig(segment=GivenSegment())))
    return dictionary, dictionary.learn(corpus, min_count, threads)


@hashings
@pytest.mark.parametrize("min_count", [1, 2, 3])
@pytest.mark.parametrize("threads", [1, 3])
def test_texts_have_the_same_rows_in_bulk_and_one_by_one(hashing, min_count, threads):
    dictionary, rows = learnt(hashing, min_count, threads)
    for number, text in enumerate(TEXTS):
        found = dictionary.find([text])
        in_bulk = rows.ids[rows.offsets[number] : rows.offsets[number + 1]]
        assert sorted(found.rows.tolist()) == sorted(in_bulk.tolist())
    together = dictionary.find(TEXTS)
    assert together.offsets.tolist() == rows.offsets.tolist()


@hashings
def test_every_row_occurs_and_none_is_missing(hashing):
    dictionary, rows = learnt(hashing)
    assert sorted(set(rows.ids.tolist())) == list(range(dictionary.size))


def test_words_stand_by_how_often_they_occur_then_in_the_order_of_unicode():
    dictionary, _ = learnt(HASHINGS["words"])
    words = [dictionary.words.word(row + 1) for row in range(len(dictionary.words))]
    assert words[:4] == [END, "cat", "the", "dog"]
    assert dictionary.counts[:4].tolist() == [5, 4, 3, 1]
    assert dictionary.end_row == 0


def test_a_rare_word_has_no_row_but_its_runs_have():
    dictionary, rows = learnt(HASHINGS["pairs"], min_count=3)
    assert len(dictionary.words) == 3
    found = dictionary.find([["the", "dog"]])
    assert UNSEEN not in found.rows
    assert len(found.rows) == 2 + 2  # the, </s>; the dog, dog </s>
    assert (np.diff(rows.offsets) > 0).all()


def test_the_end_of_a_text_has_a_row_however_few_texts_there_are():
    dictionary, rows = learnt(HASHINGS["words"], min_count=100)
    assert len(dictionary.words) == 1
    assert rows.ids.tolist() == [0] * len(TEXTS)


def test_what_was_not_seen_has_no_row_but_counts():
    dictionary, _ = learnt(HASHINGS["both"])
    found = dictionary.find([["zebra"], ["the", "zebra"]])
    assert (found.rows[: found.offsets[1]] == UNSEEN).any()
    assert found.rows.max() < dictionary.size
    assert found.positions.max() < found.piece_offsets[-1]
    assert (found.positions + found.lengths <= found.piece_offsets[-1]).all()


@hashings
def test_arrays_give_the_dictionary_back(hashing):
    dictionary, _ = learnt(hashing)
    again = FastTextDictionary(hashing)
    again.restore(dictionary.arrays())
    np.testing.assert_array_equal(again.find(TEXTS).rows, dictionary.find(TEXTS).rows)
    for one, other in zip(again.subword_rows(), dictionary.subword_rows(), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"word_counts": np.ones(3, np.int64)}, "counts of 3 of"),
        ({"words": np.frombuffer(b"a\nb", np.uint8), "word_counts": np.ones(2, np.int64)}, "lack '</s>'"),
        ({"buckets": np.array([3, 3], np.int32)}, "ascending"),
        ({"buckets": np.array([-1, 3], np.int32)}, "ascending"),
        ({"buckets": np.array([3, 1000], np.int32)}, "a bucket is 1000 where there are 1000"),
    ],
)
def test_arrays_that_do_not_fit_are_refused(changed, message):
    dictionary, _ = learnt(HASHINGS["pairs"])
    with pytest.raises(BundleError, match=message):
        dictionary.restore({**dictionary.arrays(), **changed})
