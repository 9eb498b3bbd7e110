"""Texts that occur more than once: exactly, after a light normalisation, or nearly."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import UsageError
from wenmai.core.schema import GenerateColumns
from wenmai.data.dataset import BATCH_ROWS, Dataset

Rows = NDArray[np.int64]

NEAR_THRESHOLD = 0.8
"""The share of common character shingles from which two texts count as nearly the same."""

_KEY_BYTES = 16
_WINDOW = 16
_SHINGLE = {"zh": 3, "mixed": 4, "en": 5}
_MOST_CANDIDATES = 2_000_000


@dataclass(frozen=True, slots=True)
class NearDuplicates:
    """Pairs of different texts that are nearly the same.

    Attributes:
        pairs: [P, 2], positions in the data set, the earlier row first, in ascending order.
        similarity: [P], the Jaccard similarity of each pair's character shingles.
        note: what was left out because there was too much of it, as a sentence; None where nothing was.
    """

    pairs: Rows
    similarity: NDArray[np.float32]
    note: str | None = None


def normalised(text: str) -> str:
    """The text as duplicates are told by: NFKC, case folded, white space folded to single spaces; punctuation kept."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def text_keys(dataset: Dataset, *, swapped: bool = False) -> NDArray[np.void]:
    """[rows]: 16 bytes that identify each row's normalised text; rows of two data sets may be compared by them.

    The text is all that a model sees of a row. Generated text has its target too, so that rows without a source differ.

    Args:
        dataset: the rows.
        swapped: whether two texts the other way round are the same pair. They need not mean the same, as one sentence
            may follow from another and not the other way; but who has seen the one has seen the other.
    """
    keys = bytearray()
    for texts in _normalised_batches(dataset, swapped=swapped):
        for text in texts:
            keys += hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=_KEY_BYTES).digest()
    return np.frombuffer(bytes(keys), dtype=f"V{_KEY_BYTES}")


def duplicate_groups(dataset: Dataset) -> Rows:
    """[rows]: for each row the position of the first row with the same normalised text."""
    return first_with_key(text_keys(dataset))


def first_with_key(keys: NDArray[np.void]) -> Rows:
    """[rows]: for each key the first position at which it stands."""
    if len(keys) == 0:
        return np.empty(0, np.int64)
    halves = keys.view(np.uint64).reshape(-1, 2)
    order = np.lexsort((halves[:, 1], halves[:, 0]))
    ordered = halves[order]
    begins = np.ones(len(keys), dtype=bool)
    begins[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    firsts = order[begins]  # lexsort is stable: the first of a run is the earliest row
    groups = np.empty(len(keys), np.int64)
    groups[order] = firsts[np.cumsum(begins) - 1]
    return groups


def near_duplicate_pairs(
    dataset: Dataset,
    *,
    threshold: float = NEAR_THRESHOLD,
    shingle: int | None = None,
    limit: int = 1_000_000,
    seed: int = 0,
) -> NearDuplicates:
    """Pairs of different texts whose character shingles overlap by at least ``threshold``.

    Candidates come from MinHash in bands; their similarity is then computed exactly, so no pair below the threshold is
    returned, and of those at 0.8 about one in a hundred is missed. Texts that are the same are taken once.

    Args:
        dataset: the rows to compare.
        threshold: the least Jaccard similarity, over 0 and at most 1.
        shingle: characters a shingle; by the language where it is not given: 3 for Chinese, 5 for English.
        limit: different texts that are compared at most, the first ones.
        seed: of the hash functions.

    Raises:
        UsageError: a threshold out of range.
    """
    from wenmai.data.minhash import BANDS

    if not 0 < threshold <= 1:
        raise UsageError(f"a threshold of {threshold}", remedy="Give a similarity over 0 and at most 1")
    groups = duplicate_groups(dataset)
    rows = np.flatnonzero(groups == np.arange(len(groups)))
    notes = []
    if len(rows) > limit:
        notes.append(f"near duplicates were sought among the first {limit:,} of {len(rows):,} different texts")
        rows = rows[:limit]
    length = shingle if shingle is not None else _SHINGLE[dataset.schema.language]
    unique = dataset.select(rows)
    keys = _band_keys(unique, length, seed)
    candidates = edges = np.empty(0, np.int64)
    for band in range(BANDS):
        found, last = _candidates(keys[:, band])
        candidates, edges = np.union1d(candidates, found), np.union1d(edges, last)
        if len(candidates) > _MOST_CANDIDATES:
            notes.append(f"more than {_MOST_CANDIDATES:,} pairs of texts look alike; not all were compared")
            candidates = candidates[:_MOST_CANDIDATES]
            break
    pairs = np.stack([candidates // len(rows), candidates % len(rows)], axis=1) if len(rows) else np.empty((0, 2), int)
    similarity = _similarities(unique, pairs, length)
    kept = similarity >= threshold
    if np.isin(candidates[kept], edges).any():
        notes.append(f"where more than {_WINDOW} texts are alike, each was compared with {_WINDOW} others only")
    return NearDuplicates(rows[pairs[kept]], similarity[kept], "; ".join(notes) or None)


def _normalised_batches(dataset: Dataset, *, swapped: bool = False) -> Iterator[list[str]]:
    """The normalised texts of consecutive batches of rows, all inputs of a row joined; of a pair in either order."""
    columns = dataset.schema.columns
    for start in range(0, len(dataset), BATCH_ROWS):
        inputs = dataset.inputs(start, start + BATCH_ROWS)
        parts = [list(map(normalised, inputs.text))]
        if inputs.second is not None:
            parts.append(list(map(normalised, inputs.second)))
        if swapped and dataset.schema.kind == "pair":
            parts = [list(texts) for texts in zip(*map(sorted, zip(*parts, strict=True)), strict=True)]
        if isinstance(columns, GenerateColumns):
            targets = dataset.take([columns.target], start, start + BATCH_ROWS).column(0).to_pylist()
            parts.append([normalised(target or "") for target in targets])
        yield parts[0] if len(parts) == 1 else ["\n".join(row) for row in zip(*parts, strict=True)]


def _band_keys(dataset: Dataset, length: int, seed: int) -> NDArray[np.uint32]:
    from wenmai.data.minhash import BANDS, band_keys, code_points, hash_seeds

    masks, factors = hash_seeds(seed)
    keys = np.empty((len(dataset), BANDS), np.uint32)
    start = 0
    for texts in _normalised_batches(dataset):
        keys[start : start + len(texts)] = band_keys(*code_points(texts), length, masks, factors)
        start += len(texts)
    return keys


def _candidates(keys: NDArray[np.uint32]) -> tuple[Rows, Rows]:
    """Pairs with equal keys as ``first * rows + second``, and those of them after which the comparing stopped.

    Each row is compared with the next rows of its key only, so that a crowd of like texts costs what it has rows.
    """
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    found = []
    for step in range(1, _WINDOW + 1):
        same = np.flatnonzero(ordered[step:] == ordered[:-step])
        if len(same) == 0:
            break
        found.append(order[same] * len(keys) + order[same + step])
    none = np.empty(0, np.int64)
    return (np.concatenate(found) if found else none), (found[-1] if len(found) == _WINDOW else none)


def _similarities(dataset: Dataset, pairs: Rows, length: int) -> NDArray[np.float32]:
    """[P]: the similarity of each pair, the texts taken again a block of pairs at a time."""
    from wenmai.data.minhash import code_points, jaccard

    blocks = []
    for start in range(0, len(pairs), BATCH_ROWS):
        block = pairs[start : start + BATCH_ROWS]
        rows, places = np.unique(block, return_inverse=True)
        texts = [text for batch in _normalised_batches(dataset.select(rows)) for text in batch]
        blocks.append(jaccard(*code_points(texts), places.reshape(-1, 2), length))
    return np.concatenate(blocks) if blocks else np.empty(0, np.float32)
