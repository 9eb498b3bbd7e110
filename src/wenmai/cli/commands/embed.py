"""wenmai embed: word vectors. Each command has a file of its own; this table puts them together."""

from __future__ import annotations

from collections.abc import Callable

from wenmai.cli.commands.embed_neighbors import neighbors

EMBED_COMMANDS: tuple[tuple[str, Callable[..., None], tuple[str, ...]], ...] = (
    (
        "neighbors",
        neighbors,
        ("wenmai embed neighbors my-vectors 电池", "wenmai embed neighbors my-vectors king queen"),
    ),
)
"""Name, function and examples of each command, in the order of the help."""
