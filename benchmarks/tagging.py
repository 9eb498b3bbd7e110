"""Taggers on real sets: entities, chunks, words and parts of speech, published figures beside them.

``python -m benchmarks tagging`` measures all sets; WENMAI_TAGGING names some of them, parted by commas, and the
others keep what was measured before.
"""

from __future__ import annotations

import gzip
import itertools
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import wenmai
from benchmarks.data import peoples_daily, real_data, words_of
from benchmarks.record import Table, part_by_part
from wenmai.data.loading import Loaded

WORD_RUNGS = ("frequent-tag:plain", "hmm:plain", "crf:words", "bilstm-tagger:words", "bilstm-crf:words")
CHARACTER_RUNGS = ("frequent-tag:plain", "hmm:plain", "crf:chars", "bilstm-tagger:chars", "bilstm-crf:chars")
SEEDS, THREADS = 3, 2
WORD_METRICS = ("word_precision", "word_recall", "oov_recall", "iv_recall")
SHARES = (0.90, 0.95)
"""Where the lines of the People's Daily are cut into training, dev and test blocks."""
PHRASE = 8
"""Characters from which on a sentence that stands in train and test is not there twice by chance."""


@dataclass(frozen=True, slots=True)
class Set:
    """One set.

    Attributes:
        read: its rows; rungs: what is tried; metric: by which.
        goal: what the best shall reach, in percent; published: whose figure stands beside it.
        also: further metrics, a row each.
    """

    read: Callable[[], Loaded]
    rungs: tuple[str, ...]
    metric: str
    goal: float | None
    published: str = "—"
    also: tuple[str, ...] = ()


def measure() -> Table:
    """One comparison a set."""
    table = Table(
        title="Tagging real data",
        columns=["set", "sentences: train, dev, test", "rung", "metric", "test, %", "to reach", "published", "fit"],
        command="make bench-tagging",
        about=f"`wenmai compare --seed 0 --seeds {SEEDS}`, {THREADS} threads, no outside vectors: test sentences "
        "scored once, 95% bootstrap intervals over sentences and seeds. Training sentences that recur in dev or "
        "test are dropped. Where a set has no dev part, some training sentences are held out for it.",
    )
    for name in part_by_part(table, "tagging", list(SETS), "WENMAI_TAGGING"):
        one = SETS[name]
        board = wenmai.compare(one.read(), models=list(one.rungs), seed=0, seeds=SEEDS, threads=THREADS)
        results = board.results
        rows = ", ".join(f"{count:,}" for count in results.data.rows.values())
        for rung, metric in itertools.product(results.done, (one.metric, *one.also)):
            score, first = rung.test[metric], metric == one.metric
            table.add(
                f"{name} `{results.data.data_fingerprint}`",
                rows,
                rung.name,
                metric,
                f"{score.value * 100:.2f} ({score.low * 100:.1f}–{score.high * 100:.1f})",
                f"{one.goal}" if first and one.goal is not None else "—",
                one.published if first else "—",
                f"{rung.costs.fit_seconds:.0f} s" if rung.costs else "—",
            )
    return table


def _parts(folder: str, train: str, dev: str | None, test: str, **options: str) -> Loaded:
    root = real_data() / folder
    return wenmai.load_splits(root / train, None if dev is None else root / dev, root / test, **options)


def _conll2000(**options: str) -> Loaded:
    return _parts("en/conll2000", "train.txt.gz", None, "test.txt.gz", **options)


def _resume() -> Loaded:
    return _parts("zh/resume_ner", "train.char.bmes.gz", "dev.char.bmes.gz", "test.char.bmes.gz", language="zh")


def _wikiann() -> Loaded:
    return _parts("en/wikiann_en", "train.gz", "dev.gz", "test.gz")


def _wnut17() -> Loaded:
    return _parts("en/wnut17", "wnut17train.conll.gz", "emerging.dev.conll.gz", "emerging.test.annotated.gz")


def _ewt() -> Loaded:
    names = (f"en_ewt-ud-{part}.conllu.gz" for part in ("train", "dev", "test"))
    return _parts("en/ud_english_ewt", *names)


def _snips(**options: str) -> Loaded:
    return _parts("en/snips", "train", "valid", "test", **options)


def _cluener() -> Loaded:
    root = real_data() / "zh/cluener2020"
    return wenmai.load_splits(root / "train.jsonl.gz", None, root / "dev.jsonl.gz", language="zh")


def _peoples_daily(tags: str) -> Loaded:
    """January 1998 in contiguous blocks of lines: the first nine tenths to train on."""
    lines = peoples_daily()
    edges = [0, *(round(share * len(lines)) for share in SHARES), len(lines)]
    parts = [lines[start:stop] for start, stop in itertools.pairwise(edges)]
    return _from_lines(*parts, layout="tagged-words", tags=tags)


def _pku() -> Loaded:
    """The PKU test of SIGHAN 2005 after January 1998, without the paragraphs that share a sentence with it."""
    with gzip.open(real_data() / "zh/sighan2005_gold/pku_test_gold.utf8.gz", "rt", encoding="utf-8") as file:
        test = [" ".join(line.split()) for line in file if line.strip()]
    seen = {sentence for line in test for sentence in _sentences(line)}
    lines = [" ".join(words_of(line)) for line in peoples_daily()]
    edge = round(SHARES[1] * len(lines))
    train = [line for line in lines[:edge] if seen.isdisjoint(_sentences(line))]
    return _from_lines(train, lines[edge:], test, layout="words")


def _sentences(line: str) -> list[str]:
    """The sentences of a segmented line that are too long to be a common phrase, without their spaces."""
    return [one for one in re.split("(?<=[。！？；])", line.replace(" ", "")) if len(one) >= PHRASE]


def _from_lines(*parts: Sequence[str], **options: str) -> Loaded:
    """Chinese text, a sentence a line, as train, dev and test."""
    with tempfile.TemporaryDirectory() as folder:
        paths = [Path(folder) / f"{name}.txt" for name in ("train", "dev", "test")]
        for path, lines in zip(paths, parts, strict=True):
            path.write_text("\n".join(lines) + "\n", "utf-8")
        return wenmai.load_splits(*paths, language="zh", **options)


SETS: Mapping[str, Set] = {
    "conll2000 with parts of speech": Set(
        lambda: _conll2000(factors="2"), ("crf:words",), "entity_f1", 93.8, "94.38 (Sha and Pereira 2003)"
    ),
    "conll2000 (words alone)": Set(_conll2000, WORD_RUNGS, "entity_f1", None),
    "resume_ner": Set(_resume, CHARACTER_RUNGS, "entity_f1", 93.5, "93.48 (Zhang and Yang 2018)"),
    "cluener2020 (dev)": Set(_cluener, CHARACTER_RUNGS, "entity_f1", 68.0, "70.00 BiLSTM-CRF (Xu et al. 2020)"),
    "wikiann_en": Set(_wikiann, WORD_RUNGS, "entity_f1", 78.0),
    "wnut17": Set(_wnut17, WORD_RUNGS, "entity_f1", 25.0),
    "ud_english_ewt": Set(_ewt, WORD_RUNGS, "token_accuracy", 94.5),
    "snips slots": Set(_snips, WORD_RUNGS, "entity_f1", 93.0),
    "snips slots and intents": Set(
        lambda: _snips(intent="intent"),
        ("bilstm-tagger:words", "bilstm-crf:words"),
        "entity_f1",
        93.0,
        "97.0, intents 98.6 BERT (Chen et al. 2019)",
        ("intent_accuracy", "sentence_accuracy"),
    ),
    "People's Daily words": Set(lambda: _peoples_daily("words"), CHARACTER_RUNGS, "word_f1", 96.5),
    "SIGHAN 2005 PKU": Set(
        _pku, CHARACTER_RUNGS, "word_f1", None, "95.0 of its own training part (Emerson 2005)", WORD_METRICS
    ),
    "People's Daily parts of speech": Set(lambda: _peoples_daily("tags"), WORD_RUNGS, "token_accuracy", 95.0),
    "People's Daily entities": Set(lambda: _peoples_daily("entities"), CHARACTER_RUNGS, "entity_f1", 92.0),
}
