"""The gradient of one step: forward and backward over its batches, in the memory there is."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import torch
from torch import nn

from wenmai.batches.token_batch import TokenBatch
from wenmai.batches.token_rows import Rows, TokenRows
from wenmai.core.errors import FitError, UsageError
from wenmai.data.dataset import Dataset
from wenmai.models.contract import Network, Run
from wenmai.models.loop_config import LoopConfig
from wenmai.training.clock import Clock
from wenmai.training.objectives import Goal
from wenmai.training.optimisation import Named
from wenmai.training.precision import mixed, number_type
from wenmai.training.processes import Processes

ROWS_NAMED = 5
"""So many rows are named when their loss is not finite."""


class Gradients:
    """Finds the gradient of the mean loss of some rows.

    Attributes:
        largest: tokens that a batch may have since the memory did not suffice for more; None while it does.
        notes: what the person should know.
    """

    def __init__(
        self,
        model: Network,
        parameters: Named,
        data: Dataset,
        texts: TokenRows,
        objective: Goal,
        run: Run,
        loop: LoopConfig,
        device: torch.device,
        processes: Processes,
        clock: Clock,
    ) -> None:
        if loop.word_dropout and model.lexicon.unknown_id is None:
            raise UsageError(
                "training.loop.word_dropout hides words as unknown, and the vocabulary has no <unk>",
                remedy="Set it to 0, or add <unk> to pipeline.vocabulary.special_tokens",
            )
        self._network: nn.Module = model.network()
        self._lexicon, self._parameters = model.lexicon, parameters
        self._data, self._texts, self._lengths, self._objective = data, texts, texts.lengths, objective
        self._seed, self._progress, self._loop = run.seed, run.progress, loop
        self._device, self._numbers = device, number_type(loop.precision, device)
        self._processes, self._clock = processes, clock
        self.largest: int | None = None
        self.notes: list[str] = []

    def of(self, step: int, batches: list[Rows]) -> float:
        """Add the gradient of the mean loss of all rows of the batches to the parameters'; gives that loss.

        Raises:
            FitError: when the loss is not finite, naming the rows, or when the memory does not even hold one row.
        """
        while True:
            try:
                loss = self._added_up(step, batches)
                break
            except torch.OutOfMemoryError:
                self._use_less_memory(step, batches)
        return self._processes.add_up(self._parameters.values(), loss)

    def not_finite(self, what: str, step: int, rows: Rows) -> FitError:
        """The error that says in which step something is not finite, and with which rows."""
        places = [self._data.where(int(row)) for row in rows[:ROWS_NAMED]]
        more = f" and {len(rows) - ROWS_NAMED:,} more" if len(rows) > ROWS_NAMED else ""
        return FitError(
            f"the {what} of step {step} is not a finite number",
            where=f"{', '.join(places)}{more}",
            remedy="Look at these rows; if nothing is wrong with them, lower training.loop.learning_rate",
        )

    def _added_up(self, step: int, batches: list[Rows]) -> float:
        """This process's share of the loss and its gradient."""
        self._draw_anew(step)
        weight = sum(self._objective.weight(rows) for rows in batches)
        total = 0.0
        for rows in self._fitting([self._processes.share(rows) for rows in batches]):
            batch = self._batch(rows)
            with self._clock.part("forward"):
                with mixed(self._numbers, self._device):
                    outputs = self._network(batch)
                losses = self._objective.losses(outputs.float(), rows)
                loss = losses.sum() / weight
                value = loss.item()
            if not math.isfinite(value):
                unusable = ~torch.isfinite(losses.detach().reshape(len(rows), -1)).all(dim=1).cpu().numpy()
                raise self.not_finite("loss", step, rows[unusable] if unusable.any() else rows)
            with self._clock.part("backward"):
                loss.backward()  # type: ignore[no-untyped-call]
            total += value
        return total

    def _draw_anew(self, step: int) -> None:
        """Let everything random in a step hang on seed, step and process alone: no state need be kept to go on."""
        numbers = np.random.SeedSequence([self._seed, step, self._processes.rank]).generate_state(1, np.uint64)
        seed = int(numbers[0] >> 1)
        torch.default_generator.manual_seed(seed)
        if self._device.type == "cuda":
            torch.cuda.manual_seed(seed)

    def _batch(self, rows: Rows) -> TokenBatch:
        with self._clock.part("batches"):
            batch = TokenBatch.of(self._texts, rows, self._lexicon.padding_id, self._device)
            if self._loop.word_dropout and self._lexicon.unknown_id is not None:
                batch = batch.with_dropped_words(self._loop.word_dropout, self._lexicon.unknown_id)
            return batch

    def _fitting(self, batches: list[Rows]) -> Iterator[Rows]:
        """The batches that are not empty, cut where the memory did not suffice for so large ones."""
        for rows in filter(len, batches):
            most = len(rows) if self.largest is None else max(self.largest // self._width(rows), 1)
            yield from (rows[start : start + most] for start in range(0, len(rows), most))

    def _width(self, rows: Rows) -> int:
        """Tokens of the longest of some texts, 1 at least."""
        return int(self._lengths[rows].max(initial=1))

    def _use_less_memory(self, step: int, batches: list[Rows]) -> None:
        """Halve the tokens of a batch, for this step and those that follow."""
        for parameter in self._parameters.values():
            parameter.grad = None
        if self._device.type == "cuda":
            torch.cuda.empty_cache()
        tried = list(self._fitting([self._processes.share(rows) for rows in batches]))
        if all(len(rows) == 1 for rows in tried):
            raise FitError(
                f"the memory does not suffice for one text of {max(map(self._width, tried)):,} tokens",
                remedy="Cut texts with pipeline.max_pieces, or train a smaller model",
            ) from None
        self.largest = max(self._width(rows) * len(rows) for rows in tried) // 2
        self.notes.append(f"out of memory at step {step}: batches of at most {self.largest:,} tokens since")
        self._progress.say(self.notes[-1])
