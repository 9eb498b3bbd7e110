"""fastText's own files, ``.bin`` and ``.ftz``, read by memory map and written.

::

    magic, version
    settings      dim ws epoch minCount neg wordNgrams loss model bucket minn maxn lrUpdateRate, t
    dictionary    sizes; word, 0, count, kind of each entry; the buckets that were kept of a pruned one
    input         whether it is quantised; the rows of words, then those of buckets
    output        whether it is quantised; the rows of labels, of words, or of the inner nodes of a tree

Every size is held against the bytes that follow before it is believed.

- Bojanowski, P., Grave, E., Joulin, A., Mikolov, T. (2017). Enriching word vectors with subword information. TACL 5.

Letters of the shapes: V words, C labels, D width of a vector, R rows of the input, H buckets that were kept.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
from numpy.typing import NDArray

from wenmai.batches.fasttext_dictionary import END
from wenmai.batches.fasttext_hashes import subword_buckets
from wenmai.core.errors import DataError
from wenmai.core.io import writing
from wenmai.interop.byte_cursor import CUT, ByteCursor
from wenmai.interop.fasttext_matrices import Matrix, QuantisedMatrix, read_matrix, write_matrix
from wenmai.interop.recognition import FASTTEXT_MAGIC

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
LossName = Literal["hs", "ns", "softmax", "ova"]
ModelName = Literal["cbow", "skipgram", "supervised"]

VERSION = 12
LABEL_PREFIX = "__label__"
_OLDEST = 11
_LOSSES: tuple[LossName, ...] = ("hs", "ns", "softmax", "ova")
_MODELS: tuple[ModelName, ...] = ("cbow", "skipgram", "supervised")
_SETTINGS = struct.Struct("<12i d")
_WORD, _LABEL = 0, 1
_LEAST_ENTRY = 10
_WIDEST = 1 << 16
_LONGEST_RUN = 1 << 10
_MOST = 10**15
"""Counts above this have no place in the tree of hierarchical softmax."""
_WORDS_AT_A_TIME = 1 << 14


@dataclass(frozen=True, slots=True)
class FastTextSettings:
    """What a file says of how it was trained, under the official program's names made whole."""

    dim: int
    window: int
    epochs: int
    min_count: int
    negatives: int
    word_ngrams: int
    loss: LossName
    model: ModelName
    bucket: int
    minn: int
    maxn: int
    rate_update: int
    subsample: float


@dataclass(frozen=True)
class FastTextFile:
    """What one file holds.

    Attributes:
        name: the file's name; settings: how it was trained.
        words: [V]; word_counts: [V]; labels: [C], with their prefix; label_counts: [C].
        tokens: how many words and labels were read in training.
        kept: of a pruned dictionary the buckets [H] that have rows, ascending, and those rows [H]; else None.
        input: [R, D]; output: [labels, words or nodes, D].
    """

    name: str
    settings: FastTextSettings
    words: tuple[str, ...]
    word_counts: NDArray[np.int64]
    labels: tuple[str, ...]
    label_counts: NDArray[np.int64]
    tokens: int
    kept: tuple[Rows, Rows] | None
    input: Matrix
    output: Matrix

    def bucket_rows(self, buckets: NDArray[np.int64] | NDArray[np.int32]) -> Rows:
        """The rows of those of the buckets that have one."""
        if self.kept is None:
            return buckets.astype(np.int64) + len(self.words)
        known, rows = self.kept
        if not len(known):
            return np.zeros(0, np.int64)
        at = np.minimum(np.searchsorted(known, buckets), len(known) - 1)
        found: Rows = rows[at[known[at] == buckets]]
        return found

    def subword_rows(self, word: str) -> Rows:
        """The rows of a word's runs of characters."""
        settings = self.settings
        if settings.maxn <= 0 or word == END:
            return np.zeros(0, np.int64)
        buckets, _ = subword_buckets([word], settings.minn, settings.maxn, settings.bucket)
        return self.bucket_rows(buckets)

    def vector_of(self, word: str) -> Floats | None:
        """The vector [D] of any word, composed of its own row and those of its characters; None where it has none."""
        row = self.numbers.get(word)
        own = np.array([] if row is None else [row], np.int64)
        rows = np.concatenate([own, self.subword_rows(word)])
        if not len(rows):
            return None
        vector: Floats = self._finite(self.input.means(rows, np.array([0, len(rows)])))[0]
        return vector

    def vectors(self) -> Floats:
        """The vectors [V, D] of all words."""
        settings, parts = self.settings, []
        for start in range(0, len(self.words), _WORDS_AT_A_TIME):
            words = self.words[start : start + _WORDS_AT_A_TIME]
            own = np.arange(start, start + len(words))
            if settings.maxn <= 0:
                parts.append(self._finite(self.input.rows(own)))
                continue
            buckets, offsets = subword_buckets(words, settings.minn, settings.maxn, settings.bucket)
            owners = np.repeat(own, np.diff(offsets))
            there = np.array([word != END for word in words])[owners - start]
            if self.kept is not None:
                there &= np.isin(buckets, self.kept[0])
            owners, rows = owners[there], self.bucket_rows(buckets[there])
            order = np.argsort(np.concatenate([own, owners]), kind="stable")
            numbers, ends = (
                np.concatenate([own, rows])[order],
                np.cumsum(1 + np.bincount(owners - start, None, len(own))),
            )
            parts.append(self._finite(self.input.means(numbers, np.concatenate([[0], ends]))))
        return np.concatenate(parts) if parts else np.zeros((0, settings.dim), np.float32)

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The row of each word."""
        return {word: row for row, word in enumerate(self.words)}

    def _finite(self, vectors: Floats) -> Floats:
        if not np.isfinite(vectors).all():
            raise DataError("a vector is not finite", where=self.name, remedy=CUT)
        return vectors


def read_fasttext(path: Path) -> FastTextFile:
    """Read a ``.bin`` or ``.ftz`` file; its matrices stay on the disk until they are asked.

    Raises:
        UsageError: when it is not there; DataError: when it is damaged, cut short or made to mislead, with the byte.
    """
    cursor = ByteCursor(path)
    if cursor.left < len(FASTTEXT_MAGIC) or bytes(cursor.content[: len(FASTTEXT_MAGIC)]) != FASTTEXT_MAGIC:
        raise cursor.error("this is no model of fastText", "Give a .bin or .ftz file; a compressed one, unpacked")
    cursor.at = len(FASTTEXT_MAGIC)
    settings = _read_settings(cursor)
    dictionary = _read_dictionary(cursor)
    words, _, labels, _, _, kept = dictionary
    quantised = cursor.flag("whether the input is quantised")
    matrix = read_matrix(cursor, settings.dim, "input", quantised=quantised)
    _check_input(cursor, settings, len(words), kept, matrix.shape[0])
    output_quantised = cursor.flag("whether the output is quantised")
    output = read_matrix(cursor, settings.dim, "output", quantised=quantised and output_quantised)
    wanted = len(labels) if settings.model == "supervised" else len(words)
    if output.shape[0] != wanted:
        raise cursor.error(f"the output has {output.shape[0]} rows where {wanted} are expected", CUT)
    if cursor.left:
        raise cursor.error(f"{cursor.left:,} bytes stand after the model", CUT)
    return FastTextFile(path.name, settings, *dictionary, matrix, output)


def write_fasttext(path: Path, file: FastTextFile) -> None:
    """Write a ``.bin`` file, or a ``.ftz`` where the input is quantised, that the official program reads.

    Raises:
        DataError: for a word that holds what ends one, for more codes than a file can count, and for what has no form
            there: a dictionary without all buckets, or a quantised output, beside an input that is not quantised.
    """
    quantised, output_quantised = (isinstance(one, QuantisedMatrix) for one in (file.input, file.output))
    if not quantised and (output_quantised or file.kept is not None):
        raise DataError(
            "a model without all of its buckets has no form without codes",
            where=file.name,
            remedy="Copy the file itself, or quantise the model",
        )
    for matrix in (file.input, file.output):
        if isinstance(matrix, QuantisedMatrix) and matrix.codes.size >= 1 << 31:
            raise DataError(
                f"{matrix.codes.size:,} codes are more than the format can count",
                where=file.name,
                remedy="Keep fewer rows, or take more numbers a code",
            )
    for word in (*file.words, *file.labels):
        if not word or any(mark in word for mark in " \t\n\v\f\r\0"):
            raise DataError(
                f"the word {word!r} is empty or holds what ends a word in fastText's files",
                where=str(path),
                remedy="Rename it first",
            )
    with writing(path) as stream:
        _write_settings(stream, file.settings)
        _write_dictionary(stream, file)
        stream.write(struct.pack("<?", quantised))
        write_matrix(stream, file.input)
        stream.write(struct.pack("<?", output_quantised))
        write_matrix(stream, file.output)


def _write_settings(stream: BinaryIO, one: FastTextSettings) -> None:
    numbers: tuple[int, ...] = (one.dim, one.window, one.epochs, one.min_count, one.negatives, one.word_ngrams)
    numbers += (_LOSSES.index(one.loss) + 1, _MODELS.index(one.model) + 1)
    numbers += (one.bucket, one.minn, one.maxn, one.rate_update)
    stream.write(FASTTEXT_MAGIC + struct.pack("<i", VERSION) + _SETTINGS.pack(*numbers, one.subsample))


def _write_dictionary(stream: BinaryIO, file: FastTextFile) -> None:
    entries = [(word, count, _WORD) for word, count in zip(file.words, file.word_counts.tolist(), strict=True)]
    entries += [(label, count, _LABEL) for label, count in zip(file.labels, file.label_counts.tolist(), strict=True)]
    pruned = -1 if file.kept is None else len(file.kept[0])
    stream.write(struct.pack("<3i2q", len(entries), len(file.words), len(file.labels), file.tokens, pruned))
    for word, count, kind in entries:
        stream.write(word.encode("utf-8", "surrogateescape") + struct.pack("<xqb", count, kind))
    if file.kept is not None:
        buckets, rows = file.kept
        stream.write(np.stack([buckets, rows - len(file.words)], axis=1).astype("<i4").tobytes())


def _read_settings(cursor: ByteCursor) -> FastTextSettings:
    version = cursor.number("<i4", "the version")
    if not _OLDEST <= version <= VERSION:
        raise cursor.error(f"version {version} of fastText's files where {_OLDEST} or {VERSION} is expected")
    content = cursor.values("<u1", _SETTINGS.size, "the settings").tobytes()
    *numbers, subsample = _SETTINGS.unpack(content)
    dim, window, epochs, min_count, negatives, word_ngrams, loss, model, bucket, minn, maxn, rate_update = numbers
    if not (1 <= loss <= len(_LOSSES) and 1 <= model <= len(_MODELS)):
        raise cursor.error(f"loss {loss} and model {model} are none of fastText's", CUT)
    model_name = _MODELS[model - 1]
    if version == _OLDEST and model_name == "supervised":
        maxn = 0  # Supervised models of that version took no characters, whatever this says.
    fits = 1 <= dim <= _WIDEST and word_ngrams <= _LONGEST_RUN and maxn <= _LONGEST_RUN
    if not fits or (bucket < 1 and (maxn > 0 or word_ngrams > 1)):
        raise cursor.error(
            f"vectors of {dim}, runs of {word_ngrams} words and {maxn} characters in {bucket} buckets", CUT
        )
    return FastTextSettings(
        dim,
        window,
        epochs,
        min_count,
        negatives,
        word_ngrams,
        _LOSSES[loss - 1],
        model_name,
        bucket,
        minn,
        maxn,
        rate_update,
        subsample,
    )


Dictionary = tuple[
    tuple[str, ...], NDArray[np.int64], tuple[str, ...], NDArray[np.int64], int, tuple[Rows, Rows] | None
]


def _read_dictionary(cursor: ByteCursor) -> Dictionary:
    """Words, their counts, labels, their counts, how many were read, the buckets that were kept."""
    from wenmai.kernels.vector_text import GOOD, scan_entries

    size, words, labels = (cursor.number("<i4", "a size of the dictionary") for _ in range(3))
    tokens = cursor.number("<i8", "the number of words read")
    pruned = cursor.number("<i8", "the number of buckets kept")
    if words < 0 or labels < 0 or words + labels != size or size * _LEAST_ENTRY > cursor.left:
        raise cursor.error(f"the dictionary claims {size} entries, {words} words and {labels} labels", CUT)
    counts, kinds = np.empty(size, np.int64), np.empty(size, np.int8)
    rest = np.asarray(cursor.content[cursor.at :])
    scan = scan_entries(rest, counts, kinds, np.empty(0, np.uint8))
    spelt = np.empty(scan.spelt, np.uint8)
    scan_entries(rest, counts, kinds, spelt)
    cursor.at += scan.consumed
    if scan.found != GOOD:
        raise cursor.error(f"entry {scan.rows + 1} of the dictionary is no word and its count", CUT)
    names = spelt.tobytes().decode("utf-8", "surrogateescape").split("\n")[:-1]
    if (kinds[:words] != _WORD).any() or (kinds[words:] != _LABEL).any():
        raise cursor.error("words and labels are not apart in the dictionary", CUT)
    if counts.min(initial=0) < 0 or counts.max(initial=0) > _MOST:
        raise cursor.error("the dictionary has a count that cannot be", CUT)
    if len(set(names)) < size:
        raise cursor.error("a word stands twice in the dictionary", CUT)
    kept = _read_kept(cursor, pruned, words)
    return tuple(names[:words]), counts[:words], tuple(names[words:]), counts[words:], tokens, kept


def _read_kept(cursor: ByteCursor, pruned: int, words: int) -> tuple[Rows, Rows] | None:
    if pruned < 0:
        return None
    pairs = cursor.values("<i4", 2 * pruned, "the buckets kept").reshape(pruned, 2).astype(np.int64)
    buckets = pairs[:, 0]
    order = np.argsort(buckets, kind="stable")
    if (np.diff(buckets[order]) == 0).any() or pairs.min(initial=0) < 0:
        raise cursor.error("the buckets kept are not each there once", CUT)
    return buckets[order], pairs[order, 1] + words


def _check_input(
    cursor: ByteCursor, settings: FastTextSettings, words: int, kept: tuple[Rows, Rows] | None, rows: int
) -> None:
    if kept is not None:
        if kept[1].max(initial=words - 1) >= rows:
            raise cursor.error(f"a bucket kept has a row beyond the input's {rows}", CUT)
        return
    hashed = settings.maxn > 0 or settings.word_ngrams > 1
    if rows < words or (hashed and rows < words + settings.bucket):
        raise cursor.error(f"the input has {rows} rows for {words} words and {settings.bucket} buckets", CUT)
