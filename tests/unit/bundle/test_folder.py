import contextlib
import hashlib
import json
import os
import shutil

import numpy as np
import pyarrow as pa
import pytest
from corpora import labelled, reviews
from doubles import DOUBLES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from wenmai.bundle import load_bundle, verify_bundle
from wenmai.bundle.folder import FORMAT
from wenmai.core.errors import BundleError, UsageError
from wenmai.core.io import load_arrays, save_arrays
from wenmai.core.schema import EmbedColumns, Schema
from wenmai.data.dataset import Dataset
from wenmai.recipe import InputReference, recipe_for
from wenmai.text.vocabulary import VocabularyConfig
from wenmai.training import fit


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A bundle with every kind of file; tests alter copies of it."""
    recipe = recipe_for("tfidf-svm:words", "en")
    recipe = recipe.but(pipeline=recipe.pipeline.but(vocabulary=VocabularyConfig()))
    return fit(recipe, reviews("en", rows=40)).save(tmp_path_factory.mktemp("bundle") / "saved")


FILES = ("SHA256SUMS", "bundle.json", "card.md", "pipeline/vocabulary.txt", "probes.json", "weights.safetensors")


@pytest.fixture
def copy(saved, tmp_path):
    return shutil.copytree(saved, tmp_path / "copy")


def sign(folder):
    """Write the sums anew, as somebody would who alters a bundle on purpose."""
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file != folder / "SHA256SUMS")
    lines = [
        f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.relative_to(folder).as_posix()}\n" for file in files
    ]
    (folder / "SHA256SUMS").write_text("".join(lines))


def edit(folder, change, name="bundle.json"):
    """Change a JSON file and the sums with it."""
    values = json.loads((folder / name).read_text())
    changed = change(values)
    (folder / name).write_text(json.dumps(values if changed is None else changed))
    sign(folder)


def refusal(folder, catalog=None):
    with pytest.raises(BundleError) as error:
        verify_bundle(folder, **({} if catalog is None else {"catalog": catalog}))
    return str(error.value)


def test_these_are_all_the_files(saved):
    found = {file.relative_to(saved).as_posix() for file in saved.rglob("*") if file.is_file()}
    assert found == set(FILES)
    assert verify_bundle(saved).files == len(FILES) - 1


def test_the_sums_are_those_of_sha256sum(saved):
    for line in (saved / "SHA256SUMS").read_text().splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((saved / name).read_bytes()).hexdigest() == digest


@pytest.mark.parametrize("name", FILES)
def test_a_deleted_file_is_named(name, copy):
    (copy / name).unlink()
    assert refusal(copy).startswith(f"{copy / name}: the file is missing")


@pytest.mark.parametrize("name", FILES[1:])
@settings(max_examples=8, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_changed_byte_is_found(name, copy, saved, data):
    content = bytearray((saved / name).read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] ^= 1 << data.draw(st.integers(0, 7))
    (copy / name).write_bytes(content)
    assert str(copy / name) in refusal(copy)


@pytest.mark.parametrize("name", FILES[1:])
@settings(max_examples=5, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_file_cut_short_is_found(name, copy, saved, data):
    content = (saved / name).read_bytes()
    (copy / name).write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    assert str(copy / name) in refusal(copy)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_list_of_sums_that_was_altered_is_refused(copy, saved, data):
    content = bytearray((saved / "SHA256SUMS").read_bytes())
    at = data.draw(st.integers(0, len(content) - 2))
    cut = data.draw(st.booleans())
    content[at] ^= data.draw(st.sampled_from([1, 2, 128]))
    (copy / "SHA256SUMS").write_bytes(content[:at] if cut else content)
    assert str(copy) in refusal(copy)


def test_a_file_too_many_is_named(copy):
    (copy / "pipeline/extra.py").write_text("print()")
    assert refusal(copy).startswith(f"{copy / 'pipeline/extra.py'}: a file that the bundle does not list. Remove it")


@pytest.mark.parametrize("name", ["card.md", "bundle.json", "SHA256SUMS", "pipeline/link"])
def test_a_link_is_refused_before_it_is_followed(name, copy, tmp_path):
    (tmp_path / "elsewhere").write_text("x")
    (copy / name).unlink(missing_ok=True)
    (copy / name).symlink_to(tmp_path / "elsewhere")
    assert refusal(copy) == f"{copy / name}: neither a plain file nor a folder. Remove it."


def test_a_pipe_is_refused_before_it_is_read(copy):
    (copy / "bundle.json").unlink()
    os.mkfifo(copy / "bundle.json")
    assert "neither a plain file nor a folder" in refusal(copy)


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "pipeline/../../outside", "", "."])
def test_a_list_of_sums_does_not_lead_out_of_the_folder(name, copy):
    with (copy / "SHA256SUMS").open("a") as file:
        file.write(f"{'0' * 64}  {name}\n")
    assert refusal(copy).startswith(f"{copy / 'SHA256SUMS'}:6: not a sum and a file's name")


def test_a_newer_format_is_refused_with_what_wrote_it(copy):
    edit(copy, lambda values: values.update(format=FORMAT + 1, wenmai="7.8.9", something_new=1))
    assert refusal(copy) == (
        f"{copy / 'bundle.json'}: format {FORMAT + 1}, written by wenmai 7.8.9; this one reads {FORMAT}. "
        "Upgrade with: pip install --upgrade wenmai."
    )


@pytest.mark.parametrize("values", [{}, [], "x", 3, None, {"format": "1"}, {"format": True}, {"format": 0}])
def test_what_states_no_format_is_no_bundle(values, copy):
    edit(copy, lambda _: values if values is not None else [None])
    assert "not a bundle: bundle.json states no format" in refusal(copy)


def test_a_folder_that_is_not_there_or_no_bundle(tmp_path, copy):
    assert "there is no bundle here" in refusal(tmp_path / "none")
    assert "there is no bundle here" in refusal(copy / "card.md")
    assert "bundle.json: the file is missing" in refusal(tmp_path)


def test_an_unknown_member_is_named_with_the_nearest(copy):
    edit(copy, lambda values: values["recipe"].update(member="tfidf-svn"))
    assert refusal(copy).startswith(f"{copy / 'bundle.json'}: unknown model 'tfidf-svn'. Did you mean 'tfidf-svm'")


def test_an_unknown_setting_is_named_with_the_nearest(copy):
    edit(copy, lambda values: values["recipe"]["model"]["learner"].update(max_iteration=3))
    assert refusal(copy).startswith(
        f"{copy / 'bundle.json'}: unknown setting 'model.learner.max_iteration'. Did you mean 'max_iterations'"
    )


def test_a_member_of_another_family_does_not_fit(copy):
    edit(copy, lambda values: values["recipe"].update(member="majority", model={}))
    assert refusal(copy) == (
        f"{copy / 'weights.safetensors'}: the weights hold bias, feature_weights, keys, sharpness, weights, words "
        "where logits are expected."
    )


@pytest.mark.parametrize("labels", [["a", "b", "c"], ["a"], [], ["a", "a"], "ab", [1, 2], None])
def test_labels_that_do_not_fit_the_weights_are_refused(labels, copy):
    edit(copy, lambda values: values["task"].update(labels=labels))
    assert str(copy) in refusal(copy)


@pytest.mark.parametrize("several", [True, "maybe"])
def test_another_kind_of_labels_does_not_fit(several, copy):
    edit(copy, lambda values: values["task"].update(several=several))
    assert str(copy) in refusal(copy)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


def places(values, path=()):
    """The paths of all values within nested ones."""
    inner = values.items() if isinstance(values, dict) else enumerate(values) if isinstance(values, list) else ()
    return [path, *(one for key, value in inner for one in places(value, (*path, key)))]


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_is_written_into_bundle_json_is_read_or_refused(copy, saved, data):
    values = json.loads((saved / "bundle.json").read_text())
    *parents, last = data.draw(st.sampled_from(places(values)[1:]))
    place = values
    for key in parents:
        place = place[key]
    if isinstance(place, dict) and data.draw(st.booleans()):
        del place[last]
    else:
        place[last] = data.draw(json_values)
    edit(copy, lambda _: values)
    with contextlib.suppress(BundleError):
        load_bundle(copy).predict("a great phone")


@pytest.mark.parametrize(
    "text",
    [
        '{"format": 1, "recipe": ' + "[" * 100_000,
        '{"format": 1, "recipe": ' + "[" * 900 + "]" * 900 + "}",
        '{"format": ' + "9" * 5000 + "}",
        '{"format": 1, "wenmai": "0.1.0", "recipe": {"member": ' + '{"a":' * 900 + "1" + "}" * 900 + "}}",
        '{"format": NaN}',
        "",
        "\ufeff{}",
        "[]",
    ],
    ids=["endless", "deep", "many digits", "deep member", "nan", "empty", "bom", "list"],
)
def test_a_hostile_bundle_json_is_refused(text, copy):
    (copy / "bundle.json").write_text(text)
    sign(copy)
    assert str(copy / "bundle.json") in refusal(copy)


def test_a_bundle_json_that_is_a_folder_or_not_utf8(copy):
    (copy / "bundle.json").write_bytes(b"\xff\xfe{")
    sign(copy)
    assert "not JSON" in refusal(copy)
    (copy / "bundle.json").unlink()
    (copy / "bundle.json").mkdir()
    assert str(copy / "bundle.json") in refusal(copy)


ALTERED = {
    "a weight that is not finite": lambda arrays: arrays["weights"].__setitem__(0, np.nan),
    "weights of another type": lambda arrays: arrays.update(weights=arrays["weights"].astype(np.float64)),
    "weights of another shape": lambda arrays: arrays.update(weights=arrays["weights"][:-1]),
    "weights for another class": lambda arrays: arrays.update(weights=np.repeat(arrays["weights"], 2, axis=1)),
    "two biases": lambda arrays: arrays.update(bias=np.zeros(2, np.float32)),
    "keys of two dimensions": lambda arrays: arrays.update(keys=arrays["keys"][:, None]),
    "keys out of order": lambda arrays: arrays.update(keys=arrays["keys"][::-1]),
    "keys of words that there are not": lambda arrays: arrays["keys"].__setitem__(-1, 2**62),
    "words that are no UTF-8": lambda arrays: arrays["words"].__setitem__(0, 0xFF),
    "fewer words": lambda arrays: arrays.update(words=arrays["words"][:3]),
    "several sharpnesses": lambda arrays: arrays.update(sharpness=np.ones(3, np.float32)),
    "an array less": lambda arrays: arrays.pop("bias"),
    "an array more": lambda arrays: arrays.update(more=np.zeros(1)),
    "nothing": lambda arrays: arrays.clear(),
}


@pytest.mark.parametrize("what", ALTERED)
def test_arrays_that_do_not_fit_are_refused(what, copy):
    arrays = {name: array.copy() for name, array in load_arrays(copy / "weights.safetensors").items()}
    ALTERED[what](arrays)
    save_arrays(copy / "weights.safetensors", arrays)
    sign(copy)
    assert str(copy / "weights.safetensors") in refusal(copy)


def test_weights_that_are_no_safetensors_are_refused(copy):
    (copy / "weights.safetensors").write_bytes(b"\x80\x04\x95pickle")
    sign(copy)
    assert refusal(copy).startswith(f"{copy / 'weights.safetensors'}: not a readable safetensors file")


PROBES = {
    "another output": lambda values: values["outputs"].__setitem__(0, [9.0, -9.0]),
    "an output that is no number": lambda values: values["outputs"].__setitem__(0, [None, None]),
    "an output that is a text": lambda values: values["outputs"].__setitem__(0, ["x", "y"]),
    "an output of another shape": lambda values: values["outputs"].__setitem__(0, [0.0]),
    "an output of uneven shape": lambda values: values["outputs"].__setitem__(0, [[0.0], [0.0, 1.0]]),
    "fewer outputs": lambda values: values["outputs"].pop(),
    "texts that are none": lambda values: values.update(text=[1, 2]),
    "an unknown setting": lambda values: values.update(more=1),
}


@pytest.mark.parametrize("what", PROBES)
def test_probes_that_do_not_come_out_as_they_were_are_refused(what, copy):
    edit(copy, PROBES[what], "probes.json")
    assert str(copy) in refusal(copy)
    load_bundle(copy)


def test_a_deviation_is_told_with_its_size(copy):
    edit(copy, lambda values: values["outputs"].__setitem__(0, [1e6, -1e6]), "probes.json")
    assert "the outputs of the 24 probes deviate by up to 1, more than 1e-05" in refusal(copy)


UNLABELLED = Dataset(
    pa.table({"text": ["好书", "好看", "坏车"]}), Schema(columns=EmbedColumns(), language="zh"), "texts"
)


def with_vectors():
    """A bundle that builds on another."""
    vectors = fit(recipe_for("word-vectors", "zh", catalog=DOUBLES), UNLABELLED, catalog=DOUBLES)
    recipe = recipe_for("nearest-centroid", "zh", catalog=DOUBLES)
    recipe = recipe.but(inputs=(InputReference(name="vectors", content=vectors.fingerprint),))
    data = labelled(["好书", "好看", "坏车", "车坏了"], ["p", "p", "n", "n"], "zh")
    return fit(recipe, data, inputs={"vectors": vectors}, catalog=DOUBLES)


@pytest.mark.parametrize("name", ["../vectors", "/vectors", "..", "", "a/b", "vec\ntors"])
def test_the_name_of_an_input_is_no_way_out_of_the_bundle(name, tmp_path):
    folder = with_vectors().save(tmp_path / "bundle")

    def rename(values):
        values["inputs"] = [name]
        values["recipe"]["inputs"][0]["name"] = name

    edit(folder, rename)
    assert refusal(folder, DOUBLES).startswith(f"{folder / 'bundle.json'}: setting 'inputs.0.name' is {name!r}")


@pytest.mark.parametrize("inputs", [[], ["vectors", "more"], ["other"]])
def test_inputs_that_the_recipe_does_not_name_are_refused(inputs, tmp_path):
    folder = with_vectors().save(tmp_path / "bundle")
    edit(folder, lambda values: values.update(inputs=inputs))
    assert "where the recipe names 'vectors'" in refusal(folder, DOUBLES)


def test_an_input_that_says_something_else_is_refused_whatever_its_sums(tmp_path):
    folder = with_vectors().save(tmp_path / "bundle")
    vocabulary = folder / "inputs/vectors/pipeline/vocabulary.txt"
    lines = vocabulary.read_text().splitlines(keepends=True)
    vocabulary.write_text("".join([*lines[:-2], lines[-1], lines[-2]]))
    sign(folder / "inputs/vectors")
    sign(folder)
    assert "the input 'vectors' is not the one that the recipe was trained with" in refusal(folder, DOUBLES)


def test_a_bundle_is_not_written_over_another_unless_asked(saved, tmp_path):
    bundle = load_bundle(saved)
    bundle.save(tmp_path / "twice")
    with pytest.raises(UsageError, match="exists already. Choose another place or remove it first"):
        bundle.save(tmp_path / "twice")
    (tmp_path / "twice/notes.txt").write_text("x")
    bundle.save(tmp_path / "twice", replace=True)
    assert verify_bundle(tmp_path / "twice").difference == 0
    assert list(tmp_path.iterdir()) == [tmp_path / "twice"]


def test_a_bundle_saved_twice_is_the_same_to_the_byte(saved, tmp_path):
    again = load_bundle(saved).save(tmp_path / "again")
    for name in FILES:
        assert (again / name).read_bytes() == (saved / name).read_bytes(), name


def test_a_bundle_that_was_moved_works_as_before(saved, tmp_path):
    moved = shutil.copytree(saved, tmp_path / "一个 folder/moved")
    assert load_bundle(moved).fingerprint == load_bundle(saved).fingerprint
