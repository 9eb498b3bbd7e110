"""How a network is trained, as settings; the loop itself stands in `wenmai.training.loop`."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from wenmai.core.config import Config

Share = Annotated[float, Field(ge=0, lt=1)]
Device = Literal["auto", "cpu", "cuda"]
Precision = Literal["auto", "float32", "bfloat16"]


class OptimiserConfig(Config):
    """AdamW (Loshchilov and Hutter 2019, ICLR).

    Attributes:
        weight_decay: of matrices; vectors (biases, norms) are not decayed.
        betas: how much of the running means of gradients and of their squares stays at each step.
        epsilon: added to the root of the mean square.
        clip: gradients longer than this are shortened to it; None leaves them.
        head_rate: what comes after the last block learns at so many times the rate.
    """

    weight_decay: Annotated[float, Field(ge=0)] = 0.01
    betas: tuple[Share, Share] = (0.9, 0.999)
    epsilon: Annotated[float, Field(gt=0)] = 1e-8
    clip: Annotated[float, Field(gt=0)] | None = 1.0
    head_rate: Annotated[float, Field(gt=0)] = 1.0


class ScheduleConfig(Config):
    """How the learning rate goes: up from zero, then down.

    Attributes:
        shape: how it goes down after the warm-up; ``constant`` does not.
        warmup: the share of the training in which it rises.
        floor: the share of the learning rate at which it ends.
    """

    shape: Literal["linear", "cosine", "constant"] = "linear"
    warmup: Share = 0.1
    floor: Annotated[float, Field(ge=0, le=1)] = 0.0


class BudgetConfig(Config):
    """How long is trained.

    Attributes:
        epochs: passes over the rows, at most.
        steps: updates of the weights, at most; None for as many as the epochs take.
        patience: training stops when so many evaluations in a row on the dev rows were no better; None never stops.
        evaluate_every: steps between two evaluations; None evaluates after each epoch.
    """

    epochs: Annotated[int, Field(ge=1)] = 10
    steps: Annotated[int, Field(ge=1)] | None = None
    patience: Annotated[int, Field(ge=1)] | None = 3
    evaluate_every: Annotated[int, Field(ge=1)] | None = None


class LoopConfig(Config):
    """Settings of the training loop.

    Attributes:
        learning_rate: the largest.
        optimiser, schedule, budget: the rest of the optimiser, how the learning rate goes, how long is trained.
        batch_tokens: tokens of one batch, padding included.
        least_steps: batches are made smaller where an epoch had fewer steps than this.
        accumulate: batches whose gradients make one step.
        word_dropout: the share of tokens that are hidden as unknown in training.
        average: weights are averaged over the steps with this share of the average staying (EMA); None does not.
        freeze: patterns (``embedding.*``) of the names of parameters that are left as they are.
        last_blocks: only so many of the last blocks are trained, and what comes after them; None trains everything.
        block_decay: each block learns at this share of the rate of the one after it (Howard and Ruder 2018, ACL).
        device: where it is trained; ``auto`` is a CUDA GPU where there is one.
        precision: of the forward pass in training; ``auto`` is bfloat16 where the processor computes in it.
    """

    learning_rate: Annotated[float, Field(gt=0)] = 1e-3
    optimiser: OptimiserConfig = OptimiserConfig()
    schedule: ScheduleConfig = ScheduleConfig()
    budget: BudgetConfig = BudgetConfig()
    batch_tokens: Annotated[int, Field(ge=1)] = 4096
    least_steps: Annotated[int, Field(ge=1)] = 20
    accumulate: Annotated[int, Field(ge=1)] = 1
    word_dropout: Share = 0.0
    average: Share | None = None
    freeze: tuple[str, ...] = ()
    last_blocks: Annotated[int, Field(ge=0)] | None = None
    block_decay: Annotated[float, Field(gt=0, le=1)] = 1.0
    device: Device = "auto"
    precision: Precision = "auto"

    @model_validator(mode="after")
    def _learns(self) -> Self:
        if "*" in self.freeze:
            raise ValueError("'*' freezes everything: nothing is left to be trained")
        return self
