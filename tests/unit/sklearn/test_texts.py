import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix, dok_array

from wenmai.core.errors import DataError
from wenmai.sklearn.errors import InputError, InputTypeError
from wenmai.sklearn.texts import texts_of

TEXTS = ["屏幕很好", "", "don't"]


@pytest.mark.parametrize(
    "kind",
    [
        list,
        tuple,
        iter,
        np.array,
        pd.Series,
        pl.Series,
        pa.array,
        lambda texts: np.array(texts, object),
        lambda texts: pd.Series(texts, index=[7, 3, 3], dtype=object),
        lambda texts: pd.Series(texts, dtype="category"),
        lambda texts: pa.chunked_array([texts[:1], texts[1:]]),
        lambda texts: pd.DataFrame({"text": texts})["text"],
    ],
)
def test_one_text_a_row_whatever_holds_them(kind):
    found = texts_of(kind(TEXTS))
    assert found == TEXTS
    assert all(type(text) is str for text in found)


@given(st.lists(st.text(st.characters(exclude_categories=())), min_size=1))
def test_texts_can_always_be_encoded_and_keep_their_length(texts):
    found = texts_of(texts)
    assert [len(text) for text in found] == [len(text) for text in texts]
    for before, after in zip(texts, found, strict=True):
        after.encode()
        assert after == before or "\ufffd" in after


@pytest.mark.parametrize(
    ("values", "kind", "message"),
    [
        ("屏幕很好", InputError, "single text"),
        (b"text", InputError, "single text"),
        ([], InputError, "0 samples"),
        (np.zeros((3, 2)), InputError, "2D array instead: X has 3 × 2 values"),
        (np.array("text"), InputError, "0D array"),
        ([["a"], ["b"]], InputTypeError, r"X\[0\] is of the type list"),
        (["a", 3], InputTypeError, r"X\[1\] is of the type int, not a string"),
        (["a", b"b"], InputTypeError, r"X\[1\] is bytes.*decode"),
        (["a", None], InputError, r"X\[1\] is missing \(None\).*fillna"),
        (["a", float("nan")], InputError, r"X\[1\] is missing \(nan\)"),
        (pd.Series(["a", None], dtype="string"), InputError, r"X\[1\] is missing \(<NA>\)"),
        (pd.Series(["a", None]), InputError, r"X\[1\] is missing"),
        ({"text": ["a"]}, InputTypeError, "dict: several columns"),
        (pd.DataFrame({"text": ["a"]}), InputTypeError, "DataFrame: several columns"),
        (pl.DataFrame({"text": ["a"]}), InputTypeError, "DataFrame: several columns"),
        (csr_matrix(np.eye(2)), InputTypeError, "sparse"),
        (dok_array((2, 2)), InputTypeError, "sparse"),
        (None, InputTypeError, "X is None"),
        (7, InputTypeError, "of the type int"),
    ],
)
def test_what_holds_no_texts_is_refused_in_words(values, kind, message):
    with pytest.raises(kind, match=message) as refused:
        texts_of(values)
    assert isinstance(refused.value, DataError)
    assert isinstance(refused.value, ValueError if kind is InputError else TypeError)
