"""Bundles that rungs build on, given to a comparison."""

import pytest
from corpora import reviews
from given import vectors

from wenmai.comparison import compare
from wenmai.comparison.given import opened_inputs, references
from wenmai.comparison.rung import Circumstances
from wenmai.comparison.shipping import ship_inputs, unship_inputs
from wenmai.core.errors import ConfigError, UnknownChoiceError, UsageError

MODELS = ["majority", "averaged-vectors:mean"]


def test_the_rungs_that_build_on_a_bundle_get_it():
    board = compare(reviews("en", rows=90), models=MODELS, inputs={"vectors": vectors("en")}, threads=1)
    assert not board.results.failed
    given = {name: list(bundle.inputs) for name, bundle in board.bundles.items()}
    assert given == {"majority:plain": [], "averaged-vectors:mean": ["vectors"]}


def test_a_folder_is_as_good_as_a_bundle_and_processes_are_given_it(tmp_path):
    folder = vectors("en").save(tmp_path / "vectors")
    opened = opened_inputs({"vectors": folder})
    assert references(opened) == references({"vectors": vectors("en")})
    ship_inputs(opened, tmp_path)
    again = unship_inputs(Circumstances(inputs=references(opened)), tmp_path)
    assert again["vectors"].fingerprint == vectors("en").fingerprint


def test_what_is_missing_or_not_taken_is_refused():
    with pytest.raises(UsageError, match="averaged-vectors:mean builds on another bundle, its input 'vectors'"):
        compare(reviews("en"), models=MODELS)
    with pytest.raises(UnknownChoiceError, match="unknown input 'vector'. Did you mean 'vectors'"):
        compare(reviews("en"), models=MODELS, inputs={"vectors": vectors("en"), "vector": vectors("en")})
    with pytest.raises(UnknownChoiceError, match="unknown input 'vectors'. Valid: none"):
        compare(reviews("en"), models="majority", inputs={"vectors": vectors("en")})
    with pytest.raises(ConfigError, match="input 'No Name'"):
        compare(reviews("en"), models=MODELS, inputs={"No Name": vectors("en")})
