"""load_encoder: a pretrained encoder, from a bundle, a folder of Hugging Face or sentence-transformers, or the hub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from wenmai.bundle import Bundle, load_bundle
from wenmai.core.errors import MissingExtraError, UsageError
from wenmai.interop.hub import hub_folder, hub_name

if TYPE_CHECKING:
    from wenmai.blocks.text_encoder import TextPooling
    from wenmai.models.bert import BertConfig
    from wenmai.models.contract import Arrays

_MARKS = ("config.json", "bert_config.json", "modules.json")
"""Files by which a Hugging Face folder is told."""


def is_huggingface_folder(folder: Path) -> bool:
    """Whether a folder looks like one of Hugging Face rather than like a bundle."""
    return not (folder / "bundle.json").exists() and any((folder / name).is_file() for name in _MARKS)


def load_encoder(folder: str | Path, *, pooling: TextPooling | None = None, layers: int | None = None) -> Bundle:
    """An encoder as a bundle that gives a vector for every text.

    Args:
        folder: of a bundle, of Hugging Face (``config.json``), or of sentence-transformers (``modules.json``); or a
            name on the Hugging Face hub, ``owner/name`` or ``owner/name@revision``, which is read from the local cache
            where it lies there and otherwise downloaded into it.
        pooling: how steps become one vector; by default as the folder says, and where it says nothing their mean.
        layers: so many of its first layers, of which the last is read; None for all.

    Raises:
        UsageError: when there is no such folder, a pooling or layers are asked of what is no encoder, or it has fewer
            layers.
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
        return bundle if pooling is None and layers is None else _changed(bundle, pooling, layers)
    try:
        from wenmai.interop.huggingface import bundle_from_huggingface
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise MissingExtraError("an encoder", "neural") from None
    bundle = bundle_from_huggingface(path, pooling=pooling, hub=found)
    return bundle if layers is None else _changed(bundle, None, layers)


def _changed(bundle: Bundle, pooling: TextPooling | None, layers: int | None) -> Bundle:
    """The bundle of an encoder with another pooling, or fewer layers."""
    from dataclasses import replace

    from wenmai.bundle.bundle import build_model
    from wenmai.models.bert import BertConfig

    config = bundle.recipe.model
    if not isinstance(config, BertConfig) or bundle.task.kind != "embed":
        raise UsageError(
            f"{bundle.recipe.member} has no pooling and no layers to be chosen",
            remedy="Give an encoder that gives vectors",
        )
    config = config.but(pooling=pooling or config.pooling)
    arrays = bundle.model.arrays()
    if layers is not None:
        config, arrays = _first_layers(config, arrays, layers)
    recipe = bundle.recipe.but(model=config)
    model = build_model(recipe, bundle.task, bundle.pipeline, {})
    model.restore(arrays)
    return replace(bundle, recipe=recipe, model=model)


def _first_layers(config: BertConfig, arrays: Arrays, layers: int) -> tuple[BertConfig, Arrays]:
    """The config and the weights of an encoder's first layers."""
    shape = config.shape
    count = config.layer if isinstance(config.layer, int) and config.layer > 0 else shape.layers
    if not 1 <= layers <= count:
        raise UsageError(f"there are no {layers} layers: the encoder has {count}", remedy=f"Ask for 1 to {count}")
    if layers == count:
        return config, arrays
    if config.pooling == "pooler" or config.layer == "mix":
        reads = "a mix of all layers" if config.layer == "mix" else "its last layer, by the pooler"
        raise UsageError(f"the encoder reads {reads}", remedy="Take all layers, or another pooling: mean, first, max")
    left_out = ("pooler.", *(f"encoder.layers.{number}." for number in range(layers, count)))
    kept = {name: array for name, array in arrays.items() if not name.startswith(left_out)}
    return config.but(encoder=shape.but(layers=layers, pooler=False), layer=-1), kept
