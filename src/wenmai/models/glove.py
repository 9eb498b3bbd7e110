"""GloVe: vectors whose products are the logarithms of how often words stand together.

    loss = ½ Σ f(X_ij) · (w_i · c_j + b_i + d_j - ln X_ij)²,    f(x) = min(1, (x / x_max)^power)

X_ij adds up 1 / distance over all places where j stands within the window of i. The vector of a word is w + c.

- Pennington, J., Socher, R., Manning, C. D. (2014). GloVe: global vectors for word representation. EMNLP.

Letters of the shapes: V words, D numbers in a vector.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.batches.cooccurrence import count_cooccurrences
from wenmai.batches.corpus import Corpus
from wenmai.core.errors import FitError
from wenmai.core.schema import Language
from wenmai.models.contract import Parts, Preset, Run
from wenmai.models.word_table import WordTable, WordTableConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import WordSegment

if TYPE_CHECKING:
    from wenmai.kernels.glove import GloveCells


class GloveConfig(WordTableConfig):
    """The settings of Stanford's program."""

    window: Annotated[int, Field(ge=1, le=1000)] = 10
    """Words that count as neighbours."""
    both_sides: bool = True
    """Whether the words behind count too, or those before alone."""
    epochs: Annotated[int, Field(ge=1)] = 25
    learning_rate: Annotated[float, Field(gt=0)] = 0.05
    """Of AdaGrad, which lowers it number by number."""
    x_max: Annotated[float, Field(gt=0)] = 10.0
    """From this count on a pair weighs 1. Stanford's program takes 100 for billions of words, its demonstration 10."""
    power: Annotated[float, Field(ge=0, le=1)] = 0.75
    """Of the weight of rarer pairs."""

    def build(self, parts: Parts) -> Glove:
        """Without words yet."""
        return Glove(self, parts)


class Glove(WordTable):
    """Counted once, then descended."""

    config: GloveConfig

    def learn(self, corpus: Corpus, run: Run) -> tuple[str, ...]:
        """Count neighbours, then go through the cells epoch by epoch."""
        from wenmai.kernels.glove import descend_epoch, drawn_table, vectors_of

        config = self.config
        with run.stage("count neighbours"):
            cells = self._cells(corpus, run)
        table = drawn_table(len(corpus.words), config.dim, run.seed)
        losses = _restored(run, table)
        began, before = time.monotonic(), len(losses)
        with run.stage("train", config.epochs):
            run.progress.advance(before)
            while len(losses) < config.epochs:
                loss = descend_epoch(table, cells, config.learning_rate, threads=run.threads, check=run.check)
                losses.append(loss)
                seconds = (time.monotonic() - began) / (len(losses) - before)
                left = seconds * (config.epochs - len(losses))
                run.progress.say(f"{len(cells) / seconds:,.0f} pairs/s, loss {loss:.4f}, {left:,.0f} s left")
                run.progress.advance()
                if run.keeper is not None and run.keeper.due() and len(losses) < config.epochs:
                    run.keeper.save(len(losses), {"table": table, "losses": np.array(losses)})
        self.take(corpus, vectors_of(table, config.dim))
        return (f"the mean loss of a pair went from {losses[0]:.4f} to {losses[-1]:.4f} in {config.epochs} epochs",)

    def _cells(self, corpus: Corpus, run: Run) -> GloveCells:
        from wenmai.kernels.cooccurrence import Window
        from wenmai.kernels.glove import GloveCells

        window = Window(self.config.window, self.config.both_sides)
        near = count_cooccurrences(
            corpus.token_ids, corpus.offsets, len(corpus.words), window, threads=run.threads, check=run.check
        )
        if not len(near):
            raise FitError("no two of the words that are kept stand near each other", remedy="Lower model.min_count")
        return GloveCells.shuffled(
            near.pointers,
            near.columns,
            near.values,
            symmetric=near.symmetric,
            limit=self.config.x_max,
            power=self.config.power,
            seed=run.seed,
        )


def _restored(run: Run, table: NDArray[np.float32]) -> list[float]:
    """The losses of the epochs that an earlier descent came through, its table written over this."""
    found = None if run.keeper is None else run.keeper.newest()
    if found is None:
        return []
    table[...] = found[1]["table"]
    losses: list[float] = found[1]["losses"].tolist()
    return losses


def plain(language: Language) -> Preset:
    """Words."""
    return Preset(GloveConfig(), PipelineConfig(segment=WordSegment(language=language)))
