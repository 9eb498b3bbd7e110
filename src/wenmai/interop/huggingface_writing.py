"""Encoders written as Hugging Face and sentence-transformers folders, which their programs load."""

from __future__ import annotations

import tempfile
from pathlib import Path

import numpy as np

from wenmai.bundle import Bundle
from wenmai.core.errors import UsageError
from wenmai.core.io import dump_json, save_arrays, write_atomic, write_folder
from wenmai.interop.checkpoint_files import SINGLE
from wenmai.interop.huggingface_config import CONFIG, config_values
from wenmai.interop.huggingface_rules import FAMILIES, theirs
from wenmai.interop.huggingface_tokenizers import (
    TOKENIZER,
    TOKENIZER_CONFIG,
    WORDPIECE_VOCABULARY,
    tokenizer_json,
    tokenizer_settings,
)
from wenmai.interop.sentence_transformers_folders import write_pooling
from wenmai.models.bert import BertConfig
from wenmai.text.clean import CleanConfig
from wenmai.text.tokenizer import SubwordTokenizer

_POOLED = ("mean", "first", "max")


def write_huggingface(bundle: Bundle, path: Path, *, replace: bool = False) -> tuple[str, ...]:
    """Write the encoder of a bundle so that ``transformers`` loads it, and ``sentence-transformers`` where it can.

    Args:
        bundle: of a member of the BERT family; path: the folder, which appears whole or not at all.

    Returns:
        notes on what the folder lacks.

    Raises:
        UsageError: when the bundle has no encoder, or one that Hugging Face's family cannot express.
    """
    config, tokenizer = bundle.recipe.model, bundle.pipeline.tokenizer
    member = bundle.recipe.member
    if not isinstance(config, BertConfig) or tokenizer is None:
        raise UsageError(f"{member} is no encoder of the BERT family", remedy="Give a bundle of one, such as bert")
    _check_tokenizer(tokenizer)
    values = config_values(member, config.shape, len(tokenizer))
    family = FAMILIES[str(values["model_type"])]
    layers = 1 if config.shape.shared == "both" else config.shape.layers
    arrays = bundle.model.arrays()
    names = {ours: name for ours, name in theirs(family.rules, layers).items() if ours in arrays}
    notes = []
    if any(name.startswith("output.") for name in arrays):
        notes.append("The layer that tells the answers is not in the folder: it holds the encoder alone")
    if any(name.startswith("mix.") for name in arrays):
        notes.append("The mix of layers is not in the folder")
    limit = bundle.pipeline.config.max_pieces
    with write_folder(path, replace=replace) as folder:
        write_atomic(folder / CONFIG, dump_json(values))
        save_arrays(folder / SINGLE, {names[ours]: np.asarray(arrays[ours]) for ours in names})
        write_atomic(folder / TOKENIZER_CONFIG, dump_json(tokenizer_settings(tokenizer, member, limit)))
        with tempfile.TemporaryDirectory() as rough:
            write_atomic(folder / TOKENIZER, tokenizer_json(tokenizer, Path(rough)))
        if tokenizer.config.kind == "wordpiece":
            write_atomic(folder / WORDPIECE_VOCABULARY, "".join(f"{token}\n" for token in tokenizer.vocabulary()))
        if config.pooling in _POOLED and config.layer == -1:
            write_pooling(folder, config.pooling, config.normalise, config.shape.block.width, limit)
        else:
            notes.append(f"sentence-transformers has no pooling {config.pooling!r}: it will take its own, the mean")
    if bundle.pipeline.config.clean != CleanConfig.none():
        notes.append("The folder does not clean texts: give it what the bundle's cleaning leaves")
    return tuple(notes)


def _check_tokenizer(tokenizer: SubwordTokenizer) -> None:
    if tokenizer.config.frame == "none":
        raise UsageError("the encoder's tokenizer puts no frame around a text, and Hugging Face's families do")
