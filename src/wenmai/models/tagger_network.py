"""A network that tags, as a member of the lineage: between tokens and tags, whatever the architecture.

A family file gives a `TaggerConfig` and a module; `TaggerNetwork` does what is the same for all: its own vocabulary,
learnt from the training rows before weights are drawn, tokens to batches, decoding, state as arrays.
Letters of the shapes: N rows, B rows of a batch, T tokens of its longest, S tokens of all, K tags.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from wenmai.batches.planning import batches_by_length
from wenmai.batches.token_batch import TokenBatch
from wenmai.batches.token_rows import TokenRows
from wenmai.blocks.crf import TagDecoder
from wenmai.blocks.embeddings import Lexicon
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
    """Base of the configs of networks that tag."""

    random: ClassVar[bool] = True
    stops_by_dev: ClassVar[bool] = True

    @abstractmethod
    def tables(self) -> TokenTables:
        """The empty tables of what the network reads by number."""

    @abstractmethod
    def module(self, tables: TokenTables, lexicon: Lexicon, rules: TagRules) -> nn.Module:
        """The network with freshly drawn weights.

        Its ``forward`` takes a `TokenBatch` and gives emissions [B, T, K]; its ``decoder`` is a `TagDecoder`. What
        stands at padding, and the other rows of a batch, must not matter.
        """

    def build(self, parts: Parts) -> TaggerNetwork:
        """The model with weights that are not drawn yet."""
        return TaggerNetwork(self, parts)


class TaggerNetwork:
    """Any module over tokens that tags, as a `Network`: `prepare` and `draw`, or `restore`, make it."""

    def __init__(self, config: TaggerConfig, parts: Parts) -> None:
        self.config, self.head, self.pipeline = config, parts.head, parts.pipeline
        self.rules = tagging.rules_of(parts.head)
        self.tables = config.tables()
        self._inputs = parts.inputs
        self._module: nn.Module | None = None

    @property
    def lexicon(self) -> Lexicon:
        """The tokens that have vectors."""
        strings = self.tables.strings()
        return Lexicon(len(strings), NOTHING, UNKNOWN, TokenVectors(strings, self._inputs).of)

    def prepare(self, train: Dataset, run: Run) -> None:
        """Number the tokens, characters and pairs of the training rows."""
        with run.stage("number tokens"):
            self.tables.learn(tagging.training_tokens(train))

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
            self._module = self.config.module(self.tables, self.lexicon, self.rules).eval()

    def encode(self, inputs: Inputs) -> TokenRows:
        """The tokens as numbers, all of them."""
        return self.tables.encode(tagging.tokens_of(inputs))

    def outputs(self, inputs: Inputs) -> list[Floats]:
        """[T, 2] a row: the tag of each token, and how sure its span is."""
        return self.outputs_of(self.encode(inputs))

    def outputs_of(self, texts: TokenRows) -> list[Floats]:
        """What `outputs` gives, of rows that are encoded already."""
        threads = torch.get_num_threads()
        return tagging.said(self._emissions(texts), texts.offsets, self._decoder().chain(), self.rules, threads)

    def best(self, inputs: Inputs, count: int) -> list[list[tuple[NDArray[np.int32], float]]]:
        """The best sequences of tags of each row, with the logarithms of their probabilities."""
        texts = self.encode(inputs)
        return tagging.ranked(self._emissions(texts), texts.offsets, self._decoder().chain(), count)

    def marginals(self, inputs: Inputs) -> list[Floats]:
        """How probable each tag is at each token, a row [T, K]."""
        texts = self.encode(inputs)
        return tagging.marginals(self._emissions(texts), texts.offsets, self._decoder().chain())

    def arrays(self) -> Arrays:
        """The parameters and buffers by their names in the module, and the strings that have numbers."""
        weights: Mapping[str, torch.Tensor] = self.network().state_dict()
        return {**{name: value.detach().cpu().numpy() for name, value in weights.items()}, **self.tables.arrays()}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        strings = self.tables.expected()
        self.tables.restore(checked({name: arrays[name] for name in strings if name in arrays}, strings))
        self.draw(0)
        state = self.network().state_dict()
        expected: dict[str, Expected] = {
            name: (value.numpy().dtype.type, tuple(value.shape)) for name, value in state.items()
        }
        given = checked(arrays, {**expected, **strings})
        self.network().load_state_dict({name: torch.from_numpy(np.array(given[name])) for name in state})

    def _decoder(self) -> TagDecoder:
        decoder = self.network().get_submodule("decoder")
        assert isinstance(decoder, TagDecoder), "a network that tags has a decoder"
        return decoder

    def _emissions(self, texts: TokenRows) -> NDArray[np.float32]:
        """Scores of the tags at every token [S, K]."""
        module = self.network()
        device = next(module.parameters()).device
        found = np.zeros((len(texts.token_ids), self.head.size), np.float32)
        with evaluating(module), torch.inference_mode():
            for rows in batches_by_length(texts.lengths, INFERENCE_TOKENS):
                batch = TokenBatch.of(texts, rows, NOTHING, device)
                emissions = module(batch).float()[batch.mask].cpu().numpy()
                places = texts.offsets[rows][:, None] + np.arange(batch.token_ids.shape[1])
                found[places[batch.mask.cpu().numpy()]] = emissions
        return found
