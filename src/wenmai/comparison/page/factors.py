"""Segmentation as a factor on the page and in Markdown: a forest plot, a table, and the same in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from wenmai.comparison.findings.factors import SegmentationPair, Segmentations
from wenmai.comparison.page.figures import NARROW, WIDE, figure
from wenmai.comparison.page.markup import Markup, tag
from wenmai.comparison.page.tables import Row, section, table
from wenmai.comparison.results import Results
from wenmai.comparison.wording import LOSSES, difference, metric_name
from wenmai.core import markdown
from wenmai.viz.differences import Differences, difference_plot

TITLE = "Words, characters or subwords"


def segmentations(results: Results) -> Markup:
    """What segmentation does to the same model."""
    found = results.findings.segmentations
    if found is None:
        return Markup()
    rows = [Row(_name(pair), _cells(pair, found.metric)) for pair in found.pairs]
    caption = f"Difference in points of {metric_name(found.metric)}, the first minus the second, paired row by row"
    return section(
        "segmentation",
        TITLE,
        tag("ul", *(tag("li", sentence) for sentence in found.sentences), class_="said"),
        _figure(results, found),
        table(caption, _columns(results), rows, class_="numbers"),
        tag("p", _how(results), class_="note"),
    )


def segmentations_markdown(results: Results) -> str:
    """The same as Markdown."""
    found = results.findings.segmentations
    if found is None:
        return ""
    rows = [[markdown.plain(_name(pair)), *map(markdown.plain, _cells(pair, found.metric))] for pair in found.pairs]
    said = "\n".join(f"- {markdown.plain(sentence)}" for sentence in found.sentences)
    return f"## {TITLE}\n\n{said}\n\n{markdown.table(_columns(results), rows)}\n\n{markdown.plain(_how(results))}"


def _figure(results: Results, found: Segmentations) -> Markup:
    metric = metric_name(found.metric)
    side = "left" if found.metric in LOSSES else "right"
    scale = 1.0 if found.metric in LOSSES else 100.0
    names = [_name(pair) for pair in found.pairs]
    wide = Differences(
        names=names,
        values=np.array([pair.chosen.value for pair in found.pairs]) * scale,
        lows=np.array([pair.chosen.low for pair in found.pairs]) * scale,
        highs=np.array([pair.chosen.high for pair in found.pairs]) * scale,
        title=f"difference of {metric}" if found.metric in LOSSES else f"difference in points of {metric}",
    )
    # Where a name does not fit, the model may be cut and the segmentations must not.
    narrow = replace(wide, names=[f"{pair.first_kind} − {pair.second_kind}: {pair.title}" for pair in found.pairs])
    spoken = "; ".join(
        f"{name} {difference(found.metric, pair.chosen)}" for name, pair in zip(names, found.pairs, strict=True)
    )
    return figure(
        lambda is_wide: (
            difference_plot(wide, width=WIDE) if is_wide else difference_plot(narrow, width=NARROW, names_above=True)
        ),
        label=f"Forest plot of the differences {_where(results)}: {spoken}.",
        caption=Markup(
            f"Differences {_where(results)} with {results.protocol.level:.0%} intervals; to the {side} the first is "
            "ahead. Filled: told apart; rings: tied."
        ),
    )


def _name(pair: SegmentationPair) -> str:
    return f"{pair.title}: {pair.first_kind} − {pair.second_kind}"


def _columns(results: Results) -> list[str]:
    return ["Model and segmentations", f"Difference {_where(results)}", "Ahead", "On the test rows"]


def _cells(pair: SegmentationPair, metric: str) -> list[str]:
    ahead = {"first": pair.first_kind, "second": pair.second_kind, "tie": "tied"}[pair.verdict]
    return [difference(metric, pair.chosen), ahead, difference(metric, pair.tested)]


def _where(results: Results) -> str:
    return "on dev" if results.protocol.choice == "dev" else "by cross-validation"


def _how(results: Results) -> str:
    approximate = (
        " Rows that are cross-validated share their fits, so these intervals are approximate and rather narrow."
        if results.protocol.choice == "cross-validation"
        else ""
    )
    return (
        "The same model with everything else of its pipeline the same; each segmentation counts the n-grams of its own "
        "preset. Each interval stands for its pair alone. Differences on the test rows only report." + approximate
    )
