"""fastText's hashes against a reading of its source, number by number."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from wenmai.batches.fasttext_hashes import hash_words, run_buckets, subword_buckets

words = st.lists(st.text(max_size=12), max_size=8)


def slow_hash(content):
    value = 2166136261
    for byte in content:
        signed = byte - 256 if byte >= 128 else byte
        value = ((value ^ (signed & 0xFFFFFFFF)) * 16777619) & 0xFFFFFFFF
    return value


def slow_subwords(word, minn, maxn, bucket):
    """As Dictionary::computeSubwords, over the bytes."""
    content = f"<{word}>".encode("utf-8", "surrogatepass")
    found = []
    for first in range(len(content)):
        if content[first] & 0xC0 == 0x80:
            continue
        at, length = first, 1
        while at < len(content) and length <= maxn:
            at += 1
            while at < len(content) and content[at] & 0xC0 == 0x80:
                at += 1
            if length >= minn and not (length == 1 and (first == 0 or at == len(content))):
                found.append(slow_hash(content[first:at]) % bucket)
            length += 1
    return found


def slow_runs(hashes, longest, bucket):
    signed = [value - (1 << 32) if value >= 1 << 31 else value for value in hashes]
    found = []
    for first in range(len(signed)):
        value = signed[first] % (1 << 64)
        for last in range(first + 1, min(first + longest, len(signed))):
            value = (value * 116049371 + signed[last]) % (1 << 64)
            found.append((value % bucket, first, last - first + 1))
    return found


def test_hashes_are_known_ones():
    # FNV-1a of ASCII, as in the published test vectors.
    assert hash_words(["", "a", "foobar"]).tolist() == [0x811C9DC5, 0xE40C292C, 0xBF9CF968]


@given(words)
def test_words_are_hashed_byte_by_byte(words):
    content = [word.encode("utf-8", "surrogatepass") for word in words]
    expected = [slow_hash(one) for one in content]
    assert hash_words(words).tolist() == expected
    assert hash_words(words * 30).tolist() == expected * 30  # many are hashed side by side


@given(words, st.integers(1, 4), st.integers(0, 3), st.integers(1, 10_000))
def test_characters_in_words_are_hashed_as_in_the_source(words, minn, more, bucket):
    buckets, offsets = subword_buckets(words, minn, minn + more, bucket)
    assert len(offsets) == len(words) + 1
    for number, word in enumerate(words):
        found = buckets[offsets[number] : offsets[number + 1]].tolist()
        assert sorted(found) == sorted(slow_subwords(word, minn, minn + more, bucket))


@given(st.lists(words, max_size=4), st.integers(1, 4), st.integers(1, 10_000))
def test_runs_of_words_stay_within_their_text(texts, longest, bucket):
    joined = [word for text in texts for word in text]
    offsets = np.cumsum([0, *map(len, texts)])
    buckets, positions, lengths = run_buckets(hash_words(joined), offsets, longest, bucket)
    expected = []
    for text, start in zip(texts, offsets, strict=False):
        expected += [
            (found, first + start, size) for found, first, size in slow_runs(hash_words(text).tolist(), longest, bucket)
        ]
    assert sorted(zip(buckets.tolist(), positions.tolist(), lengths.tolist(), strict=True)) == sorted(expected)
