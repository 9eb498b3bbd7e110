"""Classes of words, by their neighbours and by their vectors."""

import numpy as np
import pytest

from wenmai.batches.corpus import Corpus, read_corpus
from wenmai.core.errors import UsageError
from wenmai.models.contract import Run
from wenmai.models.word_classes import brown_classes, vector_classes
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import WordSegment

ANIMALS, VERBS, FOODS = ["cat", "dog", "cow", "hen"], ["eats", "sees", "likes"], ["grass", "corn", "meat", "fish"]


def sentences():
    generator = np.random.default_rng(0)
    pipeline = Pipeline(PipelineConfig(segment=WordSegment(language="en")))
    texts = [" ".join(generator.choice(words) for words in (ANIMALS, VERBS, FOODS)) for _ in range(2000)]
    return read_corpus([texts], pipeline)


def test_brown_finds_the_kinds_of_words():
    found = brown_classes(sentences(), 3, Run())
    assert {frozenset(found.members(number)) for number in range(3)} == {
        frozenset(ANIMALS),
        frozenset(VERBS),
        frozenset(FOODS),
    }
    assert sorted(map(len, found.paths)) == [1, 2, 2]
    lines = {word: rest for word, *rest in (line.split("\t") for line in found.to_tsv().splitlines())}
    assert set(lines) == {*ANIMALS, *VERBS, *FOODS}
    assert lines["cat"][0] == lines["dog"][0] == found.paths[found.classes[found.words.index("cat")]]
    assert sum(int(lines[verb][1]) for verb in VERBS) == 2000


WORDS = ("north", "up", "south", "down", "east")
VECTORS = np.array([[0, 1], [0, 7], [0, -1], [0.1, -3], [4, 0]], np.float32)


def test_vectors_of_one_direction_come_into_one_class():
    found = vector_classes(WORDS, VECTORS, 3, Run(seed=1))
    assert [found.members(number) for number in range(3)] == [["north", "up"], ["south", "down"], ["east"]]
    assert found.paths == ()
    assert found.names == ("0", "1", "2")
    assert found.to_tsv().splitlines()[:3] == ["north\t0", "up\t0", "south\t1"]


def test_fewer_directions_than_classes_give_fewer_classes():
    assert vector_classes(WORDS, VECTORS[:, :1] * 0, 3, Run()).names == ("0",)


def test_a_word_that_breaks_a_line_is_not_in_the_table():
    words = ("a\tb", "c", "d\ne")
    found = vector_classes(words, VECTORS[:3], 1, Run(), np.array([3, 2, 1]))
    assert found.to_tsv() == "c\t0\t2\n"
    assert found.unwritable() == ["a\tb", "d\ne"]


def test_nothing_cannot_be_classified():
    empty = Corpus((), np.zeros(0, np.int64), np.zeros(0, np.int32), np.zeros(1, np.int64), 0)
    with pytest.raises(UsageError, match="no word to be classified"):
        brown_classes(empty, 3, Run())
    with pytest.raises(UsageError, match="0 classes can hold no word"):
        vector_classes(WORDS, VECTORS, 0, Run())
