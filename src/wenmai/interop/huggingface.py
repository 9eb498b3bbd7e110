"""Encoders of Hugging Face's folders as bundles, and back.

Letters of the shapes: V tokens, D width.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import torch

from wenmai.blocks.encoder import EncoderConfig
from wenmai.blocks.text_encoder import TextPooling
from wenmai.bundle import Bundle, Provenance
from wenmai.bundle.bundle import build_model
from wenmai.core.errors import DataError, UsageError
from wenmai.core.machine import versions
from wenmai.core.schema import EmbedColumns, Schema
from wenmai.interop.checkpoint_files import CheckpointFiles
from wenmai.interop.hub import HubFolder
from wenmai.interop.huggingface_config import HuggingFaceConfig
from wenmai.interop.huggingface_rules import Family, theirs
from wenmai.interop.huggingface_tokenizers import read_tokenizer
from wenmai.interop.sentence_transformers_folders import SentencePooling, read_pooling
from wenmai.models.bert import BertConfig
from wenmai.models.contract import Arrays
from wenmai.models.network import NetworkModel
from wenmai.recipe import Recipe
from wenmai.tasks.embed import Embed
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import SubwordSegment

_LAYER = re.compile(r"(?:layer|albert_layer_groups)\.(\d+)\.")
_NAMED = 5
"""So many names of weights a message lists."""
_OLD_NAMES = ((".gamma", ".weight"), (".beta", ".bias"))
"""How TensorFlow's BERT called a norm's weights."""


def bundle_from_huggingface(
    folder: Path, *, pooling: TextPooling | None = None, hub: HubFolder | None = None
) -> Bundle:
    """The encoder of a folder as a bundle that gives a vector for every text.

    Args:
        folder: ``config.json``, weights and a tokenizer, as ``save_pretrained`` writes them, or such a folder of
            sentence-transformers.
        pooling: how steps become one vector; by default as a sentence-transformers folder says, and otherwise their
            mean.
        hub: where on the hub it comes from, for the bundle's provenance.

    Raises:
        DataError: when a file is missing or damaged, or weights are missing, unexpected or of another shape.
        UsageError: when the pooler is asked for and there is none.
    """
    told = read_pooling(folder)
    inner = folder if told is None else told.encoder
    config = HuggingFaceConfig(inner)
    shape = config.shape()
    tokenizer, limit = read_tokenizer(inner, config.family.member)
    files = CheckpointFiles(inner)
    reader = _Reader(config.family, files, inner)
    shape = reader.checked(shape)
    if pooling == "pooler" and not shape.pooler:
        raise UsageError("the encoder has no pooler", where=str(inner), remedy="Take mean, first, max or mean-max")
    tokens = len(tokenizer)
    if config.tokens < tokens:
        raise DataError(
            f"the encoder has vectors of {config.tokens:,} tokens and the tokenizer knows {tokens:,}", where=str(inner)
        )
    places = getattr(shape.positions, "limit", 512)
    lengths = [places, *([limit] if limit else []), *([told.limit] if told and told.limit else [])]
    pipeline_config = PipelineConfig(
        clean=CleanConfig.none().but(lowercase=told is not None and told.lowercase),
        segment=SubwordSegment(),
        tokenizer=tokenizer.config,
        max_pieces=min(lengths),
    )
    model = BertConfig(
        encoder=shape,
        pooling=pooling or ("mean" if told is None else told.pooling),
        normalise=told is not None and told.normalise,
    )
    recipe = Recipe(member=config.family.member, model=model, pipeline=pipeline_config)
    pipeline = Pipeline(pipeline_config, tokenizer=tokenizer)
    notes = _notes(folder if hub is None else hub, told, files, reader, config.tokens - tokens)
    return _bundle(recipe, pipeline, reader, folder.resolve().name if hub is None else str(hub.name), notes)


class _Reader:
    """The weights of a folder under our names."""

    def __init__(self, family: Family, files: CheckpointFiles, folder: Path) -> None:
        self.family, self.files, self.where = family, files, str(folder)
        self.names = {self._plain(name): name for name in files.shapes}
        """Their names without the model's prefix and in today's spelling → as the file has them."""
        self.heads = sorted(name for name in self.names if any(re.fullmatch(pattern, name) for pattern in family.heads))

    def checked(self, shape: EncoderConfig) -> EncoderConfig:
        """The shape, if the folder has its layers; without a pooler where the folder has none.

        Raises:
            DataError: when it has more layers, or fewer.
        """
        found = {int(match[1]) for name in self.names if (match := _LAYER.search(name))}
        wanted = 1 if shape.shared == "both" else shape.layers
        if len(found) != wanted:
            raise DataError(
                f"the settings speak of {wanted:,} layers of weights, and the weights are of {len(found):,}",
                where=self.where,
                remedy="Download the whole folder",
            )
        pooler = any(name.startswith("pooler.") for name in self.names)
        return shape.but(pooler=shape.pooler and pooler)

    def arrays(self, expected: Mapping[str, tuple[int, ...]], layers: int) -> Arrays:
        """The weights under our names, as float32.

        Args:
            expected: our name → shape; more tokens than expected are left out.

        Raises:
            DataError: naming what is missing, unexpected, of another shape, or not finite.
        """
        wanted = {ours: name for ours, name in theirs(self.family.rules, layers).items() if ours in expected}
        missing = [name for name in wanted.values() if name not in self.names]
        taken = set(wanted.values())
        unexpected = [name for name in self.names if name not in taken and self.family.unknown(name)]
        for what, names in (("lack", missing), ("hold unexpectedly", unexpected)):
            if names:
                more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
                raise DataError(f"the weights {what} {', '.join(names[:_NAMED])}{more}", where=self.where)
        arrays: Arrays = {}
        for ours, name in wanted.items():
            found, shape = self.files.shapes[self.names[name]], expected[ours]
            more_tokens = ours == "embedding.weight" and found[1:] == shape[1:] and found[0] >= shape[0]
            if found != shape and not more_tokens:
                raise DataError(
                    f"the weights {name!r} are of shape {list(found)}, and the settings make it {list(shape)}",
                    where=self.where,
                )
            array = self.files.array(self.names[name])[: shape[0] if more_tokens else None]
            if not np.isfinite(array).all():
                raise DataError(f"the weights {name!r} hold a value that is not finite", where=self.where)
            arrays[ours] = array
        return arrays

    def _plain(self, name: str) -> str:
        name = name.removeprefix(self.family.prefix)
        for old, new in _OLD_NAMES:
            if name.endswith(old):
                name = name.removesuffix(old) + new
        return name


def _bundle(recipe: Recipe, pipeline: Pipeline, reader: _Reader, name: str, notes: tuple[str, ...]) -> Bundle:
    task = Embed()
    model = build_model(recipe, task, pipeline, {})
    assert isinstance(model, NetworkModel)
    assert isinstance(recipe.model, BertConfig)
    with torch.device("meta"):  # of its shapes alone, whatever sizes the settings speak of
        module = recipe.model.module(model.lexicon, 0)
    expected = {name: tuple(value.shape) for name, value in module.state_dict().items()}
    layers = 1 if recipe.model.shape.shared == "both" else recipe.model.shape.layers
    model.restore(reader.arrays(expected, layers))
    provenance = Provenance(
        data=name,
        data_fingerprint="unknown",
        rows=0,
        seed=0,
        seconds=0.0,
        versions=versions(),
        notes=notes,
    )
    return Bundle(recipe, Schema(columns=EmbedColumns(), language="mixed"), task, pipeline, model, provenance)


def _notes(
    source: Path | HubFolder, told: SentencePooling | None, files: CheckpointFiles, reader: _Reader, unused: int
) -> tuple[str, ...]:
    if isinstance(source, HubFolder):
        read = f"Read from the Hugging Face hub: {source.name.repository}, commit {source.commit}"
    else:
        read = f"Read from the Hugging Face folder {source.resolve().name}"
    notes = [read, *files.notes]
    if told is None:
        notes.append("The folder does not say how steps become one vector of a text")
    if reader.heads:
        kinds = ", ".join(dict.fromkeys(name.partition(".")[0] for name in reader.heads))
        notes.append(f"Heads of its pretraining or of a task are left out: {kinds}")
    if unused:
        notes.append(f"{unused:,} vectors of tokens that its tokenizer does not know are left out")
    return tuple(notes)
