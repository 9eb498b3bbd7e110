import json
import re
import sys

import numpy as np
import pytest

from wenmai.apps.map_page import page
from wenmai.apps.vector_map import draw_map, read_classes
from wenmai.apps.word_vectors import WordVectors
from wenmai.core.errors import DataError, MissingExtraError, UsageError


@pytest.fixture
def vectors():
    """Three tight groups of words, far apart."""
    generator = np.random.default_rng(0)
    centres = np.eye(3, 6, dtype=np.float32) * 5
    table = np.repeat(centres, 8, axis=0) + generator.standard_normal((24, 6)).astype(np.float32) * 0.3
    words = [f"{kind}{number}" for kind in ("cat", "tea", "</script>") for number in range(8)]
    return WordVectors(words, table, np.arange(24, 0, -1) * 10, name="three")


PACKAGES = {"tsne": "openTSNE", "umap": "umap"}


@pytest.mark.filterwarnings("ignore::SyntaxWarning", "ignore:Tensorflow not installed:ImportWarning")
@pytest.mark.parametrize("projection", ["pca", "tsne", pytest.param("umap", marks=pytest.mark.slow)])
def test_groups_that_lie_apart_are_found_and_drawn_apart(vectors, projection):
    if projection in PACKAGES:
        pytest.importorskip(PACKAGES[projection], reason=f"needs {PACKAGES[projection]}")
    drawn = draw_map(vectors, clusters=3, projection=projection)
    assert drawn.words == vectors.words
    assert drawn.places.min() >= -1e-9
    assert drawn.places.max() <= 1 + 1e-9
    assert drawn.groups.tolist() == [0] * 8 + [1] * 8 + [2] * 8
    assert all(name.count(", ") == 2 for name in drawn.group_names)
    centres = np.array([drawn.places[drawn.groups == group].mean(axis=0) for group in range(3)])
    spread = max(drawn.places[drawn.groups == group].std() for group in range(3))
    apart = min(np.linalg.norm(centres[one] - centres[other]) for one, other in ((0, 1), (0, 2), (1, 2)))
    assert apart > spread / 2
    assert all(drawn.groups[row] == drawn.groups[near] for row in range(24) for near in drawn.neighbors[row])
    assert all(row not in near for row, near in enumerate(drawn.neighbors.tolist()))
    again = draw_map(vectors, clusters=3, projection=projection)
    assert again.places.tobytes() == drawn.places.tobytes()


def test_the_projection_holds_the_most_variance(vectors):
    drawn = draw_map(vectors, clusters=3)
    directions = vectors.vectors / np.linalg.norm(vectors.vectors, axis=1, keepdims=True)
    sizes = np.linalg.svd(directions - directions.mean(axis=0), compute_uv=False) ** 2
    held = round(100 * sizes[:2].sum() / sizes.sum())
    assert drawn.notes[0] == (
        f"two principal components, which hold {held}% of the variance of the directions; 3 groups by k-means"
    )


def test_so_many_words_as_are_asked_for(vectors):
    drawn = draw_map(vectors, words=10, clusters=50)
    assert drawn.words == vectors.words[:10]
    assert drawn.notes[1] == "the first 10 of 24 words"
    assert len(drawn.group_names) == 10
    assert drawn.counts.tolist() == list(range(240, 140, -10))


def test_classes_choose_the_words_and_the_groups(vectors, tmp_path):
    path = tmp_path / "classes.tsv"
    path.write_text(
        "tea1\tdrink\ncat1\tanimal\ngnu\tanimal\t3\n\ntea0\tdrink\t12\ncat2\tanimal\ncat1\tagain\n", "utf-8"
    )
    drawn = draw_map(vectors, classes=read_classes(path))
    assert drawn.words == ("cat1", "cat2", "tea0", "tea1")
    assert [drawn.group_names[group] for group in drawn.groups] == ["animal", "animal", "drink", "drink"]
    assert drawn.notes[1] == "1 of 5 words have no vector: gnu"


@pytest.mark.parametrize("content", ["cat animal\n", "cat\t\n", "\tanimal\n", ""])
def test_classes_that_are_none_are_refused(content, tmp_path):
    path = tmp_path / "classes.tsv"
    path.write_text(content, "utf-8")
    with pytest.raises(DataError):
        read_classes(path)


def test_what_cannot_be_drawn_is_refused(vectors, monkeypatch):
    with pytest.raises(UsageError, match="3 words make no map"):
        draw_map(vectors, words=3)
    with pytest.raises(UsageError, match="0 clusters"):
        draw_map(vectors, clusters=0)
    with pytest.raises(UsageError, match="4 words are too few for UMAP"):
        draw_map(vectors, words=4, projection="umap")
    for projection, extra in (("tsne", "maps"), ("umap", "umap")):
        monkeypatch.setitem(sys.modules, PACKAGES[projection], None)
        with pytest.raises(MissingExtraError, match=rf"wenmai\[{extra}\]"):
            draw_map(vectors, projection=projection)


def test_vectors_of_zeros_and_of_one_number_are_drawn():
    flat = WordVectors(list("abcd"), np.array([[0], [0], [1], [-1]], np.float32))
    drawn = draw_map(flat, clusters=4)
    assert np.isfinite(drawn.places).all()
    assert drawn.counts is None
    same = draw_map(WordVectors(list("abcd"), np.zeros((4, 3), np.float32)))
    assert np.isfinite(same.places).all()
    assert len(same.group_names) == 1


def test_the_page_holds_the_words_and_lets_nothing_else_in(vectors):
    words = [*vectors.words[:-2], "{{script}}", "\ud800"]
    drawn = draw_map(WordVectors(words, vectors.vectors), clusters=3)
    written = page(drawn, "<b>Words</b> & more")
    assert written.count("<script") == 2
    assert written.count("</script>") == 2
    assert "{{" not in written.replace("{{script}}", "", 1)
    assert "<title>&lt;b&gt;Words&lt;/b&gt; &amp; more</title>" in written
    assert "http://" not in written
    assert "https://" not in written
    data = json.loads(re.search(r'id="data">(.*?)</script>', written, re.S)[1])
    assert data["words"] == [*words[:-1], "?"]
    assert max(data["x"] + data["y"]) <= data["steps"]
    assert "default-src &#x27;none&#x27;; script-src &#x27;sha256-" in written
