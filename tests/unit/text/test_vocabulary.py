from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.core.errors import BundleError, ConfigError
from wenmai.text.vocabulary import Vocabulary, VocabularyConfig


def test_most_frequent_first_and_ties_by_the_token() -> None:
    counts = {"b": 2, "a": 2, "好": 5, "rare": 1, "<unk>": 9}
    vocabulary = Vocabulary.from_counts(counts, VocabularyConfig(min_count=2))
    assert vocabulary.tokens == ("<pad>", "<unk>", "好", "a", "b")
    assert Vocabulary.from_counts(counts, VocabularyConfig(max_size=4)).tokens == ("<pad>", "<unk>", "好", "a")


def test_numbers_of_known_and_unknown_tokens() -> None:
    vocabulary = Vocabulary(["<pad>", "<unk>", "a"])
    assert vocabulary.ids(["a", "x", "a"]) == [2, 1, 2]
    assert Vocabulary(["a"]).ids(["a", "x"]) == [0]
    assert len(vocabulary) == 3
    assert "a" in vocabulary
    assert "x" not in vocabulary
    assert vocabulary.coverage(["a", "x", "x", "a"]) == 0.5
    assert vocabulary.coverage([]) == 1.0


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.text(st.characters(), max_size=6)
        | st.sampled_from(["\n", "\r\n", "\\n", "\\", "", " ", "\u2028", "\ud800", "\\u"]),
        unique=True,
    )
)
def test_saved_and_loaded_is_the_same(tokens: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "vocabulary.txt"
        Vocabulary(tokens).save(path)
        assert path.read_bytes().count(b"\n") == len(tokens)
        assert Vocabulary.load(path).tokens == tuple(tokens)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"a\nb\na\n", r"vocabulary\.txt:3: the token 'a' stands already on line 1"),
        (b"a\nb", r"vocabulary\.txt:2: the vocabulary breaks off in the middle of a line"),
        (b"a\n\\q\n", r"vocabulary\.txt:2: unknown escape '.*q' in the vocabulary"),
        (b"a\n\xff\n", "byte 2 of the vocabulary is not UTF-8"),
    ],
)
def test_damage_is_named(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "vocabulary.txt"
    path.write_bytes(content)
    with pytest.raises(BundleError, match=message):
        Vocabulary.load(path)


def test_a_missing_vocabulary(tmp_path: Path) -> None:
    with pytest.raises(BundleError, match="the vocabulary is missing"):
        Vocabulary.load(tmp_path / "vocabulary.txt")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"max_size": 2}, "2 numbers leave no room beside 2 special tokens"),
        ({"special_tokens": ["<a>", "<a>"]}, "name one twice"),
        ({"min_count": 0}, "greater than or equal to 1"),
    ],
)
def test_settings_that_do_not_fit(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        VocabularyConfig.parse(values)


def test_a_token_twice_is_refused() -> None:
    with pytest.raises(ValueError, match="the token 'a' stands twice"):
        Vocabulary(["a", "b", "a"])
