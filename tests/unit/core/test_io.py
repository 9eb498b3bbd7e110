import os
import stat

import numpy as np
import pytest

from wenmai.core.errors import BundleError, UsageError
from wenmai.core.io import load_arrays, read_json, save_arrays, sha256_file, write_atomic, write_folder


def test_a_failed_write_leaves_the_old_file_and_nothing_beside_it(tmp_path, monkeypatch):
    path = tmp_path / "a.txt"
    write_atomic(path, "old")
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        write_atomic(path, "new")
    assert path.read_text() == "old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.txt"]


def test_a_written_file_has_the_permissions_of_any_new_file(tmp_path):
    write_atomic(tmp_path / "a", b"x")
    (tmp_path / "b").write_bytes(b"x")
    assert stat.S_IMODE((tmp_path / "a").stat().st_mode) == stat.S_IMODE((tmp_path / "b").stat().st_mode)


def test_a_folder_appears_whole_or_not_at_all(tmp_path):
    with pytest.raises(ValueError, match="halfway"), write_folder(tmp_path / "out") as folder:
        (folder / "a").write_text("x")
        raise ValueError("halfway")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_in_the_way_is_refused_or_replaced_as_asked(tmp_path):
    for content in ("old", "new"):
        with write_folder(tmp_path / "out", replace=content == "new") as folder:
            (folder / content).write_text(content)
    assert [entry.name for entry in (tmp_path / "out").iterdir()] == ["new"]
    with pytest.raises(UsageError, match="exists already"), write_folder(tmp_path / "out"):
        pass


def test_arrays_come_back_as_they_were(tmp_path):
    arrays = {"a": np.arange(3, dtype=np.uint64), "b": np.zeros((2, 0), np.float32), "c": np.array([True, False])}
    arrays |= {"d": np.array(7.5), "e": np.arange(6).reshape(2, 3).T}
    save_arrays(tmp_path / "w", arrays)
    found = load_arrays(tmp_path / "w")
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        assert (found[name].dtype, found[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(found[name], array)


@pytest.mark.parametrize("content", [b"", b"\xff" * 8, b"\x08" + b"\0" * 7 + b"notjson!", b"\xff" * 7 + b"\x7f{}"])
def test_a_hostile_array_file_is_refused(tmp_path, content):
    path = tmp_path / "w"
    path.write_bytes(content)
    with pytest.raises(BundleError, match="not a readable safetensors file"):
        load_arrays(path)


def test_json_that_is_too_large_or_none_is_refused(tmp_path):
    path = tmp_path / "a.json"
    path.write_text("[1, 2")
    with pytest.raises(BundleError, match="not JSON"):
        read_json(path)
    with pytest.raises(BundleError, match="more than the 3 allowed"):
        read_json(path, limit=3)
    with pytest.raises(BundleError, match="missing"):
        read_json(tmp_path / "none")
    path.write_text("[" * 100_000)
    with pytest.raises(BundleError, match="not JSON"):
        read_json(path)


def test_the_sum_of_a_file_is_its_sha256(tmp_path):
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256_file(tmp_path / "a").startswith("ba7816bf8f01cfea")
