"""Count vectors: which words stand near a word more often than chance would have it, in few numbers.

    vector(w) = row w of U · Σ^p,    U Σ Vᵀ ≈ PPMI,
    PPMI(w, c) = max(0, ln(P(w, c) / (P(w) · P_α(c))) - ln k),    P_α(c) ∝ count(c)^α

- Church, K. W., Hanks, P. (1990). Word association norms, mutual information, and lexicography. CL 16(1).
- Deerwester, S., et al. (1990). Indexing by latent semantic analysis. JASIS 41(6): the decomposition.
- Levy, O., Goldberg, Y., Dagan, I. (2015). Improving distributional similarity. TACL 3: α, k and p.

Letters of the shapes: V words, D numbers in a vector.
"""

from __future__ import annotations

from typing import Annotated

import numpy as np
from pydantic import Field

from wenmai.batches.cooccurrence import count_cooccurrences
from wenmai.batches.corpus import Corpus
from wenmai.core.schema import Language
from wenmai.models.contract import Parts, Preset, Run
from wenmai.models.word_table import WordTable, WordTableConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import WordSegment


class CountVectorsConfig(WordTableConfig):
    """How neighbours are counted, and what becomes of the counts."""

    window: Annotated[int, Field(ge=1, le=1000)] = 5
    """Words on either side that count as neighbours."""
    by_distance: bool = False
    """Whether a neighbour at distance d counts 1 / d instead of 1."""
    smoothing: Annotated[float, Field(ge=0, le=1)] = 0.75
    """α, the power of how often a context occurs; below 1, rare contexts tell less."""
    shift: Annotated[float, Field(ge=1)] = 1.0
    """k, whose logarithm is taken off; larger ones keep only the closer ties."""
    value_power: Annotated[float, Field(ge=0, le=1)] = 0.5
    """p, the power of the singular values; 1 is the plain decomposition, 0 lets all directions count the same."""

    def build(self, parts: Parts) -> CountVectors:
        """Without words yet."""
        return CountVectors(self, parts)


class CountVectors(WordTable):
    """PPMI rows, decomposed."""

    config: CountVectorsConfig

    def learn(self, corpus: Corpus, run: Run) -> tuple[str, ...]:
        """Count, weigh, decompose."""
        from wenmai.kernels.association import SparseRows, leading_directions, positive_information, steps
        from wenmai.kernels.cooccurrence import Window, mirrored

        config, words = self.config, len(corpus.words)
        with run.stage("count neighbours"):
            window = Window(config.window, both_sides=True, by_distance=config.by_distance)
            near = count_cooccurrences(
                corpus.token_ids, corpus.offsets, words, window, threads=run.threads, check=run.check
            )
            counts = SparseRows(*mirrored(near.pointers, near.columns, near.values))
            del near
            information = positive_information(counts, smoothing=config.smoothing, shift=config.shift)
            del counts

        def step() -> None:
            run.progress.advance()
            run.check()

        with run.stage("decompose", steps()):
            left, values = leading_directions(information, config.dim, seed=run.seed, threads=run.threads, step=step)
        vectors = np.zeros((words, config.dim), np.float32)
        vectors[:, : len(values)] = left * values ** np.float32(config.value_power)
        self.take(corpus, vectors)
        if len(values) < config.dim:
            return (f"{words} words give only {len(values)} of {config.dim} numbers; the others are zeros",)
        return ()


def ppmi(language: Language) -> Preset:
    """Words."""
    return Preset(CountVectorsConfig(), PipelineConfig(segment=WordSegment(language=language)))
