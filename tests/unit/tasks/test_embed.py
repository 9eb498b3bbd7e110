"""The task of vectors: no answers, one score."""

import numpy as np
import pyarrow as pa
import pytest

from wenmai.core.errors import DataError
from wenmai.core.schema import EmbedColumns, Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.tasks.embed import Embed

SCHEMA = Schema(columns=EmbedColumns(), language="en")
DATA = Dataset(pa.table({"text": ["a", "b", "?"]}), SCHEMA)
OUTPUTS = np.array([[1, 2], [0, 0.5], [0, 0]], np.float32)


def test_it_gives_the_vectors_and_says_which_are_known():
    task = Embed.of(DATA)
    assert task.targets(DATA) is None
    assert [row.to_dict() for row in task.predictions(OUTPUTS, Inputs(["a", "b", "?"]))] == [
        {"vector": [1.0, 2.0], "known": True},
        {"vector": [0.0, 0.5], "known": True},
        {"vector": [0.0, 0.0], "known": False},
    ]


def test_the_score_is_the_share_that_is_known_with_an_interval():
    task = Embed()
    assert task.scores(OUTPUTS, None) == {"coverage": pytest.approx(2 / 3)}
    estimate = task.bootstrap(OUTPUTS, None).estimates()[task.metric]
    assert estimate.low < estimate.value < estimate.high


def test_no_row_is_an_error():
    with pytest.raises(DataError, match="no row"):
        Embed.of(DATA.select([]))
