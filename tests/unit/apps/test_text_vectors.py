"""Vectors of texts, kept on disk; search, groups, few shots and senses over them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from wenmai.apps.few_shot import TFIDF, VECTORS, drawn_rows, few_shot
from wenmai.apps.map_page import page
from wenmai.apps.text_clusters import cluster_texts, silhouette, telling_words
from wenmai.apps.text_search import TextSearch
from wenmai.apps.text_vectors import text_vectors, vector_source
from wenmai.apps.word_senses import occurrences, senses_map, window_vectors, word_senses
from wenmai.core.errors import BundleError, DataError, UsageError
from wenmai.core.schema import ClassifyColumns, Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.recipe import recipe_for
from wenmai.text.segment import WordSegment, build_segmenter
from wenmai.training import fit

WORDS = {
    "money": ["bank", "loan", "cash", "credit", "pay", "rate", "debt", "fund"],
    "river": ["water", "shore", "boat", "fish", "flood", "stream", "mud", "reed"],
    "sport": ["ball", "team", "goal", "match", "coach", "player", "score", "win"],
}


class Topics:
    """A source that knows in which of three topics a word is at home: a vector of three counts, and the length."""

    fingerprint = "topics"

    def __init__(self) -> None:
        self.asked: list[str] = []

    def outputs(self, inputs: Inputs) -> np.ndarray[Any, Any]:
        self.asked += inputs.text
        return np.array(
            [[sum(text.split().count(word) for word in words) for words in WORDS.values()] for text in inputs.text],
            float,
        )


def texts(rows: int = 60, seed: int = 0, words: int = 5) -> tuple[list[str], list[str]]:
    """Texts of one topic each, and its name."""
    generator = np.random.default_rng(seed)
    names = [list(WORDS)[at % 3] for at in range(rows)]
    return [" ".join(generator.choice(WORDS[name], words)) + f" number{at}" for at, name in enumerate(names)], names


def test_a_text_is_asked_for_once_and_kept(tmp_path: Path) -> None:
    some = ["bank loan", "water", "bank loan", ""]
    source, folder = Topics(), tmp_path / "index"
    vectors = text_vectors(source, some, folder=folder)
    assert vectors.tolist() == [[2, 0, 0], [0, 1, 0], [2, 0, 0], [0, 0, 0]]
    assert sorted(source.asked) == ["", "bank loan", "water"]
    again = Topics()
    assert np.array_equal(text_vectors(again, some, folder=folder), vectors)
    assert again.asked == []
    other = text_vectors(again, [*some, "reed"], folder=folder)
    assert (len(again.asked), other.shape) == (4, (5, 3))


def test_vectors_in_other_numbers_are_made_anew(tmp_path: Path) -> None:
    folder, source = tmp_path / "index", Topics()
    text_vectors(source, ["bank"], folder=folder)
    text_vectors(source, ["bank"], folder=folder, precision="float32")
    assert source.asked == ["bank"]
    text_vectors(source, ["bank"], folder=folder, precision="int8")
    assert source.asked == ["bank"] * 2
    text_vectors(source, ["bank"], folder=folder, precision="int8")
    assert source.asked == ["bank"] * 2
    stored = json.loads((folder / "index.json").read_text())
    assert stored.pop("precision") == "int8"
    # An index of an earlier wenmai knew float32 alone.
    (folder / "index.json").write_text(json.dumps(stored))
    text_vectors(source, ["bank"], folder=folder)
    assert source.asked == ["bank"] * 2


def test_what_was_kept_and_altered_is_not_believed(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    text_vectors(Topics(), ["bank"], folder=folder)
    stored = json.loads((folder / "index.json").read_text())
    content = (folder / "vectors.safetensors").read_bytes()
    (folder / "vectors.safetensors").write_bytes(content[:-1] + b"x")
    with pytest.raises(BundleError, match="the vectors were altered. Remove the folder"):
        text_vectors(Topics(), ["bank"], folder=folder)
    (folder / "index.json").write_text(json.dumps({**stored, "more": 1}))
    with pytest.raises(BundleError, match="no index of vectors: unknown setting 'more'"):
        text_vectors(Topics(), ["bank"], folder=folder)
    with pytest.raises(UsageError, match="the folder holds something else than vectors"):
        text_vectors(Topics(), ["bank"], folder=tmp_path)
    with pytest.raises(UsageError, match="there is no text"):
        text_vectors(Topics(), [])


def test_a_bundle_of_labels_gives_no_vectors(tmp_path: Path) -> None:
    some, names = texts()
    data = Dataset(pa.table({"text": some, "label": names}), Schema(columns=ClassifyColumns()))
    fit(recipe_for("naive-bayes:words", "en"), data).save(tmp_path / "bundle")
    with pytest.raises(UsageError, match="naive-bayes gives no vectors but answers to 'classify'"):
        vector_source(tmp_path / "bundle")
    with pytest.raises(UsageError, match="there is no such folder"):
        vector_source(tmp_path / "none")


@pytest.mark.parametrize("approximate", [False, True])
def test_search_finds_the_nearest_first(approximate: bool) -> None:
    some = ["nothing known", "water boat fish", "bank loan", "bank bank water", "ball"]
    search = TextSearch(Topics(), some, text_vectors(Topics(), some), approximate=approximate)
    (first, second) = search.find(["cash", "flood mud credit"], 2)
    assert [one.text for one in first] == ["bank loan", "bank bank water"]
    assert [one.score for one in first] == pytest.approx([1.0, 2 / 5**0.5], abs=1e-6)
    assert [one.row for one in second] == [1, 3]
    assert len(search.find(["ball"], 50)[0]) == 4  # of the first text nothing is known
    with pytest.raises(UsageError, match="nothing of the query 'zebra' is known"):
        search.find(["zebra"])
    with pytest.raises(UsageError, match="0 texts"):
        search.find(["ball"], 0)
    with pytest.raises(UsageError, match="nothing of the texts is known"):
        TextSearch(Topics(), ["zebra"], text_vectors(Topics(), ["zebra"]))


def test_groups_are_topics_with_their_words() -> None:
    some, names = texts()
    some.append("zebra")
    found = cluster_texts(text_vectors(Topics(), some), [one.split() for one in some], count=3)
    assert len({(name, group) for name, group in zip(names, found.groups.tolist(), strict=False)}) == 3
    assert found.groups[-1] == -1
    assert found.silhouette == pytest.approx(1.0, abs=1e-6)
    assert [len(cluster.rows) for cluster in found.clusters] == [20, 20, 20]
    for cluster in found.clusters:
        (name,) = {names[row] for row in cluster.rows.tolist()}
        assert set(cluster.words) <= set(WORDS[name])
    with pytest.raises(UsageError, match="61 groups of 60 texts. Ask for 1 to 60 groups"):
        cluster_texts(text_vectors(Topics(), some), [one.split() for one in some], count=61)


def test_what_all_groups_have_tells_nothing_of_one() -> None:
    words = [["the", "bank"], ["the", "bank", "12", "ever"], ["the", "river"], ["the", "river", "once"]]
    assert telling_words(words, np.array([0, 0, 1, 1]), 2, 5) == [("bank",), ("river",)]


def test_the_silhouette_is_scikit_learns() -> None:
    from sklearn.metrics import silhouette_score

    generator = np.random.default_rng(0)
    points = generator.normal(size=(80, 6)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    groups = generator.integers(0, 4, 80)
    groups[0], groups[groups == 0] = 4, 1  # one group of one
    groups[0] = 4
    assert silhouette(points, groups) == pytest.approx(silhouette_score(points, groups, metric="cosine"), abs=1e-5)
    assert silhouette(points, np.zeros(80, int)) is None


def labelled(rows: int, seed: int) -> Dataset:
    some, names = texts(rows, seed, words=1)
    return Dataset(pa.table({"text": some, "label": names}), Schema(columns=ClassifyColumns()), "few.csv")


def vectors_of(data: Dataset) -> np.ndarray[Any, np.dtype[np.float32]]:
    return text_vectors(Topics(), list(data.inputs().text))


def test_a_few_texts_teach_more_with_vectors() -> None:
    train, test = labelled(90, 0), labelled(60, 1)
    found = few_shot(train, test, vectors_of(train), vectors_of(test), shots=1, draws=5)
    assert found.scores[VECTORS]["accuracy"].value == 1
    assert found.scores[TFIDF]["accuracy"].value < 0.9
    assert found.lowest[TFIDF] < found.scores[TFIDF]["macro_f1"].value < found.highest[TFIDF]
    assert (found.tested, found.draws, found.shots) == (60, 5, 1)


def test_shots_that_there_are_not_are_refused() -> None:
    train = labelled(30, 0)
    vectors = vectors_of(train)
    with pytest.raises(DataError, match="few.csv: class 'money' has 10 rows to draw 11 from"):
        few_shot(train, train, vectors, vectors, shots=11)
    with pytest.raises(UsageError, match="0 shots in 10 draws"):
        few_shot(train, train, vectors, vectors, shots=0)


def test_so_many_rows_of_each_class_are_drawn() -> None:
    targets = np.array([0] * 10 + [1] * 5)
    rows = drawn_rows(targets, 4, 0)
    assert np.bincount(targets[rows]).tolist() == [4, 4]
    assert len(set(rows.tolist())) == 8
    assert rows.tolist() != drawn_rows(targets, 4, 1).tolist()


def banks(word: str, topics: Sequence[str], rows: int = 60) -> list[str]:
    generator = np.random.default_rng(2)
    made = []
    for at in range(rows):
        around = generator.choice(WORDS[topics[at % len(topics)]][1:], 6)
        made.append(f"{' '.join(around[:3])} {word} {' '.join(around[3:])}")
    return made


def senses_of(word: str, some: list[str], count: int | None = None) -> Any:
    segmenter = build_segmenter(WordSegment(language="en"))
    places = occurrences(word, some, spaced=True, most=500)
    return word_senses(word, places, window_vectors(Topics(), segmenter, 5), Topics(), segmenter, count=count)


def test_a_word_has_the_senses_of_its_company() -> None:
    found = senses_of("Bank", banks("bank", ["money", "river"]))
    assert [len(sense.occurrences) for sense in found.senses] == [30, 30]
    said = {sense.words[0] in WORDS["money"] for sense in found.senses}
    assert said == {True, False}
    assert "bank" not in {word for sense in found.senses for word in sense.words}
    assert max(found.silhouettes, key=lambda number: found.silhouettes[number][0]) == 2
    drawn = senses_map(found)
    assert drawn.words[0] == "Bank" or len(drawn.words) == 60
    assert "senses" not in page(drawn, "Bank")[:50]


def test_a_word_of_one_company_has_one_sense() -> None:
    generator = np.random.default_rng(0)

    class Cloud(Topics):
        def outputs(self, inputs: Inputs) -> np.ndarray[Any, Any]:
            return 3 + generator.normal(size=(len(inputs), 12))

    segmenter = build_segmenter(WordSegment(language="en"))
    places = occurrences("bank", banks("bank", ["money"], 150), spaced=True, most=500)
    found = word_senses("bank", places, window_vectors(Cloud(), segmenter, 5), Cloud(), segmenter)
    assert len(found.senses) == 1
    assert len(senses_of("bank", banks("bank", ["money", "river", "sport"]), count=2).senses) == 2


def test_occurrences_are_whole_words_one_a_text() -> None:
    some = ["the Bank, a bank", "banker", "no", "river bank"]
    assert [(one.row, one.span) for one in occurrences("bank", some, spaced=True, most=10)] == [
        (0, (4, 8)),
        (3, (6, 10)),
    ]
    assert [one.row for one in occurrences("包袱", ["他的包袱很重", "没有"], spaced=False, most=10)] == [0]
    assert len(occurrences("bank", ["bank"] * 50, spaced=True, most=10)) == 10
    assert (
        occurrences("bank", ["a" * 40 + " bank " + "b" * 40], spaced=True, most=1)[0].snippet(5) == "…aaaa bank bbbb…"
    )


def test_too_few_occurrences_tell_nothing() -> None:
    with pytest.raises(UsageError, match="'bank' stands in 3 texts, too few to tell senses apart"):
        senses_of("bank", banks("bank", ["money"], 3))
    with pytest.raises(UsageError, match="what stands around 'bank' is not known to the vectors"):
        senses_of("bank", ["zebra bank zebra"] * 20)
