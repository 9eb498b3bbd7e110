"""The byte scanner: the words and rows that Python's own splitting gives, however many there are."""

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wenmai.kernels.text_scan import WordScanner, folded, renumber
from wenmai.text.clean import CleanConfig, Cleaner

INVISIBLE = "\x00\x08\x7f\x80\x84\x86\x9f\xad\u200b\u2060\ufeff"
SPACES = "\t\r\x0b\x0c\x1c\x1f\x85\xa0\u1680\u2000\u200a\u2028\u2029\u202f\u205f\u3000"
LETTERS = "ab 好é😀\u00c2\u2011\uffff"
ODD = INVISIBLE + SPACES + LETTERS + "\ud800\udfff"
texts = st.lists(st.text(alphabet=st.one_of(st.sampled_from(ODD), st.characters(exclude_characters="\n"))), max_size=8)


def bytes_of(lines):
    return np.frombuffer("".join(f"{line}\n" for line in lines).encode("utf-8", "surrogatepass"), np.uint8)


def scanned(blocks):
    scanner = WordScanner()
    rows = []
    for block in blocks:
        ids, lengths = scanner.scan(bytes_of(block))
        ends = itertools.accumulate(lengths.tolist())
        rows += [ids[end - size : end].tolist() for end, size in zip(ends, lengths.tolist(), strict=True)]
    words = [scanner.spelling(number).decode("utf-8", "surrogatepass") for number in range(len(scanner))]
    return [[words[number] for number in row] for row in rows], dict(zip(words, scanner.counts.tolist(), strict=True))


@given(st.lists(st.lists(st.text(alphabet="ab好 "), max_size=6), max_size=4))
def test_rows_are_split_as_python_splits_them(blocks):
    rows, counts = scanned(blocks)
    expected = [row.split() for block in blocks for row in block]
    assert rows == expected
    joined = list(itertools.chain.from_iterable(expected))
    assert counts == {word: joined.count(word) for word in joined}


def test_tables_grow_with_words_and_with_their_length():
    many = [" ".join(f"w{number}" for number in range(start, start + 1000)) for start in range(0, 150_000, 1000)]
    long = ["x" * 3_000_000, "y " + "x" * 3_000_000]
    rows, counts = scanned([many, long, many])
    assert rows == [row.split() for row in [*many, *long, *many]]
    assert counts["w77"] == 2
    assert counts["x" * 3_000_000] == 2


@given(texts)
def test_folding_leaves_the_words_that_minimal_cleaning_leaves(lines):
    found = folded(bytes_of(lines)).tobytes().decode("utf-8", "surrogatepass").split("\n")[:-1]
    cleaned = Cleaner(CleanConfig.minimal()).clean_many(lines)
    assert [line.split(" ") for line in map(" ".join, map(str.split, found))] == [line.split(" ") for line in cleaned]
    assert not set("".join(found)) & (set(ODD) - set(LETTERS))


def test_numbers_are_exchanged_and_those_gone_left_out():
    ids, ends = np.array([0, 1, 2, 1, 0], np.int32), np.array([2, 2, 5])
    found = renumber(ids, ends, np.array([-1, 7, 3], np.int32))
    assert found.tolist() == [7, 3, 7]
    assert ends.tolist() == [1, 1, 3]
