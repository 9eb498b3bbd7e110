"""A page of texts with the spans that were found in them marked, by the colour of their type; works offline."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from html import escape
from typing import NamedTuple

COLOURS = ("#ffd8a8", "#b2f2bb", "#a5d8ff", "#eebefa", "#ffc9c9", "#ffec99", "#99e9f2", "#d0bfff", "#d8f5a2", "#dee2e6")
"""Light enough for dark text; types beyond the last take them again, and are told by their names, which stand there."""

_STYLE = """
body { font: 16px/1.9 system-ui, sans-serif; margin: 2rem auto; max-width: 52rem; padding: 0 1rem; color: #212529;
  background: #fff; }
h1 { font-size: 1.3rem; }
p.text { margin: 0 0 1rem; white-space: pre-wrap; overflow-wrap: anywhere; }
mark { padding: .1em .25em; border-radius: .25em; color: #212529; }
mark small { font-size: .68em; margin-left: .35em; opacity: .8; }
mark.unsure { outline: 2px dashed #c92a2a; }
ul.legend { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: .5rem 1rem; }
"""


class Highlight(NamedTuple):
    """Characters ``start:end`` of a text, their type ("" for none), and how sure it is, 0 to 1."""

    start: int
    end: int
    label: str
    score: float


def colours_of(labels: Iterable[str]) -> dict[str, str]:
    """A colour for each type, in the order of their names."""
    return {label: COLOURS[number % len(COLOURS)] for number, label in enumerate(sorted(set(labels)))}


def highlight_page(
    title: str,
    texts: Sequence[tuple[str, Sequence[Highlight]]],
    *,
    headings: Sequence[str] = (),
    unsure_below: float | None = None,
) -> str:
    """The page.

    Args:
        title: its heading.
        texts: each with its highlights in order, which do not overlap.
        headings: what stands before each text; empty for nothing.
        unsure_below: highlights that are less sure are outlined; None outlines none.
    """
    counts = Counter(one.label for _, found in texts for one in found)
    colours = colours_of(counts)
    legend = "".join(
        f'<li><mark style="background:{colours[label]}">{escape(label)}</mark> {counts[label]:,}</li>'
        for label in sorted(counts)
        if label
    )
    before = headings or [""] * len(texts)
    pairs = zip(texts, before, strict=True)
    body = "\n".join(_paragraph(text, found, colours, unsure_below, heading) for (text, found), heading in pairs)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<h1>{escape(title)}</h1>\n"
        f'<ul class="legend">{legend}</ul>\n{body}\n</body>\n</html>\n'
    )


def _paragraph(
    text: str, found: Sequence[Highlight], colours: dict[str, str], unsure_below: float | None, heading: str
) -> str:
    parts = [f"<b>{escape(heading)}</b> "] if heading else []
    at = 0
    for one in found:
        unsure = ' class="unsure"' if unsure_below is not None and one.score < unsure_below else ""
        name = f"<small>{escape(one.label)}</small>" if one.label else ""
        parts.append(escape(text[at : one.start]))
        parts.append(
            f'<mark{unsure} style="background:{colours[one.label]}" title="{one.score:.1%} sure">'
            f"{escape(text[one.start : one.end])}{name}</mark>"
        )
        at = one.end
    parts.append(escape(text[at:]))
    return f'<p class="text">{"".join(parts)}</p>'
