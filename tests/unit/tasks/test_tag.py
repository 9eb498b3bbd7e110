"""The task of tags: entities, words and plain tags; targets, outputs, predictions on the original text, scores."""

import numpy as np
import pyarrow as pa
import pytest

from wenmai.core.errors import ConfigError, DataError, UsageError
from wenmai.core.schema import ClassifyColumns, Schema, TagColumns
from wenmai.data.dataset import Dataset, Inputs
from wenmai.tasks.tag import UNKNOWN_WORD, Tag, TagEntities, TagTokens, TagWords
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import CharacterSegment, WordSegment


def rows(tokens, tags, scheme, language="en", sentences=None):
    columns = {"tokens": tokens, "tags": tags} | ({} if sentences is None else {"sentence": sentences})
    schema = TagColumns(scheme=scheme, sentence=None if sentences is None else "sentence")
    return Dataset(pa.table(columns), Schema(columns=schema, language=language))


NAMES = rows([["Ann", "Lee", "met", "Bo"], ["He", "ran"]], [["B-P", "I-P", "O", "B-P"], ["O", "O"]], "iob2")
CUT = rows([list("我爱北京"), list("他在")], [list("SSBE"), list("SS")], "bmes", "zh")
PARTS = rows([["it", "rains"], ["rains", "fall"]], [["PRON", "VERB"], ["NOUN", "VERB"]], "plain")


def said(task, paths, sure=0.9):
    return [np.column_stack([[task.tags.index(tag) for tag in path], np.full(len(path), sure)]) for path in paths]


def test_the_task_follows_from_the_tags():
    entities, words, tokens = Tag.of(NAMES), Tag.of(CUT), Tag.of(PARTS)
    assert (type(entities), type(words), type(tokens)) == (TagEntities, TagWords, TagTokens)
    assert entities.tags == ("O", "B-P", "I-P")
    assert words.tags == ("B", "M", "E", "S")
    assert tokens.tags == ("NOUN", "PRON", "VERB")
    assert (entities.units, words.units, tokens.units) == ("words", "characters", "words")
    assert words.lexicon == ("他", "北京", "在", "我", "爱")
    assert [task.metric for task in (entities, words, tokens)] == ["entity_f1", "word_f1", "token_accuracy"]
    assert (entities.class_names(), words.class_names()) == (("P",), ())


@pytest.mark.parametrize("data", [NAMES, CUT, PARTS])
def test_it_comes_back_from_a_bundle(data):
    task = Tag.of(data)
    assert Tag.restored(task.model_dump(mode="json")) == task


def test_a_damaged_task_is_refused():
    with pytest.raises(ConfigError, match="setting 'tagging' is 'nothing'"):
        Tag.restored({"tagging": "nothing"}, where="bundle.json")


def test_the_head_has_rules():
    head = Tag.of(NAMES).head()
    assert (head.kind, head.size, head.names) == ("tags", 3, ("O", "B-P", "I-P"))
    assert not head.rules.follows[0, 2]


def test_iob1_is_learnt_as_iob2():
    data = rows([["a", "b"]], [["I-P", "B-P"]], "iob1")
    task = Tag.of(data)
    assert task.scheme == "iob2"
    np.testing.assert_array_equal(task.targets(data)[0], [0, 0])


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (rows([["a"]], [["O"]], "iob2"), "column 'tags' holds only the tag 'O'"),
        (rows([["a"]], [["NN"]], "plain"), "column 'tags' holds only the tag 'NN'"),
        (rows([[]], pa.array([[]], pa.list_(pa.string())), "plain"), "column 'tags' holds no tag at all"),
        (Dataset(pa.table({"text": ["a"], "label": ["b"]}), Schema(columns=ClassifyColumns())), "the data has no tags"),
    ],
)
def test_rows_that_define_no_task(data, message):
    with pytest.raises(DataError, match=message):
        Tag.of(data)


def test_targets_are_converted_into_the_scheme_of_the_task():
    task = Tag.of(NAMES)
    other = rows([["Ann", "Lee", "met"]], [["B-P", "E-P", "O"]], "bioes")
    np.testing.assert_array_equal(task.targets(other)[0], [1, 2, 0])
    with pytest.raises(DataError, match="the tags are plain tags, the model learnt IOB2"):
        task.targets(PARTS)


def test_a_type_that_was_never_seen_is_a_span_that_nobody_finds():
    task = Tag.of(NAMES)
    other = rows([["Oslo", "is", "Bo"]], [["B-LOC", "O", "B-P"]], "iob2")
    (target,) = task.targets(other)
    assert target[0] >= len(task.tags)
    found = task.scores(said(task, [["O", "O", "B-P"]]), [target])
    assert (found["entity_precision"], found["entity_recall"]) == (1.0, 0.5)
    assert found["token_accuracy"] == pytest.approx(2 / 3)
    plain = Tag.of(PARTS)
    assert plain.targets(rows([["it"]], [["INTJ"]], "plain"))[0][0] == 3
    assert (
        plain.scores(said(plain, [["NOUN"]]), plain.targets(rows([["it"]], [["INTJ"]], "plain")))["token_accuracy"] == 0
    )


def test_new_words_are_marked_and_scored_apart():
    task = Tag.of(CUT)
    other = rows([list("我在上海")], [list("SSBE")], "bmes", "zh")
    (target,) = task.targets(other)
    np.testing.assert_array_equal(target >= UNKNOWN_WORD, [False, False, True, True])
    found = task.scores(said(task, [list("SSSS")]), [target])
    assert (found["word_recall"], found["oov_recall"], found["iv_recall"]) == (pytest.approx(2 / 3), 0.0, 1.0)
    assert all((row < UNKNOWN_WORD).all() for row in task.targets(CUT))


def test_predictions_are_spans_of_the_original_text():
    task = Tag.of(NAMES)
    inputs = Inputs(["Ann  Lee met\tBo."], tokens=[["Ann", "Lee", "met", "Bo", "."]])
    (one,) = task.predictions(said(task, [["B-P", "I-P", "O", "B-P", "O"]]), inputs)
    assert one.to_dict() == {
        "spans": [
            {"start": 0, "end": 8, "label": "P", "text": "Ann  Lee", "score": 0.9},
            {"start": 13, "end": 15, "label": "P", "text": "Bo", "score": 0.9},
        ]
    }
    assert one.confidence == 0.9
    (cut,) = Tag.of(CUT).predictions(said(Tag.of(CUT), [list("BE")]), Inputs(["北京"], tokens=[list("北京")]))
    assert cut.to_dict() == {"spans": [{"start": 0, "end": 2, "text": "北京", "score": 0.9}]}
    (tagged,) = Tag.of(PARTS).predictions(said(Tag.of(PARTS), [["VERB"]]), Inputs([" go"], tokens=[["go"]]))
    assert [tuple(piece) for piece in tagged.pieces] == [(1, 3, "VERB", "go", 0.9)]
    (empty,) = task.predictions([np.zeros((0, 2))], Inputs([""], tokens=[[]]))
    assert (empty.pieces, empty.confidence) == ((), 1.0)


def test_tokens_that_do_not_stand_in_their_text():
    task = Tag.of(NAMES)
    with pytest.raises(UsageError, match="token 2, 'x', does not stand in its text"):
        task.predictions(said(task, [["O", "O"]]), Inputs(["a b"], tokens=[["a", "x"]]))


def test_raw_text_is_cut_into_what_the_training_rows_have():
    characters = Pipeline(PipelineConfig(segment=CharacterSegment()))
    words = Pipeline(PipelineConfig(segment=WordSegment(language="en")))
    assert Tag.of(NAMES).prepared(Inputs(["Ann met Bo."]), words).tokens == [["Ann", "met", "Bo", "."]]
    assert Tag.of(NAMES).prepared(Inputs(["Ann met"]), characters).tokens == [["Ann", "met"]]
    assert Tag.of(CUT).prepared(Inputs(["北京 A1"]), words).tokens == [list("北京A1")]
    given = Inputs(["a b"], tokens=[["a", "b"]])
    assert Tag.of(NAMES).prepared(given, characters) is given


def test_scores_have_intervals_over_sentences():
    task = Tag.of(NAMES)
    outputs = said(task, [["B-P", "I-P", "O", "O"], ["O", "O"]])
    targets = task.targets(NAMES)
    bootstrap = task.bootstrap(outputs, targets)
    estimate = bootstrap.estimates()["entity_f1"]
    assert estimate.low <= estimate.value <= estimate.high
    assert estimate.value == pytest.approx(2 / 3)
    assert bootstrap.classes[0].support == 2
    assert task.contributions(outputs, targets)["entity_f1"].mean() == pytest.approx(2 / 3)
    assert task.errors(outputs, targets).missed == 1
    assert (
        Tag.of(PARTS)
        .errors(said(Tag.of(PARTS), [["PRON", "NOUN"], ["NOUN", "VERB"]]), Tag.of(PARTS).targets(PARTS))
        .right
        == 3
    )
