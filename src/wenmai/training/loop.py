"""The training loop: every network goes through this one, from drawn weights to the best that the dev rows saw.

`Training.run` reads from top to bottom. What it uses stands beside it: batches (`wenmai.batches.planning`), forward and
backward (`gradients`), losses (`objectives`), AdamW and averages (`optimisation`), the learning rate (`schedule`),
deadlines (`pacing`), checkpoints (`checkpoints`), several processes (`processes`).
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from wenmai.batches.planning import budget_for, shuffled_batches
from wenmai.batches.token_rows import Rows, TokenRows
from wenmai.blocks.threads import on_threads
from wenmai.bundle.history import Evaluation, History, Stopped, TrainingPoint
from wenmai.core.io import Array
from wenmai.core.machine import release_memory
from wenmai.core.progress import SILENT, follow
from wenmai.data.dataset import BATCH_ROWS, Dataset
from wenmai.models.contract import Examples, Network, Outputs, Run
from wenmai.models.loop_config import LoopConfig
from wenmai.models.preparing import Prepares
from wenmai.training.checkpoints import Checkpoints, Standing
from wenmai.training.clock import Clock
from wenmai.training.gradients import Gradients
from wenmai.training.listening import Listener
from wenmai.training.objectives import Goal, goal_of
from wenmai.training.optimisation import Average, adamw, gradient_length, trained_parameters
from wenmai.training.pacing import Pacer
from wenmai.training.precision import device_of
from wenmai.training.processes import Processes
from wenmai.training.schedule import share_of_rate

ALONE = 256
"""With batches of at most so many tokens one thread computes: for so little work others only wait for each other."""
POINTS = 20
"""Points of the curve an epoch."""
SAID_EVERY = 0.5
"""Seconds between two words to the person."""
RELEASED_EVERY = 2.0
"""Seconds after which memory that batches of many shapes left in pieces is given back to the system."""


@dataclass(frozen=True, slots=True)
class Judge:
    """How the dev rows are scored: the metric's name, and outputs → score, the larger the better."""

    metric: str
    score: Callable[[Outputs], float]


@dataclass(frozen=True, slots=True)
class Trained:
    """What a training leaves besides the weights.

    Attributes:
        notes: for the person; history: how it went.
        earlier: seconds that it took before it was ended and went on; 0 where it was not.
    """

    notes: tuple[str, ...]
    history: History
    earlier: float = 0.0


def train_network(
    model: Network,
    train: Examples,
    dev: Examples | None,
    run: Run,
    loop: LoopConfig,
    judge: Judge,
    *,
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
    place = device_of(loop.device)
    processes = Processes.here(place)
    if not processes.first:
        run, listeners = replace(run, progress=SILENT), ()
    with on_threads(run.threads):
        try:
            if isinstance(model, Prepares):
                model.prepare(train.data, run)
            texts = encoded(model, train.data, run)
            dev_texts = None if dev is None else encoded(model, dev.data, run)
            with on_threads(1):  # a decomposition rounds otherwise on more: drawn weights hang on the seed alone
                model.draw(run.seed)
            objective = goal_of(train.targets, model, run.class_weight)
            read = texts.read.note(model.pipeline.config.max_pieces)
            training = Training(model, train.data, texts, dev_texts, objective, run, loop, judge, place, processes)
            trained = training.run(checkpoints, listeners)
            return trained if read is None else replace(trained, notes=(read, *trained.notes))
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
        objective: Goal,
        run: Run,
        loop: LoopConfig,
        judge: Judge,
        device: torch.device,
        processes: Processes,
    ) -> None:
        self.model, self.dev_texts, self.objective, self.judge = model, dev_texts, objective, judge
        self.settings, self.loop, self.device, self.processes = run, loop, device, processes
        self.network = model.network().to(device).train()
        self.parameters = trained_parameters(self.network, loop)
        self.optimiser = adamw(self.network, self.parameters, loop)
        self.average = None if loop.average is None else Average(self.parameters, loop.average)
        self.pacer, self.clock = Pacer(run.deadline), Clock()
        self.gradients = Gradients(
            model, self.parameters, data, texts, objective, run, loop, device, processes, self.clock
        )
        self.lengths = texts.lengths
        self.tokens = budget_for(self.lengths, loop.batch_tokens, loop.least_steps * loop.accumulate)
        if self.tokens <= ALONE:
            torch.set_num_threads(1)
        self.standing = Standing()
        self.earlier = 0.0
        """Seconds that it took before it was ended."""
        self.best: dict[str, Tensor] = {}
        """The weights that were best on the dev rows."""
        self._said = self._saved = self._released = time.monotonic()

    def run(self, checkpoints: Checkpoints | None, listeners: Sequence[Listener]) -> Trained:
        """The loop."""
        budget = self.loop.budget
        resumed = self._resume(checkpoints)
        with self.settings.stage("train", None if budget.steps else budget.epochs * len(self.lengths)):
            for batches in self._steps():
                rate = self.loop.learning_rate * share_of_rate(
                    self.loop.schedule, self._done(ahead=0.5) / self.pacer.end
                )
                loss, gradient = self._learn(batches, rate)
                self._count(batches)
                self._record(loss, gradient, rate, batches, listeners)
                out_of_time = self._is_out_of_time()
                last = out_of_time or self._done() >= 1
                if self.dev_texts is not None and (last or self._evaluation_is_due()):
                    self._evaluate(self.dev_texts, listeners)
                stale = budget.patience is not None and self.standing.stale >= budget.patience
                self.standing.stopped = self._why(last, stale)
                self._save(checkpoints)
                self._say(loss)
                if self.standing.stopped:
                    break
        notes = [*(checkpoints.notes if checkpoints else ()), *resumed, *self.gradients.notes]
        return self._finished(notes)

    def _steps(self) -> Iterator[list[Rows]]:
        """The batches of each step that is left; the standing says where that is."""
        standing, accumulate = self.standing, self.loop.accumulate
        while standing.stopped is None:
            with self.clock.part("batches"):
                batches = shuffled_batches(self.lengths, self.tokens, seed=self.settings.seed, epoch=standing.epoch)
            steps = [batches[start : start + accumulate] for start in range(0, len(batches), accumulate)]
            standing.steps_in_epoch = len(steps)
            yield from steps[standing.position :]

    def _learn(self, batches: list[Rows], rate: float) -> tuple[float, float]:
        """One step: the mean loss of its rows, and the gradient's length."""
        step = self.standing.step + 1
        loss = self.gradients.of(step, batches)
        self._release()
        with self.clock.part("step"):
            gradient = gradient_length(self.parameters, self.loop.optimiser.clip)
            if not math.isfinite(gradient):
                raise self.gradients.not_finite("gradient", step, np.concatenate(batches))
            for group in self.optimiser.param_groups:
                group["lr"] = rate * group["share"]
            self.optimiser.step()
            self.optimiser.zero_grad()
            if self.average is not None:
                self.average.update()
        return loss, gradient

    def _count(self, batches: list[Rows]) -> None:
        """Move on by one step."""
        standing = self.standing
        for rows in batches:
            lengths = self.lengths[rows]
            self.clock.tokens += int(lengths.sum())
            self.clock.area += int(lengths.max(initial=1)) * len(rows)
            self.settings.progress.advance(len(rows))
        standing.step += 1
        standing.position += 1
        if standing.position == standing.steps_in_epoch:
            standing.epoch, standing.position = standing.epoch + 1, 0

    def _done(self, ahead: float = 0.0) -> float:
        """The share of the plan, 0 to 1, that lies behind, or will when so many more steps are done."""
        budget = self.loop.budget
        passes = self._epochs(ahead) / budget.epochs
        return passes if budget.steps is None else max(passes, (self.standing.step + ahead) / budget.steps)

    def _epochs(self, ahead: float = 0.0) -> float:
        """Passes over the rows that are done."""
        return self.standing.epoch + (self.standing.position + ahead) / self.standing.steps_in_epoch

    def _is_out_of_time(self) -> bool:
        """Whether the deadline ends the training here."""
        if self.settings.deadline is None:
            return False
        self.pacer.observe(self._done(), self.clock.seconds("evaluation") / max(len(self.standing.evaluations), 1))
        over = float(self.pacer.is_over(self._done()))
        over, self.pacer.end = self.processes.agreed(over, self.pacer.end, device=self.device)
        return bool(over)

    def _why(self, last: bool, stale: bool) -> Stopped | None:
        """Why the training ends after this step; None where it does not."""
        if self._done() >= 1:
            return "done"
        return "no progress" if stale else "time" if last else None

    def _record(
        self, loss: float, gradient: float, rate: float, batches: list[Rows], listeners: Sequence[Listener]
    ) -> None:
        """Add to the curve, now and then."""
        standing = self.standing
        weight = sum(self.objective.weight(rows) for rows in batches)
        standing.loss += loss * weight
        standing.weight += weight
        if standing.step % max(standing.steps_in_epoch // POINTS, 1):
            return
        mean, epoch = standing.loss / standing.weight, self._epochs()
        point = TrainingPoint(step=standing.step, epoch=epoch, loss=mean, learning_rate=rate, gradient=gradient)
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
            score = self.judge.score(self.model.outputs_of(texts)) if self.processes.first else 0.0
            (score,) = self.processes.agreed(score, device=self.device)
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

    def _release(self) -> None:
        """Give freed memory back, now and then."""
        if time.monotonic() - self._released >= RELEASED_EVERY:
            release_memory()
            self._released = time.monotonic()

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
        """Write a checkpoint when it is time for one; one that ended for want of time is still to be gone on with."""
        if checkpoints is None or not self.processes.first or self.standing.stopped == "time":
            return
        if self.standing.stopped or time.monotonic() - self._saved >= checkpoints.every:
            with self.clock.part("checkpoints"):
                self.standing.pace = self.clock.pace()
                checkpoints.save(self.standing, self._arrays())
            self._saved = time.monotonic()

    def _arrays(self) -> dict[str, Array]:
        """All tensors that the rest of the training hangs on."""
        tensors = {f"weights/{name}": value for name, value in self.network.state_dict().items()}
        tensors |= {f"best/{name}": value for name, value in self.best.items()}
        if self.average is not None:
            tensors |= {f"average/{name}": value for name, value in self.average.weights.items()}
        for name, parameter in self.parameters.items():
            for part, value in self.optimiser.state[parameter].items():
                tensors[f"{part}/{name}"] = value
        return {name: value.detach().cpu().numpy() for name, value in tensors.items()}

    def _resume(self, checkpoints: Checkpoints | None) -> list[str]:
        """Go on from the newest checkpoint, where there is one; says so."""
        found = None if checkpoints is None else checkpoints.newest()
        if found is None:
            return []
        self.standing, arrays = found
        self.clock.go_on(self.standing.pace)
        self.earlier = self.standing.pace.seconds
        parts: dict[str, dict[str, Tensor]] = {}
        for name, array in arrays.items():
            part, _, rest = name.partition("/")
            parts.setdefault(part, {})[rest] = torch.from_numpy(array).to(self.device)
        self.network.load_state_dict(parts.pop("weights"))
        self.best = parts.pop("best", {})
        if self.average is not None:
            self.average.weights, self.average.updates = parts.pop("average"), self.standing.step
        for name, parameter in self.parameters.items():
            self.optimiser.state[parameter] = {part: values[name] for part, values in parts.items() if name in values}
        return [f"went on from the checkpoint of step {self.standing.step}"]

    def _finished(self, notes: list[str]) -> Trained:
        """Leave the best weights in the model, and say how it went."""
        standing, stopped = self.standing, self.standing.stopped or "done"
        if self.best:
            self.network.load_state_dict(self.best)
        elif self.average is not None:
            self.average.exchange(keep=False)
        self.network.requires_grad_(True).cpu().eval()
        if stopped == "time":
            notes.append(f"the budget was spent after {self._epochs():.1f} of {self.loop.budget.epochs} epochs")
        history = History(
            metric=None if self.dev_texts is None else self.judge.metric,
            steps=standing.step,
            epochs=self._epochs(),
            stopped=stopped,
            points=tuple(standing.points),
            evaluations=tuple(standing.evaluations),
            pace=self.clock.pace(),
        )
        return Trained(tuple(notes), history, self.earlier)
