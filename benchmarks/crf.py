"""The CRF's kernel and a BiLSTM-CRF beside pytorch-crf, with the same scores on the same batches."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from statistics import median

import numpy as np
import torch
import torchcrf  # type: ignore[import-untyped]
from torch import Tensor, nn
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence

from benchmarks.record import Table, median_seconds
from wenmai.batches.planning import shuffled_batches
from wenmai.batches.token_batch import TokenBatch
from wenmai.batches.token_rows import TokenRows
from wenmai.blocks.characters import NoCharacters
from wenmai.blocks.crf import CRF, decoder_for
from wenmai.blocks.embeddings import Lexicon
from wenmai.blocks.threads import on_threads
from wenmai.core.tags import TagRules
from wenmai.kernels.crf import Chain, expectations, forward
from wenmai.kernels.crf_decoding import span_confidences, viterbi
from wenmai.models.bilstm_tagger import BiLSTMTagger, BiLSTMTaggerConfig
from wenmai.models.token_tables import TokenTables

THREADS, RUNS = 2, 15
BATCH, LENGTH, TAGS = 32, 128, 30
WORDS, SENTENCES, STEPS = 10_000, 800, 20
TOKENS = 2048
"""Of a batch of the network, padding included."""


class Peer(nn.Module):
    """A BiLSTM over packed sequences and the reference's CRF, as they are often written."""

    def __init__(self, config: BiLSTMTaggerConfig, width: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(WORDS, width, padding_idx=0)
        self.lstm = nn.LSTM(width, config.hidden_size, batch_first=True, bidirectional=True)
        self.dropout = nn.Dropout(config.dropout)
        self.output = nn.Linear(2 * config.hidden_size, TAGS)
        self.crf = torchcrf.CRF(TAGS, batch_first=True)

    def forward(self, batch: TokenBatch, tags: Tensor) -> Tensor:
        """The summed loss."""
        vectors = self.dropout(self.embedding(batch.token_ids))
        packed, _ = self.lstm(pack_padded_sequence(vectors, batch.lengths, batch_first=True, enforce_sorted=False))
        read, _ = pad_packed_sequence(packed, batch_first=True, total_length=batch.token_ids.shape[1])
        loss: Tensor = -self.crf(self.output(self.dropout(read)), tags, mask=batch.mask.byte(), reduction="sum")
        return loss


def measure() -> Table:
    """Milliseconds of both."""
    table = Table(
        title="CRF",
        columns=["what", "wenmai, ms", "pytorch-crf, ms", "times", "to reach"],
        command="make bench-crf",
        about=f"Medians of {RUNS} runs with {THREADS} threads; float32 scores drawn at random. Compile time apart.",
        peers=["pytorch-crf"],
    )
    with on_threads(THREADS), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _kernel(table)
        _training(table)
    return table


def _kernel(table: Table) -> None:
    """Loss, gradient and decoding of one batch."""
    torch.manual_seed(0)
    every = np.ones((TAGS, TAGS), bool)
    ours, theirs = decoder_for(CRF(), TagRules(every[0], every, every[0], ~every)), torchcrf.CRF(TAGS, batch_first=True)
    emissions = torch.randn(BATCH, LENGTH, TAGS)
    targets, lengths = torch.randint(TAGS, (BATCH, LENGTH)), torch.full((BATCH,), LENGTH)
    flat, offsets = emissions.flatten(0, 1).numpy(), np.arange(BATCH + 1) * LENGTH
    named = f"batch {BATCH}, length {LENGTH}, {TAGS} tags"

    def own_step() -> None:
        ours.losses(emissions.requires_grad_(), lengths, targets).sum().backward()  # type: ignore[no-untyped-call]

    def their_step() -> None:
        (-theirs(emissions.requires_grad_(), targets)).backward()

    compared(table, f"loss and gradient, {named}", own_step, their_step, "20")
    chain = ours.chain()
    with torch.no_grad():
        compared(
            table,
            f"decoding, {named}",
            lambda: viterbi(flat, offsets, chain, threads=THREADS),
            lambda: theirs.decode(emissions),
            "10",
        )
    alone(table, f"the same loss and gradient in logarithms, {named}", lambda: _in_logs(flat, offsets, chain))
    tags, _ = viterbi(flat, offsets, chain)
    alone(
        table,
        f"confidences of the decoded spans, {named}",
        lambda: span_confidences(forward(flat, offsets, chain, threads=THREADS), tags, ~every, threads=THREADS),
    )


def _in_logs(emissions: np.ndarray, offsets: np.ndarray, chain: Chain) -> None:
    expectations(forward(emissions, offsets, chain, threads=THREADS, logs=True), threads=THREADS)


def _training(table: Table) -> None:
    """Steps of a BiLSTM-CRF over sentences of different lengths."""
    generator = np.random.default_rng(0)
    lengths = np.clip(generator.lognormal(3.0, 0.5, SENTENCES), 3, 120).astype(int)
    texts = TokenRows.of([generator.integers(2, WORDS, length).tolist() for length in lengths])
    tags = TokenRows.of([generator.integers(0, TAGS, length).tolist() for length in lengths])
    batches = shuffled_batches(texts.lengths, TOKENS, seed=0, epoch=0)[:STEPS]
    every = np.ones((TAGS, TAGS), bool)
    config = BiLSTMTaggerConfig(characters=NoCharacters())
    lexicon = Lexicon(WORDS, 0, 1, lambda _: np.zeros((0, 0), np.float32))
    tables = TokenTables(1, lowercase=False, longest=0, pairs=False)
    ours = BiLSTMTagger(config, tables, lexicon, TagRules(every[0], every, every[0], ~every))
    theirs = Peer(config, ours.embedding.width)
    own_optimiser, their_optimiser = torch.optim.AdamW(ours.parameters()), torch.optim.AdamW(theirs.parameters())

    def own_epoch() -> None:
        for rows in batches:
            batch, targets = TokenBatch.of(texts, rows, 0), torch.from_numpy(tags.padded(rows, 0)[0])
            own_optimiser.zero_grad()
            ours.decoder.losses(ours(batch), batch.lengths, targets).sum().backward()  # type: ignore[no-untyped-call]
            own_optimiser.step()

    def their_epoch() -> None:
        for rows in batches:
            batch, targets = TokenBatch.of(texts, rows, 0), torch.from_numpy(tags.padded(rows, 0)[0])
            their_optimiser.zero_grad()
            theirs(batch, targets).backward()
            their_optimiser.step()

    named = f"{len(batches)} steps of a BiLSTM-CRF (2 x {config.hidden_size}), {TAGS} tags, packed in the peer"
    compared(table, named, own_epoch, their_epoch, "3", runs=3)


def compared(
    table: Table, what: str, own: Callable[[], object], their: Callable[[], object], goal: str, runs: int = RUNS
) -> None:
    """A row of both in turns: what slows the machine down slows both."""
    own(), their()
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(runs):
        for work, found in zip((own, their), times, strict=True):
            began = time.perf_counter()
            work()
            found.append(time.perf_counter() - began)
    ours, theirs = (median(found) * 1000 for found in times)
    table.add(what, f"{ours:.2f}", f"{theirs:.1f}", f"{theirs / ours:.1f}", goal)


def alone(table: Table, what: str, work: Callable[[], object]) -> None:
    """A row of what the peer does not have."""
    table.add(what, f"{median_seconds(work, RUNS) * 1000:.2f}", "–", "–", "–")
