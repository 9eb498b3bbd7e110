"""Presets of the BERT family: small encoders from drawn weights, and whole ones that start from a given encoder.

- Devlin, J., et al. (2019). BERT. NAACL.
- Liu, Y., et al. (2019). RoBERTa: a robustly optimized BERT pretraining approach. arXiv:1907.11692.
- Lan, Z., et al. (2020). ALBERT: a lite BERT for self-supervised learning of language representations. ICLR.
- Sanh, V., et al. (2019). DistilBERT, a distilled version of BERT. arXiv:1910.01108.
- Sun, Y., et al. (2019). ERNIE: enhanced representation through knowledge integration. arXiv:1904.09223.
- Wang, W., et al. (2020). MiniLM: deep self-attention distillation. NeurIPS.

What sets these encoders apart is mostly how they were pretrained; from drawn weights only their shapes differ.
"""

from __future__ import annotations

from wenmai.blocks.encoder import EncoderConfig
from wenmai.blocks.positions import LearnedPositions
from wenmai.blocks.transformer import TransformerLayerConfig
from wenmai.core.schema import Language
from wenmai.models.bert import BertConfig, GivenEncoder, TextPooling
from wenmai.models.contract import Preset
from wenmai.models.loop_config import BudgetConfig, LoopConfig
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import GivenSubwords, SubwordSegment
from wenmai.text.tokenizer import TokenizerConfig

READ = 256
"""Tokens of a text that a small encoder reads."""
SMALL = TransformerLayerConfig(width=128, heads=4, norm="post", norm_epsilon=1e-12, attention_dropout=0.1)
"""A layer that learns from some thousand texts."""
GIVEN_RATE = 5e-5
"""The largest learning rate that Devlin et al. (2019, appendix A.3) tried for fine-tuning."""


def bert_from_scratch(language: Language) -> Preset:
    """Token, segment and position vectors, the pooler over the first step."""
    return _small(EncoderConfig(block=SMALL, layers=2, positions=LearnedPositions(limit=READ)))


def roberta_from_scratch(language: Language) -> Preset:
    """Subwords of bytes, no segments, two separators between the texts of a pair."""
    tokenizer = TokenizerConfig(
        kind="byte_bpe",
        frame="roberta",
        longest_token=12,
        padding="<pad>",
        unknown="<unk>",
        classify="<s>",
        separator="</s>",
        mask="<mask>",
    )
    encoder = EncoderConfig(block=SMALL, layers=2, positions=LearnedPositions(limit=READ, offset=2), segments=1)
    return _small(encoder, tokenizer)


def albert_from_scratch(language: Language) -> Preset:
    """Narrow token vectors, and layers that share all their weights."""
    block = SMALL.but(activation="gelu-tanh")
    encoder = EncoderConfig(
        block=block, layers=3, positions=LearnedPositions(limit=READ), embedding_size=64, shared="both"
    )
    return _small(encoder)


def distilbert_from_scratch(language: Language) -> Preset:
    """Neither segments nor pooler: the first step is read as it is."""
    encoder = EncoderConfig(block=SMALL, layers=2, positions=LearnedPositions(limit=READ), segments=0, pooler=False)
    return _small(encoder, pooling="first")


def ernie_from_scratch(language: Language) -> Preset:
    """BERT with ReLU between the products of the feed-forward part, as Baidu's first ERNIE."""
    block = SMALL.but(activation="relu")
    return _small(EncoderConfig(block=block, layers=2, positions=LearnedPositions(limit=READ)))


def minilm_from_scratch(language: Language) -> Preset:
    """Narrow heads, and the mean of all steps as the text's vector, as the sentence encoders made of it."""
    block = SMALL.but(heads=8)
    encoder = EncoderConfig(block=block, layers=2, positions=LearnedPositions(limit=READ), pooler=False)
    return _small(encoder, pooling="mean")


def given_encoder(language: Language) -> Preset:
    """The encoder that the input ``encoder`` has, all of it fine-tuned, with the pooler over the first step."""
    return _given("pooler")


def given_encoder_mean(language: Language) -> Preset:
    """The encoder that the input ``encoder`` has, all of it fine-tuned, with the mean of all steps."""
    return _given("mean")


def given_encoder_first(language: Language) -> Preset:
    """The encoder that the input ``encoder`` has, all of it fine-tuned, with the first step as it is."""
    return _given("first")


def _small(encoder: EncoderConfig, tokenizer: TokenizerConfig | None = None, pooling: TextPooling = "pooler") -> Preset:
    tokenizer = tokenizer or TokenizerConfig(kind="wordpiece", frame="bert")
    pipeline = PipelineConfig(clean=CleanConfig(), segment=SubwordSegment(), tokenizer=tokenizer, max_pieces=READ)
    loop = LoopConfig(budget=BudgetConfig(epochs=6, patience=2))
    return Preset(BertConfig(encoder=encoder, pooling=pooling), pipeline, loop=loop)


def _given(pooling: TextPooling) -> Preset:
    loop = LoopConfig(learning_rate=GIVEN_RATE, budget=BudgetConfig(epochs=3, patience=2))
    pipeline = PipelineConfig(clean=CleanConfig.none(), segment=GivenSubwords())
    return Preset(BertConfig(encoder=GivenEncoder(), pooling=pooling), pipeline, loop=loop)
