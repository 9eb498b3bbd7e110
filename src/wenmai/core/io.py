"""Files: written whole or not at all, checked before they are believed."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import BundleError, UsageError

Array = NDArray[Any]

_CHUNK = 1 << 20


def write_atomic(path: Path, content: bytes | str) -> None:
    """Write a file so that a reader, or a crash, sees the old content or the new, never a part."""
    with writing(path) as file:
        file.write(content.encode() if isinstance(content, str) else content)


@contextlib.contextmanager
def writing(path: Path) -> Iterator[BinaryIO]:
    """A file to fill, which takes its name, whole and on the disk, only when the block ends without an error."""
    with replacing(path) as temporary, temporary.open("wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """An empty file beside ``path`` that takes its place when the block ends without an error.

    Raises:
        UsageError: when a folder has that name.
    """
    if path.is_dir():
        raise UsageError("there is a folder of that name", where=str(path), remedy="Give a file")
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    os.close(descriptor)
    temporary = Path(name)
    try:
        yield temporary
        _share(temporary, 0o666)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def write_folder(path: Path, *, replace: bool = False) -> Iterator[Path]:
    """Give an empty folder to fill; it takes its name only when the block ends without an error.

    Args:
        path: where the folder shall stand.
        replace: put the new folder in the place of one that is there.

    Raises:
        UsageError: when something is at ``path`` and ``replace`` is off.
    """
    if path.exists() and not replace:
        raise UsageError(f"{path} exists already", remedy="Choose another place or remove it first")
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    try:
        yield temporary
        _share(temporary, 0o777)
        if path.exists():
            retired = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.old."))
            path.replace(retired / "was")
            temporary.replace(path)
            shutil.rmtree(retired)
        else:
            temporary.replace(path)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def sha256_file(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def dump_json(value: Any) -> str:
    """Readable JSON with characters as they are; refuses NaN and infinities, which JSON has no words for."""
    return json.dumps(value, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def read_json(path: Path, *, limit: int = 64 << 20) -> Any:
    """Read a JSON file of at most ``limit`` bytes.

    Raises:
        BundleError: when it is missing, too large or not JSON.
    """
    try:
        size = path.stat().st_size
        if size > limit:
            raise BundleError(f"{size} bytes of JSON, more than the {limit} allowed", where=str(path))
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        raise BundleError("the file is missing", where=str(path)) from None
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise BundleError(f"not JSON: {error}", where=str(path)) from None


def save_arrays(path: Path, arrays: Mapping[str, Array]) -> None:
    """Write named arrays as a safetensors file, in the order of their names."""
    from safetensors.numpy import save_file

    with replacing(path) as temporary:
        save_file({name: np.asarray(arrays[name], order="C") for name in sorted(arrays)}, temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())


def load_arrays(path: Path) -> dict[str, Array]:
    """Read the named arrays of a safetensors file.

    Raises:
        BundleError: when it is missing, cut short or not a safetensors file.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import load_file

    try:
        return dict(load_file(path))
    except FileNotFoundError:
        raise BundleError("the file is missing", where=str(path)) from None
    except (SafetensorError, ValueError, KeyError) as error:
        raise BundleError(f"not a readable safetensors file: {error}", where=str(path)) from None


def _share(path: Path, mode: int) -> None:
    """Give a temporary file or folder, made private, the permissions that a plain new one would have had."""
    mask = os.umask(0)
    os.umask(mask)
    path.chmod(mode & ~mask)
