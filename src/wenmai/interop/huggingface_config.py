"""What a Hugging Face ``config.json`` says of an encoder's shape, read and written."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from wenmai.blocks.encoder import EncoderConfig
from wenmai.blocks.positions import LearnedPositions
from wenmai.blocks.transformer import Activation, TransformerLayerConfig
from wenmai.core.errors import DataError, UsageError
from wenmai.core.io import read_json
from wenmai.interop.huggingface_rules import FAMILIES, Family

CONFIG = "config.json"
OLDER_CONFIG = "bert_config.json"
MOST = 1 << 24
"""No size in a config is larger than this: vocabularies have fewer tokens than a million."""

ACTIVATION_NAMES: Mapping[str, Activation] = {
    "gelu": "gelu",
    "relu": "relu",
    "gelu_new": "gelu-tanh",
    "gelu_pytorch_tanh": "gelu-tanh",
}
"""Their name → ours."""
_OUR_ACTIVATIONS = {"gelu": "gelu", "relu": "relu", "gelu-tanh": "gelu_new"}
_DISTILBERT_NAMES = {
    "hidden_size": "dim",
    "num_hidden_layers": "n_layers",
    "num_attention_heads": "n_heads",
    "intermediate_size": "hidden_dim",
    "hidden_act": "activation",
    "hidden_dropout_prob": "dropout",
    "attention_probs_dropout_prob": "attention_dropout",
}
"""How the other families call a setting → how DistilBERT does."""
_ROBERTA_OFFSET = 2
"""RoBERTa's first position is the one after its padding token, whose number is 1."""


class HuggingFaceConfig:
    """The settings of a folder.

    Args:
        folder: with a ``config.json``, or a ``bert_config.json`` as Google wrote it.

    Raises:
        DataError: when there is none, or it is none of an encoder that is known.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / CONFIG if (folder / CONFIG).is_file() else folder / OLDER_CONFIG
        if not self.path.is_file():
            raise DataError(f"the folder has no {CONFIG}", where=str(folder), remedy="Give a Hugging Face folder")
        values = read_json(self.path, limit=1 << 20)
        if not isinstance(values, dict):
            raise DataError("the settings are no JSON object", where=str(self.path))
        self.values: dict[str, Any] = values
        # Before there was a second type, none was written.
        untold = "bert" if self.path.name == OLDER_CONFIG or "intermediate_size" in values else "unknown"
        self.model_type = str(values.get("model_type", untold))
        if self.model_type not in FAMILIES:
            raise DataError(
                f"it is a model of type {self.model_type!r}",
                where=str(self.path),
                remedy=f"Types that are read: {', '.join(FAMILIES)}",
            )

    @property
    def family(self) -> Family:
        """How its weights are named."""
        return FAMILIES[self.model_type]

    @property
    def tokens(self) -> int:
        """How many tokens it has vectors of."""
        return self._size("vocab_size")

    def shape(self) -> EncoderConfig:
        """The shape of its encoder.

        Raises:
            DataError: when a setting is missing, no number, too large, or asks for something that is not known.
        """
        self._check_known()
        width, heads = self._size("hidden_size"), self._size("num_attention_heads")
        offset = _ROBERTA_OFFSET if self.family.member == "roberta" else 0
        places = self._size("max_position_embeddings", 512) - offset
        narrow = self._size("embedding_size", width) if self.family.member == "albert" else width
        segments = 0 if self.family.member == "distilbert" else self._size("type_vocab_size", 2)
        values = {
            "block": {
                "width": width,
                "heads": heads,
                "feed_forward": self._size("intermediate_size", 4 * width),
                "activation": self._activation(),
                "norm": "post",
                "norm_epsilon": self._number("layer_norm_eps", 1e-12),
                "dropout": self._number("hidden_dropout_prob", 0.1),
                "attention_dropout": self._number("attention_probs_dropout_prob", 0.1),
            },
            "layers": self._size("num_hidden_layers"),
            "positions": {"kind": "learned", "limit": places, "offset": offset},
            "segments": segments,
            "embedding_size": None if narrow == width else narrow,
            "shared": "both" if self.family.member == "albert" else "none",
            "pooler": self.family.member != "distilbert",
        }
        return EncoderConfig.parse(values, where=str(self.path))

    def _check_known(self) -> None:
        if self._text("position_embedding_type", "absolute") != "absolute" or self.values.get("sinusoidal_pos_embds"):
            raise self._unknown("position_embedding_type", "positions other than learnt vectors")
        if self.values.get("is_decoder") or self.values.get("add_cross_attention"):
            raise self._unknown("is_decoder", "a decoder")
        if self.values.get("use_task_id"):
            raise self._unknown("use_task_id", "vectors of tasks, as ERNIE 2.0 and 3.0 have")
        for name in ("num_hidden_groups", "inner_group_num"):
            if self._size(name, 1) != 1:
                raise self._unknown(name, "layers that share weights in groups")

    def _unknown(self, name: str, what: str) -> DataError:
        return DataError(f"{name!r} asks for {what}, which is not read", where=str(self.path))

    def _activation(self) -> Activation:
        name = self._text("hidden_act", "gelu_new" if self.family.member == "albert" else "gelu")
        if name not in ACTIVATION_NAMES:
            raise DataError(
                f"the activation {name!r} is not known",
                where=str(self.path),
                remedy=f"Known: {', '.join(ACTIVATION_NAMES)}",
            )
        return ACTIVATION_NAMES[name]

    def _get(self, name: str, default: Any) -> Any:
        if self.model_type == "distilbert":
            name = _DISTILBERT_NAMES.get(name, name)
        value = self.values.get(name, default)
        if value is None:
            raise DataError(f"the setting {name!r} is missing", where=str(self.path))
        return value

    def _size(self, name: str, default: int | None = None) -> int:
        value = self._get(name, default)
        if type(value) is not int or not 0 < value <= MOST:
            raise DataError(
                f"the setting {name!r} is {value!r}, which is no whole number from 1 to {MOST:,}", where=str(self.path)
            )
        return value

    def _number(self, name: str, default: float) -> float:
        value = self._get(name, default)
        if type(value) not in (int, float):
            raise DataError(f"the setting {name!r} is {value!r}, which is no number", where=str(self.path))
        return float(value)

    def _text(self, name: str, default: str) -> str:
        value = self._get(name, default)
        if not isinstance(value, str):
            raise DataError(f"the setting {name!r} is {value!r}, which is no text", where=str(self.path))
        return value


def config_values(member: str, shape: EncoderConfig, tokens: int) -> dict[str, Any]:
    """What ``config.json`` says of an encoder, so that ``transformers`` builds the same one.

    Raises:
        UsageError: when the family has no such shape.
    """
    block, positions = shape.block, shape.positions
    model_type = next((name for name, family in FAMILIES.items() if family.member == member), "bert")
    _check_writable(member, shape)
    assert isinstance(positions, LearnedPositions)
    values: dict[str, Any] = {
        "architectures": [FAMILIES[model_type].architecture],
        "model_type": model_type,
        "vocab_size": tokens,
        "hidden_size": block.width,
        "num_hidden_layers": shape.layers,
        "num_attention_heads": block.heads,
        "intermediate_size": block.feed_forward or 4 * block.width,
        "hidden_act": _OUR_ACTIVATIONS[block.activation],
        "hidden_dropout_prob": block.dropout,
        "attention_probs_dropout_prob": block.attention_dropout,
        "max_position_embeddings": positions.limit + positions.offset,
        "layer_norm_eps": block.norm_epsilon,
    }
    if member == "distilbert":
        values = {_DISTILBERT_NAMES.get(name, name): value for name, value in values.items()}
        values["sinusoidal_pos_embds"] = False
        del values["layer_norm_eps"]
    else:
        values["type_vocab_size"] = shape.segments
    if member == "albert":
        values |= {"embedding_size": shape.token_width, "num_hidden_groups": 1, "inner_group_num": 1}
    return values


def _check_writable(member: str, shape: EncoderConfig) -> None:
    albert, block = member == "albert", shape.block
    block_fits = block == TransformerLayerConfig.parse(
        {**dict(block), "norm": "post", "attention": {"kind": "softmax"}}
    )
    offset = _ROBERTA_OFFSET if member == "roberta" else 0
    fits = (
        block_fits
        and isinstance(shape.positions, LearnedPositions)
        and shape.positions.offset == offset
        and shape.shared == ("both" if albert else "none")
        and (albert or shape.embedding_size in (None, block.width))
        and bool(shape.segments) == (member != "distilbert")
        and (member != "distilbert" or block.norm_epsilon == 1e-12)
    )
    if not fits:
        raise UsageError(
            f"the encoder's shape is none that Hugging Face's {member} has",
            remedy="Norms after each part, softmax attention, learnt positions, and what else the family is made of",
        )
