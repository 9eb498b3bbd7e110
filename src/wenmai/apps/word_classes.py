"""Classes of words: of vectors that there are by k-means, of a text by Brown's clusters.

Letters of the shapes: V words, C classes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from wenmai.apps.word_vectors import WordVectors
from wenmai.batches.corpus import Rows, read_corpus
from wenmai.core.errors import UsageError
from wenmai.core.progress import SILENT, Progress
from wenmai.models.contract import Run
from wenmai.models.word_classes import WordClasses, brown_classes, vector_classes
from wenmai.text.pipeline import Pipeline, PipelineConfig

WORDS = 10_000
"""So many of the most frequent words are classified where nothing else is said."""


def classes_of_vectors(
    vectors: WordVectors, classes: int, *, words: int = WORDS, seed: int = 0, progress: Progress = SILENT
) -> WordClasses:
    """Classes of the first words by the directions of their vectors (k-means).

    Args:
        vectors: whose words; classes: how many, fewer where fewer vectors differ.
        words: how many words.
        seed: decides where k-means begins; the same gives the same classes.
        progress: hears what is being done.

    Raises:
        UsageError: when no class or no word is asked for.
    """
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):  # With several threads the order of sums, and so the classes, could change.
        counts = None if vectors.counts is None else vectors.counts[:words]
        return vector_classes(
            vectors.words[:words], vectors.vectors[:words], classes, Run(seed, progress=progress), counts
        )


def classes_of_text(
    texts: Iterable[Rows],
    pipeline: PipelineConfig,
    classes: int,
    *,
    words: int = WORDS,
    min_count: int = 2,
    threads: int = 1,
    progress: Progress = SILENT,
) -> WordClasses:
    """Classes of a text's words by the words that stand next to them (Brown's clusters); the text decides all.

    Args:
        texts: batches of rows, read once; their numbers are kept in a temporary file.
        pipeline: how a row becomes words; one that learns nothing.
        classes: how many, fewer where there are fewer words; the work grows with V · C².
        words: how many of the most frequent words; min_count: those that occur less often are left out.
        threads: how many may count at a time; progress: hears what is being done.

    Raises:
        UsageError: when no class is asked for, or no word is frequent enough.
    """
    run = Run(threads=threads, progress=progress)

    def told() -> Iterator[Rows]:
        for block in texts:
            yield block
            progress.advance()

    with tempfile.TemporaryDirectory(prefix="wenmai-classes-") as folder:
        with run.stage("read text"):
            corpus = read_corpus(told(), Pipeline(pipeline), min_count=min_count, max_words=words, folder=Path(folder))
        if not corpus.words:
            raise UsageError(f"no word occurs {min_count} times", remedy="Lower --min-count, or give more text")
        return brown_classes(corpus, classes, run)
