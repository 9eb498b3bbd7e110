"""Writers of word vectors: word2vec text and binary, GloVe text, fastText .vec.

Numbers are written with the fewest digits that give the same float32 again.
Letters of the shapes: V words, D width of a vector.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from wenmai.core.io import writing
from wenmai.interop.vector_table import VectorFormat, VectorTable, check_writable

_BLOCK_NUMBERS = 1 << 20


def write_vectors(path: Path, table: VectorTable, form: VectorFormat) -> None:
    """Write a file of one of the four formats above, whole or not at all; what was there is replaced.

    Raises:
        DataError: for a word that the format cannot hold.
    """
    check_writable(table, str(path))
    with writing(path) as file:
        if form is not VectorFormat.GLOVE:
            file.write(f"{len(table.words)} {table.vectors.shape[1]}\n".encode())
        rows = max(_BLOCK_NUMBERS // table.vectors.shape[1], 1)
        for start in range(0, len(table.words), rows):
            part = VectorTable(table.words[start : start + rows], table.vectors[start : start + rows])
            # fastText ends each line with a space, which its own readers expect.
            end = " \n" if form is VectorFormat.FASTTEXT_VEC else "\n"
            file.write(_records(part) if form is VectorFormat.WORD2VEC_BINARY else _lines(part, end))


def _lines(table: VectorTable, end: str) -> bytes:
    import pyarrow as pa
    import pyarrow.compute

    compute: Any = pyarrow.compute
    width = table.vectors.shape[1]
    numbers = pa.array(np.ascontiguousarray(table.vectors).ravel()).cast(pa.string())
    offsets = pa.array(np.arange(0, table.vectors.size + 1, width, dtype=np.int32), pa.int32())
    joined = compute.binary_join(pa.ListArray.from_arrays(offsets, numbers), " ")
    lines = compute.binary_join_element_wise(pa.array(table.words, pa.string()), joined, " ")
    return "".join(f"{line}{end}" for line in lines.to_pylist()).encode()


def _records(table: VectorTable) -> bytes:
    numbers = np.ascontiguousarray(table.vectors, "<f4")
    return b"".join(b"%b %b\n" % (word.encode(), row.tobytes()) for word, row in zip(table.words, numbers, strict=True))
