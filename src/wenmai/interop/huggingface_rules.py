"""The names of the BERT family's weights in Hugging Face's folders and here: reversible rules, one table a family.

A rule is two names, theirs and ours; ``{layer}`` stands for a number. Reading and writing use the same table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

Rules = tuple[tuple[str, str], ...]

_ENDS = ("weight", "bias")


def _both(theirs: str, ours: str) -> Rules:
    return tuple((f"{theirs}.{end}", f"{ours}.{end}") for end in _ENDS)


_EMBEDDINGS: Rules = (
    ("embeddings.word_embeddings.weight", "embedding.weight"),
    ("embeddings.position_embeddings.weight", "encoder.positions.vectors"),
    *_both("embeddings.LayerNorm", "encoder.embedding_norm"),
)
_SEGMENTS: Rules = (("embeddings.token_type_embeddings.weight", "encoder.segments.weight"),)
_POOLER = _both("pooler.dense", "pooler")

_BERT_LAYER: Rules = (
    *_both("encoder.layer.{layer}.attention.self.query", "encoder.layers.{layer}.attention.query"),
    *_both("encoder.layer.{layer}.attention.self.key", "encoder.layers.{layer}.attention.key"),
    *_both("encoder.layer.{layer}.attention.self.value", "encoder.layers.{layer}.attention.value"),
    *_both("encoder.layer.{layer}.attention.output.dense", "encoder.layers.{layer}.attention.output"),
    *_both("encoder.layer.{layer}.attention.output.LayerNorm", "encoder.layers.{layer}.attention_norm"),
    *_both("encoder.layer.{layer}.intermediate.dense", "encoder.layers.{layer}.feed_forward.inner"),
    *_both("encoder.layer.{layer}.output.dense", "encoder.layers.{layer}.feed_forward.outer"),
    *_both("encoder.layer.{layer}.output.LayerNorm", "encoder.layers.{layer}.feed_forward_norm"),
)
_BERT: Rules = (*_EMBEDDINGS, *_SEGMENTS, *_BERT_LAYER, *_POOLER)

_ALBERT_LAYER = "encoder.albert_layer_groups.{layer}.albert_layers.0"
_ALBERT: Rules = (
    *_EMBEDDINGS,
    *_SEGMENTS,
    *_both("encoder.embedding_hidden_mapping_in", "encoder.projection"),
    *_both(f"{_ALBERT_LAYER}.attention.query", "encoder.layers.{layer}.attention.query"),
    *_both(f"{_ALBERT_LAYER}.attention.key", "encoder.layers.{layer}.attention.key"),
    *_both(f"{_ALBERT_LAYER}.attention.value", "encoder.layers.{layer}.attention.value"),
    *_both(f"{_ALBERT_LAYER}.attention.dense", "encoder.layers.{layer}.attention.output"),
    *_both(f"{_ALBERT_LAYER}.attention.LayerNorm", "encoder.layers.{layer}.attention_norm"),
    *_both(f"{_ALBERT_LAYER}.ffn", "encoder.layers.{layer}.feed_forward.inner"),
    *_both(f"{_ALBERT_LAYER}.ffn_output", "encoder.layers.{layer}.feed_forward.outer"),
    *_both(f"{_ALBERT_LAYER}.full_layer_layer_norm", "encoder.layers.{layer}.feed_forward_norm"),
    *_both("pooler", "pooler"),
)
_DISTILBERT: Rules = (
    *_EMBEDDINGS,
    *_both("transformer.layer.{layer}.attention.q_lin", "encoder.layers.{layer}.attention.query"),
    *_both("transformer.layer.{layer}.attention.k_lin", "encoder.layers.{layer}.attention.key"),
    *_both("transformer.layer.{layer}.attention.v_lin", "encoder.layers.{layer}.attention.value"),
    *_both("transformer.layer.{layer}.attention.out_lin", "encoder.layers.{layer}.attention.output"),
    *_both("transformer.layer.{layer}.sa_layer_norm", "encoder.layers.{layer}.attention_norm"),
    *_both("transformer.layer.{layer}.ffn.lin1", "encoder.layers.{layer}.feed_forward.inner"),
    *_both("transformer.layer.{layer}.ffn.lin2", "encoder.layers.{layer}.feed_forward.outer"),
    *_both("transformer.layer.{layer}.output_layer_norm", "encoder.layers.{layer}.feed_forward_norm"),
)

_BERT_MASKED: Rules = (
    *_both("cls.predictions.transform.dense", "dense"),
    *_both("cls.predictions.transform.LayerNorm", "norm"),
    ("cls.predictions.bias", "bias"),
)
_BERT_RELATION = _both("cls.seq_relationship", "output")
_BUFFERS = r"(.*\.)?embeddings\.(position_ids|token_type_ids)"
"""Numbers from 0 on, which old versions wrote as if they were weights."""


@dataclass(frozen=True, slots=True)
class Family:
    """How one kind of model is written.

    Attributes:
        member: the catalog's name; prefix: of the encoder's weights in a model with heads.
        rules: of the encoder; masked, relation: of the heads of its pretraining, none where it has none.
        tied: names of weights that are written twice, being the tokens' vectors or a bias that stands elsewhere.
        heads: patterns of names that belong to heads, which an encoder does without.
        architecture: the class that transformers builds.
    """

    member: str
    prefix: str
    rules: Rules
    masked: Rules
    relation: Rules
    tied: tuple[str, ...]
    heads: tuple[str, ...]
    architecture: str

    def unknown(self, name: str) -> bool:
        """Whether a name is neither of a rule nor of anything that may be left out."""
        return not any(re.fullmatch(pattern, name) for pattern in (*self.heads, _BUFFERS))


def theirs(rules: Rules, layers: int) -> dict[str, str]:
    """Our name → theirs, for an encoder with so many layers of its own weights."""
    found = {}
    for their_name, our_name in rules:
        for layer in range(layers if "{layer}" in our_name else 1):
            found[our_name.replace("{layer}", str(layer))] = their_name.replace("{layer}", str(layer))
    return found


_CLASSIFIER = r"(pre_)?classifier\..*"
_BERT_HEADS = (r"cls\..*", _CLASSIFIER, r"qa_outputs\..*")
_BERT_TIED = ("cls.predictions.decoder.weight", "cls.predictions.decoder.bias")


def _bert(member: str, prefix: str, architecture: str) -> Family:
    return Family(member, prefix, _BERT, _BERT_MASKED, _BERT_RELATION, _BERT_TIED, _BERT_HEADS, architecture)


_ROBERTA = Family(
    "roberta",
    "roberta.",
    _BERT,
    (*_both("lm_head.dense", "dense"), *_both("lm_head.layer_norm", "norm"), ("lm_head.bias", "bias")),
    (),
    ("lm_head.decoder.weight", "lm_head.decoder.bias"),
    (r"lm_head\..*", _CLASSIFIER, r"qa_outputs\..*"),
    "RobertaModel",
)

FAMILIES: Mapping[str, Family] = {
    "bert": _bert("bert", "bert.", "BertModel"),
    "ernie": _bert("ernie", "ernie.", "ErnieModel"),
    "roberta": _ROBERTA,
    "xlm-roberta": _ROBERTA,
    "camembert": _ROBERTA,
    "albert": Family(
        "albert",
        "albert.",
        _ALBERT,
        (
            *_both("predictions.dense", "dense"),
            *_both("predictions.LayerNorm", "norm"),
            ("predictions.bias", "bias"),
        ),
        _both("sop_classifier.classifier", "output"),
        ("predictions.decoder.weight", "predictions.decoder.bias"),
        (r"predictions\..*", r"sop_classifier\..*", _CLASSIFIER, r"qa_outputs\..*"),
        "AlbertModel",
    ),
    "distilbert": Family(
        "distilbert",
        "distilbert.",
        _DISTILBERT,
        (
            *_both("vocab_transform", "dense"),
            *_both("vocab_layer_norm", "norm"),
            ("vocab_projector.bias", "bias"),
        ),
        (),
        ("vocab_projector.weight",),
        (r"vocab_(transform|layer_norm|projector)\..*", _CLASSIFIER, r"qa_outputs\..*"),
        "DistilBertModel",
    ),
}
"""What config.json calls ``model_type`` → its family."""
