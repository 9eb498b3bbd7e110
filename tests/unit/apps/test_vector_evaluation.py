import gzip

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from wenmai.apps.vector_evaluation import rank_correlation, score_analogies, score_pairs, total
from wenmai.apps.vector_tests import Question, WordPair, read_pairs, read_questions
from wenmai.apps.word_vectors import WordVectors
from wenmai.core.errors import DataError, UsageError, WenmaiError


@given(data=st.data())
def test_the_correlation_is_scipys(data):
    numbers = st.lists(st.integers(0, 6), min_size=4, max_size=12)
    ours = np.array(data.draw(numbers), np.float64)
    theirs = np.array(data.draw(st.lists(st.integers(0, 6), min_size=len(ours), max_size=len(ours))), np.float64)
    found = rank_correlation(ours, theirs, resamples=50)
    if len(set(ours)) == 1 or len(set(theirs)) == 1:
        assert found is None
        return
    assert found.value == pytest.approx(spearmanr(ours, theirs).statistic, abs=1e-12)
    assert -1 - 1e-9 <= found.low <= found.high <= 1 + 1e-9


def test_the_interval_narrows_with_more_pairs():
    generator = np.random.default_rng(0)
    sizes = []
    for rows in (30, 300):
        ours = generator.standard_normal(rows)
        found = rank_correlation(ours, ours + generator.standard_normal(rows))
        assert found.value in found.interval
        sizes.append(found.high - found.low)
    assert sizes[1] < sizes[0] / 2


def vectors(words, unseen=None):
    table = np.random.default_rng(1).standard_normal((len(words), 4)).astype(np.float32)
    return WordVectors(words, table, unseen=unseen)


def test_pairs_are_scored_over_those_that_are_covered():
    loaded = vectors(["cat", "dog", "Paris", "car"])
    pairs = [
        WordPair("cat", "dog", 9),
        WordPair("paris", "car", 1),
        WordPair("cat", "Car", 3),
        WordPair("cat", "gnu", 5),
    ]
    found = score_pairs(loaded, pairs)
    expected = spearmanr(
        [loaded.similarity("cat", "dog"), loaded.similarity("Paris", "car"), loaded.similarity("cat", "car")], [9, 1, 3]
    )
    assert found.spearman.value == pytest.approx(expected.statistic)
    assert (found.pairs, found.covered, found.composed, found.missing) == (4, 3, 0, ("gnu",))
    exact = score_pairs(loaded, pairs, fold=False)
    assert (exact.covered, exact.spearman, exact.missing) == (1, None, ("paris", "Car", "gnu"))


def test_composed_vectors_cover_a_pair_and_are_counted():
    loaded = vectors(["cat", "dog"], unseen=lambda word: np.ones(4, np.float32) if word != "?" else None)
    pairs = [WordPair("cat", "dog", 9), WordPair("cat", "gnu", 1), WordPair("gnu", "yak", 2), WordPair("cat", "?", 3)]
    found = score_pairs(loaded, pairs)
    assert (found.covered, found.composed, found.missing) == (3, 2, ("?",))


def grid():
    """Words on a grid: the row is a country, the column what is said of it."""
    words, table = [], []
    for row, country in enumerate(("greece", "norway", "iraq", "cuba")):
        for column, thing in enumerate(("", "-capital", "-money")):
            words.append(f"{country}{thing}")
            table.append(np.eye(7, dtype=np.float32)[row] + 2 * np.eye(7, dtype=np.float32)[4 + column])
    return WordVectors([*words, "Greece"], np.stack([*table, table[0]]))


@pytest.mark.parametrize("method", ["add", "mul"])
def test_analogies_are_scored_section_by_section(method):
    sections = {
        "capitals": [
            Question("greece", "greece-capital", "Iraq", "IRAQ-capital"),
            Question("greece", "greece-capital", "iraq", "iraq-money"),
            Question("greece", "greece-capital", "peru", "peru-capital"),
        ],
        "nothing known": [Question("a", "b", "c", "d")],
    }
    found = score_analogies(grid(), sections, method=method)
    capitals = found["capitals"]
    assert (capitals.questions, capitals.covered, capitals.right, capitals.accuracy.value) == (3, 2, 1, 0.5)
    assert capitals.accuracy.low < 0.5 < capitals.accuracy.high
    assert (found["nothing known"].accuracy, found["nothing known"].covered) == (None, 0)
    assert (total(found).questions, total(found).covered, total(found).right) == (4, 2, 1)
    exact = score_analogies(grid(), sections, method=method, fold=False)
    assert (exact["capitals"].covered, exact["capitals"].right) == (1, 0)
    few = score_analogies(grid(), sections, method=method, among=5)
    assert few["capitals"].covered == 0


@pytest.mark.parametrize("method", ["add", "mul"])
def test_the_batch_answers_as_one_question_does(method, monkeypatch):
    monkeypatch.setattr("wenmai.apps.vector_evaluation._SCORES_AT_A_TIME", 60)
    words = [f"w{row}" for row in range(30)]
    loaded = vectors(words)
    generator = np.random.default_rng(2)
    asked = [generator.choice(30, 3, replace=False) for _ in range(25)]
    questions = [
        Question(*(words[row] for row in rows), loaded.analogy(*(words[row] for row in rows), 1, method)[0].word)
        for rows in asked
    ]
    found = score_analogies(loaded, {"all": questions}, method=method)
    assert found["all"].right == 25


def test_too_few_words_answer_nothing():
    three = WordVectors(["a", "b", "c"], np.eye(3, dtype=np.float32))
    assert score_analogies(three, {"x": [Question("a", "b", "c", "a")]})["x"].right == 0
    with pytest.raises(UsageError, match="among 3 words"):
        score_analogies(three, {}, among=3)


@pytest.mark.parametrize("separator", ["\t", " ", ","])
def test_pairs_are_read_whatever_parts_them(separator, tmp_path):
    path = tmp_path / "pairs.txt.gz"
    lines = ["# a remark", "Word 1,Word 2,Human".replace(",", separator), "tiger,cat,7.35".replace(",", separator), ""]
    lines += ["李白,诗,9.2,more".replace(",", separator)]
    path.write_bytes(gzip.compress("\r\n".join(lines[1:] if separator != " " else lines[2:]).encode()))
    assert read_pairs(path) == [WordPair("tiger", "cat", 7.35), WordPair("李白", "诗", 9.2)]


def test_questions_are_read_in_their_sections(tmp_path):
    path = tmp_path / "quiz.txt"
    path.write_text(
        "a b c d\n: first one\nAthens Greece Oslo Norway\n\n: empty\n: 第二\n广东 粤剧 浙江 越剧\n", "utf-8"
    )
    assert read_questions(path) == {
        "quiz": [Question("a", "b", "c", "d")],
        "first one": [Question("Athens", "Greece", "Oslo", "Norway")],
        "第二": [Question("广东", "粤剧", "浙江", "越剧")],
    }


@pytest.mark.parametrize(
    ("read", "content", "said"),
    [
        (read_pairs, "a b 1\na b\n", "FILE:2: 'a b' is not two words and a number."),
        (read_pairs, "a b 1\na b nan\n", "FILE:2: 'a b nan' is not two words and a number."),
        (read_pairs, "first second score\n", "FILE: there is no pair of words."),
        (read_questions, ": s\na b c\n", "FILE:2: 'a b c' is not four words."),
        (read_questions, ": s\n", "FILE: there is no question."),
    ],
)
def test_a_line_that_is_no_question_is_told(read, content, said, tmp_path):
    path = tmp_path / "test.txt"
    path.write_text(content, "utf-8")
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(caught.value).replace(str(path), "FILE").startswith(said)


@given(content=st.binary(max_size=60))
def test_whatever_the_bytes_they_are_read_or_refused(content, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "tests.txt"
    path.write_bytes(content)
    for read in (read_pairs, read_questions):
        try:
            assert read(path)
        except WenmaiError as error:
            said = str(error)
        else:
            said = str(path)
        assert str(path) in said


@pytest.mark.data
def test_the_published_tests_are_read(real_data):
    sizes = {"EN-WS-353-ALL": 353, "EN-SIMLEX-999": 999, "EN-MEN-TR-3k": 3000, "EN-RG-65": 65}
    for name, size in sizes.items():
        assert len(read_pairs(real_data / f"en/wordsim/{name}.txt.gz")) == size
    for name, size in (("240", 240), ("297", 297)):
        assert len(read_pairs(real_data / f"zh/wordsim_zh/{name}.txt.gz")) == size
    english = read_questions(real_data / "en/analogy/questions-words.txt.gz")
    assert (len(english), sum(map(len, english.values()))) == (14, 19_544)
    chinese = [read_questions(real_data / f"zh/ca8/{name}.txt.gz") for name in ("morphological", "semantic")]
    assert [list(one) for one in chinese] == [
        ["A", "prefix", "AB", "suffix"],
        ["geography", "nature", "history", "people"],
    ]
    assert sum(len(questions) for one in chinese for questions in one.values()) == 17_813
