"""A corpus has the words that the pipeline gives, wherever its numbers are kept."""

import gzip
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from wenmai.batches.corpus import TOKENS_FILE, file_rows, read_corpus
from wenmai.data.files import examine
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import CharacterSegment, GivenSegment, WordSegment

PIPELINES = {
    "given": PipelineConfig(clean=CleanConfig.minimal(), segment=GivenSegment()),
    "given and cleaned": PipelineConfig(segment=GivenSegment()),
    "given without stop words": PipelineConfig(segment=GivenSegment(), own_stop_words=("b",)),
    "characters": PipelineConfig(segment=CharacterSegment()),
    "words": PipelineConfig(segment=WordSegment(language="en")),
}
TEXTS = ["b a b", "", "A\u00a0b  c\u200bd\nb", "好 好 学习", "a"]
pipelines = pytest.mark.parametrize("pipeline", [Pipeline(config) for config in PIPELINES.values()], ids=PIPELINES)


def rows_of(corpus):
    words = [corpus.words[number] for number in corpus.token_ids]
    return [words[start:stop] for start, stop in zip(corpus.offsets[:-1], corpus.offsets[1:], strict=True)]


@pipelines
@pytest.mark.parametrize("min_count", [1, 2])
@pytest.mark.parametrize("max_words", [None, 3])
@pytest.mark.parametrize("kept", ["memory", "file"])
def test_rows_are_what_the_pipeline_gives(pipeline, min_count, max_words, kept, tmp_path):
    corpus = read_corpus(
        [TEXTS[:2], [], TEXTS[2:]],
        pipeline,
        min_count=min_count,
        max_words=max_words,
        folder=tmp_path if kept == "file" else None,
    )
    rows = pipeline.words(TEXTS)
    counts = Counter(word for row in rows for word in row)
    expected = sorted((word for word in counts if counts[word] >= min_count), key=lambda one: (-counts[one], one))
    expected = expected[:max_words]
    assert list(corpus.words) == expected
    assert corpus.counts.tolist() == [counts[word] for word in expected]
    assert corpus.read == counts.total()
    assert rows_of(corpus) == [[word for word in row if word in expected] for row in rows]
    assert corpus.rows == len(TEXTS)
    assert corpus.token_ids.dtype == np.int32
    assert (getattr(corpus.token_ids.base, "obj", None) is not None) == (kept == "file" and len(corpus.token_ids) > 0)


def test_a_file_of_which_little_stays_is_cut_short(tmp_path):
    given = Pipeline(PIPELINES["given"])
    corpus = read_corpus([["a b c d e f g"] * 3, ["a h"]], given, min_count=4, folder=tmp_path)
    assert rows_of(corpus) == [["a"]] * 4
    assert len(read_corpus([["a b"]], given, min_count=2, folder=tmp_path).token_ids) == 0
    assert len(read_corpus([[""]], given, folder=tmp_path).token_ids) == 0
    assert read_corpus([], given).rows == 0
    assert (tmp_path / TOKENS_FILE).is_file()


LINES = "b a\r\n\u200bA 好\n\nc\u3000d"


@pipelines
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "gb18030"])
@pytest.mark.parametrize("block", [1, 3, 1 << 20])
@pytest.mark.parametrize("end", ["", "\n"])
def test_lines_of_a_file_are_rows(pipeline, encoding, block, end, tmp_path):
    path = tmp_path / "text.txt"
    path.write_bytes((LINES + end).encode(encoding))
    corpus = read_corpus(file_rows(examine(path, encoding), block), pipeline)
    assert rows_of(corpus) == pipeline.words(LINES.split("\n"))


def test_a_compressed_file_is_read_like_any_other(tmp_path):
    path = tmp_path / "text.txt.gz"
    path.write_bytes(gzip.compress(LINES.encode()))
    given = Pipeline(PIPELINES["given"])
    assert rows_of(read_corpus(file_rows(examine(path)), given)) == given.words(LINES.split("\n"))


@given(st.lists(st.text(), max_size=6))
def test_any_text_at_all_is_read_as_the_pipeline_reads_it(texts):
    given_pipeline = Pipeline(PIPELINES["given"])
    assert rows_of(read_corpus([texts], given_pipeline)) == given_pipeline.words(texts)


def test_equally_frequent_words_tell_nothing_of_their_order():
    first, second = (read_corpus([[text]], Pipeline(PIPELINES["given"])) for text in ("z m a", "m z a"))
    assert first.words == second.words == ("a", "m", "z")
