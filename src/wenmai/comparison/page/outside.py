"""Outside predictions: how they compare with the recommended rung on the test rows."""

from __future__ import annotations

from wenmai.comparison.findings.outside import OutsideDifference
from wenmai.comparison.page.markup import Markup, tag
from wenmai.comparison.page.tables import Row, estimate_cell, section, table
from wenmai.comparison.results import Results
from wenmai.comparison.wording import difference, metric_name, score_with_interval
from wenmai.core import markdown

TITLE = "Outside predictions"


def outside(results: Results) -> Markup:
    """Each set of outside predictions beside the recommended rung."""
    found = results.findings.outside
    if not found:
        return Markup()
    metric = results.protocol.metric
    rows = [
        Row(one.name, [estimate_cell(metric, results.rung(one.name).test.get(metric)), *_cells(results, one)])
        for one in found
    ]
    caption = f"{metric_name(metric)} on the test rows, and the difference from the recommended rung in points"
    return section(
        "outside", TITLE, tag("p", _words(results)), table(caption, _columns(results), rows, class_="numbers")
    )


def outside_markdown(results: Results) -> str:
    """The same as Markdown."""
    found = results.findings.outside
    if not found:
        return ""
    metric = results.protocol.metric
    rows = []
    for one in found:
        tested = results.rung(one.name).test.get(metric)
        score = "–" if tested is None else score_with_interval(metric, tested)
        rows.append([markdown.plain(one.name), score, *map(markdown.plain, _cells(results, one))])
    return f"## {TITLE}\n\n{markdown.plain(_words(results))}\n\n{markdown.table(_columns(results), rows)}"


def _columns(results: Results) -> list[str]:
    name = metric_name(results.protocol.metric)
    return ["Predictions", f"{name} on test", "Difference", "Told apart", "Predicted dev rows"]


def _cells(results: Results, one: OutsideDifference) -> list[str]:
    """The difference, whether it is more than chance, and whether the predictions took part in the choice."""
    metric = results.protocol.metric
    apart = one.differences.get(metric)
    on_dev = "yes" if one.on_dev else "no"
    if apart is None:
        return ["–", "–", on_dev]
    return [difference(metric, apart), "no" if apart.low <= 0 <= apart.high else "yes", on_dev]


def _words(results: Results) -> str:
    title = results.rung(results.findings.outside[0].against).title
    return (
        f"Predictions that were made elsewhere, beside {title}, the recommended rung, paired row by row on the test "
        "rows. These differences are reported, and nothing was chosen by them. Outside predictions that cover the dev "
        "rows stand among the rungs that may be the best; they are never recommended, for there is no bundle of them "
        "to ship."
    )
