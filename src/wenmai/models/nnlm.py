"""NNLM: vectors of words as a by-product of guessing the next word from the ones before it.

    x = [C(w_{t-n}); …; C(w_{t-1})],   y = b + U tanh(d + H x) (+ W x),   P(w_t | before) = softmax(y)

Bengio, Y., Ducharme, R., Vincent, P., Jauvin, C. (2003). A neural probabilistic language model. JMLR 3. The ancestor of
all learnt vectors of words: the softmax goes over the whole vocabulary, which is what word2vec did away with.

Letters of the shapes: B windows, n words before, D numbers in a vector, H hidden size, V words.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from typing import Annotated

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import Field
from torch import Tensor, nn

from wenmai.batches.corpus import Corpus
from wenmai.blocks.threads import on_threads
from wenmai.core.errors import FitError
from wenmai.core.schema import Language
from wenmai.models.contract import Arrays, Keeper, Parts, Preset, Run
from wenmai.models.word_table import WordTable, WordTableConfig
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment, WordSegment

SAID_EVERY = 0.5
"""Seconds between two words to the person."""


class NNLMConfig(WordTableConfig):
    """How many words before are read, how wide the network is, how long it learns.

    Attributes:
        max_words: V; every guess compares all of them, so that a large vocabulary is slow.
        context: n; hidden_size: H.
        direct: whether the vectors also reach the output without the hidden layer (W in the formula).
        batch_words: B, guesses of one step; learning_rate: the first; it falls to zero in a line.
        weight_decay: of all matrices but the vectors.
    """

    max_words: Annotated[int, Field(ge=1)] | None = 10_000
    context: Annotated[int, Field(ge=1, le=32)] = 4
    hidden_size: Annotated[int, Field(ge=1)] = 128
    direct: bool = False
    epochs: Annotated[int, Field(ge=1)] = 5
    batch_words: Annotated[int, Field(ge=1)] = 512
    learning_rate: Annotated[float, Field(gt=0)] = 2e-3
    weight_decay: Annotated[float, Field(ge=0)] = 1e-4

    def build(self, parts: Parts) -> NNLM:
        """The model without any word yet."""
        return NNLM(self, parts)


class NNLM(WordTable):
    """A table of words whose vectors guess the next word."""

    config: NNLMConfig

    def learn(self, corpus: Corpus, run: Run) -> tuple[str, ...]:
        """Guess every word of the corpus from those before it, pass after pass; notes the perplexity.

        Raises:
            FitError: when the loss is not finite, or the budget is spent before the first step.
        """
        with on_threads(run.threads):
            torch.manual_seed(run.seed)
            module = NextWord(self.config, len(corpus.words))
            notes = self._train(module, corpus, run)
        self.take(corpus, module.vectors.weight.detach()[:-1].numpy())
        return notes

    def _train(self, module: NextWord, corpus: Corpus, run: Run) -> tuple[str, ...]:
        config, words = self.config, len(corpus.token_ids)
        optimiser, whole = _optimiser(module, config), config.epochs * words
        begun, total = _restored(module, optimiser, run.keeper)
        said, began = 0.0, time.monotonic()
        with run.stage("train", whole):
            run.progress.advance(begun)
            for done, places in _batches(words, config, run.seed, begun):
                if done % words == 0:
                    total = 0.0
                rate = config.learning_rate * (1 - done / whole)
                loss = _step(module, optimiser, corpus, places, config.context, rate)
                total += loss * len(places)
                read = done + len(places)
                run.progress.advance(len(places))
                now = time.monotonic()
                if now - said > SAID_EVERY:
                    said = now
                    run.progress.say(f"loss {loss:.3f} · {(read - begun) / (now - began):,.0f} words/s")
                if run.keeper is not None and run.keeper.due() and read < whole:
                    run.keeper.save(read, _state(module, optimiser, total))
                if run.deadline is not None and now >= run.deadline:
                    return (f"the budget was spent after {read / words:.1f} of {config.epochs} passes",)
        return (f"perplexity {math.exp(min(total / words, 700.0)):,.1f} over the last of {config.epochs} passes",)


def _batches(words: int, config: NNLMConfig, seed: int, begun: int) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Places of the text in the order in which they are guessed, after the first few; and how many were before them."""
    generator = np.random.default_rng(seed)
    for epoch in range(config.epochs):
        order = generator.permutation(words)
        for start in range(max(begun - epoch * words, 0), words, config.batch_words):
            yield epoch * words + start, order[start : start + config.batch_words]


def _state(module: NextWord, optimiser: torch.optim.AdamW, total: float) -> Arrays:
    """All that the rest of the training hangs on."""
    tensors = {f"weights/{name}": value for name, value in module.state_dict().items()}
    for name, parameter in module.named_parameters():
        tensors |= {f"{part}/{name}": value for part, value in optimiser.state[parameter].items()}
    return {"total": np.array([total]), **{name: value.detach().numpy().copy() for name, value in tensors.items()}}


def _restored(module: NextWord, optimiser: torch.optim.AdamW, keeper: Keeper | None) -> tuple[int, float]:
    """How many words were guessed before the fit was ended, and the sum of that pass's losses; 0 where it was not."""
    found = None if keeper is None else keeper.newest()
    if found is None:
        return 0, 0.0
    begun, arrays = found
    parts: dict[str, dict[str, Tensor]] = {}
    for name, array in arrays.items():
        part, _, rest = name.partition("/")
        parts.setdefault(part, {})[rest] = torch.from_numpy(array.copy())
    module.load_state_dict(parts.pop("weights"))
    total = float(parts.pop("total")[""])
    for name, parameter in module.named_parameters():
        optimiser.state[parameter] = {part: values[name] for part, values in parts.items()}
    return begun, total


class NextWord(nn.Module):
    """Vectors of the words before, one hidden layer, a score for every word."""

    def __init__(self, config: NNLMConfig, words: int) -> None:
        super().__init__()
        width = config.context * config.dim
        self.vectors = nn.Embedding(words + 1, config.dim)  # The last stands for what is before a row begins.
        nn.init.normal_(self.vectors.weight, std=config.dim**-0.5)
        self.hidden = nn.Linear(width, config.hidden_size)
        self.output = nn.Linear(config.hidden_size, words)
        self.direct = nn.Linear(width, words, bias=False) if config.direct else None

    def forward(self, before: Tensor) -> Tensor:
        """Words before [B, n] → logits [B, V]."""
        vectors = self.vectors(before).flatten(1)  # [B, n · D]
        logits: Tensor = self.output(torch.tanh(self.hidden(vectors)))
        return logits if self.direct is None else logits + self.direct(vectors)


def words_before(corpus: Corpus, places: NDArray[np.int64], count: int) -> NDArray[np.int64]:
    """The words before some places of the text [B, count], the nearest last; V where the row has not begun."""
    begins = corpus.offsets[np.searchsorted(corpus.offsets, places, "right") - 1]
    before = places[:, None] - np.arange(count, 0, -1)
    inside = before >= begins[:, None]
    return np.where(inside, corpus.token_ids[np.maximum(before, 0)], len(corpus.words)).astype(np.int64)


def _step(
    module: NextWord,
    optimiser: torch.optim.Optimizer,
    corpus: Corpus,
    places: NDArray[np.int64],
    context: int,
    rate: float,
) -> float:
    """One step; the mean loss of its guesses in nats."""
    before = torch.from_numpy(words_before(corpus, places, context))
    target = torch.from_numpy(corpus.token_ids[places].astype(np.int64))
    loss = nn.functional.cross_entropy(module(before), target)
    value = loss.item()
    if not math.isfinite(value):
        raise FitError("the loss is not a finite number", remedy="Set model.learning_rate lower")
    optimiser.zero_grad(set_to_none=True)
    loss.backward()  # type: ignore[no-untyped-call]
    for group in optimiser.param_groups:
        group["lr"] = rate
    optimiser.step()
    return value


def _optimiser(module: NextWord, config: NNLMConfig) -> torch.optim.AdamW:
    kept = [one for name, one in module.named_parameters() if one.ndim < 2 or name.startswith("vectors")]
    decayed = [one for name, one in module.named_parameters() if one.ndim >= 2 and not name.startswith("vectors")]
    groups = [{"params": kept, "weight_decay": 0.0}, {"params": decayed, "weight_decay": config.weight_decay}]
    return torch.optim.AdamW(groups, lr=config.learning_rate, fused=True)


def words(language: Language) -> Preset:
    """Words."""
    return Preset(NNLMConfig(), PipelineConfig(segment=WordSegment(language=language)))


def characters(language: Language) -> Preset:
    """Characters, which need a wider context and no large vocabulary."""
    return Preset(NNLMConfig(context=6), PipelineConfig(segment=CharacterSegment()))
