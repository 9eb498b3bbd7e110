"""Taggers that fit themselves: the most frequent tag, the hidden Markov model, the CRF over counted features."""

import itertools
import re

import numpy as np
import pyarrow as pa
import pytest

from wenmai.core.errors import BundleError, FitError, UsageError
from wenmai.core.progress import Silent
from wenmai.core.schema import Schema, TagColumns
from wenmai.core.tags import TagRules, complete_tags, spans_of
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Examples, Head, Parts, Run
from wenmai.models.dictionary_features import KnownWords
from wenmai.models.feature_crf import CHARACTER_TEMPLATES, FeatureCRFConfig
from wenmai.models.feature_crf_loss import FeatureWeights, SequenceLoss
from wenmai.models.frequent_tag import FrequentTagConfig
from wenmai.models.hmm import HMMConfig, interpolated
from wenmai.models.string_table import packed, unpacked
from wenmai.models.tagging import offsets_of
from wenmai.models.token_features import TokenFeatures
from wenmai.models.token_views import templates_of
from wenmai.text.pipeline import Pipeline, PipelineConfig

NAMES = complete_tags(["LOC", "PER"], "iob2", outside=True)
HEAD = Head("tags", len(NAMES), NAMES, TagRules.of(NAMES, "iob2"))
PEOPLE, PLACES = ["Anna Berg", "Tom Stone", "Mary Lee Cook", "Ivan"], ["Paris", "New York", "Oslo", "Los Angeles"]
CONFIGS = [FrequentTagConfig(), HMMConfig(), FeatureCRFConfig(max_iterations=40)]


def sentences(rows, seed=0):
    """Tokens and tags of made-up sentences: people come from places."""
    generator = np.random.default_rng(seed)
    found = []
    for _ in range(rows):
        tokens, tags = [], []
        person, place = PEOPLE[generator.integers(len(PEOPLE))], PLACES[generator.integers(len(PLACES))]
        for part, label in (("yesterday", None), (person, "PER"), ("came from", None), (place, "LOC"), (".", None)):
            words = part.split()
            tokens += words
            tags += ["O"] * len(words) if label is None else [f"B-{label}"] + [f"I-{label}"] * (len(words) - 1)
        found.append((tokens, tags))
    return found


def dataset(rows):
    table = pa.table({"tokens": [tokens for tokens, _ in rows], "tags": [tags for _, tags in rows]})
    return Dataset(table, Schema(columns=TagColumns()), "made up")


def examples(rows, head=HEAD):
    return Examples(dataset(rows), [np.array([head.names.index(tag) for tag in tags]) for _, tags in rows])


def built(config, head=HEAD):
    return config.build(Parts(Pipeline(PipelineConfig()), head))


def fitted(config, rows=60, **options):
    model = built(config)
    model.fit(examples(sentences(rows)), None, Run(**options))
    return model


configs = pytest.mark.parametrize("config", CONFIGS, ids=lambda config: type(config).__name__)


@configs
def test_it_learns_what_words_and_their_neighbours_say(config):
    model, rows = fitted(config), sentences(30, seed=1)
    outputs = model.outputs(dataset(rows).inputs())
    said = [[NAMES[int(number)] for number in row[:, 0]] for row in outputs]
    right = sum(
        one == other for own, (_, tags) in zip(said, rows, strict=True) for one, other in zip(own, tags, strict=True)
    )
    assert right / sum(map(len, said)) > 0.95
    assert all(((row[:, 1] >= 0) & (row[:, 1] <= 1)).all() for row in outputs)


@configs
def test_only_what_the_scheme_allows_is_said(config):
    model = fitted(config)
    strange = [["York", "Lee", "Cook", "York", "York"], ["Angeles"], ["Stone", "New", "Los", "New"]]
    for row in model.outputs(Inputs(["", "", ""], tokens=strange)):
        path = row[:, 0].astype(int)
        assert HEAD.rules.starts[path[0]]
        assert all(HEAD.rules.follows[one, other] for one, other in itertools.pairwise(path))


@configs
def test_the_tokens_of_a_span_have_one_confidence(config):
    model = fitted(config)
    (row,) = model.outputs(Inputs([""], tokens=[["Mary", "Lee", "Cook", "came", "from", "New", "York"]]))
    tags = [NAMES[int(number)] for number in row[:, 0]]
    assert spans_of(tags, "iob2") == [(0, 3, "PER"), (5, 7, "LOC")]
    assert len(set(row[:3, 1])) == len(set(row[5:, 1])) == 1


@configs
def test_a_row_alone_is_a_row_among_others(config):
    model = fitted(config)
    rows = [[], ["Oslo"], ["never", "seen", "!"], *(tokens for tokens, _ in sentences(9, seed=3))]
    together = model.outputs(Inputs([""] * len(rows), tokens=rows))
    assert [row.shape for row in together] == [(len(row), 2) for row in rows]
    for row, found in zip(rows, together, strict=True):
        np.testing.assert_array_equal(model.outputs(Inputs([""], tokens=[row]))[0], found)
    assert model.outputs(Inputs([], tokens=[])) == []


@configs
def test_its_arrays_bring_it_back(config):
    model, again = fitted(config), built(config)
    again.restore(model.arrays())
    inputs = dataset(sentences(20, seed=5)).inputs()
    for one, other in zip(model.outputs(inputs), again.outputs(inputs), strict=True):
        np.testing.assert_array_equal(one, other)


@configs
def test_damaged_arrays_are_refused(config):
    arrays = fitted(config).arrays()
    for name, array in arrays.items():
        for damaged in (array[:-1], np.concatenate([array, array[-1:]])):
            with pytest.raises(BundleError):
                built(config).restore({**arrays, name: damaged})
        with pytest.raises(BundleError, match="are expected"):
            built(config).restore({other: value for other, value in arrays.items() if other != name})


@configs
def test_what_cannot_be_learnt_is_said(config):
    with pytest.raises(FitError, match="tags cannot be weighted"):
        fitted(config, class_weight="balanced")
    with pytest.raises(FitError, match="no row has a token"):
        built(config).fit(examples([([], [])]), None, Run())
    with pytest.raises(FitError, match="budget was spent"):
        fitted(config, deadline=0.0)
    with pytest.raises(UsageError, match="reads tokens"):
        fitted(config).outputs(Inputs(["not cut"]))


@pytest.mark.parametrize("config", CONFIGS[1:], ids=lambda config: type(config).__name__)
def test_the_next_best_sequences_and_the_marginals(config):
    model = fitted(config)
    inputs = Inputs(["", ""], tokens=[["Tom", "from", "New", "York"], []])
    (ranked, empty), (shares, none) = model.best(inputs, 5), model.marginals(inputs)
    first = model.outputs(inputs)[0]
    assert ranked[0][0].tolist() == first[:, 0].astype(int).tolist()
    logarithms = [score for _, score in ranked]
    assert logarithms == sorted(logarithms, reverse=True)
    assert np.exp(logarithms).sum() <= 1 + 1e-9
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert len(empty[0][0]) == len(none) == 0


def test_an_unknown_word_is_judged_by_its_ending():
    names = ("NOUN", "VERB")
    head = Head("tags", 2, names)
    rows = [(["nation"], ["NOUN"]), (["station"], ["NOUN"]), (["ration"], ["NOUN"]), (["walked"], ["VERB"])]
    rows += [(["talked"], ["VERB"]), (["jumped"], ["VERB"]), (["it", "was"], ["NOUN", "VERB"])]
    for config, expected in ((FrequentTagConfig(), [0, 1]), (FrequentTagConfig(unknown="overall"), [0, 0])):
        model = built(config, head)
        model.fit(examples([*rows, (["nation"], ["NOUN"])], head), None, Run())
        found = model.outputs(Inputs(["", ""], tokens=[["creation"], ["parked"]]))
        assert [int(row[0, 0]) for row in found] == expected


def test_pairs_are_interpolated_with_what_follows_anything():
    pairs = np.array([[0, 90, 10], [50, 0, 40], [50, 0, 0]])
    shares = interpolated(pairs)
    np.testing.assert_allclose(shares.sum(axis=1), 1)
    assert (shares > 0).all()
    assert shares[0, 1] > shares[0, 2] > shares[0, 0]


def test_the_loss_falls_as_its_gradient_says():
    rows = sentences(12)
    model, given = built(CONFIGS[2]), examples(rows)
    tags = np.concatenate(given.targets)
    features = model.features.fit(given.data, tags, NAMES, HEAD.rules, 1)
    model._number_weights(features, tags)
    weights, offsets = FeatureWeights(features, model.pointers, model.tags), offsets_of([tokens for tokens, _ in rows])
    losses = [SequenceLoss(weights, offsets, tags, HEAD.rules, 1.0, Run(threads=threads)) for threads in (1, 3)]
    generator = np.random.default_rng(0)
    at, along = generator.normal(size=(2, losses[0].size)) * 0.1
    value, gradient = losses[0](at)
    difference = (losses[0](at + 1e-5 * along)[0] - losses[0](at - 1e-5 * along)[0]) / 2e-5
    assert difference == pytest.approx(gradient @ along, rel=1e-5)
    np.testing.assert_allclose(losses[1](at)[0], value)
    np.testing.assert_allclose(losses[1](at)[1], gradient, atol=1e-9)


def test_weights_in_the_order_of_their_use_are_the_same_weights():
    rows = sentences(12)
    model, given = built(CONFIGS[2]), examples(rows)
    tags = np.concatenate(given.targets)
    features = model.features.fit(given.data, tags, NAMES, HEAD.rules, 2)  # so that some tokens lack a feature
    assert (features < 0).any()
    seen = model._number_weights(features, tags)
    assert seen.sum() == (features >= 0).sum()
    layout, offsets = FeatureWeights(features, model.pointers, model.tags), offsets_of([tokens for tokens, _ in rows])
    used, places = layout.by_use()
    assert sorted(places) == list(range(len(model.tags)))
    first = used.features[used.features >= 0]
    assert list(dict.fromkeys(first.tolist())) == list(range(len(model.features.counted)))
    parameters = np.random.default_rng(0).normal(size=len(places) + len(NAMES) ** 2)
    moved = np.concatenate([parameters[: len(places)][places], parameters[len(places) :]])
    plain, moved_loss = (SequenceLoss(one, offsets, tags, HEAD.rules, 1.0, Run()) for one in (layout, used))
    (value, gradient), (same, moved_gradient) = plain(parameters), moved_loss(moved)
    assert same == pytest.approx(value, rel=1e-12)
    np.testing.assert_allclose(moved_gradient[: len(places)], gradient[: len(places)][places], atol=1e-9)


def test_the_loss_that_is_shown_only_falls():
    class Heard(Silent):
        def __init__(self):
            self.said = []

        def say(self, text):
            self.said.append(text)

    heard = Heard()
    fitted(FeatureCRFConfig(), progress=heard)
    matches = [re.fullmatch(r"loss ([\d,]+) after (\d+) steps", text) for text in heard.said]
    losses = [int(match[1].replace(",", "")) for match in matches]
    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.5 * losses[0]
    assert [int(match[2]) for match in matches] == list(range(1, len(losses) + 1))


def test_features_are_exact_and_can_be_read():
    features = TokenFeatures(templates_of(["word[0]", "lower[-1]|word[0]", "suffix2[1]"]))
    rows = [["New", "York"], ["york", "new", "York"]]
    found = features.fit(rows, 1)
    names = [[features.name(number) for number in token] for token in found.tolist()]
    assert names[0] == ["word[0]=New", "lower[-1]=(before) & word[0]=New", "suffix2[1]=rk"]
    assert names[4] == ["word[0]=York", "lower[-1]=new & word[0]=York", "suffix2[1]=(after)"]
    np.testing.assert_array_equal(features.transform(rows), found)
    assert features.transform([["Boston"]]).tolist() == [[-1, -1, found[4, 2]]]
    often = TokenFeatures(templates_of(["word[0]"]))
    assert often.fit(rows, 2).ravel().tolist() == [-1, 0, -1, -1, 0]


def test_many_tokens_and_few_have_the_same_features(monkeypatch):
    rows = [tokens for tokens, _ in sentences(30)]
    features = TokenFeatures(templates_of(CHARACTER_TEMPLATES))
    features.fit(rows[:3], 2)
    few = features.transform(rows)
    monkeypatch.setattr("wenmai.models.token_features.MANY", 1)
    np.testing.assert_array_equal(features.transform(rows), few)
    assert (few < 0).any()
    features.fit(rows[10:], 1)
    again = features.transform(rows)
    monkeypatch.undo()
    np.testing.assert_array_equal(features.transform(rows), again)


def test_paths_are_those_of_the_outputs():
    model, inputs = fitted(CONFIGS[2]), dataset([*sentences(10, seed=1), ([], [])]).inputs()
    for path, row in zip(model.paths(inputs), model.outputs(inputs), strict=True):
        np.testing.assert_array_equal(path, row[:, 0])
    assert model.paths(Inputs([], tokens=[])) == []


@pytest.mark.parametrize(
    ("template", "message"),
    [("word", "not written as"), ("wort[0]", "unknown view 'wort'"), ("word[0]|", "not written as")],
)
def test_a_template_that_cannot_be_read_is_refused(template, message):
    with pytest.raises(ValueError, match=message):
        FeatureCRFConfig(templates=(template,))
    with pytest.raises(ValueError, match="each template may stand there once"):
        FeatureCRFConfig(templates=("word[0]", "word[0]"))
    with pytest.raises(ValueError, match=r"does not name factor\[offset\]"):
        FeatureCRFConfig(factor_templates=("word[0]",))
    with pytest.raises(ValueError, match="unknown view 'factor'"):
        FeatureCRFConfig(templates=("factor[0]",))


def spoken_rows(rows, seed=0):
    """Sentences of made-up words whose tags hang on what stands beside them, and on that alone."""
    generator = np.random.default_rng(seed)
    tokens = [[f"w{number}" for number in generator.integers(1000, size=6)] for _ in range(rows)]
    beside = [generator.choice(["N", "V", "D"], size=6).tolist() for _ in range(rows)]
    tags = [["A" if (at and row[at - 1]) == "D" else "B" for at in range(6)] for row in beside]
    return tokens, beside, tags


def test_further_columns_are_read_and_come_back():
    tokens, beside, tags = spoken_rows(80)
    schema = Schema(columns=TagColumns(factors=("pos",)))
    data = Dataset(pa.table({"tokens": tokens, "tags": tags, "pos": beside}), schema, "made up")
    head = Head("tags", 2, ("A", "B"))
    given = Examples(data, [np.array([head.names.index(tag) for tag in row]) for row in tags])
    model = built(FeatureCRFConfig(max_iterations=40), head)
    model.fit(given, None, Run())
    assert model.factors == ("pos",)
    assert any("pos[-1]=D" in name for name, _ in model.top_features(0, 3))
    new, their, expected = spoken_rows(20, seed=1)
    inputs = Inputs([""] * 20, tokens=new, factors={"pos": their})
    said = model.outputs(inputs)
    assert [[head.names[int(tag)] for tag in row[:, 0]] for row in said] == expected
    again = built(FeatureCRFConfig(max_iterations=40), head)
    again.restore(model.arrays())
    for one, other in zip(said, again.outputs(inputs), strict=True):
        np.testing.assert_array_equal(one, other)
    with pytest.raises(
        UsageError, match="also reads column pos of each token, which the texts do not have. Give a file"
    ):
        again.outputs(Inputs([""], tokens=[["w1"]]))
    with pytest.raises(UsageError, match="row 1 has 2 tokens and 1 values of column pos"):
        again.outputs(Inputs([""], tokens=[["w1", "w2"]], factors={"pos": [["N"]]}))
    broken = model.arrays()
    broken["factors"] = np.array([255], np.uint8)
    with pytest.raises(BundleError, match="factors"):
        built(FeatureCRFConfig(max_iterations=40), head).restore(broken)
    without = built(FeatureCRFConfig(max_iterations=40, factor_templates=()), head)
    without.fit(given, None, Run())
    assert without.factors == ()
    assert len(without.outputs(Inputs([""], tokens=[["w1"]]))) == 1


WORD_HEAD = Head("tags", 4, ("B", "M", "E", "S"), TagRules.of(("B", "M", "E", "S"), "bmes"))
SYLLABLES = [chr(0x4E00 + 7 * number) for number in range(60)]


def segmented(words, rows, seed=0):
    """Sentences of characters that say nothing about where words of two and three end; only the words do."""
    generator = np.random.default_rng(seed)
    tokens, tags = [], []
    for _ in range(rows):
        chosen = [words[number] for number in generator.integers(len(words), size=8)]
        tokens.append([character for word in chosen for character in word])
        tags.append([tag for word in chosen for tag in ["B", *"M" * (len(word) - 2), "E"]])
    data = Dataset(pa.table({"tokens": tokens, "tags": tags}), Schema(columns=TagColumns(scheme="bmes")), "made up")
    return Examples(data, [np.array([WORD_HEAD.names.index(tag) for tag in row]) for row in tags])


def test_words_of_a_dictionary_are_believed_as_far_as_training_rows_bear_them_out():
    generator = np.random.default_rng(3)
    made = ["".join(generator.choice(SYLLABLES, size=2 + number % 2)) for number in range(240)]
    known, new = made[:160], made[160:]
    train, test = segmented(known, 150), segmented(new, 40, seed=1)
    right = {}
    for name, dictionary in (("without", ()), ("with", tuple(f"{word} 3 n" for word in new))):
        config = FeatureCRFConfig(templates=CHARACTER_TEMPLATES, dictionary=dictionary, max_iterations=60)
        model = built(config, WORD_HEAD)
        model.fit(train, None, Run())
        said = model.outputs(test.data.inputs())
        right[name] = np.mean(np.concatenate([row[:, 0] for row in said]) == np.concatenate(test.targets))
        again = built(config, WORD_HEAD)
        again.restore(model.arrays())
        assert all((one == other).all() for one, other in zip(said, again.outputs(test.data.inputs()), strict=True))
    assert right["with"] > 0.95
    assert right["without"] < 0.8


def test_a_training_row_does_not_know_its_words_from_itself():
    known = KnownWords(["好人"])
    rows, numbers = [list("好人北京"), list("北京")], [np.array([0, 2, 0, 2]), np.array([0, 2])]
    seen = known.learn(rows, numbers, WORD_HEAD.names, WORD_HEAD.rules)
    assert seen["begins"] == [["2", "", "2", ""], ["2", ""]]  # each row from the other one
    assert known.learn(rows[:1], numbers[:1], WORD_HEAD.names, WORD_HEAD.rules)["ends"] == [["", "2", "", ""]]
    assert known.lexicon == ("北京", "好人")
    assert known.seen([list("上北京人")])["ends"] == [["", "", "2", ""]]
    known.restore(["一二三四五六", "一" * 1_000_000])  # which nobody could hold the beginnings of
    found = known.seen([list("一二三四五六")])
    assert (found["begins"][0][0], found["inside"][0], found["ends"][0][5]) == ("5", ["", "5", "5", "5", "5", ""], "5")


def test_a_dictionary_means_nothing_for_single_tokens():
    model = built(FeatureCRFConfig(dictionary=("好人",)), Head("tags", 2, ("A", "B")))
    given = Examples(dataset([(["a", "b"], ["A", "B"])]), [np.array([0, 1])])
    with pytest.raises(FitError, match="a dictionary says where words begin and end, and these tags stand for single"):
        model.fit(given, None, Run())
    with pytest.raises(ValueError, match="the entry is empty"):
        FeatureCRFConfig(dictionary=(" ",))


def test_it_shows_the_features_that_speak_for_a_tag():
    shown = fitted(CONFIGS[2]).top_features(NAMES.index("B-LOC"), 5)
    assert len(shown) == 5
    assert [weight for _, weight in shown] == sorted((weight for _, weight in shown), reverse=True)


def test_any_strings_can_stand_among_arrays():
    strings = ["", "a\nb", "\x00", "\ud800", "文脉", "a"]
    assert unpacked("words", packed("words", strings)) == strings
    with pytest.raises(BundleError, match="stands twice"):
        unpacked("words", packed("words", ["a", "a"]))
    with pytest.raises(BundleError, match="no text"):
        unpacked("words", {"words": np.array([255], np.uint8), "words_lengths": np.array([1], np.int32)})
