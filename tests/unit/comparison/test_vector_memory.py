"""The vectors of a division's texts, computed once, with the same numbers and costs as if each fit computed its own."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from corpora import reviews
from given import encoder, vectors

from wenmai.catalog import CATALOG
from wenmai.comparison import compare, vector_memory
from wenmai.comparison.corrected import corrected_division
from wenmai.comparison.division import Division
from wenmai.comparison.given import references
from wenmai.comparison.rung import Circumstances, Rung, candidate_recipes, run_rung
from wenmai.comparison.vector_memory import VectorMemory
from wenmai.core.errors import FitError
from wenmai.core.schema import PairColumns, Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.network import NetworkModel
from wenmai.training import fit

TRAIN, DEV, TEST = (reviews("en", 3, rows=60, seed=seed) for seed in (0, 1, 2))
DIVIDED = Division(TRAIN, DEV, TEST, (), ())


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The texts that an encoder was given to read."""
    usual, texts = NetworkModel.outputs, []

    def outputs(self: NetworkModel, inputs: Inputs) -> Any:
        texts.extend(inputs.text)
        return usual(self, inputs)

    monkeypatch.setattr(NetworkModel, "outputs", outputs)
    return texts


def circumstances(**given: Any) -> Circumstances:
    return Circumstances(inputs=references(given))


def run(
    division: Division = DIVIDED, folder: Path | None = None, name: str = "sentence-vectors:logistic", **more: Any
) -> Rung:
    given = {"encoder": encoder("en")}
    return run_rung(name, division, circumstances(**given), inputs=given, vectors=folder, **more)


def pairs(seed: int) -> Dataset:
    """Every review beside each of two others: every text stands in several pairs."""
    texts = reviews("en", 2, rows=21, seed=seed).inputs().text
    beside = [*texts[1:], texts[0], *texts[2:], *texts[:2]]
    labels = [str(number % 2) for number in range(len(beside))]
    table = pa.table({"first": [*texts, *texts], "second": beside, "label": labels})
    return Dataset(table, Schema(columns=PairColumns(), language="en"), "pairs")


def distinct(*parts: Dataset) -> set[str]:
    found = {text for part in parts for batch in part.batches() for text in batch.text}
    return found | {text for part in parts for batch in part.batches() for text in batch.second or ()}


def same(one: Rung, other: Rung) -> None:
    """To the last bit, what was learnt and what is said."""
    for name, array in one.bundle.model.arrays().items():
        np.testing.assert_array_equal(array, other.bundle.model.arrays()[name])
    np.testing.assert_array_equal(one.test_outputs, other.test_outputs)
    np.testing.assert_array_equal(one.chosen_outputs, other.chosen_outputs)
    assert one.candidates == other.candidates


def test_every_text_is_read_once_and_never_again_where_vectors_are_kept(read: list[str], tmp_path: Path) -> None:
    first = run(folder=tmp_path / "vectors")
    timed = read.index(TEST.inputs().text[0], len(distinct(TRAIN, DEV, TEST)))  # where predictions begin to be timed
    assert sorted(read[:timed]) == sorted(distinct(TRAIN, DEV, TEST))
    kept = sorted((tmp_path / "vectors").iterdir())
    assert [path.suffix for path in kept] == [".json", ".safetensors"] * 3
    read.clear()
    second = run(folder=tmp_path / "vectors")
    assert read[0] == TEST.inputs().text[0]  # of the predictions that are timed, which remember nothing
    assert not distinct(TRAIN) - distinct(TEST) & set(read)
    same(first, second)
    same(first, run())
    size = sum(path.stat().st_size for path in kept if path.suffix == ".safetensors")
    assert first.notes == second.notes
    assert first.notes == (f"the vectors of its texts lie in vectors/ ({size / 1e6:,.1f} MB), for other rungs too",)
    assert run().notes == ()


def test_a_fit_on_its_own_learns_the_same(tmp_path: Path) -> None:
    given = {"encoder": encoder("en")}
    (recipe,) = candidate_recipes("sentence-vectors:logistic", "en", circumstances(**given))
    alone = fit(recipe, TRAIN, DEV, inputs=given)
    rung = run(folder=tmp_path)
    for name, array in alone.model.arrays().items():
        np.testing.assert_array_equal(array, rung.bundle.model.arrays()[name])


def test_folds_share_what_is_computed_of_all_training_rows(read: list[str], tmp_path: Path) -> None:
    division = corrected_division(TRAIN, seed=0, corrections=None)
    assert division.folds
    first = run(division, tmp_path)
    counted = distinct(division.train, division.test)
    assert sorted(read[: len(counted)]) == sorted(counted)
    read.clear()
    same(first, run(division, tmp_path))
    assert not (distinct(division.train) - distinct(division.test)) & set(read)
    same(first, run(division))


def test_pairs_share_the_vectors_of_their_texts_among_candidates(read: list[str], tmp_path: Path) -> None:
    parts = [pairs(seed) for seed in (0, 1, 2)]
    division = Division(*parts, (), ())
    first = run(division, tmp_path, "pair-vectors:encoder")
    assert len(first.candidates) == 4
    counted = distinct(*parts)
    assert sorted(read[: len(counted)]) == sorted(counted)
    same(first, run(division, tmp_path, "pair-vectors:encoder"))
    before = len(list(tmp_path.iterdir()))
    run(division, tmp_path, "pair-vectors:encoder-cosine")
    assert len(list(tmp_path.iterdir())) == before


def test_the_bundle_builds_on_what_was_given_and_remembers_nothing(read: list[str], tmp_path: Path) -> None:
    bundle = run(folder=tmp_path).bundle
    assert bundle.inputs["encoder"] is encoder("en")
    read.clear()
    text = TRAIN.inputs().text[0]
    bundle.predict(text)
    assert read == [text]


def test_a_fit_costs_as_much_as_if_nothing_had_been_kept(tmp_path: Path) -> None:
    run(folder=tmp_path)
    for path in tmp_path.glob("*.json"):
        stored = json.loads(path.read_text())
        path.write_text(json.dumps({**stored, "peak_memory_bytes": 10**15}))
    found = run(folder=tmp_path, memory_baseline=0)
    assert found.costs.peak_memory_bytes == 10**15
    slow = _slowed(tmp_path, 2.0)
    again = run(folder=tmp_path)
    assert again.costs.fit_seconds == pytest.approx(slow * len(distinct(TRAIN, DEV)), rel=0.05)
    half = replace(DIVIDED, train=TRAIN.select(range(30)))
    memory = VectorMemory(DIVIDED, folder=tmp_path)
    given = {"encoder": encoder("en")}
    (recipe,) = candidate_recipes("sentence-vectors:logistic", "en", circumstances(**given))
    with memory.counting() as count:
        part = count.on(fit(recipe, half.train, inputs=memory.before(recipe, given)))
    assert part.provenance.seconds == pytest.approx(slow * len(distinct(half.train)), rel=0.05)


def _slowed(folder: Path, seconds: float) -> float:
    """Make every text have taken so many seconds."""
    from wenmai.core.io import load_arrays, save_arrays, sha256_file

    for path in folder.glob("*.safetensors"):
        arrays = load_arrays(path)
        save_arrays(path, {**arrays, "seconds": np.full(len(arrays["vectors"]), seconds)})
        stored = json.loads(path.with_suffix(".json").read_text())
        path.with_suffix(".json").write_text(json.dumps({**stored, "sha256": sha256_file(path)}))
    return seconds


@pytest.mark.parametrize("how", ["bytes", "json", "cut", "other numbers", "nan"])
def test_what_was_altered_is_computed_anew(how: str, read: list[str], tmp_path: Path) -> None:
    from wenmai.core.io import load_arrays, save_arrays, sha256_file

    first = run(folder=tmp_path)
    for path in tmp_path.glob("*.safetensors"):
        arrays, about = load_arrays(path), path.with_suffix(".json")
        stored = json.loads(about.read_text())
        if how == "bytes":
            path.write_bytes(path.read_bytes()[:-1] + b"x")
        elif how == "json":
            about.write_text(json.dumps({**stored, "more": 1}))
        elif how == "cut":
            path.unlink()
        else:
            changed = arrays["vectors"][:-1] if how == "other numbers" else arrays["vectors"] * np.float32("nan")
            save_arrays(path, {**arrays, "vectors": changed})
            about.write_text(json.dumps({**stored, "sha256": sha256_file(path)}))
    read.clear()
    same(first, run(folder=tmp_path))
    assert distinct(TRAIN) <= set(read)


def test_where_nothing_can_be_written_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    same(run(folder=tmp_path / "file/vectors"), run())

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(vector_memory, "write_atomic", full)
    assert run(folder=tmp_path / "vectors").notes == ()
    assert list((tmp_path / "vectors").iterdir()) == []


def test_other_texts_and_another_bundle_get_their_own(read: list[str]) -> None:
    memory = VectorMemory(DIVIDED)
    own = {"encoder": encoder("en"), "vectors": vectors("en")}
    (recipe,) = candidate_recipes("sentence-vectors:logistic", "en", circumstances(encoder=own["encoder"]))
    before = memory.before(recipe, own)
    assert before["vectors"] is own["vectors"]
    some = Inputs([TEST.inputs().text[3], "nobody wrote this", TRAIN.inputs().text[0]])
    found = before["encoder"].outputs(some)
    np.testing.assert_allclose(found, own["encoder"].outputs(some), atol=1e-6)
    assert before["encoder"].fingerprint == own["encoder"].fingerprint
    read.clear()
    before["encoder"].outputs(some)
    assert read == ["nobody wrote this"]
    asked = recipe.but(model=recipe.model.but(input="vectors"))
    static = memory.before(asked, own)["vectors"].outputs(some)
    np.testing.assert_array_equal(static, own["vectors"].outputs(some))
    assert memory.before(asked, own)["encoder"] is own["encoder"]


def test_a_spent_budget_ends_the_reading() -> None:
    memory = VectorMemory(DIVIDED, deadline=0.0)
    given = {"encoder": encoder("en")}
    (recipe,) = candidate_recipes("sentence-vectors:logistic", "en", circumstances(**given))
    with pytest.raises(FitError, match="the budget was spent"):
        memory.before(recipe, given)["encoder"].outputs(TRAIN.inputs())


def test_a_run_folder_keeps_them_for_other_processes_until_a_new_run(read: list[str], tmp_path: Path) -> None:
    texts = [*TRAIN.inputs().text, *DEV.inputs().text]
    table = pa.table({"text": texts, "label": [*TRAIN.answers(), *DEV.answers()]})
    data = replace(TRAIN, table=table)
    given: Any = {"data": data, "models": "sentence-vectors", "inputs": {"encoder": encoder("en")}, "threads": 1}
    board = compare(**given, out=tmp_path / "run")
    assert not board.results.failed
    assert any("lie in vectors/" in note for note in board.results.rungs[0].notes)
    assert len(list((tmp_path / "run/vectors").glob("*.json"))) == 2
    division = corrected_division(data, seed=0, corrections=None)
    read.clear()
    here = run(division, tmp_path / "run/vectors")
    assert not (distinct(division.train) - distinct(division.test)) & set(read)
    np.testing.assert_array_equal(here.bundle.model.arrays()["weights"], board.recommended.model.arrays()["weights"])
    compare(data, models="majority", out=tmp_path / "run", catalog=CATALOG.extended([]))
    assert not (tmp_path / "run/vectors").exists()
