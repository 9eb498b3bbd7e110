"""Training networks: tokens a second against loops as they are often written, and what the loop itself costs."""

from __future__ import annotations

import gzip
import random
import re
import time
from collections.abc import Callable, Iterable
from statistics import median

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence, pad_sequence

from benchmarks.data import real_data
from benchmarks.record import Table
from wenmai.batches.planning import shuffled_batches
from wenmai.batches.token_rows import Rows, TokenRows
from wenmai.bundle.history import Pace
from wenmai.data.dataset import Dataset
from wenmai.data.loading import load
from wenmai.models.bilstm import BiLSTMConfig
from wenmai.models.network import NetworkModel
from wenmai.models.textcnn import TextCNNConfig
from wenmai.recipe import Recipe, recipe_for
from wenmai.training import fit

ROWS = 3000
STEPS = 20
RUNS = 5
THREADS = 2
NETWORKS = ("bilstm:words", "textcnn:words", "transformer:words", "mlp:words")


class PeerLSTM(nn.Module):
    """A bidirectional LSTM over padded texts, packed or as they are."""

    def __init__(self, config: BiLSTMConfig, words: int, *, packed: bool) -> None:
        super().__init__()
        width = getattr(config.embedding, "width", 0)
        self.embedding = nn.Embedding(words, width, padding_idx=0)
        self.lstm = nn.LSTM(width, config.hidden_size, config.layers, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(config.dropout)
        self.output = nn.Linear(2 * config.hidden_size, 2)
        self.packed = packed

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        vectors = self.dropout(self.embedding(token_ids))
        if self.packed:
            packed, _ = self.lstm(pack_padded_sequence(vectors, lengths, batch_first=True, enforce_sorted=False))
            read, _ = pad_packed_sequence(packed, batch_first=True, padding_value=float("-inf"))
        else:
            read, _ = self.lstm(vectors)
        logits: Tensor = self.output(self.dropout(read.max(dim=1).values))
        return logits


class PeerCNN(nn.Module):
    """TextCNN over padded texts."""

    def __init__(self, config: TextCNNConfig, words: int) -> None:
        super().__init__()
        width = getattr(config.embedding, "width", 0)
        self.embedding = nn.Embedding(words, width, padding_idx=0)
        self.convolutions = nn.ModuleList(
            nn.Conv1d(width, config.filters, window, padding=window - 1) for window in config.windows
        )
        self.dropout = nn.Dropout(config.dropout)
        self.output = nn.Linear(config.filters * len(config.windows), 2)

    def forward(self, token_ids: Tensor, lengths: Tensor) -> Tensor:
        vectors = self.embedding(token_ids).transpose(1, 2)
        features = [convolution(vectors).relu().max(dim=2).values for convolution in self.convolutions]
        logits: Tensor = self.output(self.dropout(torch.cat(features, dim=1)))
        return logits


def measure() -> Table:
    """BiLSTM and TextCNN against their peers, interleaved in one run; what the loop costs for every network."""
    table = Table(
        "Training networks",
        ["network", "against", "wenmai", "peer", "ratio", "reach"],
        "make bench-networks",
        f"Tokens of the texts a second in training, padding not counted; {ROWS:,} reviews of IMDB, cut to 400 words; "
        f"medians of {RUNS} runs of {STEPS} steps, {THREADS} threads, wenmai and peers in turn. Sizes, vectors and "
        "dropout are the preset's. Peers: torch's own layers in float32 under AdamW with clipped gradients; in file "
        "order as many rows a batch as wenmai has on average, by length the very same batches as wenmai. Overhead: "
        "the share of the loop's time outside forward, backward and step.",
    )
    data = imdb_reviews()
    for rung in NETWORKS:
        recipe = _short(recipe_for(rung, "en"))
        bundle = fit(recipe, data, threads=THREADS)
        assert isinstance(bundle.model, NetworkModel)
        texts = bundle.model.encode(data.inputs())
        paces, found = _interleaved(recipe, data, _peers(recipe, texts, bundle.model.lexicon.size))
        speed = median(pace.tokens_per_second for pace in paces)
        for (name, reach), speeds in found.items():
            ratio = median(pace.tokens_per_second / peer for pace, peer in zip(paces, speeds, strict=True))
            table.add(rung, name, f"{speed:,.0f}/s", f"{median(speeds):,.0f}/s", f"{ratio:.1f}×", reach)
        overhead = median(pace.overhead for pace in paces)
        table.add(rung, "overhead of the loop", f"{overhead:.1%}", "", "", "≤ 5%")
    return table


def imdb_reviews() -> Dataset:
    """Reviews of IMDB in an order that has nothing to do with their labels."""
    with gzip.open(real_data() / "en/imdb/imdb_train.tsv.gz", "rt", encoding="utf-8") as file:
        lines = [line.rstrip("\n").split("\t") for line in file]
    random.Random(0).shuffle(lines)
    rows = [{"label": line[0], "text": re.sub(r"<br />", " ", line[3])} for line in lines[:ROWS]]
    return load(rows).dataset


def _short(recipe: Recipe) -> Recipe:
    """The recipe, trained for a few steps."""
    loop = recipe.training.loop
    assert loop is not None
    return recipe.but(training=recipe.training.but(loop=loop.but(budget=loop.budget.but(steps=STEPS))))


Peers = dict[tuple[str, str], Callable[[], float]]


def _peers(recipe: Recipe, texts: TokenRows, words: int) -> Peers:
    """What runs against a network: name and what is to be reached → a run, which gives tokens a second."""
    loop, config = recipe.training.loop, recipe.model
    assert loop is not None
    by_length = shuffled_batches(texts.lengths, loop.batch_tokens, seed=0, epoch=0)
    size = round(np.mean([len(rows) for rows in by_length]))
    in_order = [np.arange(start, start + size) for start in range(0, len(texts) - size, size)]
    if isinstance(config, BiLSTMConfig):
        return {
            ("packed, in file order", "≥ 6×"): lambda: _speed(PeerLSTM(config, words, packed=True), texts, in_order),
            ("padded, in file order", ""): lambda: _speed(PeerLSTM(config, words, packed=False), texts, in_order),
            ("by length", "≥ 1.3×"): lambda: _speed(PeerLSTM(config, words, packed=False), texts, by_length),
        }
    if isinstance(config, TextCNNConfig):
        return {
            ("padded, in file order", "≥ 2×"): lambda: _speed(PeerCNN(config, words), texts, in_order),
            ("by length", ""): lambda: _speed(PeerCNN(config, words), texts, by_length),
        }
    return {}


def _interleaved(recipe: Recipe, data: Dataset, peers: Peers) -> tuple[list[Pace], dict[tuple[str, str], list[float]]]:
    """Ours and every peer in turn, several times."""
    paces, found = [], {peer: list[float]() for peer in peers}
    for _ in range(RUNS):
        history = fit(recipe, data, threads=THREADS).history
        assert history is not None
        paces.append(history.pace)
        for peer, run in peers.items():
            found[peer].append(run())
    return paces, found


def _speed(module: nn.Module, texts: TokenRows, batches: Iterable[Rows]) -> float:
    """Tokens a second of a plain loop."""
    torch.set_num_threads(THREADS)
    rows_of = [torch.from_numpy(one.astype(np.int64)) for one in np.split(texts.token_ids, texts.offsets[1:-1])]
    optimiser = torch.optim.AdamW(module.parameters(), lr=1e-3)
    tokens, began = 0, time.perf_counter()
    for _, rows in zip(range(STEPS), batches, strict=False):
        optimiser.zero_grad()
        chosen = [rows_of[row] for row in rows]
        lengths = torch.tensor([max(len(one), 1) for one in chosen])
        outputs = module(pad_sequence(chosen, batch_first=True), lengths)
        loss = nn.functional.cross_entropy(outputs, torch.zeros(len(rows), dtype=torch.int64))
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(module.parameters(), 1.0)
        optimiser.step()
        tokens += int(lengths.sum())
    return tokens / (time.perf_counter() - began)
