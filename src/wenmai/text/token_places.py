"""Where tokens stand in the text that they were cut from."""

from __future__ import annotations

from collections.abc import Sequence

Span = tuple[int, int]


class NoPlaceError(ValueError):
    """A token that does not stand in the rest of its text; ``position`` counts tokens from 0."""

    def __init__(self, position: int) -> None:
        super().__init__(f"token {position + 1} does not stand in the rest of the text")
        self.position = position


def token_places(text: str, tokens: Sequence[str]) -> list[Span]:
    """The places of tokens that stand in a text in their order, in characters of it.

    Raises:
        NoPlaceError: for the first token that is not there.
    """
    places: list[Span] = []
    at = 0
    for position, token in enumerate(tokens):
        start = text.find(token, at)
        if start < 0:
            raise NoPlaceError(position)
        at = start + len(token)
        places.append((start, at))
    return places


def only_space_between(text: str, places: Sequence[Span]) -> bool:
    """Whether nothing but white space stands outside the places."""
    ends = [0, *(end for _, end in places)]
    starts = [*(start for start, _ in places), len(text)]
    return all(not text[end:start].strip() for end, start in zip(ends, starts, strict=True))
