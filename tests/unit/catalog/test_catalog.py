import subprocess
import sys

import pytest

from wenmai.catalog import CATALOG
from wenmai.core.errors import UnknownChoiceError, UsageError


def test_a_rung_is_an_entry_with_its_first_preset_or_the_named_one():
    assert CATALOG.rung("tfidf-lr")[1] == "words"
    assert CATALOG.rung("tfidf-lr:chars") == (CATALOG.entry("tfidf-lr"), "chars")


def test_names_and_ladders_become_rungs_each_once_in_order():
    assert CATALOG.rungs(["tfidf-lr", "words", "tfidf-lr:chars"], "classify") == (
        "tfidf-lr:words",
        "majority:plain",
        "naive-bayes:words",
        "tfidf-svm:words",
        "tfidf-lr:chars",
    )
    assert CATALOG.rungs([]) == ()


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda: CATALOG.entry("tfidf-rl"), "unknown model 'tfidf-rl'. Did you mean 'tfidf-lr'"),
        (lambda: CATALOG.rung("navie-bayes"), "unknown model 'navie-bayes'. Did you mean 'naive-bayes'"),
        (lambda: CATALOG.rungs(["quik"]), "unknown model 'quik'. Did you mean 'quick'"),
        (
            lambda: CATALOG.rung("tfidf-lr:char"),
            "unknown preset of tfidf-lr 'char'. Did you mean 'chars'.* Valid: words, chars",
        ),
        (lambda: CATALOG.config("gpt"), "unknown model 'gpt'. Valid: majority, naive-bayes"),
        (lambda: CATALOG.task("generate"), "unknown task 'generate'. Valid: classify"),
    ],
)
def test_an_unknown_name_is_answered_with_the_nearest(ask, message):
    with pytest.raises(UnknownChoiceError, match=message):
        ask()


def test_an_extended_catalog_leaves_the_first_as_it_was():
    entry = CATALOG.entry("majority")
    more = CATALOG.extended(
        [type(entry)(**{**{name: getattr(entry, name) for name in entry.__slots__}, "name": "mine"})]
    )
    assert "mine" in more.entries
    assert "mine" not in CATALOG.entries
    assert more.ladders == CATALOG.ladders


def test_reading_the_table_imports_no_model():
    program = (
        "import sys; from wenmai.catalog.entries import ENTRIES; assert ENTRIES\n"
        "heavy = ('wenmai.models.linear', 'wenmai.models.learners', 'wenmai.kernels', 'scipy', 'sklearn', 'torch')\n"
        "print([name for name in sys.modules if name.startswith(heavy)])"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "[]"


def test_a_network_without_torch_names_the_extra():
    program = (
        "import sys; sys.modules['torch'] = None\n"
        "from wenmai.catalog import CATALOG; from wenmai.core.errors import MissingExtraError\n"
        "assert CATALOG.preset('tfidf-lr', 'zh')\n"
        "try: CATALOG.preset('textcnn', 'zh')\n"
        "except MissingExtraError as error: print(error)"
    )
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    expected = "a network needs a package that is not installed. Install it with: pip install 'wenmai[neural]'."
    assert ran.stdout.strip() == expected


def test_a_ladder_is_of_the_rungs_that_learn_the_task():
    pairs = CATALOG.rungs(["words"], "pair")
    assert pairs == ("majority:plain", "pair-overlap:words", "pair-words:words")
    assert set(CATALOG.rungs(["words"])) == {*CATALOG.rungs(["words"], "classify"), *pairs}
    with pytest.raises(UsageError, match="tfidf-lr does not learn 'pair'. Models that do: majority, pair-overlap"):
        CATALOG.rungs(["tfidf-lr"], "pair")
    with pytest.raises(UsageError, match="no rung of segmentation learns 'embed'"):
        CATALOG.rungs(["segmentation"], "embed")
