"""A network that tags, as a member of the lineage: between tokens and tags, whatever the architecture.

`TaggerNetwork` does what is the same for all: decoding, batches, state as arrays. How tokens become numbers is the
family's: `VocabularyTagger` has a vocabulary of its own, learnt from the training rows before weights are drawn, and a
family that reads like that gives a `TaggerConfig` and a module alone.
Letters of the shapes: N rows, B rows of a batch, T tokens of its longest, S tokens of all, K tags, I intents.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from wenmai.batches.planning import batches_by_length
from wenmai.batches.token_batch import TokenBatch
from wenmai.batches.token_rows import TokenRows
from wenmai.blocks.crf import TagDecoder
from wenmai.blocks.embeddings import Lexicon
from wenmai.blocks.joint_tags import parted
from wenmai.core.errors import UsageError
from wenmai.core.tags import TagRules
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models import tagging
from wenmai.models.contract import Arrays, ModelConfig, Parts, Run
from wenmai.models.network import INFERENCE_TOKENS, TokenVectors, evaluating
from wenmai.models.state import Expected, checked
from wenmai.models.token_tables import NOTHING, UNKNOWN, TokenTables

Floats = NDArray[np.float64]


class TaggerConfig(ModelConfig):
    """Base of the configs of networks that tag by a vocabulary of their own."""

    random: ClassVar[bool] = True
    stops_by_dev: ClassVar[bool] = True
    tells_intents: ClassVar[bool] = True

    @abstractmethod
    def tables(self) -> TokenTables:
        """The empty tables of what the network reads by number."""

    @abstractmethod
    def module(self, tables: TokenTables, lexicon: Lexicon, rules: TagRules, intents: int = 0) -> nn.Module:
        """The network with freshly drawn weights.

        Its ``forward`` takes a `TokenBatch` and gives emissions [B, T, K], or where it tells intents too what `joint`
        makes of both; its ``decoder`` is a `TagDecoder`, by `with_intents`. What stands at padding, and the other rows
        of a batch, must not matter.
        """

    def build(self, parts: Parts) -> VocabularyTagger:
        """The model with weights that are not drawn yet."""
        return VocabularyTagger(self, parts)


class Scores(NamedTuple):
    """What a network says before it is decoded.

    Attributes:
        emissions: [S, K] of every token; offsets: [N + 1], where each row begins.
        intents: [N, I] logits of each row's intents; I is 0 where it tells none.
    """

    emissions: NDArray[np.float32]
    offsets: NDArray[np.int64]
    intents: NDArray[np.float32]


class TaggerNetwork(ABC):
    """Any module over tokens that tags, as a `Network`: `draw` or `restore` gives it weights."""

    def __init__(self, parts: Parts) -> None:
        self.head, self.pipeline = parts.head, parts.pipeline
        self.rules = tagging.rules_of(parts.head)
        self._inputs = parts.inputs
        self._module: nn.Module | None = None
        self._prepared: nn.Module | None = None

    @property
    @abstractmethod
    def lexicon(self) -> Lexicon:
        """What is read by number."""

    @abstractmethod
    def encode(self, inputs: Inputs) -> TokenRows:
        """The tokens as numbers, all of them."""

    @abstractmethod
    def drawn(self) -> nn.Module:
        """The module with freshly drawn weights, as `TaggerConfig.module` has it."""

    def tokens(self, texts: TokenRows) -> NDArray[np.int64]:
        """How many tokens each row has that are tagged [N]."""
        return texts.lengths

    def network(self) -> nn.Module:
        """The module with its weights.

        Raises:
            UsageError: when it has no weights yet.
        """
        if self._module is None:
            raise UsageError("the network has no weights yet", remedy="Train it, or load a bundle")
        return self._module

    def draw(self, seed: int) -> None:
        """Take fresh weights, which the seed decides; the process's own random numbers go on as if nothing were."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self._module = self.drawn().eval()

    def outputs(self, inputs: Inputs) -> list[Floats]:
        """[T, 2] a row: the tag of each token, and how sure its span is; [1 + T, 2] with the intent before them."""
        return self.outputs_of(self.encode(inputs))

    def outputs_of(self, texts: TokenRows) -> list[Floats]:
        """What `outputs` gives, of rows that are encoded already."""
        scores = self._scores(texts)
        chain, threads = self._decoder().chain(), torch.get_num_threads()
        paths = tagging.said(scores.emissions, scores.offsets, chain, self.rules, threads)
        if not self.head.intents:
            return paths
        return [np.vstack([intent, path]) for intent, path in zip(_surest(scores.intents), paths, strict=True)]

    def best(self, inputs: Inputs, count: int) -> list[list[tuple[NDArray[np.int32], float]]]:
        """The best sequences of tags of each row, with the logarithms of their probabilities."""
        scores = self._scores(self.encode(inputs))
        return tagging.ranked(scores.emissions, scores.offsets, self._decoder().chain(), count)

    def marginals(self, inputs: Inputs) -> list[Floats]:
        """How probable each tag is at each token, a row [T, K]."""
        scores = self._scores(self.encode(inputs))
        return tagging.marginals(scores.emissions, scores.offsets, self._decoder().chain())

    def arrays(self) -> Arrays:
        """The parameters and buffers by their names in the module."""
        weights: Mapping[str, torch.Tensor] = self.network().state_dict()
        return {name: value.detach().cpu().numpy() for name, value in weights.items()}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        with torch.random.fork_rng(devices=[]):
            module = self.drawn()
        expected: dict[str, Expected] = {
            name: (value.numpy().dtype.type, tuple(value.shape)) for name, value in module.state_dict().items()
        }
        given = checked(arrays, expected)
        module.load_state_dict({name: torch.from_numpy(np.array(given[name])) for name in expected})
        self._module = module.eval()

    def _decoder(self) -> TagDecoder:
        decoder = self.network().get_submodule("decoder")
        assert isinstance(decoder, TagDecoder), "a network that tags has a decoder"
        return decoder

    def _scores(self, texts: TokenRows) -> Scores:
        """What the network says of some rows."""
        module = self._prepared or self.network()
        device = next(module.parameters()).device
        counts, several = self.tokens(texts), len(self.head.intents)
        offsets = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
        found = np.zeros((offsets[-1], self.head.size), np.float32)
        intents = np.zeros((len(texts), several), np.float32)
        with evaluating(module), torch.inference_mode():
            for rows in batches_by_length(texts.lengths, INFERENCE_TOKENS):
                emissions = module(TokenBatch.of(texts, rows, NOTHING, device)).float()
                if several:
                    told, emissions = parted(emissions, several, self.head.size)
                    intents[rows] = told.cpu().numpy()
                steps = np.arange(emissions.shape[1])
                there = steps < counts[rows][:, None]
                found[(offsets[rows][:, None] + steps)[there]] = emissions.cpu().numpy()[there]
        return Scores(found, offsets, intents)


def _surest(logits: NDArray[np.float32]) -> Floats:
    """The most probable class of each row, and its probability: logits [N, I] → [N, 2]."""
    powers = np.exp(logits.astype(np.float64) - logits.max(axis=1, keepdims=True))
    shares = powers / powers.sum(axis=1, keepdims=True)
    return np.stack([shares.argmax(axis=1).astype(np.float64), shares.max(axis=1)], axis=1)


class VocabularyTagger(TaggerNetwork):
    """A tagger over tokens of its own vocabulary: `prepare` and `draw`, or `restore`, make it."""

    def __init__(self, config: TaggerConfig, parts: Parts) -> None:
        super().__init__(parts)
        self.config = config
        self.tables = config.tables()

    @property
    def lexicon(self) -> Lexicon:
        """The tokens that have vectors."""
        strings = self.tables.strings()
        return Lexicon(len(strings), NOTHING, UNKNOWN, TokenVectors(strings, self._inputs).of)

    def prepare(self, train: Dataset, run: Run) -> None:
        """Number the tokens, characters and pairs of the training rows."""
        with run.stage("number tokens"):
            self.tables.learn(tagging.training_tokens(train))

    def encode(self, inputs: Inputs) -> TokenRows:
        """The tokens as numbers, all of them."""
        return self.tables.encode(tagging.tokens_of(inputs))

    def drawn(self) -> nn.Module:
        """The family's module."""
        return self.config.module(self.tables, self.lexicon, self.rules, len(self.head.intents))

    def arrays(self) -> Arrays:
        """The parameters and buffers by their names in the module, and the strings that have numbers."""
        return {**super().arrays(), **self.tables.arrays()}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        strings = self.tables.expected()
        self.tables.restore(checked({name: arrays[name] for name in strings if name in arrays}, strings))
        super().restore({name: array for name, array in arrays.items() if name not in strings})
