"""The training loop: every network goes through this one, from drawn weights to the best that the dev rows saw.

`Training.run` reads from top to bottom. What it uses stands beside it: batches (`wenmai.batches.planning`), losses
(`objectives`), AdamW and averages (`optimisation`), the learning rate (`schedule`), checkpoints (`checkpoints`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from wenmai.batches.planning import budget_for, shuffled_batches
from wenmai.batches.token_batch import TokenBatch
from wenmai.batches.token_rows import Rows, TokenRows
from wenmai.bundle.history import Evaluation, History, TrainingPoint
from wenmai.core.errors import FitError, UsageError
from wenmai.core.io import Array
from wenmai.core.progress import follow
from wenmai.data.dataset import BATCH_ROWS, Dataset
from wenmai.models.contract import Examples, Network, Outputs, Run
from wenmai.models.loop_config import LoopConfig
from wenmai.training.checkpoints import Checkpoints, Standing
from wenmai.training.clock import Clock
from wenmai.training.listening import Listener
from wenmai.training.objectives import Objective
from wenmai.training.optimisation import Average, adamw, gradient_length, trained_parameters
from wenmai.training.pacing import Pacer
from wenmai.training.precision import Device, device_of, mixed, number_type, on_threads
from wenmai.training.schedule import share_of_rate

POINTS = 20
"""Points of the curve an epoch."""
SAID_EVERY = 0.5
"""Seconds between two words to the person."""
ROWS_NAMED = 5
"""So many rows are named when their loss is not finite."""


@dataclass(frozen=True, slots=True)
class Judge:
    """How the dev rows are scored: the metric's name, and outputs → score, the larger the better."""

    metric: str
    score: Callable[[Outputs], float]


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training leaves besides the weights: notes for the person, and how it went."""

    notes: tuple[str, ...]
    history: History


def train_network(
    model: Network,
    train: Examples,
    dev: Examples | None,
    run: Run,
    loop: LoopConfig,
    judge: Judge,
    *,
    device: Device = "auto",
    checkpoints: Checkpoints | None = None,
    listeners: Sequence[Listener] = (),
) -> Trained:
    """Draw weights and train them; the model then holds the best weights, on the CPU.

    Args:
        model: the network; train: the rows it learns from.
        dev: the rows that say when to stop and which weights were best; None trains to the end and keeps the last.
        judge: scores the dev rows.
        checkpoints: where it is written how far it came, and read if it was ended before; None writes nothing.
        listeners: hear of every point of the curve.

    Raises:
        FitError: when a loss is not finite, the memory or the disk does not suffice, or the budget is spent.
        UsageError: for settings that do not fit the network, or a GPU that is not there.
    """
    with on_threads(run.threads):
        try:
            texts = encoded(model, train.data, run)
            dev_texts = None if dev is None else encoded(model, dev.data, run)
            model.draw(run.seed)
            objective = Objective.of(train.targets, model.head, run.class_weight)
            training = Training(model, train.data, texts, dev_texts, objective, run, loop, judge, device_of(device))
            return training.run(checkpoints, listeners)
        finally:
            for listener in listeners:
                listener.close()


def encoded(model: Network, data: Dataset, run: Run) -> TokenRows:
    """All texts of a data set as token numbers."""
    run.check()
    batches = follow(data.batches(), run.progress, "read texts", math.ceil(len(data) / BATCH_ROWS))
    return TokenRows.concatenated(model.encode(batch) for batch in batches)


class Training:
    """One network on its way."""

    def __init__(
        self,
        model: Network,
        data: Dataset,
        texts: TokenRows,
        dev_texts: TokenRows | None,
        objective: Objective,
        run: Run,
        loop: LoopConfig,
        judge: Judge,
        device: torch.device,
    ) -> None:
        if loop.word_dropout and model.lexicon.unknown_id is None:
            raise UsageError(
                "training.loop.word_dropout hides words as unknown, and the vocabulary has no <unk>",
                remedy="Set it to 0, or add <unk> to pipeline.vocabulary.special_tokens",
            )
        self.model, self.data, self.texts, self.dev_texts = model, data, texts, dev_texts
        self.objective, self.settings, self.loop, self.judge = objective, run, loop, judge
        self.device, self.numbers = device, number_type(loop.precision, device)
        self.network = model.network().to(device).train()
        self.parameters = trained_parameters(self.network, loop.freeze)
        self.optimiser = adamw(self.parameters, loop)
        self.average = None if loop.average is None else Average(self.parameters, loop.average)
        self.best: dict[str, Tensor] = {}
        self.standing = Standing()
        self.lengths = texts.lengths
        self.tokens = budget_for(self.lengths, loop.batch_tokens, loop.least_steps * loop.accumulate)
        self.largest: int | None = None
        """Tokens that a batch may have since the memory did not suffice for more."""
        self.pacer, self.clock = Pacer(run.deadline), Clock()
        self.notes: list[str] = []
        self._said = self._saved = time.monotonic()

    def run(self, checkpoints: Checkpoints | None, listeners: Sequence[Listener]) -> Trained:
        """The loop."""
        self._resume(checkpoints)
        total = None if self.loop.budget.steps else self.loop.budget.epochs * len(self.texts)
        with self.settings.stage("train", total):
            for batches in self._steps():
                rate = self.loop.learning_rate * share_of_rate(self.loop.schedule, self._done() / self.pacer.end)
                loss, weight, gradient = self._learn(batches, rate)
                self._count(batches)
                self._record(loss, weight, gradient, rate, listeners)
                self.pacer.observe(self._done(), self.clock.seconds("evaluation") / max(self.standing.epoch, 1))
                out_of_time = self.pacer.is_over(self._done())
                last = out_of_time or self._done() >= 1
                if self.dev_texts is not None and (last or self._evaluation_is_due()):
                    self._evaluate(self.dev_texts, listeners)
                stale = self.loop.budget.patience is not None and self.standing.stale >= self.loop.budget.patience
                if last or stale:
                    done = self._done() >= 1
                    self.standing.stopped = "done" if done else "no progress" if stale else "time"
                self._save(checkpoints)
                self._say(loss)
                if self.standing.stopped:
                    break
        return self._finished(checkpoints)

    def _steps(self) -> Iterator[list[Rows]]:
        """The batches of each step that is left; the standing says where that is."""
        standing, accumulate = self.standing, self.loop.accumulate
        while standing.stopped is None and standing.epoch < self.loop.budget.epochs:
            with self.clock.part("batches"):
                batches = shuffled_batches(self.lengths, self.tokens, seed=self.settings.seed, epoch=standing.epoch)
            steps = [batches[start : start + accumulate] for start in range(0, len(batches), accumulate)]
            standing.steps_in_epoch = len(steps)
            yield from steps[standing.position :]

    def _done(self) -> float:
        """The share of the plan, 0 to 1, that lies behind."""
        budget = self.loop.budget
        passes = (self.standing.epoch + self.standing.position / self.standing.steps_in_epoch) / budget.epochs
        return passes if budget.steps is None else max(passes, self.standing.step / budget.steps)

    def _learn(self, batches: list[Rows], rate: float) -> tuple[float, float, float]:
        """One step: the mean loss, the weight of its rows, and the gradient's length."""
        weight = sum(self.objective.weight(rows) for rows in batches)
        while True:
            try:
                loss = self._gradients(batches, weight)
                break
            except torch.OutOfMemoryError:
                self._use_less_memory(batches)
        with self.clock.part("step"):
            gradient = gradient_length(self.parameters, self.loop.optimiser.clip)
            if not math.isfinite(gradient):
                raise self._not_finite("gradient", np.concatenate(batches))
            for group in self.optimiser.param_groups:
                group["lr"] = rate
            self.optimiser.step()
            if self.average is not None:
                self.average.update()
        return loss, weight, gradient

    def _gradients(self, batches: list[Rows], weight: float) -> float:
        """Leave the gradient of the mean loss of a step's rows with the parameters; gives that loss."""
        # Everything random in a step hangs on the seed and the step alone: nothing of it need be kept to go on later.
        torch.manual_seed(int(np.random.SeedSequence([self.settings.seed, self.standing.step]).generate_state(1)[0]))
        self.optimiser.zero_grad(set_to_none=True)
        total = 0.0
        for rows in self._fitting(batches):
            with self.clock.part("batches"):
                batch = TokenBatch.of(self.texts, rows, self.model.lexicon.padding_id, self.device)
                if self.loop.word_dropout and self.model.lexicon.unknown_id is not None:
                    batch = batch.with_dropped_words(self.loop.word_dropout, self.model.lexicon.unknown_id)
            with self.clock.part("forward"):
                with mixed(self.numbers, self.device):
                    outputs = self.network(batch)
                losses = self.objective.losses(outputs.float(), rows)
                loss = losses.sum() / weight
                value = loss.item()
            if not math.isfinite(value):
                unusable = ~torch.isfinite(losses.detach().reshape(len(rows), -1)).all(dim=1).cpu().numpy()
                raise self._not_finite("loss", rows[unusable] if unusable.any() else rows)
            with self.clock.part("backward"):
                loss.backward()  # type: ignore[no-untyped-call]
            total += value
        return total

    def _count(self, batches: list[Rows]) -> None:
        """Move on by one step."""
        for rows in batches:
            lengths = self.lengths[rows]
            self.clock.tokens += int(lengths.sum())
            self.clock.area += int(max(lengths.max(), 1)) * len(rows)
            self.settings.progress.advance(len(rows))
        self.standing.step += 1
        self.standing.position += 1
        if self.standing.position == self.standing.steps_in_epoch:
            self.standing.epoch, self.standing.position = self.standing.epoch + 1, 0

    def _record(self, loss: float, weight: float, gradient: float, rate: float, listeners: Sequence[Listener]) -> None:
        """Add to the curve, now and then."""
        standing = self.standing
        standing.loss += loss * weight
        standing.weight += weight
        if standing.step % max(self.standing.steps_in_epoch // POINTS, 1):
            return
        point = TrainingPoint(
            step=standing.step,
            epoch=self._epochs(),
            loss=standing.loss / standing.weight,
            learning_rate=rate,
            gradient=gradient,
        )
        standing.points.append(point)
        standing.loss = standing.weight = 0.0
        for listener in listeners:
            listener.point(point)

    def _evaluation_is_due(self) -> bool:
        every = self.loop.budget.evaluate_every
        return self.standing.position == 0 if every is None else self.standing.step % every == 0

    def _evaluate(self, texts: TokenRows, listeners: Sequence[Listener]) -> None:
        """Score the dev rows; weights that are better than all before are kept."""
        standing = self.standing
        with self.clock.part("evaluation"):
            before = None if self.average is None else self.average.exchange()
            score = self.judge.score(self.model.outputs_of(texts))
            better = standing.best is None or score > standing.best
            if better:
                self.best = {name: value.clone() for name, value in self.network.state_dict().items()}
            if self.average is not None and before is not None:
                self.average.exchange(before)
        standing.best = score if better else standing.best
        standing.stale = 0 if better else standing.stale + 1
        evaluation = Evaluation(step=standing.step, epoch=self._epochs(), score=score, best=better)
        standing.evaluations.append(evaluation)
        for listener in listeners:
            listener.evaluation(evaluation, self.judge.metric)

    def _finished(self, checkpoints: Checkpoints | None) -> Trained:
        """Leave the best weights in the model, and say how it went."""
        standing = self.standing
        if self.best:
            self.network.load_state_dict(self.best)
        elif self.average is not None:
            self.average.exchange()
        self.optimiser.zero_grad(set_to_none=True)
        self.network.requires_grad_(True).cpu().eval()
        if standing.stopped == "time":
            self.notes.append(
                f"the budget was spent after {self._epochs():.1f} of {self.loop.budget.epochs} passes over the rows"
            )
        history = History(
            metric=None if self.dev_texts is None else self.judge.metric,
            steps=standing.step,
            epochs=self._epochs(),
            stopped=standing.stopped or "done",
            points=tuple(standing.points),
            evaluations=tuple(standing.evaluations),
            pace=self.clock.pace(),
        )
        return Trained((*(checkpoints.notes if checkpoints else ()), *self.notes), history)

    def _epochs(self) -> float:
        """Passes over the rows that are done."""
        return self.standing.epoch + self.standing.position / self.standing.steps_in_epoch

    def _fitting(self, batches: list[Rows]) -> Iterator[Rows]:
        """The batches, cut where the memory did not suffice for so large ones."""
        for rows in batches:
            if self.largest is None:
                yield rows
                continue
            width = int(max(self.lengths[rows].max(), 1))
            most = max(self.largest // width, 1)
            yield from (rows[start : start + most] for start in range(0, len(rows), most))

    def _use_less_memory(self, batches: list[Rows]) -> None:
        """Halve the tokens of a batch, for this step and those that follow."""
        self.optimiser.zero_grad(set_to_none=True)
        if self.device.type == "cuda":
            torch.cuda.empty_cache()
        area = max(int(max(self.lengths[rows].max(), 1)) * len(rows) for rows in self._fitting(batches))
        longest = max(int(max(self.lengths[rows].max(), 1)) for rows in batches)
        if self.largest is not None and self.largest < longest:
            raise FitError(
                f"the memory does not suffice for one text of {longest} tokens",
                remedy="Cut texts with pipeline.max_pieces, or train a smaller model",
            ) from None
        self.largest = min(area, self.largest or area) // 2
        self.notes.append(f"out of memory at step {self.standing.step + 1}: batches of {self.largest:,} tokens since")
        self.settings.progress.say(self.notes[-1])

    def _not_finite(self, what: str, rows: Rows) -> FitError:
        places = [self.data.where(int(row)) for row in rows[:ROWS_NAMED]]
        more = f" and {len(rows) - ROWS_NAMED:,} more" if len(rows) > ROWS_NAMED else ""
        return FitError(
            f"the {what} of step {self.standing.step + 1} is not a finite number",
            where=f"{', '.join(places)}{more}",
            remedy="Look at these rows; if nothing is wrong with them, lower training.loop.learning_rate",
        )

    def _say(self, loss: float) -> None:
        """Tell the person how it stands, now and then."""
        now = time.monotonic()
        if now - self._said < SAID_EVERY:
            return
        self._said = now
        pace, done = self.clock.pace(), self._done() / self.pacer.end
        words = [f"loss {loss:.3f}"]
        if self.standing.best is not None:
            words.append(f"dev {self.judge.metric} {self.standing.best:.3f}")
        words.append(f"{pace.tokens_per_second:,.0f} tokens/s")
        left = int(self.clock.seconds() * (1 - done) / done)
        words.append(f"{left // 60}:{left % 60:02} left")
        self.settings.progress.say(" · ".join(words))

    def _save(self, checkpoints: Checkpoints | None) -> None:
        """Write a checkpoint when it is time for one."""
        if checkpoints is None:
            return
        if self.standing.stopped in ("done", "no progress") or time.monotonic() - self._saved >= checkpoints.every:
            with self.clock.part("checkpoints"):
                checkpoints.save(self.standing, self._arrays())
            self._saved = time.monotonic()

    def _arrays(self) -> dict[str, Array]:
        """All tensors that the rest of the training hangs on."""
        tensors = {f"weights/{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"best/{name}": value for name, value in self.best.items()}
        if self.average is not None:
            tensors |= {f"average/{name}": value for name, value in self.average.weights.items()}
        for name, parameter in self.parameters.items():
            for part, value in self.optimiser.state.get(parameter, {}).items():
                tensors[f"{part}/{name}"] = value
        return {name: value.detach().cpu().numpy() for name, value in tensors.items()}

    def _resume(self, checkpoints: Checkpoints | None) -> None:
        """Go on from the newest checkpoint, where there is one."""
        found = None if checkpoints is None else checkpoints.newest()
        if found is None:
            return
        self.standing, arrays = found
        parts: dict[str, dict[str, Tensor]] = {}
        for name, array in arrays.items():
            part, _, rest = name.partition("/")
            parts.setdefault(part, {})[rest] = torch.from_numpy(array).to(self.device)
        self.network.load_state_dict(parts["weights"])
        self.best = parts.get("best", {})
        if self.average is not None:
            self.average.weights, self.average.updates = parts["average"], self.standing.step
        for name, parameter in self.parameters.items():
            state = {part: parts[part][name] for part in ("step", "exp_avg", "exp_avg_sq") if name in parts[part]}
            self.optimiser.state[parameter] = state
        self.notes.append(f"went on from the checkpoint of step {self.standing.step}")
