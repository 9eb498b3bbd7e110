"""A network as a member of the lineage: between texts and numbers, whatever the architecture.

A family file gives a `NetworkConfig` and a module; `NetworkModel` does what is the same for all: texts to batches of
token numbers, outputs, state as arrays, and which words decided. Training stands in `wenmai.training.loop`.
Letters of the shapes: N texts, B texts of a batch, T tokens of its longest, C classes or labels, D width of a vector.
"""

from __future__ import annotations

import copy
from abc import abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from typing import Any, ClassVar, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from wenmai.batches.planning import batches_by_length
from wenmai.batches.token_batch import TokenBatch
from wenmai.batches.token_rows import Reading, TokenRows
from wenmai.blocks.embeddings import Lexicon
from wenmai.blocks.inference import InferencePrecision, prepared
from wenmai.core.errors import UsageError
from wenmai.data.dataset import Inputs
from wenmai.models.contract import Arrays, Attribution, Head, ModelConfig, Parts, Source
from wenmai.models.encoding import encoded
from wenmai.models.lexicon import TokenVectors as TokenVectors
from wenmai.models.lexicon import lexicon_of
from wenmai.models.state import Expected, checked

INFERENCE_TOKENS = 4096
"""Tokens of a batch, padding included, when nothing is learnt."""

ALONE = 1024
"""Batches of at most so many tokens are computed by one thread: for so little work others only wait for each other."""

LARGE = 2_000_000
"""A network of more weights than these, its tokens' vectors left out, has work for all threads in any batch."""

OCCLUDED_TOKENS = 32768
"""So many tokens may be read to explain a text: where hiding each piece would take more, runs of pieces are hidden."""


class NetworkConfig(ModelConfig):
    """Base of the configs of networks: it says how the module is made, nothing else."""

    random: ClassVar[bool] = True
    stops_by_dev: ClassVar[bool] = True

    @abstractmethod
    def module(self, lexicon: Lexicon, outputs: int) -> nn.Module:
        """The network with freshly drawn weights.

        Its ``forward`` takes a `TokenBatch` and gives logits [B, outputs]; its ``embedding`` takes the same and gives
        vectors [B, T, D], which is where gradients tell the words that decided. What stands at padding, and the other
        rows of a batch, must not matter.
        """

    def build(self, parts: Parts) -> NetworkModel:
        """The model with weights that are not drawn yet."""
        return NetworkModel(self, parts)

    def begin(self, module: nn.Module, inputs: Mapping[str, Source]) -> None:
        """Put into a module with drawn weights what it takes over from inputs: nothing, unless a family says what."""


class NetworkModel:
    """Any module over token numbers as a `Model`: `draw` or `restore` gives it weights."""

    def __init__(self, config: NetworkConfig, parts: Parts) -> None:
        self.config = config
        self.head: Head = parts.head
        self.pipeline = parts.pipeline
        self.lexicon = lexicon_of(parts.pipeline, parts.inputs)
        self.reading = Reading()
        """How much of the texts was read that were given to `outputs` so far."""
        self._inputs = parts.inputs
        self._module: nn.Module | None = None
        self._most_alone = ALONE
        self._prepared: nn.Module | None = None

    def prepared(self, precision: InferencePrecision) -> NetworkModel:
        """The same model, which answers in another precision and has the same state."""
        model = copy.copy(self)
        model.reading, model._prepared = Reading(), prepared(self.network(), precision)
        return model

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
            module = self.config.module(self.lexicon, self.head.size).eval()
        self.config.begin(module, self._inputs)
        self._hold(module)

    def encode(self, inputs: Inputs) -> TokenRows:
        """The texts, or pairs, as token numbers, cut to the pipeline's ``max_pieces``; what was cut is counted."""
        return encoded(self.pipeline, inputs)

    def outputs(self, inputs: Inputs) -> NDArray[np.float64]:
        """Logits [N, C]; a value [N] where the head is one; vectors [N, W] where it asks for them."""
        texts = self.encode(inputs)
        self.reading += texts.read
        return self.outputs_of(texts)

    def outputs_of(self, texts: TokenRows) -> NDArray[np.float64]:
        """What `outputs` gives, of texts that are encoded already."""
        module = self._prepared or self.network()
        device = next(module.parameters()).device
        found = np.zeros((len(texts), self.head.size))
        with evaluating(module), torch.inference_mode():
            for rows in batches_by_length(texts.lengths, INFERENCE_TOKENS):
                batch = TokenBatch.of(texts, rows, self.lexicon.padding_id, device)
                with _on_one_thread() if batch.token_ids.numel() <= self._most_alone else nullcontext():
                    logits = module(batch)
                if not found.shape[1]:  # The width of vectors is the network's to decide.
                    found = np.zeros((len(texts), logits.shape[1]))
                found[rows] = logits.float().cpu().numpy()
        return found[:, 0] if self.head.kind in ("value", "ranks") else found

    def attribute(self, text: str, output: int, method: Literal["occlusion", "gradient"] = "occlusion") -> Attribution:
        """How much each piece spoke for an output, against the mean of the other classes.

        Args:
            text: of which as many pieces are looked at as the network reads.
            output: the number of the class or label.
            method: ``occlusion`` is what the logit loses when the piece is made unknown (Zeiler and Fergus 2014; Li et
                al. 2016), in runs of pieces for long texts; ``gradient`` is the gradient times the piece's vector
                (Denil et al. 2014), which takes one pass.
        """
        encoded = self.pipeline.encode(text)
        shown = [at for at, (start, end) in enumerate(encoded.offsets) if start < end]
        spans = [encoded.offsets[at] for at in shown]
        if not spans:
            return Attribution([], np.zeros(0))
        weigh = self._occluded if method == "occlusion" else self._gradients
        return Attribution(spans, weigh(encoded.token_ids, output)[shown])

    def arrays(self) -> Arrays:
        """The parameters and buffers by their names in the module."""
        return {name: value.detach().cpu().numpy() for name, value in self.network().state_dict().items()}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        # Torch's meta device would draw nothing, and takes its compiler along: seconds of imports.
        with torch.random.fork_rng(devices=[]):
            module = self.config.module(self.lexicon, self.head.size)
        expected: dict[str, Expected] = {
            name: (torch.empty(0, dtype=value.dtype).numpy().dtype.type, tuple(value.shape))
            for name, value in module.state_dict().items()
        }
        given = checked(arrays, expected)
        module.load_state_dict({name: torch.from_numpy(np.array(given[name])) for name in expected})
        self._hold(module.eval())

    def _hold(self, module: nn.Module) -> None:
        self._module, self._most_alone = module, ALONE if _weights(module) <= LARGE else 0

    def _occluded(self, token_ids: list[int], output: int) -> NDArray[np.float64]:
        count = min(len(token_ids), max(OCCLUDED_TOKENS // len(token_ids), 1))
        edges = np.linspace(0, len(token_ids), count + 1).astype(np.int64)
        hidden = [] if self.lexicon.unknown_id is None else [self.lexicon.unknown_id]
        runs = list(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True))
        variants = [token_ids[:start] + hidden * (end - start) + token_ids[end:] for start, end in runs]
        logits = self.outputs_of(TokenRows.of([token_ids, *variants])).reshape(len(variants) + 1, -1)
        margins = logits @ _against_rest(self.head, output)
        sizes = np.diff(edges)
        weights: NDArray[np.float64] = np.repeat((margins[0] - margins[1:]) / sizes, sizes)
        return weights

    def _gradients(self, token_ids: list[int], output: int) -> NDArray[np.float64]:
        module, seen = self.network(), []
        device = next(module.parameters()).device

        def follow(_: nn.Module, __: Any, vectors: Tensor) -> Tensor:
            seen.append(vectors.detach().requires_grad_())
            return seen[0]

        batch = TokenBatch.of(TokenRows.of([token_ids]), np.zeros(1, np.int64), self.lexicon.padding_id, device)
        handle = module.get_submodule("embedding").register_forward_hook(follow)
        try:
            with evaluating(module), torch.enable_grad():
                margin = module(batch)[0] @ torch.from_numpy(_against_rest(self.head, output)).float().to(device)
                (gradient,) = torch.autograd.grad(margin, seen[0])
        finally:
            handle.remove()
        weights: NDArray[np.float64] = (gradient * seen[0]).detach().sum(dim=-1)[0].double().cpu().numpy()
        return weights


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """Without dropout while the block lasts."""
    was = module.training
    if was:
        module.eval()
    try:
        yield
    finally:
        if was:
            module.train()


@contextmanager
def _on_one_thread() -> Iterator[None]:
    """Compute with this thread alone while the block lasts."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(threads)


def _weights(module: nn.Module) -> int:
    """How many weights a network has besides its tokens' vectors."""
    return sum(one.numel() for name, one in module.named_parameters() if not name.startswith("embedding."))


def _against_rest(head: Head, output: int) -> NDArray[np.float64]:
    """What logits [C] are multiplied with to give one, less the mean of the others where they exclude each other."""
    direction = np.zeros(head.size)
    if head.kind == "classes":
        direction -= 1 / (head.size - 1)
    direction[output] = 1.0
    return direction
