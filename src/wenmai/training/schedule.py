"""The learning rate over a training, as a share of the largest."""

from __future__ import annotations

import math

from wenmai.models.loop_config import ScheduleConfig


def share_of_rate(schedule: ScheduleConfig, done: float) -> float:
    """The share of the learning rate, 0 to 1, when ``done`` of the training (0 to 1) lies behind.

    It rises in a straight line in the warm-up, then goes down to ``floor`` in a straight line, or as half a cosine wave
    (Loshchilov and Hutter 2017, ICLR), or stays.
    """
    if done < schedule.warmup:
        return done / schedule.warmup
    if schedule.shape == "constant":
        return 1.0
    left = 1 - min((done - schedule.warmup) / (1 - schedule.warmup), 1.0)
    if schedule.shape == "cosine":
        left = 0.5 * (1 - math.cos(math.pi * left))
    return schedule.floor + (1 - schedule.floor) * left
