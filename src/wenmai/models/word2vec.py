"""word2vec: vectors with which a word's neighbours can be guessed.

    skip-gram  Σ over words c near w:  ln σ(x_c · y_w) + Σ over k drawn words n:  ln σ(-x_c · y_n)
    CBOW       the same with the mean of all words near w instead of each x_c

- Mikolov, T., Chen, K., Corrado, G., Dean, J. (2013). Efficient estimation of word representations in vector space.
- Mikolov, T., et al. (2013). Distributed representations of words and phrases and their compositionality. NIPS.
- Trask, A., Michalak, P., Liu, J. (2015). sense2vec: a fast and accurate method for word sense disambiguation in neural
  word embeddings. arXiv:1511.06388: words with their tags.

Letters of the shapes: V words, D numbers in a vector, W that many padded to whole cache lines, N words of the text.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from wenmai.batches.corpus import Corpus
from wenmai.batches.phrases import Phrases, with_phrases
from wenmai.core.schema import Language
from wenmai.models.contract import Parts, Preset, Run
from wenmai.models.word_table import WordTable, WordTableConfig
from wenmai.text.clean import CleanConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment, TaggedSegment, WordSegment

if TYPE_CHECKING:
    from wenmai.kernels.word2vec import Begun, Objective, Standing

_LAST_RATE = 1e-4
"""The share of the first learning rate that the last word is learnt with."""


class Word2VecConfig(WordTableConfig):
    """What is guessed from what, and how long.

    Attributes:
        architecture: ``skip-gram``: each word of a window alone; ``cbow``: their mean.
        window: how far a window reaches to each side at most; at every word one from 1 to it is drawn.
        objective: ``negative``: the word against drawn ones; ``nce``: the same with how often each is drawn taken off
            its score; ``hierarchical``: a Huffman tree of two-way choices.
        negatives: drawn words a word.
        noise_exponent: words are drawn as often as their count to this power has it.
        sample: an occurrence of a word that makes up the share f of the text stays with probability √(t/f) + t/f; 0
            keeps all.
        learning_rate: at the beginning; it falls almost to 0 in a straight line.
        phrases: how often joined words become one; null joins none.
    """

    architecture: Literal["skip-gram", "cbow"] = "skip-gram"
    window: Annotated[int, Field(ge=1, le=100)] = 5
    objective: Literal["negative", "nce", "hierarchical"] = "negative"
    negatives: Annotated[int, Field(ge=1, le=100)] = 5
    noise_exponent: Annotated[float, Field(ge=0, le=2)] = 0.75
    sample: Annotated[float, Field(ge=0, le=1)] = 1e-3
    epochs: Annotated[int, Field(ge=1)] = 5
    learning_rate: Annotated[float, Field(gt=0)] = 0.025
    phrases: Phrases | None = None

    def build(self, parts: Parts) -> Word2Vec:
        """The model without any word yet."""
        return Word2Vec(self, parts)


class Word2Vec(WordTable):
    """A table of words learnt by skip-gram or CBOW."""

    config: Word2VecConfig

    def learn(self, corpus: Corpus, run: Run) -> tuple[str, ...]:
        """Go through the corpus; notes the loss of a pair."""
        from wenmai.kernels.fasttext import uniform_table

        corpus = self.joined(corpus, run)
        inputs = uniform_table(len(corpus.words), self.config.dim, run.seed, run.threads)
        notes = self.descend(corpus, inputs, self.objective(corpus, run.seed), run)
        self.take(corpus, inputs[:, : self.config.dim])
        return notes

    def joined(self, corpus: Corpus, run: Run) -> Corpus:
        """The corpus with its phrases as words, where any are wanted."""
        if self.config.phrases is None:
            return corpus
        with run.stage("find phrases"):
            return with_phrases(corpus, self.config.phrases, self.config.min_count)

    def objective(self, corpus: Corpus, seed: int) -> Objective:
        """What the kernel learns."""
        from wenmai.kernels.huffman import HuffmanTree, huffman_tree
        from wenmai.kernels.word2vec import Objective, kept_shares, noise_table

        config, counts = self.config, corpus.counts
        hierarchical = config.objective == "hierarchical" and len(counts) > 1
        tree = huffman_tree(counts) if hierarchical else HuffmanTree(*_NO_TREE)
        shifts = np.zeros(0, np.float32)
        if config.objective == "nce":
            often = counts.astype(np.float64) ** config.noise_exponent
            shifts = np.log(config.negatives * often / often.sum()).astype(np.float32)
        return Objective(
            config.architecture == "cbow",
            config.window,
            kept_shares(counts, config.sample),
            np.zeros(1, np.int32) if hierarchical else noise_table(counts, config.noise_exponent, seed),
            0 if hierarchical else config.negatives,
            shifts,
            tree,
        )

    def descend(self, corpus: Corpus, inputs: NDArray[np.float32], objective: Objective, run: Run) -> tuple[str, ...]:
        """Learn the input rows [R, W] in place, from a checkpoint where there is one."""
        from wenmai.kernels.fasttext import aligned_zeros
        from wenmai.kernels.word2vec import Schedule, Text, descend

        config = self.config
        outputs = aligned_zeros(len(corpus.words) + run.threads, inputs.shape[1])
        schedule = Schedule(config.epochs, config.learning_rate, config.learning_rate * _LAST_RATE, run.seed)
        begun = _restored(run, inputs, outputs)
        teller = _Teller(run, config.epochs, len(corpus.token_ids), begun)

        def watch(standing: Standing) -> None:
            teller.tell(standing)
            corpus.release()
            keeper = run.keeper
            if keeper is not None and keeper.due() and standing.step < standing.steps:
                sums = np.array([standing.loss, standing.pairs])
                keeper.save(standing.step, {"inputs": inputs, "outputs": outputs, "sums": sums})
            run.check()

        with run.stage("train", config.epochs):
            text = Text(corpus.token_ids, corpus.offsets)
            end = descend(inputs, outputs, text, objective, schedule, threads=run.threads, begun=begun, watch=watch)
        return (f"loss {end.loss / max(end.pairs, 1):.4f} a pair in the last of {config.epochs} epochs",)


class _Teller:
    """Tells the person how far it is: words a second, the loss of a pair, and how long it will take."""

    def __init__(self, run: Run, epochs: int, words: int, begun: Begun) -> None:
        self._run, self._epochs, self._words = run, epochs, words
        self._began, self._before = time.monotonic(), begun.step

    def tell(self, standing: Standing) -> None:
        """A stretch is done."""
        seconds = max(time.monotonic() - self._began, 1e-9)
        done = standing.step - self._before
        speed = self._epochs * self._words * done / standing.steps / seconds
        left = seconds * (standing.steps - standing.step) / done
        loss = standing.loss / max(standing.pairs, 1)
        self._run.progress.say(f"{speed:,.0f} words/s, loss {loss:.4f}, {left:,.0f} s left")
        if standing.step * self._epochs % standing.steps < self._epochs:
            self._run.progress.advance()


def _restored(run: Run, inputs: NDArray[np.float32], outputs: NDArray[np.float32]) -> Begun:
    """Where an earlier descent stood, its tables written over these."""
    from wenmai.kernels.word2vec import Begun

    found = None if run.keeper is None else run.keeper.newest()
    if found is None:
        return Begun()
    step, arrays = found
    inputs[...], outputs[...] = arrays["inputs"], arrays["outputs"]
    return Begun(step, float(arrays["sums"][0]), int(arrays["sums"][1]))


_NO_TREE = (np.zeros(0, np.int32), np.zeros(0, np.int8), np.zeros(1, np.int64))


def skip_gram(language: Language) -> Preset:
    """Each word of a window alone: better for rare words and little text."""
    return Preset(Word2VecConfig(), _words(language))


def cbow(language: Language) -> Preset:
    """The mean of a window: several times as quick."""
    return Preset(Word2VecConfig(architecture="cbow", learning_rate=0.05), _words(language))


def characters(language: Language) -> Preset:
    """Characters as if they were words."""
    return Preset(Word2VecConfig(), PipelineConfig(segment=CharacterSegment()))


def senses(language: Language) -> Preset:
    """Words with their tags as if each pair were a word: skip-gram of a tagged text."""
    return Preset(Word2VecConfig(), _tagged())


def senses_cbow(language: Language) -> Preset:
    """The same by the mean of a window."""
    return Preset(Word2VecConfig(architecture="cbow", learning_rate=0.05), _tagged())


def _tagged() -> PipelineConfig:
    return PipelineConfig(clean=CleanConfig.minimal(), segment=TaggedSegment())


def _words(language: Language) -> PipelineConfig:
    return PipelineConfig(segment=WordSegment(language=language))
