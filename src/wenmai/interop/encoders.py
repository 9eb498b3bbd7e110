"""load_encoder: a pretrained encoder, from a bundle, a folder of Hugging Face or sentence-transformers, or the hub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wenmai.bundle import Bundle, load_bundle
from wenmai.core.errors import MissingExtraError, UsageError
from wenmai.interop.hub import hub_folder, hub_name

if TYPE_CHECKING:
    from wenmai.blocks.text_encoder import TextPooling

_MARKS = ("config.json", "bert_config.json", "modules.json")
"""Files by which a Hugging Face folder is told."""


def is_huggingface_folder(folder: Path) -> bool:
    """Whether a folder looks like one of Hugging Face rather than like a bundle."""
    return not (folder / "bundle.json").exists() and any((folder / name).is_file() for name in _MARKS)


def load_encoder(folder: str | Path, *, pooling: TextPooling | None = None) -> Bundle:
    """An encoder as a bundle that gives a vector for every text.

    Args:
        folder: of a bundle, of Hugging Face (``config.json``), or of sentence-transformers (``modules.json``); or a
            name on the Hugging Face hub, ``owner/name`` or ``owner/name@revision``, which is read from the local cache
            where it lies there and otherwise downloaded into it.
        pooling: how steps become one vector; by default as the folder says, and where it says nothing their mean.

    Raises:
        UsageError: when there is no such folder, or a pooling is asked of a bundle that has one already.
        DataError: when a Hugging Face folder is damaged or of a kind that is not read, or the hub does not give it.
        BundleError: for a damaged bundle.
    """
    path = Path(folder)
    found = None
    if not path.is_dir():
        if (name := hub_name(str(folder))) is None:
            raise UsageError(
                "there is no such folder",
                where=str(folder),
                remedy="Give a folder, or the name of an encoder on the Hugging Face hub: owner/name",
            )
        found = hub_folder(name)
        path = found.path
    if not is_huggingface_folder(path):
        bundle = load_bundle(path)
        return bundle if pooling is None else _pooled(bundle, pooling)
    try:
        from wenmai.interop.huggingface import bundle_from_huggingface
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingExtraError("an encoder", "neural") from None
    return bundle_from_huggingface(path, pooling=pooling, hub=found)


def _pooled(bundle: Bundle, pooling: TextPooling) -> Bundle:
    """The bundle of an encoder with another pooling."""
    from dataclasses import replace

    from wenmai.bundle.bundle import build_model
    from wenmai.models.bert import BertConfig

    if not isinstance(bundle.recipe.model, BertConfig) or bundle.task.kind != "embed":
        raise UsageError(
            f"{bundle.recipe.member} has no pooling to be chosen", remedy="Give an encoder that gives vectors"
        )
    recipe = bundle.recipe.but(model=bundle.recipe.model.but(pooling=pooling))
    model = build_model(recipe, bundle.task, bundle.pipeline, {})
    model.restore(bundle.model.arrays())
    return replace(bundle, recipe=recipe, model=model)
