"""Classes of words: by the words that stand next to them (Brown), or by their vectors (k-means).

- Brown, P. F., et al. (1992). Class-based n-gram models of natural language. Computational Linguistics 18(4).

Letters of the shapes: V words, C classes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from wenmai.batches.cooccurrence import count_cooccurrences
from wenmai.batches.corpus import Corpus
from wenmai.core.errors import UsageError
from wenmai.models.contract import Run

_BREAKS_A_LINE = re.compile("[\t\n\r\v\f\x1c-\x1e\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class WordClasses:
    """Words, each in one class.

    Attributes:
        words: [V] by falling frequency; classes: [V] int32.
        paths: [C], the turns to each class from the root of a tree, in which near classes begin alike; empty where
            there is no tree.
        counts: [V], how often each word occurs; None where that is not known.
    """

    words: Sequence[str]
    classes: NDArray[np.int32]
    paths: tuple[str, ...] = ()
    counts: NDArray[np.int64] | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """[C]: the path of each class, its number where there is no tree."""
        return self.paths or tuple(map(str, range(int(self.classes.max(initial=-1)) + 1)))

    def members(self, number: int) -> list[str]:
        """The words of one class, the most frequent first."""
        return [self.words[word] for word in np.flatnonzero(self.classes == number).tolist()]

    def unwritable(self) -> list[str]:
        """The words that no line of a table can hold."""
        return [word for word in self.words if _BREAKS_A_LINE.search(word)]

    def to_tsv(self) -> str:
        """A word, its class and, where it is known, its count a line, tabs between them; without `unwritable`."""
        names = self.names
        columns: list[Sequence[object]] = [self.words, [names[at] for at in self.classes.tolist()]]
        if self.counts is not None:
            columns.append(self.counts.tolist())
        rows = (row for row in zip(*columns, strict=True) if not _BREAKS_A_LINE.search(str(row[0])))
        return "".join("\t".join(map(str, row)) + "\n" for row in rows)


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
    return WordClasses(corpus.words, found.classes, found.paths, corpus.counts)


def vector_classes(
    words: Sequence[str],
    vectors: NDArray[np.float32],
    classes: int,
    run: Run,
    counts: NDArray[np.int64] | None = None,
) -> WordClasses:
    """Clusters of the directions of words' vectors [V, D], by k-means; class 0 has the first word, and so on.

    Raises:
        UsageError: when no class is asked for, or there is no word.
    """
    from wenmai.kernels.kmeans import cluster, nearest_centres, unit_rows

    _check(classes, len(words))
    with run.stage("find clusters"):
        directions = unit_rows(vectors)
        centres = cluster(directions, classes, seed=run.seed, check=run.check)
        nearest = nearest_centres(directions, centres)
    _, first, inverse = np.unique(nearest, return_index=True, return_inverse=True)
    places = np.argsort(np.argsort(first))
    return WordClasses(words, places[inverse].astype(np.int32), counts=counts)


def _check(classes: int, words: int) -> None:
    if classes < 1:
        raise UsageError(f"{classes} classes can hold no word", remedy="Give at least 1")
    if not words:
        raise UsageError("there is no word to be classified", remedy="Give text or vectors with words")
