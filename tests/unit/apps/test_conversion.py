from dataclasses import replace

import numpy as np
import pytest

from wenmai.apps.conversion import convert
from wenmai.apps.conversion_target import Target
from wenmai.apps.word_vectors import WordVectors, load_vectors
from wenmai.bundle import load_bundle, verify_bundle
from wenmai.core.errors import DataError, UsageError
from wenmai.data.dataset import Inputs
from wenmai.data.loading import load
from wenmai.interop.fasttext_binary import FastTextFile, FastTextSettings, read_fasttext, write_fasttext
from wenmai.interop.fasttext_matrices import PlainMatrix
from wenmai.interop.vector_table import VectorFormat, VectorTable
from wenmai.interop.vector_writing import write_vectors
from wenmai.models.fasttext import FastTextConfig
from wenmai.recipe import recipe_for
from wenmai.training import fit

WORDS = ("</s>", "的", "good", "naïve")


@pytest.fixture
def glove(tmp_path):
    path = tmp_path / "glove.txt"
    table = VectorTable(WORDS, np.random.default_rng(0).standard_normal((4, 5)).astype(np.float32))
    write_vectors(path, table, VectorFormat.GLOVE)
    return path


def fasttext_model(kind, path, maxn=2, words=WORDS):
    settings = FastTextSettings(3, 5, 5, 1, 5, 1, "softmax", kind, 20, 1 if maxn else 0, maxn, 100, 1e-4)
    table = np.random.default_rng(0).standard_normal((24, 3)).astype(np.float32)
    labels = ("__label__a", "__label__b") if kind == "supervised" else ()
    output = PlainMatrix(table[: len(labels) or 4])
    counts = np.array([9, 5, 3, 1])
    none = np.array([3, 2][: len(labels)], np.int64)
    file = FastTextFile(path.name, settings, words, counts, labels, none, 18, None, PlainMatrix(table), output)
    write_fasttext(path, file)
    return file


@pytest.mark.parametrize("to", sorted(set(Target) - {Target.HUGGINGFACE}))
def test_vectors_come_through_every_form_to_the_bit(to, glove, tmp_path):
    target = tmp_path / "converted"
    notes = convert(glove, target, to)
    found, before = load_vectors(target), load_vectors(glove)
    assert found.words == before.words == WORDS
    assert found.vectors.tobytes() == before.vectors.tobytes()
    assert notes == ()
    back = tmp_path / "back"
    if to not in (Target.FASTTEXT_BIN,):
        assert convert(target, back, Target.FASTTEXT_BIN) == ()
        assert load_vectors(back).vectors.tobytes() == before.vectors.tobytes()


def test_a_bundle_of_vectors_is_one_like_others(glove, tmp_path):
    convert(glove, tmp_path / "bundle", Target.BUNDLE)
    bundle = load_bundle(tmp_path / "bundle")
    assert verify_bundle(tmp_path / "bundle").difference == 0
    assert bundle.recipe.member == "glove"
    vectors = WordVectors.of(bundle)
    found = bundle.outputs(Inputs(["good", "good 的", "?"]))
    np.testing.assert_allclose(found[0], vectors.vector("good"))
    np.testing.assert_allclose(found[1], (vectors.vector("good") + vectors.vector("的")) / 2, atol=1e-6)
    assert not found[2].any()
    assert any("counts are 0" in note for note in bundle.provenance.notes)


def test_runs_of_characters_stay_between_fasttexts_format_and_a_bundle(tmp_path):
    source = tmp_path / "model.bin"
    file = fasttext_model("skipgram", source)
    notes = convert(source, tmp_path / "bundle", Target.BUNDLE)
    assert "1 of its words are left out: the end of a line" in notes[2]
    vectors = load_vectors(tmp_path / "bundle")
    assert vectors.words == WORDS[1:]
    for word in WORDS[1:]:
        np.testing.assert_allclose(vectors.vector(word), file.vector_of(word), atol=1e-6)
    assert verify_bundle(tmp_path / "bundle").difference == 0
    assert convert(tmp_path / "bundle", tmp_path / "again.bin", Target.FASTTEXT_BIN) == ()
    again = read_fasttext(tmp_path / "again.bin")
    assert again.settings == replace(file.settings, loss="ns"), "the losses that word2vec has"
    for word in (*WORDS[1:], "go", "的的"):
        np.testing.assert_allclose(again.vector_of(word), vectors.vector(word), atol=1e-6)
    (note,) = convert(tmp_path / "bundle", tmp_path / "plain", Target.GLOVE)
    assert "Vectors of unseen words" in note


@pytest.mark.parametrize("kind", ["skipgram", "supervised"])
def test_vectors_of_a_fasttext_model_lose_what_composes_unseen_words_and_say_so(kind, tmp_path):
    source = tmp_path / "model.bin"
    file = fasttext_model(kind, source)
    (note,) = convert(source, tmp_path / "model.vec", Target.FASTTEXT_VEC)
    assert "Vectors of unseen words" in note
    found = load_vectors(tmp_path / "model.vec")
    assert found.vectors.tobytes() == file.vectors().tobytes()
    fasttext_model(kind, source, maxn=0)
    assert convert(source, tmp_path / "model.vec", Target.FASTTEXT_VEC) == ()


def test_a_supervised_model_becomes_a_classifier_and_a_model_again(tmp_path):
    source = tmp_path / "model.bin"
    fasttext_model("supervised", source)
    notes = convert(source, tmp_path / "bundle", Target.BUNDLE)
    assert "model.bin, SHA-256" in notes[0]
    assert load_bundle(tmp_path / "bundle").task.labels == ("a", "b")
    (note,) = convert(tmp_path / "bundle", tmp_path / "again.bin", Target.FASTTEXT_BIN)
    assert "give it words" in note
    again, before = read_fasttext(tmp_path / "again.bin"), read_fasttext(source)
    assert again.labels == before.labels
    assert again.input.values.tobytes() == before.input.values.tobytes()


def test_words_that_no_format_holds_are_left_out_and_named(tmp_path):
    source = tmp_path / "phrases.txt"
    source.write_bytes(b"New York 1 2\nof 3 4\n. . 5 6\n")
    (note,) = convert(source, tmp_path / "out", Target.WORD2VEC)
    assert note == "2 words with white space or broken characters are left out: 'New York', '. .'"
    assert (tmp_path / "out").read_bytes() == b"1 2\nof 3 4\n"
    source.write_bytes(b"New York 1 2\n")
    with pytest.raises(UsageError, match="no word can be written"):
        convert(source, tmp_path / "out", Target.WORD2VEC)


def test_words_of_a_fasttext_file_that_are_no_utf8_are_left_out(tmp_path):
    source = tmp_path / "model.bin"
    file = fasttext_model("skipgram", source)
    write_fasttext(source, replace(file, words=("</s>", "的", "good", b"\xff".decode("utf-8", "surrogateescape"))))
    notes = convert(source, tmp_path / "out", Target.GLOVE)
    assert "1 words with white space or broken characters" in notes[0]
    assert load_vectors(tmp_path / "out").words == WORDS[:3]


def test_what_cannot_be_converted_is_refused(glove, tmp_path):
    with pytest.raises(UsageError, match="take the place of the old one"):
        convert(glove, glove, Target.WORD2VEC)
    fasttext_model("skipgram", tmp_path / "model.bin")
    with pytest.raises(UsageError, match="it is a model of fastText already"):
        convert(tmp_path / "model.bin", tmp_path / "x", Target.FASTTEXT_BIN)
    convert(glove, tmp_path / "bundle", Target.BUNDLE)
    with pytest.raises(UsageError, match="it is a bundle already"):
        convert(tmp_path / "bundle", tmp_path / "x", Target.BUNDLE)
    with pytest.raises(UsageError, match="exists already"):
        convert(glove, tmp_path / "bundle", Target.BUNDLE)
    rows = [{"text": f"{word} {number}", "label": word} for word in ("a", "b") for number in range(9)]
    data = load(rows, text="text", label="label").dataset
    for member, said in (("majority", "majority holds no word vectors"), ("fasttext", "is a classifier")):
        recipe = recipe_for(member, "en")
        if member == "fasttext":
            recipe = recipe.but(model=FastTextConfig(dim=2, epochs=1, bucket=10))
        fit(recipe, data).save(tmp_path / member)
        with pytest.raises(UsageError, match=said):
            convert(tmp_path / member, tmp_path / "x", Target.WORD2VEC)
    (tmp_path / "bad").write_bytes(b"9 9\nx")
    with pytest.raises(DataError, match="the header claims"):
        convert(tmp_path / "bad", tmp_path / "x", Target.WORD2VEC)
    assert not (tmp_path / "x").exists()
