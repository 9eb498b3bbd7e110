"""fit_text: a file gives what the same rows in a data set give, and goes on where it was ended."""

import pyarrow as pa
import pytest

from wenmai.batches.corpus import TOKENS_FILE
from wenmai.core.errors import DataError, FitError, UsageError
from wenmai.core.progress import Silent
from wenmai.core.schema import EmbedColumns, Schema
from wenmai.data.dataset import Dataset
from wenmai.data.files import examine
from wenmai.recipe import recipe_for, with_settings
from wenmai.text.vocabulary import VocabularyConfig
from wenmai.training import fit
from wenmai.training.text_fitting import fit_text, fit_texts, language_of

LINES = ["The king rules the land.", "the queen rules the land", "", "a dog eats meat", "a cat eats meat"] * 20


def recipe_of(rung="word2vec:skipgram", *settings):
    return with_settings(recipe_for(rung, "en"), ["model.dim=8", *settings])


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "text.txt"
    path.write_text("\n".join(LINES) + "\n", encoding="utf-8")
    return examine(path)


@pytest.mark.parametrize("rung", ["word2vec:cbow", "fasttext-vectors:skipgram", "glove:plain", "count-vectors:ppmi"])
def test_a_file_gives_what_its_rows_give(rung, file, tmp_path):
    recipe = recipe_of(rung)
    data = Dataset(pa.table({"text": LINES}), Schema(columns=EmbedColumns(), language="en"))
    bundle = fit_text(recipe, file, tmp_path, language="en")
    assert bundle.fingerprint == fit(recipe, data).fingerprint
    assert bundle.provenance.rows == len(LINES)
    assert bundle.provenance.data == "text.txt"
    assert (tmp_path / TOKENS_FILE).is_file()


def test_a_stream_gives_what_the_file_gives_and_is_read_once(file, tmp_path):
    (tmp_path / "stream").mkdir()
    stream = iter(LINES)
    bundle = fit_texts(recipe_of(), stream, tmp_path / "stream", language="en")
    assert bundle.fingerprint == fit_text(recipe_of(), file, tmp_path, language="en").fingerprint
    assert (bundle.provenance.rows, bundle.provenance.data) == (len(LINES), "texts")
    assert bundle.provenance.data_fingerprint != "e3b0c44298fc1c14", "the fingerprint is not that of nothing"
    assert next(stream, None) is None


def test_a_stream_is_refused_where_the_pipeline_would_read_it_twice(tmp_path):
    recipe = recipe_of()
    recipe = recipe.but(pipeline=recipe.pipeline.but(vocabulary=VocabularyConfig()))
    with pytest.raises(UsageError, match="reads the texts before they are cut"):
        fit_texts(recipe, iter(LINES), tmp_path, language="en")


def test_it_goes_on_where_it_was_ended(file, tmp_path, monkeypatch):
    monkeypatch.setattr("wenmai.kernels.word2vec._WORDS_IN_A_STRETCH", 100)
    monkeypatch.setattr("wenmai.training.checkpoints.EVERY_SECONDS", 0.0)
    (tmp_path / "whole").mkdir()
    whole = fit_text(recipe_of(), file, tmp_path / "whole", language="en")

    class Ending(Silent):
        said = 0

        def say(self, text):
            self.said += 1
            if self.said == 4:
                raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit_text(recipe_of(), file, tmp_path, language="en", progress=Ending())
    assert fit_text(recipe_of(), file, tmp_path, language="en").fingerprint == whole.fingerprint


def test_a_tagged_text_gives_words_with_their_tags(tmp_path):
    path = tmp_path / "tagged.txt"
    path.write_text("the/d duck/n swims/v\nwe/r duck/v often/d\n" * 20 + "no tag\n", "utf-8")
    file = examine(path)
    bundle = fit_text(recipe_of("sense2vec:skipgram"), file, tmp_path, language="en")
    assert {"duck|n", "duck|v"} <= set(bundle.model.words)
    assert "tag" not in bundle.model.words
    assert bundle.provenance.notes[0].startswith("1 lines without a tag for each word are left out: 'no' at ")
    with pytest.raises(DataError, match=r"most of its first pieces are not word_tag"):
        fit_text(recipe_of("sense2vec", "pipeline.segment.separator=_"), file, tmp_path, language="en")


def test_the_language_of_a_tagged_text_is_that_of_its_words(tmp_path):
    path = tmp_path / "tagged.txt"
    path.write_text("迈向/v  充满/v  希望/n  的/u  新/a  世纪/n\n", "utf-8")
    assert language_of(examine(path)) == "zh"


def test_what_learns_from_labels_is_refused(file, tmp_path):
    with pytest.raises(UsageError, match="tfidf-lr learns no vectors"):
        fit_text(recipe_for("tfidf-lr", "en"), file, tmp_path, language="en")


def test_a_text_of_rare_words_and_a_spent_budget_are_failures(file, tmp_path):
    with pytest.raises(FitError, match="none of the 100 lines has a word that min_count=1000 keeps"):
        fit_text(recipe_of("word2vec", "model.min_count=1000"), file, tmp_path, language="en")
    with pytest.raises(FitError, match="budget was spent"):
        fit_text(recipe_of(), file, tmp_path, language="en", budget=1e-9)


def test_the_language_is_told_by_the_first_lines(file, tmp_path):
    assert language_of(file) == "en"
    path = tmp_path / "zh.txt"
    path.write_text("今天天气很好\n" * 10, encoding="utf-8")
    assert language_of(examine(path)) == "zh"
