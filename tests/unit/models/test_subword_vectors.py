"""fastText's vectors: what a word is composed of, the same for a word never seen, and state that fits."""

import numpy as np
import pyarrow as pa
import pytest

from wenmai.batches.fasttext_hashes import subword_buckets
from wenmai.core.errors import BundleError, ConfigError
from wenmai.core.schema import EmbedColumns, Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.recipe import recipe_for, with_settings
from wenmai.training import fit

ROWS = ["walking walked walks", "talking talked talks", "the walk and the talk", "a"] * 30
DATA = Dataset(pa.table({"text": ROWS}), Schema(columns=EmbedColumns(), language="en"), "rows")


def fitted(*settings, rung="fasttext-vectors:skipgram"):
    recipe = with_settings(recipe_for(rung, "en"), ["model.dim=12", "model.epochs=2", *settings])
    return fit(recipe, DATA)


@pytest.mark.parametrize("rung", ["fasttext-vectors:skipgram", "fasttext-vectors:cbow"])
def test_a_word_is_the_mean_of_its_row_and_its_runs(rung):
    model = fitted(rung=rung).model
    for word in ("walking", "a", "the"):
        buckets = subword_buckets([word], 3, 6, 2_000_000)[0]
        rows = [model.words.index(word), *(len(model.words) + np.searchsorted(model.buckets, buckets))]
        np.testing.assert_allclose(model.vector_of(word), model.input[rows].mean(axis=0), rtol=1e-5, atol=1e-6)
    assert len(model.input) == len(model.words) + len(model.buckets)


def test_a_word_never_seen_is_made_of_the_runs_that_were():
    bundle = fitted()
    model = bundle.model
    word = "walkings"
    assert word not in model.words
    buckets = subword_buckets([word], 3, 6, 2_000_000)[0]
    known = [bucket for bucket in buckets if bucket in model.buckets]
    assert 0 < len(known) < len(buckets)
    rows = len(model.words) + np.searchsorted(model.buckets, known)
    expected = model.input[rows].sum(axis=0) / len(buckets)
    np.testing.assert_allclose(model.vector_of(word), expected, rtol=1e-5, atol=1e-7)
    np.testing.assert_array_equal(bundle.outputs(Inputs([word]))[0], model.vector_of(word))
    assert model.vector_of("qqqqq") is None
    assert not bundle.outputs(Inputs(["qqqqq"])).any()


def test_few_buckets_are_shared():
    model = fitted("model.subwords.bucket=7").model
    assert model.buckets.tolist() == list(range(7))
    assert model.vector_of("qqqqq") is not None


def test_runs_in_the_wrong_order_are_refused():
    with pytest.raises(ConfigError, match="minn must be from 1 to maxn"):
        fitted("model.subwords.minn=7")


DAMAGES = {
    "another bucket": lambda arrays: {"buckets": arrays["buckets"] + 1},
    "a row too few": lambda arrays: {"input": arrays["input"][1:]},
    "no counts": lambda arrays: {"word_counts": arrays["word_counts"][:0]},
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_arrays_that_do_not_fit_are_refused(damage):
    model = fitted().model
    arrays = model.arrays()
    with pytest.raises(BundleError):
        model.restore({**arrays, **damage(arrays)})
