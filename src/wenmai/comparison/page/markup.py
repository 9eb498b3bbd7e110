"""HTML that cannot forget to escape: plain strings are text, only `Markup` is markup."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

_VOID = frozenset({"meta", "link", "br", "hr", "col"})
# What HTML has no way to write: control characters, and halves of surrogate pairs, which UTF-8 refuses.
_UNWRITABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


Child = str | None
"""A child of an element: text (a plain string), markup, or nothing."""


def escape(text: str) -> Markup:
    """Text as HTML shows it; markup passes as it is."""
    if isinstance(text, Markup):
        return text
    return Markup(html.escape(_UNWRITABLE.sub("\ufffd", text), quote=True))


def join(children: Iterable[Child]) -> Markup:
    """Children one after the other."""
    return Markup("".join(escape(child) for child in children if child is not None))


def tag(name: str, /, *children: Child, **attributes: str | int | bool | None) -> Markup:
    """An element.

    Args:
        name: of the element.
        children: text, markup or None.
        attributes: ``class_`` and ``for_`` lose their underscore, others have ``-`` for ``_``; None and False are left
            out, True stands without a value.
    """
    written = "".join(
        _attribute(key, value) for key, value in attributes.items() if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{join(children)}</{name}>")


def _attribute(key: str, value: str | int | bool) -> str:
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(str(value))}"'
