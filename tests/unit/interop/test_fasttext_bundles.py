from dataclasses import replace

import numpy as np
import pytest

from wenmai.bundle import load_bundle, verify_bundle
from wenmai.core.errors import DataError, UsageError
from wenmai.data.dataset import Inputs
from wenmai.data.loading import load
from wenmai.interop.fasttext_binary import read_fasttext, write_fasttext
from wenmai.interop.fasttext_bundles import bundle_from_fasttext, fasttext_from_bundle
from wenmai.interop.fasttext_prediction import FastTextPredictor
from wenmai.models.fasttext import FastTextConfig
from wenmai.recipe import recipe_for
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import GivenSegment
from wenmai.training import fit

GOOD, BAD, DULL = ["很 好", "不错 good", "good 喜欢"], ["太 差", "bad 失望", "不 行 bad"], ["so so", "一般 般"]
ROWS = [
    {"text": f"{text} 第{number}", "label": label}
    for label, texts, count in (("好评", GOOD, 9), ("bad", BAD, 6), ("so", DULL, 4))
    for text in texts
    for number in range(count)
]
SEEN = [row["text"] for row in ROWS[::3]] + ["good bad", "unseen 词", "", "很 good 不 第3 失望"]


def trained(loss="softmax", **settings):
    model = FastTextConfig(
        bucket=50, loss=loss, **{"dim": 6, "epochs": 5, "word_ngrams": 2, "minn": 1, "maxn": 2, **settings}
    )
    pipeline = PipelineConfig(clean=CleanConfig.minimal(), segment=GivenSegment())
    recipe = recipe_for("fasttext:words", "mixed").but(model=model, pipeline=pipeline)
    return fit(recipe, load(ROWS, text="text", label="label").dataset)


def probabilities(bundle, text):
    task = bundle.task
    values = task.probabilities(bundle.outputs(Inputs([text])))[0]
    return dict(zip(task.labels, values.tolist(), strict=True))


@pytest.mark.parametrize("settings", [{}, {"word_ngrams": 1, "minn": 0, "maxn": 0}], ids=["hashed", "words alone"])
@pytest.mark.parametrize("loss", ["softmax", "hs", "ova", "ns"])
def test_a_bundle_becomes_a_file_and_a_bundle_again(loss, settings, tmp_path):
    bundle, path = trained(loss, **settings), tmp_path / "model.bin"
    write_fasttext(path, fasttext_from_bundle(bundle))
    file, again = read_fasttext(path), bundle_from_fasttext(path)
    assert file.labels == ("__label__好评", "__label__bad", "__label__so"), "by falling count"
    assert set(again.task.labels) == set(bundle.task.labels)
    for text in SEEN:
        ours, theirs = probabilities(bundle, text), FastTextPredictor(file).predict(text, None, -1)
        if loss in ("softmax", "hs"):
            for one in theirs:
                label = one.label.removeprefix("__label__")
                assert one.probability == pytest.approx(ours[label], abs=4e-5 if loss == "hs" else 1.1e-5)
        before = dict(zip(bundle.task.labels, bundle.outputs(Inputs([text]))[0], strict=True))
        values = dict(zip(again.task.labels, again.outputs(Inputs([text]))[0], strict=True))
        for label, value in before.items():
            assert values[label] == pytest.approx(value, abs=1e-5)


def test_the_bundle_is_one_like_others(tmp_path):
    write_fasttext(tmp_path / "model.bin", fasttext_from_bundle(trained(epochs=25)))
    bundle = bundle_from_fasttext(tmp_path / "model.bin")
    bundle.save(tmp_path / "bundle")
    assert verify_bundle(tmp_path / "bundle").difference == 0
    loaded = load_bundle(tmp_path / "bundle")
    assert [one.label for one in loaded.predict(["太 差 bad", "good 不错"])] == ["bad", "好评"]
    text = "很 good 不 第3"
    assert [text[start:end] for start, end in loaded.explain(text).spans] == text.split()
    assert loaded.provenance.rows == len(ROWS)
    assert "model.bin, SHA-256" in (tmp_path / "bundle" / "card.md").read_text("utf-8")


def test_what_a_pruned_model_leaves_out_does_not_count(quantised_bytes, tmp_path):
    path = tmp_path / "model.ftz"
    path.write_bytes(quantised_bytes(path))
    file, bundle = read_fasttext(path), bundle_from_fasttext(path)
    assert bundle.recipe.model.unseen == "left_out"
    assert '"unseen": "left_out"' in bundle.recipe.to_json()
    for text in ("good 词 unseen", "bad", "", "zzz yyy good"):
        ours = probabilities(bundle, text)
        for one in FastTextPredictor(file).predict(text, None):
            assert one.probability == pytest.approx(ours[one.label.removeprefix("__label__")], abs=1.1e-5)
        # What the words are said to have changed is what changed.
        for output in range(3):
            logits = bundle.outputs(Inputs([text, ""]))
            against = np.full(3, -1 / 2)
            against[output] = 1
            changed = (logits[0] - logits[1]) @ against
            assert bundle.explain(text, output).weights.sum() == pytest.approx(changed, abs=1e-6)
    assert len(bundle.top_features(0)) == 3
    bundle.save(tmp_path / "bundle")
    assert load_bundle(tmp_path / "bundle").fingerprint == bundle.fingerprint
    with pytest.raises(DataError, match="which only a quantised file of fastText can say"):
        fasttext_from_bundle(bundle)


def test_recipes_of_before_there_was_a_choice_are_the_same():
    assert "unseen" not in FastTextConfig().to_json()
    assert FastTextConfig.parse_json(FastTextConfig(unseen="left_out").to_json()).unseen == "left_out"


def test_what_is_no_classifier_is_refused(model, tmp_path):
    path = tmp_path / "model.bin"
    write_fasttext(path, model("skipgram"))
    with pytest.raises(UsageError, match="a skipgram model has vectors of words and no labels"):
        bundle_from_fasttext(path)
    write_fasttext(path, replace(model(), words=("end", "good", "词", "bad")))
    with pytest.raises(DataError, match="the words lack '</s>'"):
        bundle_from_fasttext(path)
    other = fit(recipe_for("majority", "zh"), load(ROWS, text="text", label="label").dataset)
    with pytest.raises(UsageError, match="majority is not fastText"):
        fasttext_from_bundle(other)
