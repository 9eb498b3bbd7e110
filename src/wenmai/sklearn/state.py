"""Fitted estimators in a form that other processes take: the files that a bundle would be saved as, as bytes.

scikit-learn sends estimators between processes by Python's own serialisation. What wenmai puts in there are the bytes
of its own checked formats, never objects of its models.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from wenmai.bundle import Bundle, load_bundle
from wenmai.catalog import Catalog

Files = dict[str, bytes]


def files_in(folder: Path) -> Files:
    """The content of each file of a folder, by its name within it."""
    found = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in found}


@contextmanager
def folder_of(files: Mapping[str, bytes]) -> Iterator[Path]:
    """A temporary folder that holds the files."""
    with tempfile.TemporaryDirectory() as temporary:
        for name, content in files.items():
            path = Path(temporary) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        yield Path(temporary)


def bundle_files(bundle: Bundle) -> Files:
    """The files of a bundle."""
    with tempfile.TemporaryDirectory() as temporary:
        return files_in(bundle.save(Path(temporary) / "bundle"))


def bundle_of(files: Mapping[str, bytes], catalog: Catalog) -> Bundle:
    """The bundle of its files, checked as any other; raises BundleError as `load_bundle` does."""
    with folder_of(files) as folder:
        return load_bundle(folder, catalog=catalog)
