"""Word vectors against gensim: it loads what we write, we load what it writes, and both answer alike."""

import numpy as np
import pytest

from wenmai.apps.vector_evaluation import score_analogies, score_pairs, total
from wenmai.apps.vector_tests import read_pairs, read_questions
from wenmai.apps.word_vectors import WordVectors, load_vectors
from wenmai.interop.vector_table import VectorFormat, VectorTable
from wenmai.interop.vector_writing import write_vectors

gensim_models = pytest.importorskip("gensim.models", reason="needs gensim")
KeyedVectors = gensim_models.KeyedVectors

# It calls what it has deprecated itself, and leaves files open.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

WORDS = [f"w{number}" for number in range(60)] + ["的", "naïve", "😀", "don't", "Paris", "12", "0.5"]


@pytest.fixture(scope="module")
def vectors():
    table = np.random.default_rng(0).standard_normal((len(WORDS), 6)).astype(np.float32)
    table[3] = [1e-38, 3.4e38, -0.0, 1e-5, 1e-45, 7]
    return WordVectors(WORDS, table / 4)


@pytest.fixture(scope="module")
def theirs(vectors):
    keyed = KeyedVectors(vectors.width)
    keyed.add_vectors(list(vectors.words), vectors.vectors)
    return keyed


@pytest.mark.parametrize("binary", [False, True])
def test_it_loads_what_we_write(vectors, binary, tmp_path):
    path = tmp_path / "vectors"
    form = VectorFormat.WORD2VEC_BINARY if binary else VectorFormat.WORD2VEC
    write_vectors(path, VectorTable(vectors.words, vectors.vectors), form)
    loaded = KeyedVectors.load_word2vec_format(str(path), binary=binary)
    assert loaded.index_to_key == WORDS
    assert loaded.vectors.tobytes() == vectors.vectors.tobytes()


def test_it_loads_our_glove_text_without_header(vectors, tmp_path):
    write_vectors(tmp_path / "glove", VectorTable(vectors.words, vectors.vectors), VectorFormat.GLOVE)
    loaded = KeyedVectors.load_word2vec_format(str(tmp_path / "glove"), no_header=True)
    assert loaded.index_to_key == WORDS
    assert loaded.vectors.tobytes() == vectors.vectors.tobytes()


@pytest.mark.parametrize("binary", [False, True])
def test_we_load_what_it_writes(vectors, theirs, binary, tmp_path):
    theirs.save_word2vec_format(str(tmp_path / "theirs"), binary=binary)
    loaded = load_vectors(tmp_path / "theirs")
    assert list(loaded.words) == WORDS
    assert loaded.vectors.tobytes() == vectors.vectors.tobytes()


def test_neighbours_and_analogies_are_the_same(monkeypatch):
    # The paper's 0.001, which keeps 3CosMul from dividing by zero, is 0.000001 in gensim.
    monkeypatch.setattr("wenmai.apps.word_vectors._MUL_SHIFT", 1e-6)
    words = [f"w{number}" for number in range(300)]
    table = np.random.default_rng(1).standard_normal((300, 6)).astype(np.float32)
    ours, theirs = WordVectors(words, table), KeyedVectors(6)
    theirs.add_vectors(words, table)
    # Release 4.4 takes the vectors for 3CosMul as they are: it must be given directions.
    directed = KeyedVectors(6)
    directed.add_vectors(words, table / np.linalg.norm(table, axis=1, keepdims=True))
    for number in range(0, 300, 30):
        found = ours.neighbors(words[number], 5)
        expected = theirs.most_similar(words[number], topn=5)
        assert [one.word for one in found] == [word for word, _ in expected]
        np.testing.assert_allclose([one.score for one in found], [value for _, value in expected], atol=1e-5)
        first, second, third = words[number], words[number + 7], words[number + 9]
        added = theirs.most_similar(positive=[second, third], negative=[first], topn=3)
        assert [one.word for one in ours.analogy(first, second, third, 3)] == [word for word, _ in added]
        multiplied = directed.most_similar_cosmul(positive=[second, third], negative=[first], topn=3)
        assert [one.word for one in ours.analogy(first, second, third, 3, "mul")] == [word for word, _ in multiplied]
        assert ours.odd_one_out(words[number : number + 4]) == theirs.doesnt_match(words[number : number + 4])
        assert ours.similarity(first, second) == pytest.approx(theirs.similarity(first, second), abs=1e-6)


def test_scores_are_the_same(tmp_path):
    generator = np.random.default_rng(3)
    words = [f"w{number}" for number in range(80)] + ["W3", "Paris"]
    table = generator.standard_normal((82, 5)).astype(np.float32)
    ours, theirs = WordVectors(words, table), KeyedVectors(5)
    theirs.add_vectors(words, table)
    asked = [*words[:40], "unknown", "PARIS"]
    pairs = tmp_path / "pairs.tsv"
    rows = [(*generator.choice(asked, 2), generator.integers(0, 10)) for _ in range(60)]
    pairs.write_text("".join(f"{first}\t{second}\t{score}\n" for first, second, score in rows), "utf-8")
    _, (correlation, _), left_out = theirs.evaluate_word_pairs(str(pairs))
    found = score_pairs(ours, read_pairs(pairs))
    assert found.spearman.value == pytest.approx(correlation, abs=1e-6)
    assert 100 * (1 - found.covered / found.pairs) == pytest.approx(left_out)
    quiz = tmp_path / "quiz.txt"
    lines = [" ".join(generator.choice(asked, 3)) for _ in range(200)]
    answered = [
        f"{line} {ours.analogy(*(w if w in ours else 'Paris' for w in line.split()), 1)[0].word}"
        if number % 3 and "unknown" not in line
        else f"{line} w5"
        for number, line in enumerate(lines)
    ]
    quiz.write_text(": one\n" + "\n".join(answered) + "\n", "utf-8")
    accuracy, sections = theirs.evaluate_word_analogies(str(quiz))
    scores = score_analogies(ours, read_questions(quiz))
    assert total(scores).right == len(sections[0]["correct"]) > 50
    assert total(scores).covered == len(sections[0]["correct"]) + len(sections[0]["incorrect"])
    assert total(scores).accuracy.value == pytest.approx(accuracy)
