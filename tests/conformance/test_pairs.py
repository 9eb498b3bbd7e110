"""What every rung of the catalog that reads pairs keeps to, for each of the three tasks of pairs."""

import numpy as np
import pyarrow as pa
import pytest
from corpora import ODD, WORDS
from fresh_process import assert_they_come_back
from given import distinct, fit

from wenmai.catalog import CATALOG
from wenmai.core.errors import FitError, UsageError
from wenmai.core.schema import PairColumns, Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Network
from wenmai.recipe import recipe_for

ALL = [
    f"{name}:{preset}" for name, entry in CATALOG.entries.items() if "pair" in entry.tasks for preset in entry.presets
]
RUNGS = distinct(ALL)
ANSWERS = ["label", "score", "relevance"]
METRIC = {"label": "macro_f1", "score": "spearman", "relevance": "map"}
rungs = pytest.mark.parametrize("rung", RUNGS)
languages = pytest.mark.parametrize("language", ["zh", "en"])
answers = pytest.mark.parametrize("answer", ANSWERS)


def pairs(language, answer, rows=120, seed=0):
    """Pairs that share words the more, the more the answer says so; four rows in a row have one first text."""
    generator = np.random.default_rng(seed)
    pool = [word for words in WORDS[language].values() for word in words]
    joiner = "" if language == "zh" else " "
    first, second, answered = [], [], []
    for row in range(rows):
        if row % 4 == 0:
            words = list(generator.choice(pool, 8))
        kept = int(generator.integers(0, 3)) if row % 4 else 3
        other = words[: 2 * kept] + list(generator.choice(pool, 8 - 2 * kept))
        first.append(joiner.join(words) + (f" {row // 4}" if answer == "relevance" else ""))
        second.append(joiner.join(generator.permutation(other)))
        label = ("far", "near", "same")[max(kept - 1, 0)]
        answered.append({"label": label, "score": 1.25 * kept + 0.1, "relevance": float(kept == 3)}[answer])
    kind = pa.string() if answer == "label" else pa.float64()
    table = pa.table({"first": first, "second": second, "label": pa.array(answered, kind)})
    return Dataset(table, Schema(columns=PairColumns(answer=answer), language=language), "made-up pairs")


def recipe_of(rung, language):
    """The recipe; of a network with few passes, in float32."""
    recipe = recipe_for(rung, language)
    loop = recipe.training.loop
    if loop is None:
        return recipe
    brief = loop.but(budget=loop.budget.but(epochs=2), precision="float32")
    return recipe.but(training=recipe.training.but(loop=brief))


_fitted = {}


def fitted(rung, language, answer):
    """The bundle of a rung, fitted once and only read by the tests."""
    key = (rung, language, answer)
    if key not in _fitted:
        _fitted[key] = fit(recipe_of(rung, language), pairs(language, answer))
    return _fitted[key]


def through_a_network(bundle):
    """Whether a network has a part in what it says, its own or that of an input."""
    return any(isinstance(one.model, Network) for one in (bundle, *bundle.inputs.values()))


def assert_same(bundle, found, expected):
    """To the bit; through a network to 1e-5, as a product of matrices adds up in another order with other rows."""
    if through_a_network(bundle):
        np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-5)
    else:
        np.testing.assert_array_equal(found, expected)


@rungs
@languages
@answers
def test_a_pair_is_answered_alone_as_in_a_batch(rung, language, answer):
    bundle, inputs = fitted(rung, language, answer), pairs(language, answer, seed=1).inputs(0, 40)
    together = bundle.outputs(inputs)
    alone = np.concatenate([bundle.outputs(inputs[at : at + 1]) for at in range(len(inputs))])
    assert together.shape == ((40, 3) if answer == "label" else (40,))
    assert_same(bundle, alone, together)


@rungs
@languages
@answers
def test_it_learns_what_the_texts_share_or_says_what_is_usual(rung, language, answer):
    bundle, data = fitted(rung, language, answer), pairs(language, answer, seed=1)
    scores = bundle.task.scores(bundle.outputs(data), bundle.task.targets(data))
    floor = fitted("majority:plain", language, answer)
    chance = floor.task.scores(floor.outputs(data), floor.task.targets(data))
    learnt = scores[METRIC[answer]] > chance[METRIC[answer]] + 0.05
    # After two passes, or with drawn weights, a network has learnt nothing yet.
    assert learnt or bundle.recipe.member == "majority" or through_a_network(bundle)


@languages
@answers
def test_every_rung_comes_back_from_disk_in_a_fresh_process(language, answer, tmp_path):
    inputs = pairs(language, answer, seed=1).inputs(0, 20)
    inputs = Inputs([*inputs.text, "", "别的 anything"], [*inputs.second, "else", ""])
    bundles = {rung: fitted(rung, language, answer) for rung in RUNGS}
    networks = {rung: bundle for rung, bundle in bundles.items() if through_a_network(bundle)}
    assert_they_come_back({rung: bundles[rung] for rung in bundles if rung not in networks}, inputs, tmp_path / "exact")
    # Several threads cut a product up, and round otherwise.
    assert_they_come_back(networks, inputs, tmp_path / "networks", threads=1)


@rungs
@answers
def test_the_same_seed_gives_the_same_bundle(rung, answer):
    again = fit(recipe_of(rung, "en"), pairs("en", answer), seed=0)
    assert again.fingerprint == fitted(rung, "en", answer).fingerprint


@rungs
@languages
@answers
def test_no_pair_is_too_odd_to_be_answered(rung, language, answer):
    bundle = fitted(rung, language, answer)
    outputs = bundle.outputs(Inputs([*ODD, *ODD], [*ODD[1:], ODD[0], *["plain"] * len(ODD)]))
    assert np.isfinite(outputs).all()


@rungs
@answers
def test_single_texts_are_refused(rung, answer):
    with pytest.raises(UsageError, match="this model reads pairs of texts, and was given single ones"):
        fitted(rung, "en", answer).predict("a single text")


@rungs
@answers
def test_it_shows_what_it_looks_for(rung, answer):
    bundle = fitted(rung, "en", answer)
    for output in range(bundle.task.head().size):
        weights = [weight for _, weight in bundle.top_features(output, 8)]
        assert weights == sorted(weights, reverse=True)
        assert np.isfinite(weights).all()


@rungs
def test_a_spent_budget_is_a_failure_that_says_so(rung):
    with pytest.raises(FitError, match="budget was spent"):
        fit(recipe_of(rung, "en"), pairs("en", "label"), budget=0)
