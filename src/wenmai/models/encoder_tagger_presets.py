"""Presets of taggers on encoders: a small encoder from drawn weights, or the one that is given.

Devlin, J., et al. (2019). BERT. NAACL: section 5.3.
"""

from __future__ import annotations

from wenmai.blocks.crf import CRF, TokensByThemselves
from wenmai.blocks.encoder import EncoderConfig
from wenmai.blocks.positions import LearnedPositions
from wenmai.core.schema import Language
from wenmai.models.bert import GivenEncoder
from wenmai.models.bert_presets import GIVEN_RATE, READ, SMALL
from wenmai.models.contract import Preset
from wenmai.models.encoder_tagger import EncoderTaggerConfig
from wenmai.models.loop_config import BudgetConfig, LoopConfig, OptimiserConfig
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import GivenSubwords, SubwordSegment
from wenmai.text.tokenizer import TokenizerConfig

HEAD_RATE = 100.0
"""What is learnt from nothing goes a long way, the scores of neighbouring tags above all: at the rate that suits an
encoder it would not arrive."""


def tokens_from_scratch(language: Language) -> Preset:
    """A small encoder over subwords that are learnt from the rows; each tag by itself."""
    return _scratch(TokensByThemselves())


def tokens_given(language: Language) -> Preset:
    """The encoder that the input ``encoder`` has, all of it fine-tuned; each tag by itself."""
    return _given(TokensByThemselves())


def crf_from_scratch(language: Language) -> Preset:
    """A small encoder over subwords that are learnt from the rows; a CRF."""
    return _scratch(CRF())


def crf_given(language: Language) -> Preset:
    """The encoder that the input ``encoder`` has, all of it fine-tuned; a CRF."""
    return _given(CRF())


def _scratch(decoder: TokensByThemselves | CRF) -> Preset:
    encoder = EncoderConfig(block=SMALL, layers=2, positions=LearnedPositions(limit=READ), pooler=False)
    tokenizer = TokenizerConfig(kind="wordpiece", frame="bert")
    pipeline = PipelineConfig(segment=SubwordSegment(), tokenizer=tokenizer, max_pieces=READ)
    loop = LoopConfig(budget=BudgetConfig(epochs=30, patience=5), batch_tokens=2048)
    return Preset(EncoderTaggerConfig(encoder=encoder, decoder=decoder), pipeline, loop=loop)


def _given(decoder: TokensByThemselves | CRF) -> Preset:
    pipeline = PipelineConfig(clean=CleanConfig.none(), segment=GivenSubwords())
    optimiser = OptimiserConfig(head_rate=HEAD_RATE)
    loop = LoopConfig(learning_rate=GIVEN_RATE, optimiser=optimiser, budget=BudgetConfig(epochs=5, patience=2))
    return Preset(EncoderTaggerConfig(encoder=GivenEncoder(), decoder=decoder), pipeline, loop=loop)
