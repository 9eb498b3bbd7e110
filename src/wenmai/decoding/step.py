"""Step: the one thing a generating model offers, so that no search asks which model it has.

Letters of the shapes: V the size of the vocabulary.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

State = TypeVar("State")


class Step(Protocol[State]):
    """A model that says one token after another."""

    @property
    def end_id(self) -> int:
        """The token after which nothing comes."""

    def start(self, source: str) -> State:
        """The state before the first token."""

    def step(self, state: State, token_id: int | None) -> tuple[NDArray[np.float64], State]:
        """Logits [V] of the next token after ``token_id`` (None at the start), and the state that follows."""


def greedy(model: Step[State], source: str, max_length: int) -> list[int]:
    """The token ids of the most probable continuation, one token at a time, without the end token."""
    state = model.start(source)
    token_ids: list[int] = []
    latest: int | None = None
    while len(token_ids) < max_length:
        logits, state = model.step(state, latest)
        latest = int(np.argmax(logits))
        if latest == model.end_id:
            break
        token_ids.append(latest)
    return token_ids
