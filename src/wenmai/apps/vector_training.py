"""Vectors of words from a text file or a stream of texts, in one call."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Sequence
from itertools import chain, islice
from pathlib import Path

from wenmai.bundle import Bundle
from wenmai.core.errors import UsageError
from wenmai.core.machine import available_cores
from wenmai.core.progress import SILENT, Progress
from wenmai.core.schema import Language
from wenmai.data.files import examine
from wenmai.recipe import recipe_for, with_settings
from wenmai.text.language import detect_language
from wenmai.training.text_fitting import fit_text, fit_texts, language_of

_SAMPLE_TEXTS = 1000


def train_vectors(
    texts: str | Path | Iterable[str],
    model: str = "word2vec:skipgram",
    *,
    settings: Sequence[str] = (),
    language: Language | None = None,
    seed: int = 0,
    threads: int | None = None,
    budget: float | None = None,
    progress: Progress = SILENT,
) -> Bundle:
    """Learn vectors of words; the text may be larger than memory.

    Args:
        texts: a file of which every line is a text, or anything that gives texts one after the other, each once.
        model: a member of the task embed, or a preset of it.
        settings: changes of the recipe, each ``path=value``.
        language: of the text; by default as its beginning shows.
        seed: decides everything random; with one thread, and one seed, the vectors are the same to the bit.
        threads: how many may compute at a time; all processors by default.
        budget: seconds after which the fit gives up; None for no limit.
        progress: hears how far it has come.

    Raises:
        UsageError: for an unknown model or setting, a file that is not there, or something that gives no texts.
        FitError: when no word is frequent enough, or the budget is spent.
    """
    chosen = threads or available_cores()
    with tempfile.TemporaryDirectory(prefix="wenmai-") as name:
        folder = Path(name)
        if isinstance(texts, str | Path):
            file = examine(Path(texts))
            language = language or language_of(file)
            recipe = with_settings(recipe_for(model, language), settings)
            return fit_text(
                recipe, file, folder, language=language, seed=seed, threads=chosen, budget=budget, progress=progress
            )
        rows = iter(texts)
        first = list(islice(rows, _SAMPLE_TEXTS))
        wrong = next((text for text in first if not isinstance(text, str)), None)
        if wrong is not None:
            raise UsageError(
                f"texts are strings, and one is of the type {type(wrong).__name__}",
                remedy="Give a file, or strings one after the other",
            )
        language = language or detect_language(first)
        recipe = with_settings(recipe_for(model, language), settings)
        stream = chain(first, rows)
        return fit_texts(
            recipe, stream, folder, language=language, seed=seed, threads=chosen, budget=budget, progress=progress
        )
