"""Segmentation as a factor: the same member under several segmentations, paired row by row."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from wenmai.comparison.estimates import rung_components
from wenmai.comparison.findings.factors import SegmentationPair, Segmentations, Verdict
from wenmai.comparison.wording import LOSSES, difference, metric_name
from wenmai.core.config import fingerprint_json
from wenmai.stats.components import Components
from wenmai.stats.intervals import Estimate

if TYPE_CHECKING:
    from wenmai.comparison.analyses import Ground
    from wenmai.comparison.rung import Rung

_ORDER = ("words", "subwords", "characters")
"""From the longest pieces to the shortest; the first of a pair has the longer ones."""
# What numbers and counts pieces goes with the pieces: their limit too, as words are longer than characters.
_OF_SEGMENTATION = {"segment", "tokenizer", "vocabulary", "max_pieces"}


def segmentations(ground: Ground) -> Segmentations | None:
    """Differences of every pair of segmentations; None where no member ran under two, or the task knows no rows."""
    pairs = [pair for pair in combinations(sorted(ground.done, key=_place), 2) if _comparable(*pair)]
    if not pairs:
        return None
    metric = ground.done[0].bundle.task.metric
    named = {rung.name: rung for pair in pairs for rung in pair}
    chosen = rung_components(list(named.values()), ground.division, "chosen", metric)
    tested = rung_components(list(named.values()), ground.division, "test", metric)
    if chosen is None or tested is None:
        return None
    members = {rung.bundle.recipe.member: place for place, rung in enumerate(ground.done)}
    found = [_pair(ground, first, second, chosen, tested) for first, second in pairs]
    found.sort(key=lambda pair: members[pair.member])
    said = tuple(_sentence(pair, metric, approximate=chosen.approximate) for pair in found)
    return Segmentations(metric=metric, pairs=tuple(found), sentences=said)


def _kind(rung: Rung) -> str:
    return rung.bundle.recipe.pipeline.segment.kind


def _place(rung: Rung) -> int:
    kind = _kind(rung)
    return _ORDER.index(kind) if kind in _ORDER else len(_ORDER)


def _comparable(first: Rung, second: Rung) -> bool:
    """Whether two rungs are one member whose pipelines differ in their segmentation, and in nothing else."""
    one, other = first.bundle.recipe, second.bundle.recipe
    same = one.member == other.member and _rest(first) == _rest(second)
    return same and _kind(first) != _kind(second)


def _rest(rung: Rung) -> str:
    return fingerprint_json(rung.bundle.recipe.pipeline.model_dump(mode="json", exclude=_OF_SEGMENTATION))


def _pair(ground: Ground, first: Rung, second: Rung, chosen: Components, tested: Components) -> SegmentationPair:
    apart = chosen.difference(first.name, second.name)
    return SegmentationPair(
        member=first.bundle.recipe.member,
        title=ground.catalog.entry(first.bundle.recipe.member).title,
        first=first.name,
        second=second.name,
        first_kind=_kind(first),
        second_kind=_kind(second),
        chosen=apart,
        tested=tested.difference(first.name, second.name),
        verdict=_verdict(apart, chosen.sign),
    )


def _verdict(apart: Estimate, sign: int) -> Verdict:
    if apart.low <= 0 <= apart.high:
        return "tie"
    return "first" if sign * apart.value > 0 else "second"


def _sentence(pair: SegmentationPair, metric: str, *, approximate: bool) -> str:
    """Which segmentation is better, with the difference of the better from the other."""
    where = "by cross-validation, so the interval is approximate" if approximate else "on dev"
    unit = "" if metric in LOSSES else " points of"
    apart = f"{difference(metric, pair.chosen)}{unit} {metric_name(metric)} {where}"
    if pair.verdict == "tie":
        return f"{pair.title}: {pair.first_kind} and {pair.second_kind} are tied: {apart}."
    better, other = pair.first_kind, pair.second_kind
    if pair.verdict == "second":
        better, other = other, better
        turned = pair.chosen.but(value=-pair.chosen.value, low=-pair.chosen.high, high=-pair.chosen.low)
        apart = f"{difference(metric, turned)}{unit} {metric_name(metric)} {where}"
    return f"{pair.title}: {better} do better than {other}: {apart}."
