"""wenmai 文脉: a person's own text through the whole lineage of text models.

::

    import wenmai as wm

    data = wm.load("reviews.csv")
    board = wm.compare(data, models="quick")
    board.recommended.predict(["屏幕很好，电池不行"])

Importing the package is light: each name below is imported when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from wenmai.core.version import __version__

if TYPE_CHECKING:
    from wenmai.apps.vector_training import train_vectors
    from wenmai.apps.word_vectors import WordVectors, load_vectors
    from wenmai.bundle import Bundle, load_bundle, verify_bundle
    from wenmai.comparison import Comparison, Study, compare, train
    from wenmai.core.errors import WenmaiError
    from wenmai.core.schema import Schema
    from wenmai.data.dataset import Dataset, Inputs
    from wenmai.data.loading import Loaded, load, load_splits
    from wenmai.evaluation import Report, evaluate
    from wenmai.interop.encoders import load_encoder
    from wenmai.recipe import Recipe, recipe_for
    from wenmai.training import fit

_HOMES = {
    "Bundle": "bundle",
    "Comparison": "comparison",
    "Dataset": "data.dataset",
    "Inputs": "data.dataset",
    "Loaded": "data.loading",
    "Recipe": "recipe",
    "Report": "evaluation",
    "Schema": "core.schema",
    "Study": "comparison",
    "WenmaiError": "core.errors",
    "WordVectors": "apps.word_vectors",
    "compare": "comparison",
    "evaluate": "evaluation",
    "fit": "training",
    "load": "data.loading",
    "load_bundle": "bundle",
    "load_encoder": "interop.encoders",
    "load_splits": "data.loading",
    "load_vectors": "apps.word_vectors",
    "recipe_for": "recipe",
    "train": "comparison",
    "train_vectors": "apps.vector_training",
    "verify_bundle": "bundle",
}

__all__ = [
    "Bundle",
    "Comparison",
    "Dataset",
    "Inputs",
    "Loaded",
    "Recipe",
    "Report",
    "Schema",
    "Study",
    "WenmaiError",
    "WordVectors",
    "__version__",
    "compare",
    "evaluate",
    "fit",
    "load",
    "load_bundle",
    "load_encoder",
    "load_splits",
    "load_vectors",
    "recipe_for",
    "train",
    "train_vectors",
    "verify_bundle",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'wenmai' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"wenmai.{_HOMES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return __all__
