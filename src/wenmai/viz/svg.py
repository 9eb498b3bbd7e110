"""From a chart to an SVG that takes its colours and its type from the page around it."""

from __future__ import annotations

import re
from typing import Any

from wenmai.core.errors import MissingExtraError

INK = "#010101"
MUTED = "#010102"
RULE = "#010103"
ACCENT = "#010104"
PAPER = "#010105"

VARIABLES = {INK: "--ink", MUTED: "--muted", RULE: "--rule", ACCENT: "--accent", PAPER: "--paper"}
"""Placeholder colours of the charts and the CSS variables they become, so that dark pages and paper both work."""

FONT_SIZE = 12

_COLOUR = re.compile(r'(fill|stroke)="(#01010[1-5])"')
_FONT = re.compile(r' font-family="[^"]*"')
_ARIA = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
_SIZE = re.compile(r'<svg [^>]*?width="([\d.]+)" height="([\d.]+)"[^>]*>')


def altair() -> Any:
    """The altair module.

    Raises:
        MissingExtraError: when altair or vl-convert is not installed.
    """
    try:
        import altair
        import vl_convert  # noqa: F401
    except ImportError:
        raise MissingExtraError("a chart", "report") from None
    return altair


def render(chart: Any) -> str:
    """The chart as ``<svg>``: sized by a view box, coloured by `VARIABLES`, silent to screen readers.

    The element around it is expected to carry ``role="img"`` and to say in words what the picture shows.
    """
    import vl_convert

    spec = chart.to_dict()
    # The specification holds its data, and an empty list keeps the renderer from fetching any.
    svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    svg = _COLOUR.sub(lambda found: f'{found[1]}="var({VARIABLES[found[2]]})"', svg)
    svg = _ARIA.sub("", _FONT.sub("", svg))
    return _SIZE.sub(
        lambda found: f'<svg viewBox="0 0 {found[1]} {found[2]}" style="max-width:{found[1]}px" aria-hidden="true">',
        svg,
        count=1,
    )


def plain_config() -> dict[str, Any]:
    """Configuration shared by all charts: no frame, thin rules, one type size."""
    axis = {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "titleFontWeight": "normal",
        "labelFontSize": FONT_SIZE,
        "titleFontSize": FONT_SIZE,
        "domain": False,
        "ticks": False,
        "gridColor": RULE,
        "labelPadding": 6,
    }
    return {"background": "transparent", "view": {"stroke": None}, "axis": axis, "text": {"fontSize": FONT_SIZE}}
