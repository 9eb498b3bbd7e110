import json

import pytest
from corpora import reviews

from wenmai.bundle import load_bundle
from wenmai.bundle.history import History
from wenmai.core.errors import BundleError
from wenmai.recipe import recipe_for, with_settings
from wenmai.training import fit


@pytest.fixture(scope="module")
def bundle():
    recipe = with_settings(recipe_for("textcnn:words", "en"), ["model.embedding.width=6", "model.filters=3"])
    return fit(recipe, reviews("en", 3, rows=40), reviews("en", 3, rows=20, seed=1))


def test_a_bundle_takes_its_history_along(bundle, tmp_path):
    bundle.save(tmp_path / "saved")
    assert load_bundle(tmp_path / "saved").history == bundle.history
    stored = json.loads((tmp_path / "saved/history.json").read_text())
    assert History.parse(stored) == bundle.history
    assert "history.json" in (tmp_path / "saved/SHA256SUMS").read_text()


def test_a_history_that_was_changed_is_refused(bundle, tmp_path):
    bundle.save(tmp_path / "saved")
    file = tmp_path / "saved/history.json"
    file.write_text(file.read_text().replace("macro_f1", "accuracy"))
    with pytest.raises(BundleError, match=r"history.json: the file was changed or damaged"):
        load_bundle(tmp_path / "saved")


def test_what_was_solved_at_once_has_none(tmp_path):
    solved = fit(recipe_for("naive-bayes", "en"), reviews("en", 3, rows=40))
    assert solved.history is None
    solved.save(tmp_path / "saved")
    assert not (tmp_path / "saved/history.json").exists()
    assert load_bundle(tmp_path / "saved").history is None


def test_how_it_went_does_not_decide_what_a_bundle_is(bundle):
    assert bundle.history is not None
    from dataclasses import replace

    assert replace(bundle, history=None).fingerprint == bundle.fingerprint
