"""Word vectors as inputs of classifiers, and Chinese vectors against what people say."""

from __future__ import annotations

import csv
import gzip
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import wenmai
from benchmarks.data import real_data
from benchmarks.neural import film_sentences
from benchmarks.quality import SETS
from benchmarks.record import Table
from benchmarks.word2vec import write_words
from wenmai.apps.vector_evaluation import score_analogies, score_pairs, total
from wenmai.apps.vector_tests import read_pairs, read_questions
from wenmai.apps.word_vectors import WordVectors
from wenmai.bundle import Bundle
from wenmai.comparison import Study
from wenmai.core.schema import Language
from wenmai.data.dataset import Dataset
from wenmai.data.files import TextFile, examine
from wenmai.data.loading import Loaded, load_splits
from wenmai.recipe import Recipe, recipe_for, with_settings
from wenmai.stats.intervals import Estimate
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import GivenSegment
from wenmai.training.text_fitting import fit_text

SEEDS = 1
AVERAGED = ("tfidf-lr:words", *(f"averaged-vectors:{one}" for one in ("mean", "tfidf", "sif", "centroids")))
CONVOLVED = ("tfidf-lr:words", "textcnn:words", "textcnn:static", "textcnn:non-static")
CHINESE = ("word2vec:skipgram", "word2vec:cbow", "word2vec:chars", "fasttext-vectors:skipgram")


def measure() -> Table:
    """Three comparisons with vectors of enwiki_100mb; four ways to Chinese vectors on two tests."""
    table = Table(
        "Word vectors as inputs",
        ["set", "rung or vectors", "accuracy, %", "on dev against the best, points", "published or covered"],
        "make bench-vector_inputs",
        "Vectors: word2vec:skipgram, 100 numbers, 3 passes over the words of enwiki_100mb (lower case, letters and "
        f"digits). `wenmai compare --seeds {SEEDS} --input vectors=FOLDER` on the test rows (IMDB's own test part "
        "without the texts that stand in train as well; mr divided anew): 95% intervals. Differences are paired and of "
        "macro F1, by which is chosen. "
        "Chinese vectors (100 numbers, 10 passes) are learnt from the texts of online_shopping_10_cats, csl_papers and "
        "cmrc2018, which is little: Spearman's correlation × 100 on wordsim-240 and 297, accuracy on CA8, each of what "
        "the vocabulary covers.",
    )
    with tempfile.TemporaryDirectory() as folder:
        vectors = _english(Path(folder))
        _chinese(table, Path(folder))
        _compared(table, "sst2", SETS["sst2"](), CONVOLVED, vectors)
        _compared(table, "mr", film_sentences(), CONVOLVED, vectors)
        _compared(table, "IMDB", _imdb(Path(folder)), AVERAGED, vectors)
    return table


def _english(folder: Path) -> Bundle:
    words = folder / "words.txt"
    write_words(words, None)
    recipe = with_settings(recipe_for("word2vec:skipgram", "en"), ["model.dim=100", "model.epochs=3"])
    pipeline = PipelineConfig(clean=CleanConfig.minimal(), segment=GivenSegment())
    return _learnt(recipe.but(pipeline=pipeline), examine(words), folder / "english", "en")


def _learnt(recipe: Recipe, text: TextFile, folder: Path, language: Language) -> Bundle:
    folder.mkdir()
    return fit_text(recipe, text, folder, language=language, threads=2)


def _compared(table: Table, name: str, data: Loaded | Dataset, rungs: Sequence[str], vectors: Bundle) -> None:
    study = Study(duplicates=False)
    results = wenmai.compare(
        data, models=rungs, seed=0, seeds=SEEDS, threads=2, inputs={"vectors": vectors}, study=study
    ).results
    apart = results.recommendation.differences if results.recommendation else {}
    for rung in results.done:
        behind = _percent(apart[rung.name]) if rung.name in apart else "best"
        table.add(f"{name} `{results.data.data_fingerprint}`", rung.name, _percent(rung.test["accuracy"]), behind, "—")


def _imdb(folder: Path) -> Loaded:
    """Labels and texts of both parts, without the marks of line breaks."""
    paths = {}
    for part in ("train", "test"):
        paths[part] = folder / f"{part}.csv"
        with (
            gzip.open(real_data() / f"en/imdb/imdb_{part}.tsv.gz", "rt", encoding="utf-8") as source,
            paths[part].open("w", encoding="utf-8", newline="") as file,
        ):
            writer = csv.writer(file)
            writer.writerow(("label", "text"))
            for line in source:
                label, _, _, text = line.rstrip("\n").split("\t")
                writer.writerow((label, re.sub(r"<br />", " ", text)))
    return load_splits(paths["train"], None, paths["test"], label="label", text="text")


def _chinese(table: Table, folder: Path) -> None:
    text = folder / "chinese.txt"
    text.write_text("\n".join(_chinese_texts()), "utf-8")
    for rung in CHINESE:
        recipe = with_settings(recipe_for(rung, "zh"), ["model.dim=100", "model.epochs=10"])
        bundle = _learnt(recipe, examine(text), folder / rung.replace(":", "-"), "zh")
        held = WordVectors.of(bundle)
        for name in ("240", "297"):
            score = score_pairs(held, read_pairs(real_data() / f"zh/wordsim_zh/{name}.txt.gz"))
            found = "—" if score.spearman is None else _percent(score.spearman)
            table.add(f"wordsim-{name}", rung, found, "", f"{score.covered} of {score.pairs} pairs")
        for name in ("morphological", "semantic"):
            whole = total(score_analogies(held, read_questions(real_data() / f"zh/ca8/{name}.txt.gz")))
            found = "—" if whole.accuracy is None else _percent(whole.accuracy)
            table.add(f"CA8, {name}", rung, found, "", f"{whole.covered:,} of {whole.questions:,} questions")


def _chinese_texts() -> Iterator[str]:
    """Reviews, abstracts of papers, paragraphs of an encyclopedia: a text a line."""
    zh = real_data() / "zh"
    with gzip.open(zh / "online_shopping_10_cats/online_shopping_10_cats.csv.gz", "rt", encoding="utf-8") as file:
        yield from (" ".join(row["review"].split()) for row in csv.DictReader(file))
    for path in sorted((zh / "csl_papers").glob("ts_*.tsv.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            yield from (line.split("\t")[1] for line in file)
    for path in sorted((zh / "cmrc2018").glob("*.json.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as file:
            for article in json.load(file)["data"]:
                yield from (" ".join(paragraph["context"].split()) for paragraph in article["paragraphs"])


def _percent(found: Estimate) -> str:
    return f"{100 * found.value:.1f} ({100 * found.low:.1f}–{100 * found.high:.1f})"
