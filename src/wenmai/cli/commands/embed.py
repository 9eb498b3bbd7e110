"""wenmai embed: word vectors. The commands stand in files of their own; this table puts them together."""

from __future__ import annotations

from collections.abc import Callable

from wenmai.cli.commands.embed_neighbors import analogy, neighbors, similarity

EMBED_COMMANDS: tuple[tuple[str, Callable[..., None], tuple[str, ...]], ...] = (
    (
        "neighbors",
        neighbors,
        ("wenmai embed neighbors my-vectors 电池", "wenmai embed neighbors vectors.vec king queen --count 5"),
    ),
    ("similarity", similarity, ("wenmai embed similarity my-vectors 电池 电量",)),
    (
        "analogy",
        analogy,
        (
            "wenmai embed analogy my-vectors 法国 巴黎 日本",
            "wenmai embed analogy vectors.bin man king woman --method mul",
        ),
    ),
)
"""Name, function and examples of each command, in the order of the help."""
