"""The weights of a folder by name: read one at a time, after what the folder holds was looked at."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import DataError
from wenmai.core.io import read_json

if TYPE_CHECKING:
    from torch import Tensor

SINGLE = "model.safetensors"
INDEX = "model.safetensors.index.json"
PICKLED = "pytorch_model.bin"


class CheckpointFiles:
    """The named tensors of a folder: their shapes first, their numbers when they are asked for.

    Args:
        folder: with a ``model.safetensors``, parts that a ``model.safetensors.index.json`` lists, or a
            ``pytorch_model.bin``.

    Raises:
        DataError: when there is none, or one that is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.notes: tuple[str, ...] = ()
        self._files: dict[str, Path] = {}
        self._loaded: Mapping[str, Tensor] = {}
        if (folder / SINGLE).is_file():
            self.shapes = self._listed(folder / SINGLE)
        elif (folder / INDEX).is_file():
            self.shapes = self._sharded(folder)
        elif (folder / PICKLED).is_file():
            self.shapes = self._pickled(folder / PICKLED)
        else:
            raise DataError(
                f"the folder has no weights: neither {SINGLE} nor {INDEX} nor {PICKLED}",
                where=str(folder),
                remedy="Download the whole folder",
            )

    def array(self, name: str) -> NDArray[np.float32]:
        """The numbers of one tensor, as float32."""
        if name in self._loaded:
            tensor = self._loaded[name]
        else:
            with _readable(self._files[name]) as file:
                tensor = file.get_tensor(name)
        found: NDArray[np.float32] = tensor.float().numpy()
        return found

    def _listed(self, path: Path) -> dict[str, tuple[int, ...]]:
        """The names and shapes of a safetensors file, of which no number is read."""
        with _readable(path) as file:
            found = {name: tuple(file.get_slice(name).get_shape()) for name in list(file.keys())}
        self._files |= dict.fromkeys(found, path)
        return found

    def _sharded(self, folder: Path) -> dict[str, tuple[int, ...]]:
        index = read_json(folder / INDEX)
        places = index.get("weight_map") if isinstance(index, dict) else None
        if not isinstance(places, dict) or not all(isinstance(place, str) for place in places.values()):
            raise DataError("the index has no 'weight_map' of names and files", where=str(folder / INDEX))
        shapes: dict[str, tuple[int, ...]] = {}
        for name in sorted(set(places.values())):
            path = folder / name
            if Path(name).name != name or not path.is_file():
                raise DataError(
                    f"the index names the file {name!r}, which is not in the folder",
                    where=str(folder / INDEX),
                    remedy="Download the whole folder",
                )
            shapes |= self._listed(path)
        missing = next((name for name in places if name not in shapes), None)
        if missing is not None:
            raise DataError(f"no part holds {missing!r}, which the index names", where=str(folder / INDEX))
        return shapes

    def _pickled(self, path: Path) -> dict[str, tuple[int, ...]]:
        """An older file, of which torch reads tensors alone."""
        import torch

        if not zipfile.is_zipfile(path):
            raise DataError(
                "the file is damaged, or in torch's format of before 2020",
                where=str(path),
                remedy=f"Save it as {SINGLE} with transformers",
            )
        try:
            found = torch.load(path, map_location="cpu", weights_only=True, mmap=True)
        except Exception as error:  # torch raises whatever a hostile file leads to
            raise DataError(
                f"torch does not read it as plain weights: {str(error).splitlines()[0] if str(error) else 'damaged'}",
                where=str(path),
                remedy=f"Take a folder with {SINGLE}",
            ) from None
        if not isinstance(found, dict) or not all(isinstance(value, torch.Tensor) for value in found.values()):
            raise DataError("the file holds something else than named tensors", where=str(path))
        self._loaded = {str(name): value for name, value in found.items()}
        self.notes = (f"Its weights were read from {PICKLED} as tensors alone (weights_only); nothing in it was run",)
        return {name: tuple(value.shape) for name, value in self._loaded.items()}


@contextmanager
def _readable(path: Path) -> Iterator[Any]:
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="pt") as file:
            yield file
    except (SafetensorError, OSError, ValueError) as error:
        raise DataError(f"not a readable safetensors file: {error}", where=str(path)) from None
