"""A division on disk, for the processes in which the rungs run: each part an Arrow file that all of them map.

::

    WORK/train.arrow  dev.arrow  test.arrow   the columns that the schema names
    WORK/folds.safetensors                    positions, with cross-validation
    WORK/division.json                        schema, circumstances, notes
    WORK/inputs/NAME/                         the bundles that rungs build on

The folder lives as long as the comparison runs; it holds the texts, so only its owner may read it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
from pyarrow import ipc

from wenmai.bundle import Bundle, load_bundle
from wenmai.comparison.division import Division
from wenmai.comparison.rung import Circumstances
from wenmai.core.config import Config
from wenmai.core.io import Array, load_arrays, save_arrays, write_atomic
from wenmai.core.schema import Schema
from wenmai.data.dataset import BATCH_ROWS, Dataset

_FOLDS = "folds.safetensors"
_ABOUT = "division.json"
_INPUTS = "inputs"


class _Shipped(Config):
    data_schema: Schema
    circumstances: Circumstances
    names: dict[str, str]
    """Part → the name of its data set."""
    folds: int
    notes: tuple[str, ...]
    source_fingerprint: str | None


def ship(division: Division, circumstances: Circumstances, work: Path) -> None:
    """Write everything that a rung needs into a folder."""
    parts = {"train": division.train, "dev": division.dev, "test": division.test}
    names = {part: data.name for part, data in parts.items() if data is not None}
    for part, data in parts.items():
        if data is not None:
            _write(data, work / f"{part}.arrow")
    arrays: dict[str, Array] = {}
    for number, (learnt, held_out) in enumerate(division.folds):
        arrays |= {f"learnt{number}": learnt, f"held_out{number}": held_out}
    save_arrays(work / _FOLDS, arrays)
    shipped = _Shipped(
        data_schema=division.train.schema,
        circumstances=circumstances,
        names=names,
        folds=len(division.folds),
        notes=division.notes,
        source_fingerprint=division.source_fingerprint,
    )
    write_atomic(work / _ABOUT, shipped.to_json())


def unship(work: Path) -> tuple[Division, Circumstances]:
    """Read what `ship` wrote; the tables stay on disk and are shared by all who map them."""
    shipped = _Shipped.parse_json((work / _ABOUT).read_bytes(), where=str(work / _ABOUT))
    parts = {part: _read(work / f"{part}.arrow", shipped.data_schema, name) for part, name in shipped.names.items()}
    arrays = load_arrays(work / _FOLDS)
    folds = tuple((arrays[f"learnt{number}"], arrays[f"held_out{number}"]) for number in range(shipped.folds))
    division = Division(
        parts["train"], parts.get("dev"), parts["test"], folds, shipped.notes, shipped.source_fingerprint
    )
    return division, shipped.circumstances


def ship_inputs(inputs: Mapping[str, Bundle], work: Path) -> None:
    """Write the bundles that rungs build on into the folder."""
    for name, bundle in inputs.items():
        bundle.save(work / _INPUTS / name)


def unship_inputs(circumstances: Circumstances, work: Path) -> dict[str, Bundle]:
    """Read what `ship_inputs` wrote."""
    return {one.name: load_bundle(work / _INPUTS / one.name) for one in circumstances.inputs}


def _write(data: Dataset, path: Path) -> None:
    names = (*data.schema.required(), *data.schema.answers())
    names = names if data.schema.group is None else (*names, data.schema.group)
    schema = data.take(names, 0, 0).schema
    with pa.OSFile(str(path), "wb") as sink, ipc.new_file(sink, schema) as writer:
        writer.write_table(data.take(names).combine_chunks(), max_chunksize=max(len(data), BATCH_ROWS))


def _read(path: Path, schema: Schema, name: str) -> Dataset:
    with pa.memory_map(str(path)) as source:
        return Dataset(ipc.open_file(source).read_all(), schema, name)
