"""One small member for each task family that is yet to come.

They show that the contract carries tagging, pairs, spans, generation, unlabelled text and bundles as inputs: each goes
the one road from data to bundle to prediction, without a change to any signature.
"""

from __future__ import annotations

from wenmai.catalog import CATALOG, Entry
from wenmai.core.schema import Kind


def _entry(name: str, task: Kind, config: str, preset: str) -> Entry:
    return Entry(
        name=name,
        title=name,
        summary="a test double",
        config=f"doubles.{config}Config",
        presets={"plain": f"doubles.{preset}"},
        tasks=(task,),
        year=2026,
        paper="none",
        ancestor=None,
    )


DOUBLES = CATALOG.extended(
    [
        _entry("frequent-tag", "tag", "tagging:FrequentTag", "tagging:preset"),
        _entry("word-overlap", "pair", "pairs:WordOverlap", "pairs:preset"),
        _entry("overlap-span", "span", "spans:OverlapSpan", "spans:preset"),
        _entry("bigram-writer", "generate", "generation:BigramWriter", "generation:preset"),
        _entry("word-vectors", "embed", "vectors:WordVectors", "vectors:preset"),
        _entry("nearest-centroid", "classify", "vectors:NearestCentroid", "vectors:centroid_preset"),
        _entry("drawn-projection", "classify", "drawn:DrawnProjection", "drawn:preset"),
    ],
    {
        "tag": "doubles.tagging:Tag",
        "pair": "doubles.pairs:Pair",
        "span": "doubles.spans:Span",
        "generate": "doubles.generation:Generate",
        "embed": "doubles.vectors:Embed",
    },
)
