"""Findings: how the networks of a comparison were trained."""

from __future__ import annotations

from wenmai.bundle.history import History
from wenmai.core.config import Config


class TrainingCourse(Config):
    """The training that a rung's saved bundle comes from."""

    name: str
    """The rung."""
    seed: int
    """The seed of that training, where the rung has several."""
    history: History
