"""Labels by a supervised model of fastText, with the probabilities that the official program prints.

Those are not quite probabilities: it adds 0.00001 to each before it takes a logarithm, and looks the logistic function
up in a table of 512 steps. In a bundle (`wenmai.interop.fasttext_bundles`) neither is done.

Letters of the shapes: C labels, K output rows, D width, N rows of a text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wenmai.batches.fasttext_dictionary import END
from wenmai.batches.fasttext_hashes import hash_words, run_buckets
from wenmai.core.errors import DataError, UsageError
from wenmai.interop.byte_cursor import CUT
from wenmai.interop.fasttext_binary import LABEL_PREFIX, FastTextFile
from wenmai.kernels.huffman import HuffmanTree, huffman_tree

Floats = NDArray[np.float32]

_ADDED = 1e-5
_STEPS, _FURTHEST = 512, 8
_GAPS = re.compile("[ \n\r\t\v\f\0]+")
_ALL_ROWS_AT_A_TIME = 1 << 16


@dataclass(frozen=True, slots=True)
class LabelScore:
    """A label as the file has it, prefix and all, and what the official program calls its probability."""

    label: str
    probability: float


class FastTextPredictor:
    """A supervised model of the official program.

    Raises:
        UsageError: when the file holds no supervised model.
    """

    def __init__(self, file: FastTextFile) -> None:
        if file.settings.model != "supervised":
            raise UsageError(
                f"a {file.settings.model} model has vectors of words, not labels",
                where=file.name,
                remedy="Ask it with: wenmai embed neighbors",
            )
        self.file = file
        rows = np.arange(file.output.shape[0])
        self._output = file.output.rows(rows)
        self._tree: HuffmanTree | None = huffman_tree(file.label_counts) if file.settings.loss == "hs" else None

    def predict(self, text: str, count: int | None = 1, threshold: float = 0.0) -> list[LabelScore]:
        """The best labels of a line of text; none for a text without a row, which only a pruned model has.

        Args:
            text: words parted by ASCII white space.
            count: how many labels; None for all.
            threshold: leave out labels that are less probable; with hierarchical softmax, 0 too leaves some out.

        Raises:
            DataError: when the numbers of a damaged file run over.
        """
        rows = self.rows(text)
        if not len(rows):
            return []
        with np.errstate(over="ignore", invalid="ignore"):
            probabilities = self._probabilities(self._hidden(rows))
        if not np.isfinite(probabilities).all():
            raise DataError("a probability is not finite", where=self.file.name, remedy=CUT)
        order = np.argsort(-probabilities, kind="stable")[:count]
        return [
            LabelScore(self.file.labels[label], float(probabilities[label]))
            for label in order.tolist()
            if probabilities[label] >= threshold + _ADDED or threshold < 0
        ]

    def rows(self, text: str) -> NDArray[np.int64]:
        """The rows [N] of a text: of its words, their characters, the end, and runs of words."""
        file = self.file
        tokens = _line(text)
        known = [file.numbers.get(token, -1) for token in tokens]
        tokens_rows = [
            (token, row) for token, row in zip(tokens, known, strict=True) if row >= 0 or not _is_label(token)
        ]
        parts = [np.zeros(0, np.int64)]
        for token, row in tokens_rows:
            parts += [np.array([row])] if row >= 0 else []
            parts.append(file.subword_rows(token))
        if file.settings.word_ngrams > 1:
            hashes = hash_words([token for token, _ in tokens_rows])
            runs = run_buckets(hashes, np.array([0, len(hashes)]), file.settings.word_ngrams, file.settings.bucket)
            parts.append(file.bucket_rows(runs[0]))
        return np.concatenate(parts)

    def _hidden(self, rows: NDArray[np.int64]) -> Floats:
        """The mean [D] of rows, added up one after the other in 32 bits as the program does."""
        total = np.zeros(self.file.settings.dim, np.float32)
        for start in range(0, len(rows), _ALL_ROWS_AT_A_TIME):
            total += self.file.input.rows(rows[start : start + _ALL_ROWS_AT_A_TIME]).sum(axis=0, dtype=np.float32)
        mean: Floats = total * np.float32(1.0 / len(rows))
        return mean

    def _probabilities(self, hidden: Floats) -> NDArray[np.float64]:
        """What it calls probabilities [C]."""
        # Added up one after the other too: a step of the table is wider than the last bits.
        scores = np.cumsum(self._output * hidden, axis=1, dtype=np.float32)[:, -1].astype(np.float64)
        if self._tree is not None:
            return _by_tree(self._tree, scores)
        if self.file.settings.loss == "softmax":
            shifted = np.exp(scores - scores.max())
            shares: NDArray[np.float64] = shifted / shifted.sum() + _ADDED
            return shares
        return _by_table(scores) + _ADDED


def _by_tree(tree: HuffmanTree, scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The product of what stands at the nodes on the way to each label."""
    right = np.exp(-np.logaddexp(0, -scores[tree.nodes]))
    logs = np.log(np.where(tree.codes == 1, right, 1 - right) + _ADDED)
    owners = np.repeat(np.arange(len(tree.offsets) - 1), np.diff(tree.offsets))
    products: NDArray[np.float64] = np.exp(np.bincount(owners, logs, len(tree.offsets) - 1))
    return products


def _by_table(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    """The logistic function as a table of steps has it."""
    steps = np.floor((np.clip(scores, -_FURTHEST, _FURTHEST) + _FURTHEST) * (_STEPS / _FURTHEST / 2))
    inside = 1 / (1 + np.exp(_FURTHEST - steps * (2 * _FURTHEST / _STEPS)))
    values: NDArray[np.float64] = np.where(np.abs(scores) > _FURTHEST, scores > 0, inside)
    return values


def _line(text: str) -> Sequence[str]:
    """The words of a line and its end; nothing behind an end that the text itself holds."""
    words = [word for word in _GAPS.split(text) if word]
    return [*words[: words.index(END)], END] if END in words else [*words, END]


def _is_label(token: str) -> bool:
    return token.startswith(LABEL_PREFIX)
