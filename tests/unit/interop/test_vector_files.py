import gzip
import struct

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.core.errors import DataError, UsageError, WenmaiError
from wenmai.interop.recognition import recognise
from wenmai.interop.vector_reading import read_vectors
from wenmai.interop.vector_table import VectorFormat, VectorTable
from wenmai.interop.vector_writing import write_vectors

TEXT = (VectorFormat.WORD2VEC, VectorFormat.GLOVE, VectorFormat.FASTTEXT_VEC)
FORMS = (*TEXT, VectorFormat.WORD2VEC_BINARY)


def read(path):
    return read_vectors(path, recognise(path))


def refused(path, content):
    path.write_bytes(content)
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(path) in str(caught.value)
    return str(caught.value).replace(str(path), "FILE")


@pytest.mark.parametrize("name", ["vectors", "vectors.gz"])
@pytest.mark.parametrize("form", FORMS)
def test_what_was_written_is_read_again_to_the_bit(form, name, table, tmp_path):
    path = tmp_path / "plain"
    write_vectors(path, table, form)
    if name.endswith(".gz"):
        (tmp_path / name).write_bytes(gzip.compress(path.read_bytes()))
        path = tmp_path / name
    expected = VectorFormat.WORD2VEC if form is VectorFormat.FASTTEXT_VEC else form
    assert recognise(path) is expected
    found = read(path)
    assert found.words == table.words
    assert found.vectors.tobytes() == table.vectors.tobytes()
    assert found.vectors.flags.owndata
    assert found.counts is None
    assert found.notes == ()


@pytest.mark.parametrize("size", [7, 64, 1000])
@pytest.mark.parametrize("form", FORMS)
def test_rows_that_lie_across_parts_of_the_file_are_whole(form, size, table, tmp_path, monkeypatch):
    monkeypatch.setattr("wenmai.interop.vector_reading.CHUNK_BYTES", size)
    monkeypatch.setattr("wenmai.interop.vector_reading._FIRST_ROWS", 1)
    path = tmp_path / "vectors"
    write_vectors(path, table, form)
    found = read(path)
    assert found.words == table.words
    assert found.vectors.tobytes() == table.vectors.tobytes()


def test_the_files_look_as_published_ones_do(tmp_path):
    path = tmp_path / "vectors"
    table = VectorTable(("a", "词"), np.array([[1, 0.25], [-1e-5, 3]], np.float32))
    contents = {}
    for form in FORMS:
        write_vectors(path, table, form)
        contents[form] = path.read_bytes()
    assert contents == {
        "word2vec": "2 2\na 1 0.25\n词 -0.00001 3\n".encode(),
        "glove": "a 1 0.25\n词 -0.00001 3\n".encode(),
        "fasttext-vec": "2 2\na 1 0.25 \n词 -0.00001 3 \n".encode(),
        "word2vec-binary": b"2 2\na "
        + struct.pack("<2f", 1, 0.25)
        + "\n词 ".encode()
        + struct.pack("<2f", -1e-5, 3)
        + b"\n",
    }


def test_words_of_published_glove_files_that_hold_spaces(tmp_path):
    path = tmp_path / "glove.txt"
    path.write_bytes(b"the 0.5 1\n. . . 1 2\nat name@domain.com 2 3\n")
    found = read(path)
    assert found.words == ("the", ". . .", "at name@domain.com")
    assert found.vectors.tolist() == [[0.5, 1], [1, 2], [2, 3]]


def test_a_byte_order_mark_and_carriage_returns_are_no_part_of_a_word(tmp_path):
    path = tmp_path / "vectors"
    for header in (b"", b"2 1\r\n"):
        path.write_bytes(b"\xef\xbb\xbf" + header + b"a 1\r\nb 2")
        assert read(path).words == ("a", "b")


def test_of_a_word_that_stands_there_twice_the_first_vector_is_kept_and_said(tmp_path):
    path = tmp_path / "vectors"
    path.write_bytes(b"4 1\na 1\nb 2\na 3\na 4\n")
    found = read(path)
    assert found.words == ("a", "b")
    assert found.vectors.tolist() == [[1], [2]]
    assert found.notes == ("2 rows repeat a word; the first vector of each word is kept",)


def test_a_claim_that_the_file_cannot_hold_is_refused_before_room_is_made(tmp_path):
    path = tmp_path / "vectors"
    said = refused(path, b"1000000000000 300\nthe 0.1\n")
    assert said.startswith("FILE:1: the header claims 1,000,000,000,000 words of 300 numbers, at least 601,")
    assert refused(path, b"3 1000000000000\nthe " + bytes(99)).startswith("FILE:1: the header claims 3 words of")
    assert refused(path, b"9999999999999999999 9999999999999999999\na 1\n").startswith("FILE:1: the header claims")
    assert "0 words" in refused(path, b"0 5\na 1\n")
    assert "of 0 numbers" in refused(path, b"5 0\na\n")
    packed = tmp_path / "vectors.gz"
    assert "the header claims" in refused(packed, gzip.compress(b"1000000000000 300\nthe 0.1\n"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"2 2\na 1 2\nb 1\n", "FILE:3: 1 numbers where the header states 2."),
        (b"2 2\na 1 2\nb 1 2 3\n", "FILE:3: 3 numbers where the header states 2."),
        (b"a 1 2\nb 1 2 3\n", "FILE:2: 3 numbers where the first line has 2."),
        (b"2 2\na 1 2\nb 1 x\n", "FILE:3:5: 'x' where a number is expected."),
        (b"2 2\na 1 2\n\xe8\xaf\x8d 1 x\n", "FILE:3:5: 'x' where a number is expected."),
        (b"2 2\na 1 2\nb 1 nan\n", "FILE:3:5: 'nan' is not a finite number of 32 bits."),
        (b"2 2\na 1 2\n\n", "FILE:3:1: an empty line."),
        (b"2 2\na 1 2\n 1 2\n", "FILE:3:1: a row without a word."),
        (
            b"2 2\na 1 2\nb\xff 1 2\n",
            "FILE:3: the word has the bytes ff, which are not UTF-8. Write the words as UTF-8.",
        ),
        (b"3 2\na 1 2\nb 1 2\n", "FILE:4: the file ends after 2 of the 3 words that its header states."),
        (b"1 2\na 1 2\nb 1 2\n", "FILE:3: the file goes on after the 1 words that its header states."),
        (b"what is this\n", "FILE:1: the first line is not a word and its numbers: 'what is this'."),
        (b"", "FILE: the file is empty."),
        (b"\x80\x04\x95", "FILE: the file is a Python pickle, which could run code and is never opened."),
        (b"PK\x03\x04", "FILE: the file is a zip archive. Unpack it first."),
    ],
)
def test_a_damaged_text_is_refused_with_its_place(content, said, tmp_path):
    assert refused(tmp_path / "vectors", content).startswith(said)


def record(word, *numbers):
    return word + b" " + struct.pack(f"<{len(numbers)}f", *numbers) + b"\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"2 2\n" + record(b"a", 1, 2) + record(b"b", 1, 2)[:-3], "FILE, byte 14: word 2: the file ends after 1 of"),
        (b"1 2\n" + record(b"a", 1, 2) + b"b", "FILE, byte 14: word 2: the file goes on after the 1 words"),
        (b"1 2\n" + record(b"a", 1, float("nan")), "FILE, byte 4: a number is not finite."),
        (b"2 2\n" + record(b"a", 1, 2) + record(b"b\xff", 1, 2), "FILE, byte 15: word 2: the word has the bytes ff"),
        (b"1 2\n" + record(b"", 1, 2), "FILE, byte 4: a row without a word."),
        (b"1 2\n" + record(b"a" * 10001, 1, 2), "FILE, byte 4: a word of more than 10,000 bytes."),
    ],
)
def test_a_damaged_binary_file_is_refused_with_its_place(content, said, tmp_path):
    assert refused(tmp_path / "vectors", content).startswith(said)


def test_a_file_that_is_not_there_and_a_damaged_gzip_are_told(tmp_path):
    with pytest.raises(UsageError, match="there is no such file"):
        recognise(tmp_path / "none")
    packed = gzip.compress(b"a 1 2\n" * 100_000)
    assert "damaged or cut short" in refused(tmp_path / "vectors.gz", packed[:-20])


@pytest.mark.parametrize("word", ["", "New York", "a\tb", "a\nb"])
@pytest.mark.parametrize("form", FORMS)
def test_a_word_that_the_format_cannot_hold_is_refused(form, word, tmp_path):
    path = tmp_path / "vectors"
    path.write_text("before")
    with pytest.raises(DataError, match="empty or holds white space"):
        write_vectors(path, VectorTable(("a", word), np.ones((2, 1), np.float32)), form)
    assert [one.name for one in tmp_path.iterdir()] == ["vectors"]
    assert path.read_text() == "before"


def test_numbers_that_no_reader_takes_are_not_written(tmp_path):
    table = VectorTable(("a", "b"), np.array([[1], [np.nan]], np.float32))
    with pytest.raises(DataError, match="the vector of 'b' is not finite"):
        write_vectors(tmp_path / "vectors", table, VectorFormat.GLOVE)
    with pytest.raises(DataError, match="UTF-8 cannot write"):
        write_vectors(tmp_path / "v", VectorTable(("\ud800",), np.ones((1, 1), np.float32)), VectorFormat.GLOVE)


def read_or_refused(path):
    """What a file holds; None where it is refused by a message that names it, and any other exception fails."""
    try:
        return read(path)
    except WenmaiError as error:
        said = str(error)
    assert str(path) in said
    return None


STARTS = st.sampled_from([b"", b"2 3\n", b"10 2\n", b"1 1\n", b"999999999999 300\n", b"3 4\r\n"])
PIECES = st.sampled_from([b"a", b"1", b"0.5", b" ", b"\n", b"\t", b"-", b"e5", b"nan", b"\xff", b"\0", b"\xe8\xaf\x8d"])


@given(start=STARTS, body=st.one_of(st.binary(max_size=80), st.lists(PIECES, max_size=40).map(b"".join)))
def test_whatever_the_bytes_it_reads_them_or_says_what_is_wrong(start, body, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "fuzzed"
    path.write_bytes(start + body)
    found = read_or_refused(path)
    if found is None:
        return
    assert len(found.words) == len(set(found.words)) == len(found.vectors) > 0
    assert np.isfinite(found.vectors).all()


@given(form=st.sampled_from(FORMS), data=st.data())
def test_a_file_with_damage_is_read_or_refused(form, data, tmp_path_factory):
    path = tmp_path_factory.getbasetemp() / "damaged"
    table = VectorTable(("a", "bc", "词"), np.arange(9, dtype=np.float32).reshape(3, 3))
    write_vectors(path, table, form)
    content = bytearray(path.read_bytes())
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(content) - 1))
        if data.draw(st.booleans()):
            content[at] = data.draw(st.integers(0, 255))
        else:
            del content[at : at + data.draw(st.integers(1, 9))]
        if not content:
            break
    path.write_bytes(content)
    found = read_or_refused(path)
    assert found is None or np.isfinite(found.vectors).all()
