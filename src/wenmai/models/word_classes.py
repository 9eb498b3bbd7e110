"""Classes of words: by the words that stand next to them (Brown), or by their vectors (k-means).

- Brown, P. F., et al. (1992). Class-based n-gram models of natural language. Computational Linguistics 18(4).

Letters of the shapes: V words, C classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wenmai.batches.cooccurrence import count_cooccurrences
from wenmai.batches.corpus import Corpus
from wenmai.core.errors import UsageError
from wenmai.models.contract import Run
from wenmai.models.word_table import HoldsWordVectors


@dataclass(frozen=True, slots=True)
class WordClasses:
    """Words, each in one class.

    Attributes:
        words: [V] by falling frequency; classes: [V] int32.
        paths: [C], the turns to each class from the root of a tree, in which near classes begin alike; empty where
            there is no tree.
    """

    words: Sequence[str]
    classes: NDArray[np.int32]
    paths: tuple[str, ...] = ()

    def members(self, number: int) -> list[str]:
        """The words of one class, the most frequent first."""
        return [self.words[word] for word in np.flatnonzero(self.classes == number).tolist()]

    def to_tsv(self) -> str:
        """A word, a tab and its class (its path, where there is a tree) a line."""
        names = self.paths or tuple(map(str, range(int(self.classes.max(initial=-1)) + 1)))
        return "".join(f"{word}\t{names[at]}\n" for word, at in zip(self.words, self.classes.tolist(), strict=True))


def brown_classes(corpus: Corpus, classes: int, run: Run) -> WordClasses:
    """Brown's clusters of a corpus's words; the work grows with V · C².

    Raises:
        UsageError: when no class is asked for, or there is no word.
    """
    from wenmai.kernels.association import SparseRows
    from wenmai.kernels.brown import brown
    from wenmai.kernels.cooccurrence import Window

    _check(classes, len(corpus.words))
    with run.stage("count neighbours"):
        window = Window(1, both_sides=False, by_distance=False)
        before = count_cooccurrences(
            corpus.token_ids, corpus.offsets, len(corpus.words), window, threads=run.threads, check=run.check
        )
    with run.stage("merge words", len(corpus.words)):
        rows = SparseRows(before.pointers, before.columns, before.values)
        found = brown(rows, corpus.counts, classes, check=run.check, advance=run.progress.advance)
    return WordClasses(corpus.words, found.classes, found.paths)


def vector_classes(source: HoldsWordVectors, classes: int, run: Run) -> WordClasses:
    """Clusters of the directions of words' vectors, by k-means.

    Raises:
        UsageError: when no class is asked for, or there is no word.
    """
    from wenmai.kernels.kmeans import cluster, nearest_centres, unit_rows

    _check(classes, len(source.words))
    with run.stage("find clusters"):
        vectors = unit_rows(source.vectors)
        centres = cluster(vectors, classes, seed=run.seed, check=run.check)
    return WordClasses(source.words, nearest_centres(vectors, centres))


def _check(classes: int, words: int) -> None:
    if classes < 1:
        raise UsageError(f"{classes} classes can hold no word", remedy="Give at least 1")
    if not words:
        raise UsageError("there is no word to be classified", remedy="Give text or vectors with words")
