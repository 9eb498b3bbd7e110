"""What kind of tagging some tags are: entities, slots beside an intent, words of characters, or plain tags."""

from __future__ import annotations

from typing import Literal

from wenmai.core.errors import DataError
from wenmai.core.tags import OUTSIDE, Scheme, complete_tags, parted

Tagging = Literal["entities", "slots", "words", "tokens"]


def tagging_of(scheme: Scheme, tags: set[str], intent: str | None) -> Tagging:
    """Which tagging the tags of the training rows are.

    Args:
        intent: the column of the intents that are learnt too.

    Raises:
        DataError: for intents beside other tags than slots.
    """
    if scheme == "plain":
        found: Tagging = "tokens"
    else:
        found = "entities" if OUTSIDE in tags or any(parted(tag)[1] for tag in tags) else "words"
    if intent is None:
        return found
    if found != "entities":
        raise DataError(
            f"the intents of column {intent!r} go with slots, and the tags are "
            f"{'plain' if found == 'tokens' else 'those of words'}",
            remedy="Leave out --intent, or give spans with types, as B-city and I-city write them",
        )
    return "slots"


def completed(found: set[str], scheme: Scheme) -> tuple[str, ...]:
    """Every tag that a scheme has for the types of some tags."""
    labels = sorted({parted(tag)[1] for tag in found - {OUTSIDE}})
    return complete_tags(labels, scheme, outside=OUTSIDE in found)
