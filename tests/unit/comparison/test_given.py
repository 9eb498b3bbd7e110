"""Bundles that rungs build on, given to a comparison."""

import pytest
from corpora import reviews
from given import encoder, vectors

from wenmai.catalog import CATALOG
from wenmai.comparison import compare
from wenmai.comparison.given import opened_inputs, other_family, references
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


def test_a_rung_named_for_another_family_than_the_encoder_is_of_says_so():
    given, data = {"encoder": encoder("en")}, reviews("en", rows=60)
    settings = ("training.loop.budget.epochs=1", "model.encoder.keep_layers=1")
    board = compare(data, models="roberta:given", inputs=given, threads=1, seeds=1, settings=settings)
    said = "the encoder that was given is BERT, not RoBERTa: the figures are those of BERT"
    assert said in board.results.rungs[0].notes
    for member, inputs in (
        ("bert", given),
        ("minilm", given),
        ("roberta", {"encoder": vectors("en")}),
        ("roberta", {}),
    ):
        assert other_family(member, inputs, CATALOG) == ()


def test_what_is_missing_or_not_taken_is_refused():
    with pytest.raises(UsageError, match="averaged-vectors:mean builds on another bundle, its input 'vectors'"):
        compare(reviews("en"), models=MODELS)
    with pytest.raises(UnknownChoiceError, match="unknown input 'vector'. Did you mean 'vectors'"):
        compare(reviews("en"), models=MODELS, inputs={"vectors": vectors("en"), "vector": vectors("en")})
    with pytest.raises(UnknownChoiceError, match="unknown input 'vectors'. Valid: none"):
        compare(reviews("en"), models="majority", inputs={"vectors": vectors("en")})
    with pytest.raises(ConfigError, match="input 'No Name'"):
        compare(reviews("en"), models=MODELS, inputs={"No Name": vectors("en")})
