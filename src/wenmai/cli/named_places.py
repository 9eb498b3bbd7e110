"""Options of the form ``NAME=PATH``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from wenmai.core.errors import UsageError


def outside_files(values: Sequence[str]) -> dict[str, Path]:
    """The values of ``--outside``: name → file.

    Raises:
        UsageError: for what is no ``NAME=FILE``, a name that stands there twice, and a file that is not there.
    """
    files = _named_places("--outside", "file", values)
    for file in files.values():
        if not file.is_file():
            raise UsageError("there is no such file", where=str(file), remedy="Check the path after --outside")
    return files


def input_folders(values: Sequence[str]) -> dict[str, Path]:
    """The values of ``--input``: name → folder of a bundle, or a name on the Hugging Face hub.

    Raises:
        UsageError: for what is no ``NAME=FOLDER``, a name that stands there twice, and a folder that is not there.
    """
    from wenmai.interop.hub import hub_name

    folders = _named_places("--input", "folder", values)
    for folder in folders.values():
        if not folder.is_dir() and hub_name(str(folder)) is None:
            raise UsageError("there is no such folder", where=str(folder), remedy="Check the path after --input")
    return folders


def _named_places(option: str, kind: str, values: Sequence[str]) -> dict[str, Path]:
    """Values of the form ``NAME=PATH``."""
    places: dict[str, Path] = {}
    for value in values:
        name, equals, place = value.partition("=")
        name = name.strip()
        if not (equals and name and place):
            remedy = f"Write it as NAME={kind.upper()}"
            raise UsageError(f"{option} {value!r} is no name and its {kind}", remedy=remedy)
        if name in places:
            raise UsageError(f"{option} has two {kind}s for {name!r}", remedy=f"Give each {kind} a name of its own")
        places[name] = Path(place)
    return places
