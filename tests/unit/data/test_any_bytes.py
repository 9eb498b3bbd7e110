"""Whatever a file holds, reading it gives data or an error that says what is wrong; never a traceback."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from wenmai.core.errors import WenmaiError
from wenmai.data.health import inspect
from wenmai.data.loading import load
from wenmai.data.splits import folds, split

ENDINGS = ("csv", "tsv", "txt", "jsonl", "json", "parquet", "csv.gz", "ft")

pieces = st.sampled_from(
    [
        *(b'"', b",", b"\t", b"\n", b"\r\n", b"\r", b"\0", b"\xff\xfe", b"\xef\xbb\xbf", b"\xe5\xa5", b"__label__a "),
        *(
            b"text,label\n",
            b'{"text": "a", "label": ',
            b"1}\n",
            b"[",
            b"]",
            b"{}",
            b"PAR1",
            b"\x1f\x8b",
            b"NaN",
            b"1e999",
        ),
        *("好的".encode(), "好的".encode("gb18030"), "é".encode("latin-1"), b"words and words", b"\xed\xa0\x80", b"0 "),
    ]
)
contents = st.binary(max_size=60) | st.lists(pieces, max_size=25).map(b"".join)


encodings = st.sampled_from([None, None, None, "utf-8", "utf-16", "gb18030", "utf-7", "big5"])


@given(content=contents, ending=st.sampled_from(ENDINGS), labelled=st.booleans(), encoding=encodings)
@example(content=b"__label__ a\n__label__ b", ending="txt", labelled=True, encoding=None)
@example(content=b'{"text": ["a"], "label": {"b": 1}}', ending="jsonl", labelled=True, encoding=None)
@example(
    content=b'{"text": "\\u0000", "label": 1e999}\n{"text": "b", "label": 2}',
    ending="jsonl",
    labelled=True,
    encoding=None,
)
@hypothesis_settings(deadline=None, max_examples=250)
def test_any_bytes(
    tmp_path_factory: pytest.TempPathFactory, content: bytes, ending: str, labelled: bool, encoding: str | None
) -> None:
    path = tmp_path_factory.mktemp("any") / f"data.{ending}"
    path.write_bytes(content)
    with contextlib.suppress(WenmaiError):
        loaded = load(path, labelled=labelled, encoding=encoding)
        assert len(loaded.dataset.inputs()) == len(loaded.dataset)
        inspect(loaded, near=False)
        split(loaded.dataset, seed=0)
        folds(loaded.dataset, 2, seed=0)
