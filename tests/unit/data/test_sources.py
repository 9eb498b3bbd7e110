from __future__ import annotations

import numpy as np
import pyarrow as pa

from wenmai.comparison.division import joined
from wenmai.core.schema import Schema
from wenmai.data.dataset import Dataset
from wenmai.data.loading import Loaded, load
from wenmai.data.sources import Sources


def dataset(*texts: str) -> Dataset:
    return Dataset(pa.table({"text": list(texts), "label": ["a"] * len(texts)}), Schema())


def test_rows_count_through_the_parts() -> None:
    train, dev, test = dataset("a", "b"), dataset("c"), dataset("d", "e")
    sources = Sources.of(Loaded(train, {"test": test, "train": train, "dev": dev}, ()))
    assert len(sources) == 5
    assert [sources.text(row) for row in range(1, 6)] == ["a", "b", "c", "d", "e"]
    assert sources.rows_of(test.select([1])).tolist() == [5]
    assert sources.rows_of(dev).tolist() == [3]


def test_a_view_of_a_view_knows_where_its_rows_stand() -> None:
    data = dataset("a", "b", "c", "d", "e").select([4, 2, 0])
    assert Sources.of(data).rows_of(data.select([2, 0])).tolist() == [3, 1]


def test_rows_that_were_copied_are_told_by_their_text() -> None:
    first, second = dataset("a", "b", "c"), dataset("d", "e", "f")
    data = Loaded(first, {"train": first, "test": second}, ())
    copied = joined(first.select([2, 0]), second.select([1]))
    assert Sources.of(data).rows_of(copied).tolist() == [3, 1, 5]


def test_lines_are_those_of_the_file(tmp_path) -> None:
    path = tmp_path / "data.csv"
    path.write_text('text,label\n"two\nlines",a\nno label,\nlast,b\n', "utf-8")
    sources = Sources.of(load(path))
    assert [sources.line(row) for row in (1, 2)] == [2, 5]
    assert Sources.of(dataset("a")).line(1) is None
    assert np.array_equal(sources.rows_of(sources.parts[0]), [1, 2])
