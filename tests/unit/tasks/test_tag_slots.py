"""Slots beside an intent: what is learnt, said, scored and refused."""

import json

import numpy as np
import pytest
import torch
from corpora import requests
from given import fit

from wenmai.batches.token_batch import TokenBatch
from wenmai.bundle import load_bundle
from wenmai.core.errors import DataError, UsageError
from wenmai.core.schema import TagColumns
from wenmai.data.dataset import Dataset, Inputs
from wenmai.evaluation import evaluate
from wenmai.recipe import recipe_for, with_settings
from wenmai.tasks.tag import Tag
from wenmai.tasks.tag_slots import TagSlots
from wenmai.training.objectives import goal_of

TASK = Tag.of(requests())


def said(intents, rows):
    """Outputs: intents with a probability, tags with their confidences."""
    return [
        np.array([[intent, 0.75], *([TASK.tags.index(tag), 0.5] for tag in tags)])
        for intent, tags in zip(intents, rows, strict=True)
    ]


def test_the_task_is_that_of_slots_and_comes_back():
    assert isinstance(TASK, TagSlots)
    assert TASK.intents == ("Music", "Weather")
    assert TASK.head().intents == ("Music", "Weather")
    assert Tag.restored(json.loads(TASK.to_json())) == TASK


def test_intents_and_sentences_are_scored_beside_the_spans():
    data = requests(4)
    gold = data.answers()
    outputs = said([0, 0, 0, 1], [gold[0], gold[1], ["O"] * len(gold[2]), gold[3]])
    scores = TASK.scores(outputs, TASK.targets(data))
    assert scores["entity_f1"] == pytest.approx(6 / 7)
    assert (scores["intent_accuracy"], scores["sentence_accuracy"], scores["exact_match"]) == (0.75, 0.5, 0.75)
    estimates = TASK.bootstrap(outputs, TASK.targets(data)).estimates()
    assert estimates["sentence_accuracy"].low < 0.5 < estimates["sentence_accuracy"].high
    assert TASK.contributions(outputs, TASK.targets(data))["intent_accuracy"].tolist() == [1, 0, 1, 1]
    assert TASK.errors(outputs, TASK.targets(data)).missed == 1


def test_a_prediction_has_the_intent_and_the_slots():
    (prediction,) = TASK.predictions(
        said([1], [["O", "O", "B-city", "I-city"]]),
        Inputs(["weather in New York"], tokens=[["weather", "in", "New", "York"]]),
    )
    assert prediction.to_dict() == {
        "intent": "Weather",
        "intent_score": 0.75,
        "spans": [{"start": 11, "end": 19, "label": "city", "text": "New York", "score": 0.5}],
    }


def test_an_intent_that_was_never_seen_is_remarked_and_never_right():
    data = requests(2, intent=["Music", "Joke"])
    targets = TASK.targets(data)
    outputs = said([0, 0], data.answers())
    assert TASK.scores(outputs, targets)["intent_accuracy"] == 0.5
    assert TASK.remarks(targets) == (
        "1 sentence has an intent that the training rows do not have; it cannot be right there",
    )


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"intent": ["Music"] * 60}, "column 'intent' holds only 'Music'"),
        ({"intent": ["Music", None] * 30}, "made up row 2: column 'intent' is empty. Give every sentence an intent"),
        (
            {"tags": [["B"] * len(row) for row in requests().answers()]},
            "go with slots, and the tags are those of words",
        ),
    ],
)
def test_what_cannot_be_learnt_is_said(changes, message):
    with pytest.raises(DataError) as caught:
        Tag.of(requests(**changes))
    assert message in str(caught.value)


def test_rows_without_intents_cannot_be_scored():
    plain = requests(4)
    plain = Dataset(plain.table, plain.schema.but(columns=TagColumns(scheme="iob2")), "made up")
    with pytest.raises(DataError, match="the rows have no intents, which the model tells too"):
        TASK.targets(plain)


SETTINGS = {
    "bilstm-crf:words": ["model.hidden_size=16"],
    "bert-crf:given": ["pipeline.max_pieces=9", "model.dropout=0"],
}
BRIEF = ["training.loop.precision=float32", "training.loop.learning_rate=0.01", "training.loop.budget.epochs=6"]


@pytest.mark.parametrize("rung", SETTINGS)
def test_networks_learn_both_and_come_back(rung, tmp_path):
    bundle = fit(with_settings(recipe_for(rung, "en"), [*SETTINGS[rung], *BRIEF]), requests())
    report = evaluate(bundle, requests(20, first=100))
    assert report.metrics["intent_accuracy"].value == 1
    assert report.metrics["sentence_accuracy"].value > 0.9
    text = "play Nina Simone"
    (prediction,) = bundle.predict(text)
    assert (prediction.intent, [piece.text for piece in prediction.pieces]) == ("Music", ["Nina Simone"])
    assert 0.5 < prediction.intent_score <= 1
    assert bundle.predict("")[0].intent in TASK.intents
    bundle.save(tmp_path / "bundle")
    again = load_bundle(tmp_path / "bundle")
    assert again.fingerprint == bundle.fingerprint
    assert again.predict(text)[0].to_dict() == prediction.to_dict()
    assert len(again.model.best(Inputs([text], tokens=[text.split()]), 2)[0][0][0]) == 3


@pytest.mark.parametrize("rung", SETTINGS)
def test_every_parameter_gets_a_gradient_and_padding_does_not_matter(rung):
    bundle = fit(with_settings(recipe_for(rung, "en"), [*SETTINGS[rung], *BRIEF]), requests(20))
    data, module = requests(20), bundle.model.network()
    texts = bundle.model.encode(Inputs([*data.inputs().text, ""], tokens=[*data.inputs().tokens, []]))
    together = module(TokenBatch.of(texts, np.arange(21), 0))
    for row in range(21):
        alone = module(TokenBatch.of(texts, np.array([row]), 0))
        torch.testing.assert_close(together[row, : alone.shape[1]], alone[0], rtol=0, atol=1e-5)
    objective = goal_of([*bundle.task.targets(data), np.zeros(1, np.int64)], bundle.model, "none")
    objective.losses(together, np.arange(21)).sum().backward()
    assert [name for name, one in module.named_parameters() if one.grad is None or not one.grad.any()] == []


def test_members_that_tell_no_intent_say_so():
    with pytest.raises(UsageError, match="hmm tags tokens and tells no intent. Take a network, such as bilstm-crf"):
        fit(recipe_for("hmm:plain", "en"), requests())
