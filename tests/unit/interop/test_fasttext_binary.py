import gzip
import struct
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.batches.fasttext_hashes import subword_buckets
from wenmai.core.errors import DataError, UsageError, WenmaiError
from wenmai.interop.fasttext_binary import read_fasttext, write_fasttext
from wenmai.interop.fasttext_matrices import PlainMatrix, QuantisedMatrix, Quantiser
from wenmai.interop.fasttext_prediction import FastTextPredictor
from wenmai.interop.recognition import recognise

WORDS = ("</s>", "good", "词", "bad")
LABELS = ("__label__a", "__label__b", "__label__c")
BUCKETS = 20


@pytest.mark.parametrize("kind", ["supervised", "skipgram", "cbow"])
def test_what_was_written_is_read_again(model, kind, tmp_path):
    path, written = tmp_path / "model.bin", model(kind)
    write_fasttext(path, written)
    assert recognise(path) == "fasttext-bin"
    found = read_fasttext(path)
    for name in ("name", "settings", "words", "labels", "tokens", "kept"):
        assert getattr(found, name) == getattr(written, name), name
    for name in ("word_counts", "label_counts"):
        assert getattr(found, name).tolist() == getattr(written, name).tolist()
    for name in ("input", "output"):
        values = getattr(found, name).values
        assert isinstance(values, np.memmap)
        assert values.tobytes() == getattr(written, name).values.tobytes()


def by_hand(file, word):
    """A word's vector, row by row."""
    rows = [file.words.index(word)] if word in file.words else []
    if word != "</s>":
        buckets, _ = subword_buckets([word], file.settings.minn, file.settings.maxn, BUCKETS)
        rows += [len(file.words) + bucket for bucket in buckets.tolist()]
    return file.input.values[rows].mean(axis=0, dtype=np.float64)


def test_vectors_are_means_of_a_words_row_and_its_characters(model, tmp_path):
    file = model("skipgram")
    for word in (*WORDS, "unseen", "龘"):
        np.testing.assert_allclose(file.vector_of(word), by_hand(file, word), atol=1e-6)
    np.testing.assert_allclose(file.vectors(), [by_hand(file, word) for word in WORDS], atol=1e-6)
    without = model("skipgram", minn=0, maxn=0)
    assert without.vectors().tolist() == without.input.values[: len(WORDS)].tolist()
    assert without.vector_of("unseen") is None


def test_a_quantised_row_is_its_centroids_times_its_length():
    generator = np.random.default_rng(0)
    parts = tuple(generator.standard_normal((256, size)).astype(np.float32) for size in (2, 2, 1))
    codes = generator.integers(0, 256, (7, 3), np.uint8)
    norms, norm_codes = generator.standard_normal((256, 1)).astype(np.float32), np.arange(7, dtype=np.uint8)
    plain = QuantisedMatrix(codes, Quantiser(parts))
    scaled = QuantisedMatrix(codes, Quantiser(parts), norm_codes, norms)
    assert plain.shape == scaled.shape == (7, 5)
    for row in range(7):
        expected = np.concatenate([part[code] for part, code in zip(parts, codes[row], strict=True)])
        assert plain.rows(np.array([row]))[0].tolist() == expected.tolist()
        assert scaled.rows(np.array([row]))[0].tolist() == (expected * norms[row]).tolist()
    means = scaled.means(np.array([1, 5, 1, 2]), np.array([0, 3, 3, 4]))
    np.testing.assert_allclose(means[0], scaled.rows(np.array([1, 5, 1])).mean(axis=0), atol=1e-6)
    assert means[1].tolist() == [0] * 5


def test_of_a_pruned_dictionary_only_kept_buckets_have_rows(quantised_bytes, tmp_path):
    path = tmp_path / "model.ftz"
    path.write_bytes(quantised_bytes(path))
    file = read_fasttext(path)
    assert file.bucket_rows(np.array([7, 3, 4, 7, 0, 19])).tolist() == [4, 5, 4]
    assert file.input.shape == (6, 3)
    vectors = file.vectors()
    for number, word in enumerate(WORDS):
        np.testing.assert_allclose(vectors[number], file.vector_of(word), atol=1e-6)
    write_fasttext(tmp_path / "again.ftz", file)
    again = read_fasttext(tmp_path / "again.ftz")
    assert [one.tolist() for one in again.kept] == [one.tolist() for one in file.kept]
    assert again.vectors().tobytes() == vectors.tobytes()
    with pytest.raises(DataError, match="a model without all of its buckets has no form without codes"):
        write_fasttext(tmp_path / "none.bin", replace(file, input=PlainMatrix(file.input.rows(np.arange(6)))))
    path.write_bytes(quantised_bytes(path, pairs=()))
    assert read_fasttext(path).bucket_rows(np.array([1, 2])).tolist() == []


@pytest.mark.parametrize("loss", ["softmax", "hs", "ns", "ova"])
def test_labels_of_a_text(model, loss):
    predictor = FastTextPredictor(model(loss=loss))
    found = predictor.predict("good 词 unseen", None)
    assert sorted(one.label for one in found) == sorted(LABELS)
    assert [one.probability for one in found] == sorted((one.probability for one in found), reverse=True)
    if loss in ("softmax", "hs"):
        assert sum(one.probability for one in found) == pytest.approx(1, abs=1e-4)
    assert predictor.predict("good 词 unseen") == found[:1]
    assert predictor.predict("good 词 unseen", None, found[1].probability - 2e-5) == found[:2]
    assert predictor.predict("good\t词\nunseen </s> bad", None) == found, "nothing behind an end is read"
    assert predictor.predict("good __label__a 词 __label__new unseen", None) == found
    assert predictor.rows("__label__new bad").tolist() == predictor.rows("bad").tolist()


def test_a_model_of_vectors_has_no_labels(model):
    with pytest.raises(UsageError, match="a skipgram model has vectors of words, not labels"):
        FastTextPredictor(model("skipgram"))


@pytest.mark.parametrize("word", ["", "a b", "a\0b", "a\nb"])
def test_a_word_that_a_file_cannot_hold_is_refused(model, word, tmp_path):
    file = replace(model(), words=("</s>", "good", "词", word))
    with pytest.raises(DataError, match="is empty or holds what ends a word"):
        write_fasttext(tmp_path / "model.bin", file)
    assert list(tmp_path.iterdir()) == []


def refused(path, content):
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read_fasttext(path)
    assert str(caught.value).startswith(f"{path}, byte ")
    return str(caught.value)


def patched(content, at, form, *values):
    return content[:at] + struct.pack(form, *values) + content[at + struct.calcsize(form) :]


SIZES = 8 + 48 + 8
"""The byte on which the dictionary's sizes stand."""


@pytest.mark.parametrize(
    ("at", "form", "values", "said"),
    [
        (0, "<i", [7], "this is no model of fastText"),
        (4, "<i", [13], "version 13 of fastText's files where 11 or 12 is expected"),
        (8, "<i", [10**9], "vectors of 1000000000"),
        (8, "<i", [4], "the input is 24 × 3 where vectors have 4 numbers"),
        (8 + 24, "<i", [9], "loss 9 and model 3 are none of fastText's"),
        (8 + 32, "<i", [0], "in 0 buckets"),
        (8 + 32, "<i", [2**31 - 1], "the input has 24 rows for 4 words and 2147483647 buckets"),
        (SIZES, "<3i", [2**31 - 1, 2**31 - 4, 3], "the dictionary claims 2147483647 entries"),
        (SIZES, "<3i", [7, 5, 3], "the dictionary claims 7 entries, 5 words and 3 labels"),
        (SIZES, "<3i", [7, 3, 4], "words and labels are not apart in the dictionary"),
        (SIZES + 20, "<q", [10**12], "the buckets kept should take 8,000,000,000,000 bytes"),
        (SIZES + 28, "<4s", [b"a\nb\0"], "entry 1 of the dictionary is no word and its count"),
        (SIZES + 28 + 5, "<q", [-1], "the dictionary has a count that cannot be"),
    ],
)
def test_a_file_that_claims_what_it_does_not_hold_is_refused(model, at, form, values, said, tmp_path):
    path = tmp_path / "model.bin"
    write_fasttext(path, model())
    assert said in refused(path, patched(path.read_bytes(), at, form, *values))


def test_a_matrix_of_a_trillion_rows_is_refused(model, tmp_path):
    path = tmp_path / "model.bin"
    write_fasttext(path, model())
    content = path.read_bytes()
    at = content.index(struct.pack("<2q", 24, 3))
    assert "the input should take 12,000,000,000,000 bytes" in refused(path, patched(content, at, "<q", 10**12))
    assert "the input is -1 × 3" in refused(path, patched(content, at, "<q", -1))
    assert "bytes stand after the model" in refused(path, content + b"\0")
    assert "whether the input is quantised is 2" in refused(path, patched(content, at - 1, "<b", 2))
    write_fasttext(path, replace(model(), words=("</s>", "good", "词", "good")))
    assert "a word stands twice in the dictionary" in refused(path, path.read_bytes())


def test_a_file_that_is_not_there_is_no_damage_and_a_packed_one_is_told(model, tmp_path):
    with pytest.raises(UsageError, match="the file cannot be read: no such file"):
        read_fasttext(tmp_path / "none.bin")
    assert "this is no model of fastText" in refused(tmp_path / "empty.bin", b"")
    path = tmp_path / "model.bin"
    write_fasttext(path, model())
    packed = tmp_path / "model.bin.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert "a compressed one, unpacked" in refused(packed, packed.read_bytes())


def test_a_vector_that_is_not_finite_is_not_given(model, tmp_path):
    file = model("skipgram")
    file.input.values[1, 0] = np.nan
    with pytest.raises(DataError, match="a vector is not finite"):
        file.vectors()
    with pytest.raises(DataError, match="a vector is not finite"):
        file.vector_of("good")


@given(quantised=st.booleans(), data=st.data())
def test_a_file_with_damage_is_read_or_refused(model, quantised_bytes, quantised, data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "damaged.bin"
    write_fasttext(path, model(loss=data.draw(st.sampled_from(["softmax", "hs", "ova"]))))
    content = bytearray(quantised_bytes(path) if quantised else path.read_bytes())
    early = st.integers(0, 220)
    for _ in range(data.draw(st.integers(1, 3))):
        at = min(data.draw(st.one_of(early, st.integers(0, len(content) - 1))), len(content) - 1)
        if data.draw(st.integers(0, 3)):
            content[at] = data.draw(st.one_of(st.sampled_from([0, 1, 127, 255]), st.integers(0, 255)))
        else:
            del content[at : at + data.draw(st.integers(1, 9))]
    path.write_bytes(content)
    try:
        file = read_fasttext(path)
        file.vectors()
        file.vector_of("good")
        if file.settings.model == "supervised":
            FastTextPredictor(file).predict("good 词 unseen", None)
    except WenmaiError as error:
        said = str(error)
    else:
        said = path.name
    assert path.name in said
