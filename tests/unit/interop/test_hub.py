"""Names on the Hugging Face hub: the local cache, a download by a stand-in for its package, and every refusal."""

from __future__ import annotations

import fnmatch
import inspect
import shutil
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
import torch
from given import encoder
from safetensors.torch import load_file

from wenmai.cli.named_places import input_folders
from wenmai.core.errors import DataError, MissingExtraError, UsageError
from wenmai.data.dataset import Inputs
from wenmai.interop.encoders import load_encoder
from wenmai.interop.hub import HubName, cache_folder, hub_name
from wenmai.interop.huggingface_writing import write_huggingface

NAME = "someone/small-encoder"
COMMIT, OLDER = "0123456789abcdef" * 2 + "01234567", "f" * 40


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache; nothing else of the environment counts."""
    for name in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE", "HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "huggingface_hub", None)
    return tmp_path / "home/hub"


def stored(cache: Path, commit: str = COMMIT, branch: str = "main") -> Path:
    """The tiny encoder in the cache, as the package leaves it: a reference, and files of a commit."""
    place = cache / "models--someone--small-encoder"
    write_huggingface(encoder("en"), place / "snapshots" / commit)
    (place / "refs").mkdir(exist_ok=True)
    (place / "refs" / branch).write_text(commit)
    return place / "snapshots" / commit


class Hub(ModuleType):
    """Stands in for the package: downloads from a folder what is asked for."""

    def __init__(self, cache: Path, repository: Path) -> None:
        super().__init__("huggingface_hub")
        self.cache, self.repository = cache, repository
        self.asked: list[str] = []
        self.error: Exception | None = None

    def snapshot_download(self, name: str, *, revision: str, allow_patterns: list[str]) -> str:
        self.asked.append(f"{name}@{revision}")
        if self.error is not None:
            raise self.error
        place = self.cache / f"models--{name.replace('/', '--')}"
        target = place / "snapshots" / COMMIT
        for path in sorted(self.repository.rglob("*")):
            inside = path.relative_to(self.repository)
            if path.is_file() and any(fnmatch.fnmatch(str(inside), pattern) for pattern in allow_patterns):
                (target / inside).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, target / inside)
        (place / "refs").mkdir(exist_ok=True)
        (place / "refs" / revision).write_text(COMMIT)
        return str(target)


@pytest.fixture
def hub(cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hub:
    write_huggingface(encoder("en"), tmp_path / "repository")
    made = Hub(cache, tmp_path / "repository")
    monkeypatch.setitem(sys.modules, "huggingface_hub", made)
    return made


def test_what_is_in_the_cache_is_read_without_the_package(cache: Path) -> None:
    stored(cache)
    bundle = load_encoder(NAME)
    np.testing.assert_array_equal(bundle.outputs(Inputs(["great"])), encoder("en").outputs(Inputs(["great"])))
    assert bundle.provenance.data == NAME
    assert bundle.provenance.notes[0] == f"Read from the Hugging Face hub: {NAME}, commit {COMMIT}"


def test_a_branch_or_a_commit_may_be_named(cache: Path) -> None:
    stored(cache)
    stored(cache, OLDER, "old")
    for revision, commit in (("old", OLDER), (OLDER, OLDER), ("main", COMMIT)):
        notes = load_encoder(f"{NAME}@{revision}").provenance.notes
        assert notes[0].endswith(f"commit {commit}")
    assert load_encoder(f"{NAME}@old").provenance.data == f"{NAME}@old"


def test_what_is_not_there_is_downloaded_once_and_only_what_is_needed(hub: Hub, cache: Path) -> None:
    for name in (
        "pytorch_model.bin",
        "tf_model.h5",
        "onnx/model.onnx",
        "README.md",
        "train_script.py",
        "onnx/config.json",
    ):
        (hub.repository / name).parent.mkdir(exist_ok=True)
        (hub.repository / name).write_bytes(b"not wanted")
    bundle = load_encoder(NAME)
    assert bundle.provenance.notes[0].endswith(COMMIT)
    snapshot = cache / "models--someone--small-encoder/snapshots" / COMMIT
    found = {str(path.relative_to(snapshot)) for path in snapshot.rglob("*") if path.is_file()}
    assert {"config.json", "model.safetensors", "modules.json", "1_Pooling/config.json", "tokenizer.json"} <= found
    assert not any(name in found for name in ("pytorch_model.bin", "onnx/config.json", "README.md", "train_script.py"))
    load_encoder(NAME)
    assert hub.asked == [f"{NAME}@main"]


def test_older_weights_are_asked_for_where_there_are_no_others(hub: Hub) -> None:
    weights = hub.repository / "model.safetensors"
    torch.save(load_file(weights), hub.repository / "pytorch_model.bin")
    weights.unlink()
    bundle = load_encoder(NAME)
    assert hub.asked == [f"{NAME}@main"] * 2
    assert "Its weights were read from pytorch_model.bin as tensors alone" in bundle.provenance.notes[1]


def test_a_part_of_a_model_in_the_cache_is_completed(hub: Hub, cache: Path) -> None:
    folder = stored(cache)
    content = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").unlink()
    (folder / "model-00001-of-00002.safetensors").write_bytes(content)
    (folder / "model.safetensors.index.json").write_text("{}")
    load_encoder(NAME)
    assert hub.asked == [f"{NAME}@main"]


def test_without_the_package_it_is_named(cache: Path) -> None:
    with pytest.raises(MissingExtraError, match=r"downloading 'someone/small-encoder' from .* 'wenmai\[hub\]'"):
        load_encoder(NAME)


def test_without_a_network_it_is_not_asked(hub: Hub, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(DataError) as error:
        load_encoder(NAME)
    assert str(error.value) == (
        "someone/small-encoder: it is not in the local cache, and HF_HUB_OFFLINE forbids to ask the hub. "
        "Download it where there is a network: hf download someone/small-encoder."
    )
    (stored(cache) / "model.safetensors").unlink()
    with pytest.raises(DataError, match="it is not whole in the local cache"):
        load_encoder(NAME)
    assert hub.asked == []


class RepositoryNotFoundError(Exception):
    pass


class GatedRepoError(RepositoryNotFoundError):
    pass


class RevisionNotFoundError(Exception):
    pass


@pytest.mark.parametrize(
    ("error", "message"),
    [
        (RepositoryNotFoundError("404"), "there is no such folder, and the Hugging Face hub has no model of that name"),
        (GatedRepoError("403"), "its owner asks for terms to be accepted. Accept them on its page"),
        (RevisionNotFoundError("404"), "it has no revision 'main'. Give a branch"),
        (
            OSError("no route\n to host."),
            "someone/small-encoder: the Hugging Face hub did not give it: no route to host. Check",
        ),
        (TimeoutError(), "the Hugging Face hub did not give it: TimeoutError. Check the network"),
    ],
)
def test_what_the_hub_refuses_is_said(hub: Hub, error: Exception, message: str) -> None:
    hub.error = error
    with pytest.raises(DataError, match=message):
        load_encoder(NAME)


def test_a_model_that_is_none_of_ours_is_refused_by_its_files(hub: Hub) -> None:
    (hub.repository / "config.json").write_text('{"model_type": "gpt2"}')
    with pytest.raises(DataError, match="it is a model of type 'gpt2'"):
        load_encoder(NAME)


def test_a_folder_comes_first_and_a_path_is_no_name(hub: Hub, tmp_path: Path) -> None:
    write_huggingface(encoder("en"), tmp_path / NAME)
    assert load_encoder(NAME).provenance.data == "small-encoder"
    with pytest.raises(UsageError, match="there is no such folder"):
        load_encoder("someone/other")
    for text in ("/absolute/path", "one", "a/b/c", "../up", "a/..", "a b/c", "a/b@", ".hidden/x", "someone/other", ""):
        assert hub_name(text) is None, text
    assert hub_name("BAAI/bge-small-zh-v1.5@main") == HubName("BAAI/bge-small-zh-v1.5", "main")
    assert hub.asked == []


def test_an_input_of_the_command_line_may_be_a_name(cache: Path) -> None:
    assert input_folders([f"encoder={NAME}"]) == {"encoder": Path(NAME)}
    with pytest.raises(UsageError, match="there is no such folder"):
        input_folders(["encoder=nothing"])


def test_a_damaged_reference_counts_as_none(hub: Hub, cache: Path) -> None:
    reference = stored(cache).parents[1] / "refs/main"
    for content in (b"../../../elsewhere", b"\xff", b""):
        reference.write_bytes(content)
        hub.asked.clear()
        load_encoder(NAME)
        assert hub.asked == [f"{NAME}@main"]


@pytest.mark.parametrize(
    ("environment", "folder"),
    [
        ({"HF_HUB_CACHE": "/a", "HF_HOME": "/b"}, "/a"),
        ({"HUGGINGFACE_HUB_CACHE": "/c"}, "/c"),
        ({"HF_HOME": "/b", "XDG_CACHE_HOME": "/d"}, "/b/hub"),
        ({"XDG_CACHE_HOME": "/d"}, "/d/huggingface/hub"),
        ({}, "~/.cache/huggingface/hub"),
    ],
)
def test_the_cache_is_where_its_programs_look(environment: dict[str, str], folder: str) -> None:
    assert cache_folder(environment) == Path(folder).expanduser()


def test_the_package_is_as_the_stand_in_has_it() -> None:
    package: Any = pytest.importorskip("huggingface_hub")
    assert {"revision", "allow_patterns"} <= set(inspect.signature(package.snapshot_download).parameters)
    assert issubclass(package.errors.GatedRepoError, package.errors.RepositoryNotFoundError)
    assert issubclass(package.errors.RevisionNotFoundError, Exception)
    assert str(cache_folder()) == package.constants.HF_HUB_CACHE
