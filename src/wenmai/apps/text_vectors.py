"""Vectors of texts, whoever gives them: averaged word vectors, count vectors, a sentence encoder; kept on disk once.

::

    FOLDER/index.json            of which texts and by which bundle, and the sums of the files beside it
    FOLDER/vectors.safetensors   one vector a text, float32

Letters of the shapes: N texts, D numbers in a vector.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from wenmai.bundle import Bundle
from wenmai.core.config import Config
from wenmai.core.errors import BundleError, ConfigError, UsageError
from wenmai.core.io import dump_json, load_arrays, read_json, save_arrays, sha256_file, write_atomic, write_folder
from wenmai.core.progress import SILENT, Progress
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Source

if TYPE_CHECKING:
    from wenmai.blocks.inference import InferencePrecision

Floats = NDArray[np.float32]

BLOCK = 256
"""Texts that are given to a source at a time; of like length, so that an encoder need not pad."""
INDEX, VECTORS = "index.json", "vectors.safetensors"


class StoredVectors(Config):
    """What ``index.json`` says."""

    source: str
    """The fingerprint of the bundle that gave the vectors."""
    precision: str = "float32"
    """In which numbers it computed them."""
    texts: str
    """The SHA-256 of all texts."""
    sha256: str
    """Of the file of vectors."""


def vector_source(path: str | Path) -> Bundle:
    """A bundle that gives texts vectors: of word vectors, of an encoder, or a Hugging Face folder.

    Raises:
        UsageError: when there is no such folder, or it holds a bundle that gives labels.
    """
    from wenmai.interop.encoders import load_encoder

    bundle = load_encoder(path)
    if bundle.task.head().kind != "vectors":
        raise UsageError(
            f"{bundle.recipe.member} gives no vectors but answers to {bundle.task.kind!r}",
            where=str(path),
            remedy="Give an encoder, or word vectors: wenmai embed train; wenmai embed convert makes a bundle of files",
        )
    return bundle


def text_vectors(
    source: Source,
    texts: Sequence[str],
    *,
    folder: Path | None = None,
    precision: InferencePrecision | None = None,
    progress: Progress = SILENT,
) -> Floats:
    """The vectors [N, D] of texts; a text that stands there several times is asked for once.

    Args:
        source: who gives them; texts: N of them.
        folder: where they are kept: what is there already, of the same texts by the same source in the same numbers,
            is read.
        precision: in which numbers the source was prepared to answer; None for float32.
        progress: hears how far it has come.

    Raises:
        UsageError: when the folder holds something else, or there is no text.
        BundleError: when what was kept is damaged.
    """
    if not len(texts):
        raise UsageError("there is no text to be given a vector")
    if folder is not None:
        made_of = (source.fingerprint, precision or "float32", _digest(texts))
        if (kept := _kept(folder, made_of, len(texts))) is not None:
            return kept
    distinct = list(dict.fromkeys(texts))
    order = sorted(range(len(distinct)), key=lambda at: len(distinct[at]))
    vectors: Floats | None = None
    progress.begin("encode", -(-len(distinct) // BLOCK))
    try:
        for start in range(0, len(order), BLOCK):
            rows = order[start : start + BLOCK]
            found = np.asarray(source.outputs(Inputs([distinct[row] for row in rows])), np.float32)
            if vectors is None:
                vectors = np.zeros((len(distinct), found.shape[1]), np.float32)
            vectors[rows] = found
            progress.advance()
    finally:
        progress.end()
    assert vectors is not None, "there is a text"
    numbers = {text: row for row, text in enumerate(distinct)}
    whole: Floats = vectors[[numbers[text] for text in texts]]
    if folder is not None:
        _keep(folder, made_of, whole)
    return whole


def is_index(folder: Path) -> bool:
    """Whether vectors are kept in a folder."""
    return (folder / INDEX).is_file()


def _kept(folder: Path, made_of: tuple[str, str, str], texts: int) -> Floats | None:
    """What was kept of the same source, precision and texts, of which there are so many."""
    if not folder.exists():
        return None
    if not is_index(folder):
        if any(folder.iterdir()):
            raise UsageError("the folder holds something else than vectors", where=str(folder), remedy="Name another")
        return None
    where = str(folder / INDEX)
    try:
        stored = StoredVectors.parse(read_json(folder / INDEX), where=where)
    except ConfigError as error:
        raise BundleError(f"no index of vectors: {error.found}", where=where, remedy="Remove the folder") from None
    if (stored.source, stored.precision, stored.texts) != made_of:
        return None
    if sha256_file(folder / VECTORS) != stored.sha256:
        raise BundleError("the vectors were altered", where=str(folder / VECTORS), remedy="Remove the folder")
    vectors = load_arrays(folder / VECTORS).get("vectors")
    if vectors is None or vectors.dtype != np.float32 or vectors.ndim != 2 or len(vectors) != texts:
        raise BundleError("the vectors do not fit their texts", where=str(folder / VECTORS), remedy="Remove the folder")
    return vectors


def _keep(folder: Path, made_of: tuple[str, str, str], vectors: Floats) -> None:
    source, precision, texts = made_of
    with write_folder(folder, replace=True) as made:
        save_arrays(made / VECTORS, {"vectors": vectors})
        sha256 = sha256_file(made / VECTORS)
        stored = StoredVectors(source=source, precision=precision, texts=texts, sha256=sha256)
        write_atomic(made / INDEX, dump_json(stored.model_dump(mode="json")))


def _digest(texts: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        written = text.encode("utf-8", "surrogatepass")
        digest.update(f"{len(written)} ".encode() + written)
    return digest.hexdigest()
