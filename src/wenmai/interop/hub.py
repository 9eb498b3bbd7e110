"""Encoders by their names on the Hugging Face hub: from the local cache, or downloaded with ``huggingface_hub``.

The cache is the one that its programs share::

    HUB/models--OWNER--NAME/refs/main               the revision that `main` was when it was last asked for
    HUB/models--OWNER--NAME/snapshots/REVISION/     its files

``HUB`` is ``HF_HUB_CACHE``, ``HF_HOME/hub``, or ``~/.cache/huggingface/hub``. What lies there whole is read without
asking the network; ``HF_HUB_OFFLINE=1`` forbids to ask at all.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from wenmai.core.errors import DataError, MissingExtraError
from wenmai.interop.checkpoint_files import INDEX, PICKLED, SINGLE

_NAME = re.compile(
    r"(?P<owner>[A-Za-z0-9][\w.-]{0,95})/(?P<name>[A-Za-z0-9][\w.-]{0,95})(?:@(?P<revision>\w[\w.-]{0,199}))?", re.ASCII
)
_FILES = (
    "config.json",
    "modules.json",
    "sentence_bert_config.json",
    "tokenizer.json",
    "tokenizer_config.json",
    "special_tokens_map.json",
    "vocab.txt",
    "vocab.json",
    "merges.txt",
)
"""What is asked for besides the weights."""
_WEIGHTS = (SINGLE, INDEX, "model-*-of-*.safetensors")
_PARTS = ("", "0_*/", "1_*/", "2_*/")
"""Where sentence-transformers keeps the parts of a model."""
_OFFLINE = ("HF_HUB_OFFLINE", "TRANSFORMERS_OFFLINE")
"""What forbids the network."""
_COMMIT = re.compile(r"[0-9a-f]{40}")
_SHOWN = 200
"""Characters of another program's error that a message shows."""


@dataclass(frozen=True, slots=True)
class HubName:
    """``owner/name`` or ``owner/name@revision``; the revision is a branch, a tag, or a commit."""

    repository: str
    revision: str

    def __str__(self) -> str:
        return self.repository if self.revision == "main" else f"{self.repository}@{self.revision}"


@dataclass(frozen=True, slots=True)
class HubFolder:
    """The files of a name in the local cache, and the commit that they are of."""

    name: HubName
    path: Path
    commit: str


def hub_name(text: str) -> HubName | None:
    """What a text names on the hub; None for what is no ``owner/name``, or a path in a folder that is here."""
    match = _NAME.fullmatch(text)
    if match is None or Path(match["owner"]).exists() or ".." in text:
        return None
    return HubName(f"{match['owner']}/{match['name']}", match["revision"] or "main")


def hub_folder(name: HubName) -> HubFolder:
    """The files of an encoder: from the local cache where they lie there whole, otherwise downloaded into it.

    Raises:
        MissingExtraError: when it must be downloaded and the package ``huggingface_hub`` is not installed.
        DataError: when the hub may not be asked, cannot be reached, or does not give it.
    """
    cached = _cached(name)
    if cached is not None and _has_weights(cached):
        return HubFolder(name, cached, cached.name)
    if any(os.environ.get(switch, "").upper() in ("1", "ON", "YES", "TRUE") for switch in _OFFLINE):
        raise DataError(
            f"it is {'not whole' if cached else 'not'} in the local cache, and HF_HUB_OFFLINE forbids to ask the hub",
            where=str(name),
            remedy=f"Download it where there is a network: hf download {name.repository}",
        )
    try:
        import huggingface_hub
    except ImportError:
        raise MissingExtraError(f"downloading {str(name)!r} from the Hugging Face hub", "hub") from None
    path = _downloaded(huggingface_hub, name, _WEIGHTS)
    if not _has_weights(path):  # An older repository: a file that torch reads as tensors alone.
        path = _downloaded(huggingface_hub, name, (PICKLED,))
    return HubFolder(name, path, path.name)


def cache_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """Where the programs of Hugging Face keep what they downloaded, by their own rules."""
    for variable in ("HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"):
        if environment.get(variable):
            return Path(os.path.expandvars(environment[variable])).expanduser()
    home = environment.get("HF_HOME") or f"{environment.get('XDG_CACHE_HOME') or '~/.cache'}/huggingface"
    return Path(os.path.expandvars(home)).expanduser() / "hub"


def _cached(name: HubName) -> Path | None:
    """The folder of a name's revision in the local cache; None where it is not there."""
    place = cache_folder() / f"models--{name.repository.replace('/', '--')}"
    commit = name.revision
    if not _COMMIT.fullmatch(commit):
        try:
            commit = (place / "refs" / name.revision).read_text("ascii").strip()
        except (OSError, UnicodeDecodeError):
            return None
        if not _COMMIT.fullmatch(commit):
            return None
    folder = place / "snapshots" / commit
    return folder if folder.is_dir() else None


def _has_weights(folder: Path) -> bool:
    """Whether a folder has the settings and all weights of a model: of parts that an index lists, every one."""
    for place in (folder, *sorted(folder.glob("0_*"))):
        if not (place / "config.json").is_file():
            continue
        parts = list(place.glob("model-*-of-*.safetensors"))
        whole = {part.name.rpartition("-of-")[2].removesuffix(".safetensors") for part in parts}
        sharded = len(whole) == 1 and (count := whole.pop()).isdigit() and len(parts) == int(count)
        if (place / SINGLE).is_file() or ((place / INDEX).is_file() and sharded) or (place / PICKLED).is_file():
            return True
    return False


def _downloaded(package: Any, name: HubName, weights: tuple[str, ...]) -> Path:
    wanted = [f"{part}{file}" for part in _PARTS for file in (*_FILES, *weights)]
    try:
        found = package.snapshot_download(name.repository, revision=name.revision, allow_patterns=wanted)
    except Exception as error:  # The package raises errors of its own and of its network libraries.
        raise _refused(name, error) from None
    return Path(found)


def _refused(name: HubName, error: Exception) -> DataError:
    """What the package's error says, by its kind."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if "GatedRepoError" in kinds:
        found, remedy = "its owner asks for terms to be accepted", "Accept them on its page, then: hf auth login"
    elif "RepositoryNotFoundError" in kinds:
        found = "there is no such folder, and the Hugging Face hub has no model of that name that you may see"
        remedy = "Check the name"
    elif "RevisionNotFoundError" in kinds:
        found, remedy = f"it has no revision {name.revision!r}", "Give a branch, a tag or a commit after the @"
    else:
        reason = " ".join(str(error).split())[:_SHOWN].rstrip(".") or type(error).__name__
        found = f"the Hugging Face hub did not give it: {reason}"
        remedy = "Check the network, or download it elsewhere and give its folder"
    return DataError(found, where=str(name), remedy=remedy)
