import numpy as np
import pytest

from wenmai import WordVectors, load_vectors
from wenmai.core.errors import UsageError
from wenmai.interop.fasttext_binary import FastTextFile, FastTextSettings, write_fasttext
from wenmai.interop.fasttext_matrices import PlainMatrix
from wenmai.interop.vector_table import VectorFormat, VectorTable
from wenmai.interop.vector_writing import write_vectors

#             gender, royal, age
MEANING = {
    "man": (1, 0, 0.1),
    "woman": (-1, 0, 0.1),
    "king": (1, 1, 0.3),
    "queen": (-1, 1, 0.3),
    "prince": (1, 1, -0.8),
    "apple": (0, -1, 0.5),
    "nothing": (0, 0, 0),
}


@pytest.fixture
def vectors():
    return WordVectors(list(MEANING), np.array(list(MEANING.values()), np.float32), np.arange(7)[::-1], name="small")


def test_neighbours_are_by_cosine_without_the_word_itself(vectors):
    found = vectors.neighbors("king", 3)
    assert [one.word for one in found] == ["prince", "man", "queen"]
    king, prince = np.array(MEANING["king"]), np.array(MEANING["prince"])
    assert found[0].score == pytest.approx(king @ prince / np.linalg.norm(king) / np.linalg.norm(prince), abs=1e-6)
    assert len(vectors.neighbors("king", 100)) == 6


def test_similarity_is_the_cosine(vectors):
    assert vectors.similarity("man", "man") == pytest.approx(1)
    assert vectors.similarity("man", "woman") == pytest.approx(-0.99 / 1.01, abs=1e-6)
    assert vectors.similarity("man", "nothing") == 0


@pytest.mark.parametrize("method", ["add", "mul"])
def test_an_analogy_leaves_its_three_words_out(vectors, method):
    found = vectors.analogy("man", "king", "woman", method=method)
    assert found[0].word == "queen"
    assert {one.word for one in found} == set(MEANING) - {"man", "king", "woman"}
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert len(vectors.analogy("man", "king", "woman", 1, method)) == 1


def test_the_product_of_cosines_is_that_of_the_paper(vectors):
    def moved(word, other):
        return (vectors.similarity(word, other) + 1) / 2

    (best, *_) = vectors.analogy("man", "king", "woman", method="mul")
    expected = moved("queen", "king") * moved("queen", "woman") / (moved("queen", "man") + 0.001)
    assert best.score == pytest.approx(expected, rel=1e-4)


def test_the_odd_one_out(vectors):
    assert vectors.odd_one_out(["king", "prince", "apple", "queen"]) == "apple"
    with pytest.raises(UsageError, match="of 2 words none is the odd one"):
        vectors.odd_one_out(["king", "queen"])


def test_an_unknown_word_is_said_with_what_is_spelt_alike(vectors):
    for ask in (vectors.vector, vectors.neighbors, lambda word: vectors.similarity("man", word)):
        with pytest.raises(UsageError) as caught:
            ask("King")
        assert str(caught.value) == (
            "small: there is no vector of the word 'King'. Spelt alike: king, nothing. There are 7 words."
        )
    assert vectors.unknown(["king", "?", "man", "?"]) == ["?"]
    assert vectors.find("?") is None


def test_a_bare_word_has_its_senses():
    words = ["duck|NN", "a|b|X", "duck|VB", "plain", "|", "x|"]
    tagged = WordVectors(words, np.eye(6, dtype=np.float32))
    assert tagged.senses("duck") == ["duck|NN", "duck|VB"]
    assert tagged.senses("a|b") == ["a|b|X"]
    assert tagged.senses("plain") == tagged.senses("") == tagged.senses("x") == []
    with pytest.raises(UsageError, match=r"the word 'duck'\. With its tags there is duck\|NN, duck\|VB\."):
        tagged.vector("duck")


def test_an_unseen_word_is_composed_where_it_can_be():
    made = []

    def composed(word):
        return None if word == "?" else np.array([len(word), 1], np.float32)

    def table():
        made.append(1)
        return np.array([[1, 1], [9, 1]], np.float32)

    vectors = WordVectors(["a", "b" * 9], table, unseen=composed)
    assert vectors.vector("abc").tolist() == [3, 1]
    assert not made, "one word's vector does not need them all"
    assert vectors.neighbors("bbbbbbbb", 1)[0].word == "b" * 9
    assert [one.word for one in vectors.neighbors("a")] == ["b" * 9]
    assert made == [1]
    assert vectors.unknown(["abc", "?"]) == ["?"]
    assert "abc" not in vectors


@pytest.mark.parametrize(
    ("ask", "said"),
    [
        (lambda v: v.neighbors("man", 0), "0 neighbours"),
        (lambda v: v.analogy("man", "king", "woman", 0, "mul"), "0 answers"),
        (lambda v: v.neighbors("nothing"), "a vector of zeros"),
        (lambda v: v.neighbors_of(np.ones(4, np.float32)), r"shape \[4\] where \[3\]"),
        (lambda v: WordVectors([], v.vectors), "there is no word"),
        (lambda v: WordVectors(["a"], v.vectors), r"shape \[7, 3\] for 1 words"),
        (lambda v: WordVectors(v.words, v.vectors.astype(np.float64)), "float64 where float32"),
        (lambda v: WordVectors(v.words, v.vectors, np.ones(3, np.int64)), "counts of 3 of 7 words"),
    ],
)
def test_what_cannot_be_answered_is_refused(vectors, ask, said):
    with pytest.raises(UsageError, match=said):
        ask(vectors)


@pytest.mark.parametrize("form", list(VectorFormat)[:4])
def test_a_file_is_loaded_whatever_its_format(vectors, form, tmp_path):
    path = tmp_path / "vectors.any"
    write_vectors(path, VectorTable(vectors.words, vectors.vectors), form)
    loaded = load_vectors(path)
    assert loaded.neighbors("king") == vectors.neighbors("king")
    assert loaded.name == "vectors.any"


def test_a_model_of_fasttext_is_loaded_with_vectors_for_unseen_words(tmp_path):
    settings = FastTextSettings(3, 5, 5, 1, 5, 1, "ns", "skipgram", 10, 1, 2, 100, 1e-4)
    table = np.random.default_rng(0).standard_normal((12, 3)).astype(np.float32)
    counts = np.array([3, 2])
    file = FastTextFile(
        "m", settings, ("ab", "cd"), counts, (), counts[:0], 5, None, PlainMatrix(table), PlainMatrix(table[:2])
    )
    write_fasttext(tmp_path / "m.bin", file)
    loaded = load_vectors(tmp_path / "m.bin")
    assert loaded.counts.tolist() == [3, 2]
    for word in ("ab", "unseen"):
        np.testing.assert_allclose(loaded.vector(word), file.vector_of(word))
    assert {one.word for one in loaded.neighbors("unseen")} == {"ab", "cd"}
