"""fastText against the official package: hashes, layout, tree, and probabilities by its own matrices."""

import contextlib
import io

import numpy as np
import pytest
from corpora import reviews

from wenmai.batches.fasttext_hashes import hash_words, run_buckets, subword_buckets
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Head, Parts
from wenmai.models.fasttext import FastTextConfig
from wenmai.recipe import recipe_for
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import GivenSegment
from wenmai.training import fit

fasttext = pytest.importorskip("fasttext", reason="needs fasttext-numpy2-wheel")

BUCKETS = 700
CERTAIN = 1e-5
"""What the official package adds to a probability before it takes the logarithm."""


@pytest.fixture(scope="module")
def texts():
    """Words in both languages with marks that are no words, apart by spaces."""
    pipeline = Pipeline(PipelineConfig(segment=GivenSegment()))
    rows = [(" ".join(words), label) for language in ("en", "zh") for words, label in words_of(reviews(language, 3))]
    assert pipeline.words([rows[0][0]])[0] == rows[0][0].split()
    return [row for row in rows if row[0]]


def words_of(data):
    pipeline = Pipeline(recipe_for("fasttext:words", data.schema.language).pipeline)
    return zip(pipeline.words(data.inputs().text), data.answers(), strict=True)


THREADS = 10
"""With fewer, release 0.9.2 leaves the rest of its table as it finds the memory: thread i fills the i-th tenth."""


def official(texts, tmp_path, **settings):
    path = tmp_path / "train.txt"
    path.write_text("".join(f"__label__{label} {text}\n" for text, label in texts), "utf-8")
    settings = {"dim": 10, "epoch": 8, "lr": 0.5, "bucket": BUCKETS, "thread": THREADS, "verbose": 0, **settings}
    with contextlib.redirect_stderr(io.StringIO()):
        return fasttext.train_supervised(str(path), **settings)


def with_its_matrices(trained, **settings):
    """Our classifier holding the official model's words, matrices and labels."""
    labels, label_counts = trained.get_labels(include_freq=True)
    words, word_counts = trained.get_words(include_freq=True)
    order = np.argsort(labels)
    config = FastTextConfig(dim=10, bucket=BUCKETS, **settings)
    pipeline = Pipeline(PipelineConfig(clean=CleanConfig.minimal(), segment=GivenSegment()))
    model = config.build(Parts(pipeline, Head("classes", len(labels), tuple(np.array(labels)[order]))))
    rows = len(trained.get_input_matrix()) - len(words)
    output = trained.get_output_matrix()
    model.restore(
        {
            "input": np.ascontiguousarray(trained.get_input_matrix(), np.float32),
            # Inner nodes stand in the tree's order, which the counts decide; classes in the order of their names.
            "output": np.ascontiguousarray(output[:-1] if config.loss == "hs" else output[order], np.float32),
            "words": np.frombuffer("\n".join(words).encode(), np.uint8),
            "word_counts": np.array(word_counts, np.int64),
            "label_counts": np.array(label_counts, np.int64)[order],
            "buckets": np.arange(rows, dtype=np.int32),
        }
    )
    return model


def said(trained, texts, labels):
    """Its probabilities [N, C], in the order of our labels."""
    found = np.zeros((len(texts), len(labels)))
    for row, text in enumerate(texts):
        names, values = trained.predict(text, k=-1, threshold=-1)
        for name, value in zip(names, values, strict=True):
            found[row, labels.index(name)] = value
    return found


FEATURES = {
    "words": ({"wordNgrams": 1}, {"word_ngrams": 1}),
    "pairs": ({"wordNgrams": 2}, {"word_ngrams": 2}),
    "characters": ({"wordNgrams": 1, "minn": 2, "maxn": 4}, {"word_ngrams": 1, "minn": 2, "maxn": 4}),
    "runs of four and characters": (
        {"wordNgrams": 4, "minn": 1, "maxn": 3, "minCount": 3},
        {"word_ngrams": 4, "minn": 1, "maxn": 3, "min_count": 3},
    ),
}
features = pytest.mark.parametrize(("theirs", "ours"), FEATURES.values(), ids=FEATURES)
OTHER = ["great phone , zebra", "这个 手机 很 糟糕 龘", "naïve ÅÅ don't", "great", "unheard-of 1234", "😀 great"]


@features
def test_softmax_says_what_the_official_package_says(texts, theirs, ours, tmp_path):
    trained = official(texts, tmp_path, loss="softmax", **theirs)
    model = with_its_matrices(trained, loss="softmax", **ours)
    seen = [text for text, _ in texts] + OTHER
    found = np.exp(model.outputs(Inputs(seen)))
    np.testing.assert_allclose(found + CERTAIN, said(trained, seen, list(model.head.names)), atol=1e-5)


def uneven(texts):
    """No two labels with as many rows, so that there is one tree."""
    labels = sorted({label for _, label in texts})
    rows = {label: [row for row in texts if row[1] == label] for label in labels}
    return [row for number, label in enumerate(labels) for row in rows[label][: 48 - 8 * number]]


@features
def test_hierarchical_softmax_says_what_the_official_package_says(texts, theirs, ours, tmp_path):
    trained = official(uneven(texts), tmp_path, loss="hs", **theirs)
    model = with_its_matrices(trained, loss="hs", **ours)
    seen = [text for text, _ in texts] + OTHER
    steps = np.diff(model.loss.tree.offsets)
    assert len(set(steps.tolist())) > 1
    found = np.exp(model.outputs(Inputs(seen)))
    # Each step of a way adds its 1e-5.
    np.testing.assert_allclose(found, said(trained, seen, list(model.head.names)), atol=CERTAIN * (steps.max() + 1))


@features
def test_one_against_all_says_what_the_official_package_says(texts, theirs, ours, tmp_path):
    trained = official(texts, tmp_path, loss="ova", **theirs)
    model = with_its_matrices(trained, loss="ova", **ours)
    seen = [text for text, _ in texts] + OTHER
    logits = model.outputs(Inputs(seen))
    # It reads the logistic function from a table of 512 steps between -8 and 8.
    step = np.floor((np.clip(logits, -8, 8) + 8) * 512 / 16)
    by_table = np.where(np.abs(logits) > 8, logits > 0, 1 / (1 + np.exp(-(step * 16 / 512 - 8))))
    different = np.abs(np.minimum(by_table + CERTAIN, 1) - said(trained, seen, list(model.head.names))) > 2e-5
    assert different.mean() < 0.002  # at the border of two steps


def test_rows_of_words_and_of_their_characters_are_the_official_ones(texts, tmp_path):
    trained = official(texts, tmp_path, minn=1, maxn=5)
    words = [word for word in trained.get_words() if word != "</s>"] + ["ungesehen", "龘龘", "é"]
    buckets, offsets = subword_buckets(words, 1, 5, BUCKETS)
    for number, word in enumerate(words):
        names, rows = trained.get_subwords(word)
        expected = [row - len(trained.get_words()) for name, row in zip(names, rows, strict=True) if name != word]
        expected += [
            row - len(trained.get_words()) for name, row in zip(names[1:], rows[1:], strict=True) if name == word
        ]
        assert sorted(buckets[offsets[number] : offsets[number + 1]].tolist()) == sorted(expected)


def test_runs_of_words_go_where_the_official_package_looks(texts, tmp_path):
    trained = official(texts, tmp_path, wordNgrams=3)
    text = texts[0][0].split()
    hashes = hash_words([*text, "</s>"])
    buckets, _, _ = run_buckets(hashes, np.array([0, len(hashes)]), 3, BUCKETS)
    rows = [trained.get_word_id(word) for word in [*text, "</s>"]] + (buckets + len(trained.get_words())).tolist()
    mean = trained.get_input_matrix()[rows].mean(axis=0)
    np.testing.assert_allclose(trained.get_sentence_vector(" ".join(text)), mean, atol=1e-6)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("loss", ["softmax", "hs", "ova", "ns"])
def test_trained_alike_it_says_alike(language, loss, tmp_path):
    train, test = reviews(language, 3, rows=600), reviews(language, 3, rows=300, seed=1)
    rows = [(" ".join(words), label) for words, label in words_of(train) if words]
    trained = official(rows, tmp_path, loss=loss, wordNgrams=2, epoch=25)
    model = FastTextConfig(dim=10, bucket=BUCKETS, epochs=25, learning_rate=0.5, word_ngrams=2, loss=loss)
    bundle = fit(recipe_for("fasttext:words", language).but(model=model), train)
    answers = test.answers()
    theirs = [trained.predict(" ".join(words))[0][0].removeprefix("__label__") for words, _ in words_of(test)]
    ours = [row.label for row in bundle.predict(test)]
    shares = [np.mean([one == other for one, other in zip(found, answers, strict=True)]) for found in (ours, theirs)]
    assert shares[0] > 0.7
    assert abs(shares[0] - shares[1]) < 0.05
