"""A bundle on disk.

::

    bundle.json          format, recipe, schema, task, provenance, the inputs' names
    weights.safetensors  the model's arrays
    pipeline/            vocabulary.txt, tokenizer.json: what the pipeline learnt
    history.json         how its training went, where it was trained step by step
    probes.json          made-up inputs and what the model said of them
    card.md              what it is, for people
    inputs/NAME/         the bundles it builds on, each whole
    SHA256SUMS           of every other file; `sha256sum -c SHA256SUMS` checks it too

Nothing in it is code, nothing names code, and no row of the training data is in it. Everything is checked before it is
believed: sums first, then JSON by strict configs, then arrays by their shapes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from wenmai.bundle.bundle import Bundle, Provenance, build_model, injected_segmenter
from wenmai.bundle.card import card
from wenmai.bundle.history import History
from wenmai.bundle.probes import Probes
from wenmai.catalog import CATALOG, Catalog
from wenmai.core.config import Config
from wenmai.core.errors import BundleError, WenmaiError
from wenmai.core.io import dump_json, load_arrays, read_json, save_arrays, sha256_file, write_atomic, write_folder
from wenmai.core.schema import Schema
from wenmai.core.version import __version__
from wenmai.recipe import Recipe, kept_inputs, parse_recipe
from wenmai.tasks.contract import Task
from wenmai.text.pipeline import Pipeline

FORMAT = 1
_UNFIT = (KeyError, IndexError, ValueError, TypeError, AttributeError, OverflowError, RecursionError, OSError)
"""What code that trusts its files raises when they were made to mislead it."""
SUMS = "SHA256SUMS"


class _Manifest(Config):
    """The content of bundle.json, before the parts that the catalog must type."""

    format: int
    wenmai: str
    recipe: dict[str, Any]
    data_schema: dict[str, Any]
    task: dict[str, Any]
    provenance: Provenance
    inputs: tuple[str, ...] = ()


def save_bundle(bundle: Bundle, path: Path, *, replace: bool = False) -> Path:
    """Write a bundle as a folder that appears whole or not at all.

    Raises:
        UsageError: when something is at ``path`` and ``replace`` is off.
    """
    with write_folder(path, replace=replace) as folder:
        _fill(bundle, folder)
    return path


def load_bundle(path: str | Path, *, catalog: Catalog = CATALOG) -> Bundle:
    """Read a bundle from its folder.

    Raises:
        BundleError: when it is missing, altered, incomplete, or of a newer format; says what and where.
    """
    folder = Path(path)
    where = folder / "bundle.json"
    with refused_as_bundle(str(where)):
        if not folder.is_dir():
            raise BundleError("there is no bundle here", where=str(folder), remedy="Give the folder that was saved")
        _files(folder)  # refuses links and pipes before anything is opened
        manifest = _manifest(where)
        check_sums(folder)
        recipe = parse_recipe(manifest.recipe, catalog=catalog, where=str(where))
        schema = Schema.parse(manifest.data_schema, where=str(where))
        task = catalog.task(schema.kind).restored(manifest.task, where=str(where))
        inputs = _load_inputs(folder, recipe, manifest, catalog)
        return _assemble(folder, recipe, schema, task, manifest.provenance, inputs)


@contextmanager
def refused_as_bundle(where: str) -> Iterator[None]:
    """Whatever goes wrong with a bundle's files is a `BundleError` that says where."""
    try:
        yield
    except BundleError as error:
        if error.where is not None:
            raise
        raise BundleError(error.found, where=where, remedy=error.remedy) from None
    except WenmaiError as error:
        raise BundleError(error.found, where=error.where or where, remedy=error.remedy) from None
    except _UNFIT as error:
        raise BundleError(f"the bundle's files do not fit each other: {error!r}", where=where) from None


def check_sums(folder: Path) -> dict[str, str]:
    """Check that the folder holds exactly the listed files with the listed sums; gives the sums.

    Raises:
        BundleError: naming the first file that is missing, changed, unlisted, or not a plain file.
    """
    listed = _listed_sums(folder)
    for name in sorted(_files(folder)):
        if name not in listed:
            raise BundleError("a file that the bundle does not list", where=str(folder / name), remedy="Remove it")
    for name, digest in listed.items():
        file = folder / name
        if not file.is_file():
            raise BundleError("the file is missing", where=str(file), remedy="Copy the whole folder again")
        if sha256_file(file) != digest:
            raise BundleError(
                "the file was changed or damaged: its SHA-256 is not the one written with it",
                where=str(file),
                remedy="Copy the folder again from its source",
            )
    return listed


def _fill(bundle: Bundle, folder: Path) -> None:
    for name, source in bundle.inputs.items():
        (folder / "inputs" / name).mkdir(parents=True)
        _fill(source, folder / "inputs" / name)
    manifest = {
        "format": FORMAT,
        "wenmai": __version__,
        "recipe": bundle.recipe.model_dump(mode="json"),
        "data_schema": bundle.schema.model_dump(mode="json"),
        "task": bundle.task.model_dump(mode="json"),
        "provenance": bundle.provenance.model_dump(mode="json"),
        "inputs": list(bundle.inputs),
    }
    write_atomic(folder / "bundle.json", dump_json(manifest))
    save_arrays(folder / "weights.safetensors", bundle.model.arrays())
    (folder / "pipeline").mkdir()
    bundle.pipeline.save(folder / "pipeline")
    write_atomic(folder / "probes.json", Probes.of(bundle).to_json())
    if bundle.history is not None:
        write_atomic(folder / "history.json", bundle.history.to_json())
    write_atomic(folder / "card.md", card(bundle))
    sums = {name: sha256_file(folder / name) for name in sorted(_files(folder))}
    write_atomic(folder / SUMS, "".join(f"{digest}  {name}\n" for name, digest in sums.items()))


def _manifest(path: Path) -> _Manifest:
    values = read_json(path)
    found = values.get("format") if isinstance(values, Mapping) else None
    if type(found) is not int or found < 1:
        raise BundleError("not a bundle: bundle.json states no format", where=str(path))
    if found > FORMAT:
        raise BundleError(
            f"format {found}, written by wenmai {values.get('wenmai', 'of a later version')}; this one reads {FORMAT}",
            where=str(path),
            remedy="Upgrade with: pip install --upgrade wenmai",
        )
    return _Manifest.parse(values, where=str(path))


def _assemble(
    folder: Path, recipe: Recipe, schema: Schema, task: Task, provenance: Provenance, inputs: Mapping[str, Bundle]
) -> Bundle:
    pipeline = Pipeline.load(folder / "pipeline", recipe.pipeline, segmenter=injected_segmenter(recipe, inputs))
    model = build_model(recipe, task, pipeline, inputs)
    weights = folder / "weights.safetensors"
    with refused_as_bundle(str(weights)):
        model.restore(load_arrays(weights))
    history = folder / "history.json"
    told = History.parse(read_json(history), where=str(history)) if history.is_file() else None
    return Bundle(recipe, schema, task, pipeline, model, provenance, inputs, told)


def _load_inputs(folder: Path, recipe: Recipe, manifest: _Manifest, catalog: Catalog) -> dict[str, Bundle]:
    kept = kept_inputs(recipe)
    references = {reference.name: reference.content for reference in recipe.inputs if reference.name in kept}
    if set(manifest.inputs) != set(references):
        raise BundleError(
            f"it holds the inputs {_names(manifest.inputs)} where the recipe names {_names(references)}",
            where=str(folder),
        )
    inputs = {name: load_bundle(folder / "inputs" / name, catalog=catalog) for name in manifest.inputs}
    for name, bundle in inputs.items():
        if bundle.fingerprint != references[name]:
            raise BundleError(f"the input {name!r} is not the one that the recipe was trained with", where=str(folder))
    return inputs


def _names(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names)) or "none"


def _listed_sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS
    try:
        text = path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        raise BundleError("the file is missing", where=str(path), remedy="Copy the whole folder again") from None
    except UnicodeDecodeError:
        raise BundleError("not a list of sums", where=str(path)) from None
    listed = {}
    for number, line in enumerate(text.removesuffix("\n").split("\n"), 1):
        digest, _, name = line.partition("  ")
        parts = PurePosixPath(name).parts
        if len(digest) != hashlib.sha256().digest_size * 2 or not parts or ".." in parts or name.startswith("/"):
            raise BundleError(f"not a sum and a file's name: {line[:80]!r}", where=f"{path}:{number}")
        listed[name] = digest
    # Written in no other way than `_fill` writes it: another line end or order is an alteration too.
    if text != "".join(f"{listed[name]}  {name}\n" for name in sorted(listed)):
        raise BundleError("the list of sums was altered", where=str(path), remedy="Copy the whole folder again")
    return listed


def _files(folder: Path) -> set[str]:
    """The folder's files, but for its own list of sums, by their names within it.

    Raises:
        BundleError: for a link or anything else that is neither file nor folder.
    """
    names = set()
    for path in folder.rglob("*"):
        if path.is_symlink() or not (path.is_file() or path.is_dir()):
            raise BundleError("neither a plain file nor a folder", where=str(path), remedy="Remove it")
        if path.is_file() and path != folder / SUMS:
            names.add(path.relative_to(folder).as_posix())
    return names
