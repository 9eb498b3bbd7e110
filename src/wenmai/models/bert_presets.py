"""Presets of the BERT family: a small encoder from drawn weights, and one that starts from whatever encoder is given.

- Devlin, J., et al. (2019). BERT. NAACL.
- Liu, Y., et al. (2019). RoBERTa: a robustly optimized BERT pretraining approach. arXiv:1907.11692.
- Lan, Z., et al. (2020). ALBERT: a lite BERT for self-supervised learning of language representations. ICLR.
- Sanh, V., et al. (2019). DistilBERT, a distilled version of BERT. arXiv:1910.01108.
- Sun, Y., et al. (2019). ERNIE: enhanced representation through knowledge integration. arXiv:1904.09223.
- Wang, W., et al. (2020). MiniLM: deep self-attention distillation. NeurIPS.

What sets the others apart is how they were pretrained: they start from a given encoder alone.
"""

from __future__ import annotations

from wenmai.blocks.encoder import EncoderConfig
from wenmai.blocks.positions import LearnedPositions
from wenmai.blocks.transformer import TransformerLayerConfig
from wenmai.core.schema import Language
from wenmai.models.bert import BertConfig, GivenEncoder
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
    """A small encoder with the pooler over the first step, over subwords that are learnt from the rows."""
    encoder = EncoderConfig(block=SMALL, layers=2, positions=LearnedPositions(limit=READ))
    tokenizer = TokenizerConfig(kind="wordpiece", frame="bert")
    pipeline = PipelineConfig(segment=SubwordSegment(), tokenizer=tokenizer, max_pieces=READ)
    return Preset(BertConfig(encoder=encoder), pipeline, loop=LoopConfig(budget=BudgetConfig(epochs=6, patience=2)))


def given_encoder(language: Language) -> Preset:
    """The encoder that the input ``encoder`` has, all of it fine-tuned; the text's vector is the mean of its steps."""
    loop = LoopConfig(learning_rate=GIVEN_RATE, budget=BudgetConfig(epochs=3, patience=2))
    pipeline = PipelineConfig(clean=CleanConfig.none(), segment=GivenSubwords())
    return Preset(BertConfig(encoder=GivenEncoder(), pooling="mean"), pipeline, loop=loop)
