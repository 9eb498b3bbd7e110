"""Progress as events: whoever works reports, whoever shows listens, and neither knows the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol, TypeVar

T = TypeVar("T")


class Progress(Protocol):
    """Hears how far a piece of work has come."""

    def begin(self, stage: str, total: int | None) -> None:
        """A stage begins: what is done (``"count features"``) and how many steps it has, where that is known."""

    def advance(self, steps: int = 1) -> None:
        """Some steps of the present stage are done."""

    def say(self, text: str) -> None:
        """What the present stage has to tell as it stands, a few words; the next call replaces it."""

    def end(self) -> None:
        """The present stage is over."""


class Silent:
    """Progress that nobody watches."""

    def begin(self, stage: str, total: int | None) -> None:
        """Nothing is shown."""

    def advance(self, steps: int = 1) -> None:
        """Nothing is shown."""

    def say(self, text: str) -> None:
        """Nothing is shown."""

    def end(self) -> None:
        """Nothing is shown."""


SILENT: Progress = Silent()


def follow(items: Iterable[T], progress: Progress, stage: str, total: int | None = None) -> Iterator[T]:
    """Pass items through, one step each, as a stage that ends with them."""
    progress.begin(stage, total)
    try:
        for item in items:
            yield item
            progress.advance()
    finally:
        progress.end()
