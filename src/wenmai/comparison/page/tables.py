"""Tables that scroll by themselves on narrow pages, reachable by keyboard, with headings that readers announce."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from wenmai.comparison.page.markup import Child, Markup, join, tag
from wenmai.comparison.wording import interval, score
from wenmai.stats.intervals import Estimate


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a table: its heading, its cells, and a class for its look."""

    heading: Child
    cells: Sequence[Child]
    class_: str | None = None


def table(caption: str, columns: Sequence[str], rows: Sequence[Row], *, class_: str | None = None) -> Markup:
    """A table whose first column heads its rows.

    Args:
        caption: what the table shows; also the name of the scrolling region around it.
        columns: headings, the first one of the row headings.
        rows: what stands below.
        class_: for its look.
    """
    head = tag("tr", *(tag("th", column, scope="col") for column in columns))
    body = [
        tag("tr", tag("th", row.heading, scope="row"), *(tag("td", cell) for cell in row.cells), class_=row.class_)
        for row in rows
    ]
    return scrolling(
        caption, tag("table", tag("caption", caption), tag("thead", head), tag("tbody", *body), class_=class_)
    )


def scrolling(name: str, content: Markup) -> Markup:
    """A region that scrolls sideways where its content is too wide, by keyboard too."""
    return tag("div", content, class_="scroll", role="region", aria_label=name, tabindex=0)


def estimate_cell(metric: str, estimate: Estimate | None) -> Markup:
    """A value above its interval; a dash where the rung has no such score."""
    if estimate is None:
        return tag("span", "–", class_="none", title="not defined for this rung")
    return join([tag("span", score(metric, estimate.value), class_="value"), tag("small", interval(metric, estimate))])


def definitions(pairs: Sequence[tuple[str, Child]], *, class_: str | None = None) -> Markup:
    """Terms and what they are."""
    return tag("dl", *(tag("div", tag("dt", term), tag("dd", value)) for term, value in pairs), class_=class_)


def folded(summary: str, *content: Child) -> Markup:
    """Content that unfolds at a click, and stands open on paper."""
    return tag("details", tag("summary", summary), *content)


def section(anchor: str, title: str, *content: Child) -> Markup:
    """A section with its heading as its name."""
    return tag(
        "section", tag("h2", title, id=f"{anchor}-title"), *content, id=anchor, aria_labelledby=f"{anchor}-title"
    )
