"""What the duplicates would have pretended, measured once a run folder."""

from __future__ import annotations

import pyarrow as pa
import pytest
from corpora import reviews

import wenmai.comparison.duplicates as module
from wenmai.comparison.division import division_of
from wenmai.comparison.duplicates import KEPT, with_duplicates
from wenmai.comparison.rung import Circumstances, run_rung
from wenmai.core.errors import UsageError
from wenmai.data.dataset import Dataset


@pytest.fixture(scope="module")
def data():
    once = reviews("en", 2, rows=200)
    return Dataset(pa.concat_tables([once.table, once.table.slice(0, 100)]), once.schema, once.name)


@pytest.fixture(scope="module")
def rung(data):
    from wenmai.catalog import CATALOG

    return run_rung("naive-bayes:words", division_of(data), Circumstances(), catalog=CATALOG)


def test_a_run_that_goes_on_fits_no_second_time(data, rung, tmp_path, monkeypatch):
    from wenmai.catalog import CATALOG

    first = with_duplicates(data, rung, Circumstances(), CATALOG, tmp_path)
    assert first["accuracy"].value > 0.5

    def refused(*_arguments, **_named):
        raise UsageError("a second fit")

    monkeypatch.setattr(module, "fit", refused)
    assert with_duplicates(data, rung, Circumstances(), CATALOG, tmp_path) == first
    with pytest.raises(UsageError, match="a second fit"):
        with_duplicates(data, rung, Circumstances(seed=1), CATALOG, tmp_path)
    (tmp_path / KEPT).write_text("{")
    with pytest.raises(UsageError, match="a second fit"):
        with_duplicates(data, rung, Circumstances(), CATALOG, tmp_path)
