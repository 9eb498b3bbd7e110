"""The contract carries every task family: one double each goes the whole road, saved and loaded in a fresh process."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from doubles import DOUBLES

from wenmai.bundle import load_bundle, verify_bundle
from wenmai.core.errors import BundleError, UsageError
from wenmai.core.schema import (
    ClassifyColumns,
    EmbedColumns,
    GenerateColumns,
    PairColumns,
    Schema,
    SpanColumns,
    TagColumns,
)
from wenmai.data.dataset import Dataset, Inputs
from wenmai.recipe import InputReference, parse_recipe, recipe_for
from wenmai.text.segment import BundleSegment
from wenmai.training import fit

TAGGED = Dataset(
    pa.table({"tokens": [list("我爱北京"), list("他在上海")], "tags": [list("BBBI"), list("BBBI")]}),
    Schema(columns=TagColumns(), language="zh"),
)
PAIRS = Dataset(
    pa.table(
        {
            "first": ["猫坐下", "狗跑", "鸟飞走了", "鱼在游"],
            "second": ["猫坐", "天气好", "鸟飞了", "车停了"],
            "label": ["1", "0", "1", "0"],
        }
    ),
    Schema(columns=PairColumns(), language="zh"),
)
SPANS = Dataset(
    pa.table(
        {
            "context": ["他住在北京。", "她来自上海市。"],
            "question": ["他住在哪里", "她来自哪里"],
            "answers": [[{"start": 3, "text": "北京"}], [{"start": 3, "text": "上海"}]],
        }
    ),
    Schema(columns=SpanColumns(), language="zh"),
)
CORPUS_TO_CONTINUE = Dataset(
    pa.table({"target": ["abc", "abc"]}), Schema(columns=GenerateColumns(source=None), language="en")
)
UNLABELLED = Dataset(
    pa.table({"text": ["好书", "好看", "坏车", "车坏了", "书不好"]}), Schema(columns=EmbedColumns(), language="zh")
)
LABELLED = Dataset(
    pa.table({"text": ["好书", "好看", "坏车", "车坏了"], "label": ["p", "p", "n", "n"]}),
    Schema(columns=ClassifyColumns(), language="zh"),
)

FAMILIES = {
    "frequent-tag": TAGGED,
    "word-overlap": PAIRS,
    "overlap-span": SPANS,
    "bigram-writer": CORPUS_TO_CONTINUE,
    "word-vectors": UNLABELLED,
}


def trained(member):
    data = FAMILIES[member]
    return fit(recipe_for(member, data.schema.language, catalog=DOUBLES), data, catalog=DOUBLES)


@pytest.mark.parametrize("member", FAMILIES)
def test_a_family_goes_the_whole_road(member, tmp_path):
    data, bundle = FAMILIES[member], trained(member)
    predictions = [prediction.to_dict() for prediction in bundle.predict(data)]
    assert len(predictions) == len(data)
    bundle.save(tmp_path / "bundle")
    again = load_bundle(tmp_path / "bundle", catalog=DOUBLES)
    assert [prediction.to_dict() for prediction in again.predict(data)] == predictions
    assert again.fingerprint == bundle.fingerprint
    assert verify_bundle(tmp_path / "bundle", catalog=DOUBLES).difference == 0


@pytest.mark.parametrize("member", FAMILIES)
def test_a_family_is_verified_in_a_fresh_process(member, tmp_path):
    trained(member).save(tmp_path / "bundle")
    program = (
        "import sys; from doubles import DOUBLES; from wenmai.bundle import verify_bundle\n"
        "print(verify_bundle(sys.argv[1], catalog=DOUBLES).difference)"
    )
    here = str(Path(__file__).parent)
    ran = subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "bundle")],
        capture_output=True,
        text=True,
        check=False,
        env={"PYTHONPATH": here, "PATH": ""},
    )
    assert (ran.stdout.strip(), ran.stderr) == ("0.0", "")


@pytest.mark.parametrize("member", FAMILIES)
def test_rows_of_a_batch_do_not_see_each_other(member):
    data, bundle = FAMILIES[member], trained(member)
    together = bundle.outputs(data)
    for row in range(len(data)):
        np.testing.assert_allclose(bundle.outputs(data.inputs(row, row + 1))[0], together[row], atol=1e-6)


@pytest.mark.parametrize("member", ["frequent-tag", "word-overlap", "overlap-span", "bigram-writer"])
def test_scores_carry_intervals_in_every_family(member):
    data, bundle = FAMILIES[member], trained(member)
    bootstrap = bundle.task.bootstrap(bundle.outputs(data), bundle.task.targets(data))
    estimate = bootstrap.estimates()[bundle.task.metric]
    assert estimate.low <= estimate.value <= estimate.high


def test_what_the_doubles_learnt_is_what_they_should():
    assert trained("frequent-tag").predict(Inputs(["x"], tokens=[list("北京")]))[0].tags == ("B", "I")
    assert trained("word-overlap").predict(Inputs(["猫坐"], ["猫坐"]))[0].label == "1"
    assert trained("overlap-span").predict(Inputs(["他住在天津。"], ["他住在哪"]))[0].text == "天津"
    assert trained("bigram-writer").predict("")[0].text == "abc"
    assert len(trained("word-vectors").predict("好")[0].vector) == 4


def centroid(vectors):
    recipe = recipe_for("nearest-centroid", "zh", catalog=DOUBLES)
    recipe = recipe.but(inputs=(InputReference(name="vectors", content=vectors.fingerprint),))
    return fit(recipe, LABELLED, inputs={"vectors": vectors}, catalog=DOUBLES)


def test_a_bundle_builds_on_another_and_takes_it_along(tmp_path):
    vectors = trained("word-vectors")
    classifier = centroid(vectors)
    said = [prediction.to_dict() for prediction in classifier.predict(["好", "车"])]
    classifier.save(tmp_path / "bundle")
    again = load_bundle(tmp_path / "bundle", catalog=DOUBLES)
    assert [prediction.to_dict() for prediction in again.predict(["好", "车"])] == said
    assert again.inputs["vectors"].fingerprint == vectors.fingerprint


def test_an_input_that_is_missing_or_another_is_refused():
    vectors = trained("word-vectors")
    recipe = recipe_for("nearest-centroid", "zh", catalog=DOUBLES)
    named = recipe.but(inputs=(InputReference(name="vectors", content="0" * 16),))
    with pytest.raises(UsageError, match="'vectors' is not given"):
        fit(named, LABELLED, catalog=DOUBLES)
    with pytest.raises(UsageError, match=f"fingerprint {vectors.fingerprint}, the recipe names 0000"):
        fit(named, LABELLED, inputs={"vectors": vectors}, catalog=DOUBLES)
    with pytest.raises(UsageError, match="no input 'vectors'. Its inputs: none"):
        fit(recipe, LABELLED, inputs={"vectors": vectors}, catalog=DOUBLES)


def test_an_input_changed_on_disk_is_refused(tmp_path):
    centroid(trained("word-vectors")).save(tmp_path / "bundle")
    vocabulary = tmp_path / "bundle/inputs/vectors/pipeline/vocabulary.txt"
    vocabulary.write_text(vocabulary.read_text() + "x\n")
    with pytest.raises(BundleError, match="changed or damaged"):
        load_bundle(tmp_path / "bundle", catalog=DOUBLES)


def test_a_trained_tagger_segments_for_another_recipe(tmp_path):
    segmenter = trained("frequent-tag")
    recipe = recipe_for("tfidf-lr:words", "zh", catalog=DOUBLES)
    recipe = recipe.but(
        pipeline=recipe.pipeline.but(segment=BundleSegment(input="segmenter")),
        inputs=(InputReference(name="segmenter", content=segmenter.fingerprint),),
    )
    bundle = fit(recipe, LABELLED, inputs={"segmenter": segmenter}, catalog=DOUBLES)
    assert bundle.pipeline.words(["我爱北京"]) == [["我", "爱", "北京"]]
    bundle.save(tmp_path / "bundle")
    assert load_bundle(tmp_path / "bundle", catalog=DOUBLES).pipeline.words(["我爱北京"]) == [["我", "爱", "北京"]]


@pytest.mark.parametrize("member", [*FAMILIES, "nearest-centroid"])
def test_a_recipe_comes_back_from_json(member):
    recipe = recipe_for(member, "zh", catalog=DOUBLES)
    assert parse_recipe(recipe.model_dump(mode="json"), catalog=DOUBLES) == recipe
