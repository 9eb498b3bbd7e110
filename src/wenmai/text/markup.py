"""HTML: tags out, entities to their characters, and the main text of a page.

The parser of `selectolax` says nothing about offsets, so what a piece of its text came from could only be guessed.
Tags and entities are therefore found by a scanner of this file, which knows where they stand; tests hold its text
against selectolax's. The parser itself reads pages, where a new original begins and no offsets are needed.
"""

from __future__ import annotations

import html
import re

from wenmai.core.errors import MissingExtraError
from wenmai.text.alignment import Edit


def _names(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_INLINE = _names(
    "a abbr acronym b bdi bdo big cite code data del dfn em font i ins kbd label mark q rp rt ruby s samp small span"
    " strike strong sub sup time tt u var wbr"
)
_BLOCK = _names(
    "address area article aside audio base blockquote body br button canvas caption center col colgroup datalist dd"
    " details dialog dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head"
    " header hgroup hr html iframe img input legend li link main map marquee menu meta meter nav nobr noframes noscript"
    " object ol optgroup option output p param picture pre progress section select source summary svg table tbody td"
    " textarea tfoot th thead title tr track ul video"
)
_HIDDEN = frozenset({"script", "style", "template"})

# Only the names of HTML elements make a tag, so that "I <3 you", "a < b", "<unk>" and "x <y and y> z" stay as they are.
# The quantifiers are possessive and the quoted parts bounded: no input makes the search quadratic.
_MARK = re.compile(
    r"(?P<comment><!--)"
    r"|<(?P<close>/?)(?P<name>[a-zA-Z][a-zA-Z0-9]*+)(?=[\s/>])"
    r"""(?:(?:[^<>"']++|"[^"]{0,4096}"|'[^']{0,4096}')*+>|[^<>]*+>)"""
    r"|(?P<declaration><!(?i:doctype)\b[^<>]*+>|<\?(?i:xml)\b[^<>]*+>)"
    r"|(?P<entity>&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[a-zA-Z][a-zA-Z0-9]{1,31});)"
)
_PAGE = re.compile(r"<(?:!doctype|html|head|body|article|main|div|section|table)\b", re.IGNORECASE)


def markup_edits(text: str) -> list[Edit]:
    """What to take out of a text with HTML: tags, comments, scripts and styles; entities become their characters.

    Inline tags vanish; all others, which part words on the page, become a space. A comment or a script that is never
    closed loses its opening mark only.
    """
    edits: list[Edit] = []
    unclosed: set[str] = set()
    at = 0
    while match := _MARK.search(text, at):
        start, at = match.span()
        if entity := match["entity"]:
            new = html.unescape(entity)
            if new != entity:
                edits.append((start, at, new))
            continue
        if match["comment"]:
            end = _closing("--", re.compile("-->"), text, at, unclosed)
            at = end or at
            edits.append((start, at, ""))
            continue
        name = (match["name"] or "").lower()
        if name in _HIDDEN:
            if not match["close"]:
                at = _closing(name, re.compile(rf"</{name}\s*+>", re.IGNORECASE), text, at, unclosed) or at
            edits.append((start, at, " "))
        elif name in _INLINE:
            edits.append((start, at, ""))
        elif not name or name in _BLOCK:
            edits.append((start, at, " "))
        else:
            at = start + 1
    return edits


def _closing(kind: str, pattern: re.Pattern[str], text: str, at: int, unclosed: set[str]) -> int | None:
    """Where the closing mark ends; remembers that there is none, so that a text is not searched again and again."""
    if kind in unclosed:
        return None
    found = pattern.search(text, at)
    if found is None:
        unclosed.add(kind)
        return None
    return found.end()


def is_page(text: str) -> bool:
    """Whether a text is a web page, or a part of one, rather than text with a few tags."""
    return "<" in text and _PAGE.search(text) is not None


def main_text(page: str) -> str:
    """The main text of a web page, without menus and footers; all of its visible text where none stands out.

    Raises:
        MissingExtraError: without the extra ``web``.
    """
    try:
        import trafilatura
    except ImportError:
        raise MissingExtraError("the main text of web pages", "web") from None
    found = trafilatura.extract(page, include_comments=False)
    return found if found else visible_text(page)


def visible_text(page: str) -> str:
    """All text that a browser would show of a page, as selectolax parses it."""
    from selectolax.lexbor import LexborHTMLParser

    tree = LexborHTMLParser(page)
    tree.strip_tags([*_HIDDEN, "head", "noscript"])
    return str(tree.body.text(separator="\n", strip=True)) if tree.body is not None else ""
