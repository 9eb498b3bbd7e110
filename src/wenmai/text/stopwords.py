"""Stop words: the words and marks that carry grammar rather than matter."""

from __future__ import annotations

import functools
from importlib import resources
from typing import Literal

StopWords = Literal["none", "zh", "en", "both"]


def stop_words(which: StopWords, own: tuple[str, ...] = ()) -> frozenset[str]:
    """The stop words of a language, or of both, and a person's own; compared after cleaning, so in lower case."""
    languages = {"none": (), "zh": ("zh",), "en": ("en",), "both": ("zh", "en")}[which]
    return frozenset(own).union(*(_listed(language) for language in languages))


@functools.cache
def _listed(language: str) -> frozenset[str]:
    lines = (resources.files("wenmai.text") / "words" / f"{language}.txt").read_text(encoding="utf-8").split("\n")
    return frozenset(word for line in lines if not line.startswith("##") for word in line.split())
