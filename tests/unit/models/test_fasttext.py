"""fastText: losses and heads, exact shares, refusals."""

import json

import numpy as np
import pyarrow as pa
import pytest
from corpora import labelled, reviews

from wenmai.bundle import verify_bundle
from wenmai.core.errors import BundleError, ConfigError, FitError, UsageError
from wenmai.core.schema import EmbedColumns, Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Head, Run
from wenmai.models.fasttext import FastTextConfig
from wenmai.models.fasttext_losses import FastTextLoss, label_rows
from wenmai.models.fasttext_start import PretrainedVectors
from wenmai.recipe import InputReference, TrainingConfig, parse_recipe, recipe_for, with_settings
from wenmai.training import fit

TEXTS = ["good phone", "bad phone", "good", "rare"] * 10
LABELS = ["yes", "no", "yes", "no"] * 10


def vectors(width=8):
    """Vectors of words that occur in the texts, and of others; those of a row are the same."""
    rows = ["good great fine", "bad awful poor", "phone rare"]
    data = Dataset(pa.table({"text": rows * 20}), Schema(columns=EmbedColumns(), language="en"), "made up")
    bundle = fit(with_settings(recipe_for("count-vectors:ppmi", "en"), [f"model.dim={width}"]), data)
    for number, row in enumerate(rows):
        bundle.model.vectors[[bundle.model.words.index(word) for word in row.split()]] = np.eye(width)[number]
    return bundle


def starting(given, **settings):
    made = recipe(dim=8, pretrained=PretrainedVectors(), **settings)
    return made.but(inputs=(InputReference(name="vectors", content=given.fingerprint),))


def test_rows_begin_with_vectors_and_words_that_were_not_seen_have_them():
    given = vectors()
    still = starting(given, learning_rate=1e-12, min_count=11)
    bundle = fit(still, labelled(TEXTS, LABELS), inputs={"vectors": given})
    words = bundle.model.dictionary.words
    for word in ("good", "bad", "phone", "rare", "great", "poor"):
        row = int(words.arena([[word]]).symbols[0]) - 1
        np.testing.assert_allclose(bundle.model.input[row], given.model.vector_of(word), atol=1e-9)
    assert bundle.provenance.notes[0] == (
        "4 of 4 words of the texts begin with a vector of the input; 4 more words come from it"
    )
    assert not bundle.inputs
    learnt = fit(starting(given, epochs=20), labelled(TEXTS, LABELS), inputs={"vectors": given})
    assert [one.label for one in learnt.predict(["great", "awful", "poor"])] == ["yes", "no", "no"]


def test_a_bundle_that_began_with_vectors_is_whole_without_them(tmp_path):
    given = vectors()
    bundle = fit(starting(given), labelled(TEXTS, LABELS), inputs={"vectors": given})
    bundle.save(tmp_path / "model")
    assert verify_bundle(tmp_path / "model").difference == 0
    assert not (tmp_path / "model" / "inputs").exists()


def test_vectors_that_cannot_be_begun_with_are_refused():
    given, data = vectors(9), labelled(TEXTS, LABELS)
    with pytest.raises(UsageError, match=r"has vectors of 9 numbers, and model.dim is 8\. Set model.dim=9"):
        fit(starting(given), data, inputs={"vectors": given})
    other = fit(recipe(), data)
    with pytest.raises(UsageError, match=r"the input 'vectors' holds no word vectors\. Give a bundle of word vectors"):
        fit(starting(other), data, inputs={"vectors": other})


def test_settings_that_are_not_written_can_be_set():
    made = with_settings(recipe(), ["model.pretrained={}", "model.unseen=left_out"])
    assert made.model.pretrained == PretrainedVectors()
    assert made.model.unseen == "left_out"
    assert with_settings(recipe(), ["model.dim=7"]).fingerprint == recipe(dim=7).fingerprint


def test_recipes_of_before_keep_their_fingerprints():
    assert not {"pretrained", "unseen"} & set(json.loads(recipe().to_json())["model"])
    assert parse_recipe(json.loads(starting(vectors()).to_json())).model.pretrained == PretrainedVectors()


LOSSES = ("softmax", "hs", "ns", "ova")
losses = pytest.mark.parametrize("loss", LOSSES)
kinds = pytest.mark.parametrize("several", [False, True], ids=["one label", "several labels"])


def recipe(language="en", rung="fasttext:words", **settings):
    found = recipe_for(rung, language)
    return found.but(model=found.model.but(**settings))


_fitted = {}


def fitted(loss, several):
    if (loss, several) not in _fitted:
        data = reviews("en", 3, rows=200, several=several)
        _fitted[loss, several] = fit(recipe(loss=loss, minn=2, maxn=3), data)
    return _fitted[loss, several]


@losses
@kinds
def test_every_loss_learns_every_kind_of_labels(loss, several):
    bundle, data = fitted(loss, several), reviews("en", 3, rows=100, seed=1, several=several)
    outputs = bundle.outputs(data)
    assert np.isfinite(outputs).all()
    targets = bundle.task.targets(data)
    if several:
        ranked = [
            (logits[row == 1].mean() > logits[row == 0].mean())
            for logits, row in zip(outputs, targets, strict=True)
            if 0 < row.sum() < 3
        ]
        assert np.mean(ranked) > 0.7
    else:
        assert (outputs.argmax(axis=1) == targets).mean() > 0.7


@losses
@kinds
def test_the_pieces_share_the_change_of_the_logit_exactly(loss, several):
    bundle = fitted(loss, several)
    for text in ("this phone is great, really", "awful", "zebra unseen", "parcel parcel parcel late"):
        gained = np.subtract(*bundle.outputs(Inputs([text, ""])))
        for output in range(3):
            against = 0 if several else np.delete(gained, output).mean()
            shares = bundle.explain(text, output)
            assert shares.weights.sum() == pytest.approx(gained[output] - against, abs=1e-9)
            assert all(text[start:end] for start, end in shares.spans)


@pytest.mark.parametrize("name", LOSSES)
@pytest.mark.parametrize("kind", ["classes", "labels"])
def test_slopes_lead_from_one_output_to_another(name, kind):
    loss = FastTextLoss(name, Head(kind, 4, tuple("abcd")), np.array([5, 1, 9, 3]))
    generator = np.random.default_rng(0)
    for scale in (1e-9, 1e-4, 1.0, 30.0):
        before = generator.normal(size=loss.rows) * 3
        after = before + scale * generator.normal(size=loss.rows)
        changed = loss.outputs(after) - loss.outputs(before)
        np.testing.assert_allclose(loss.slopes(before, after) @ (after - before), changed, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("name", ["softmax", "hs"])
def test_log_probabilities_are_of_one_whole(name):
    loss = FastTextLoss(name, Head("classes", 5, tuple("abcde")), np.array([5, 1, 0, 9, 3]))
    scores = np.random.default_rng(0).normal(size=loss.rows) * 5
    assert np.exp(loss.outputs(scores)).sum() == pytest.approx(1)
    several = FastTextLoss(name, Head("labels", 5, tuple("abcde")), loss.counts)
    np.testing.assert_allclose(1 / (1 + np.exp(-several.outputs(scores))), np.exp(loss.outputs(scores)), atol=1e-12)


def test_weights_of_rows_are_one_on_average():
    head = Head("classes", 3, ("a", "b", "c"))
    targets = np.array([0, 0, 0, 0, 1, 1, 2, 2])
    loss = FastTextLoss("softmax", head, np.array([4, 2, 2]))
    assert loss.trained(targets, "none", 5).present.tolist() == [1, 1, 1]
    found = loss.trained(targets, {"b": 3.0}, 5).present
    assert found[targets].mean() == pytest.approx(1)
    assert found[1] / found[0] == pytest.approx(3)
    balanced = loss.trained(targets, "balanced", 5).present
    assert [balanced[targets][targets == label].sum() for label in range(3)] == pytest.approx([8 / 3] * 3)
    several = FastTextLoss("ova", Head("labels", 2, ("a", "b")), np.array([3, 1]))
    rows = np.array([[1, 0], [1, 0], [1, 1], [0, 0]])
    weighed = several.trained(rows, {"b": 5.0}, 5)
    assert weighed.present[1] / weighed.absent[1] == pytest.approx(5)
    assert weighed.present[1] + 3 * weighed.absent[1] == pytest.approx(4)
    assert weighed.present[0] == weighed.absent[0] == 1


def test_labels_of_rows_one_after_the_other():
    labels, offsets, counts = label_rows(np.array([[0, 1, 1], [0, 0, 0], [1, 0, 0]]), 3)
    assert labels.tolist() == [1, 2, 0]
    assert offsets.tolist() == [0, 2, 2, 3]
    assert counts.tolist() == [1, 1, 1]
    labels, offsets, counts = label_rows(np.array([2, 0]), 4)
    assert (labels.tolist(), offsets.tolist(), counts.tolist()) == ([2, 0], [0, 1, 2], [1, 0, 1, 0])


def test_another_seed_gives_another_model():
    data = reviews("en", 3)
    found = {fit(recipe(epochs=2), data, seed=seed).fingerprint for seed in (0, 1)}
    assert len(found) == 2
    assert FastTextConfig.random


def test_hashed_runs_tell_the_order_of_words():
    texts = ["good not bad", "bad not good"] * 20
    data = labelled(texts, ["praise", "blame"] * 20)
    assert {row.label for row in fit(recipe(word_ngrams=2), data).predict(texts)} == {"praise", "blame"}
    alike = fit(recipe(word_ngrams=1), data).outputs(Inputs(texts[:2]))
    np.testing.assert_allclose(alike[0], alike[1], atol=1e-9)


def test_words_that_never_occurred_are_read_by_their_characters():
    data = labelled(
        ["playing", "played", "plays", "singing", "sang", "sings"] * 10, ["p", "p", "p", "s", "s", "s"] * 10
    )
    bundle = fit(recipe(word_ngrams=1, minn=2, maxn=4), data)
    assert [row.label for row in bundle.predict(["playful", "singer"])] == ["p", "s"]
    assert bundle.top_features(0, 100)[0][0].startswith("pla")


def test_nothing_to_learn_from_is_said():
    data = labelled(["a", "b", "c"], ["x", "y", "x"])
    with pytest.raises(FitError, match="none of the 3 texts has a word that min_count=9 keeps"):
        fit(recipe(min_count=9, word_ngrams=1), data)


def test_weights_without_end_are_refused():
    with pytest.raises(FitError, match="grew without end at learning_rate=1e"):
        fit(recipe(learning_rate=1e30, loss="ova"), reviews("en", 3))


def test_settings_that_contradict_each_other_are_refused():
    with pytest.raises(ConfigError, match="minn must be from 1 to maxn"):
        FastTextConfig.parse({"minn": 4, "maxn": 3})
    with pytest.raises(ConfigError, match="minn must be from 1 to maxn"):
        FastTextConfig.parse({"maxn": 3})


@pytest.mark.parametrize("several", [False, True])
def test_a_class_that_no_row_has_is_not_said(several):
    data = reviews("en", 3, several=several)
    task = fit(recipe(epochs=1), data).task
    rows = [row for row, answer in enumerate(data.answers()) if "bad" not in ([answer] if not several else answer)]
    for loss in LOSSES:
        bundle = fit(recipe(loss=loss), data.select(rows), task=task)
        said = bundle.predict([text for text in data.inputs().text if text])
        assert "bad" not in {row.label for row in said}


def test_arrays_that_do_not_fit_are_refused():
    model = fitted("softmax", False).model
    arrays = model.arrays()
    with pytest.raises(BundleError, match="rows for"):
        model.restore({**arrays, "input": arrays["input"][:-1]})
    with pytest.raises(BundleError, match="'output'"):
        model.restore({**arrays, "output": arrays["output"][:-1]})


def test_balanced_classes_speak_up():
    data = reviews("en", 3)
    rows = [row for row, label in enumerate(data.answers()) if label != "good" or row % 9 == 0]
    few, other = data.select(rows), reviews("en", 3, seed=1)
    plain = fit(recipe(epochs=10), few)
    balanced = fit(recipe(epochs=10).but(training=TrainingConfig(class_weight="balanced")), few)
    number = plain.task.labels.index("good")
    shares = [bundle.task.probabilities(bundle.outputs(other))[:, number].mean() for bundle in (plain, balanced)]
    assert shares[1] > shares[0] + 0.02


def test_the_seed_and_one_thread_give_the_same_arrays():
    data = reviews("zh", 3)
    found = [fit(recipe("zh", "fasttext:chars"), data, seed=5).model.arrays() for _ in range(2)]
    for name, array in found[0].items():
        np.testing.assert_array_equal(array, found[1][name])
    assert Run().threads == 1
