"""From a map to its page: style, script and words in one file, and a policy that lets nothing else in."""

from __future__ import annotations

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from typing import Any

import numpy as np

from wenmai.apps.vector_map import WordMap

_PLACE = re.compile(r"\{\{(\w+)\}\}")
_STEPS = 100_000
"""Places are whole numbers up to this: finer than any screen, shorter than decimals."""


def page(drawn: WordMap, title: str) -> str:
    """The page as HTML."""
    here = files("wenmai.apps.map_page")
    style, script = ((here / name).read_text("utf-8") for name in ("map.css", "map.js"))
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; script-src 'sha256-{digest}'; style-src 'unsafe-inline'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    body = (here / "map.html").read_text("utf-8")
    filled = {
        "policy": html.escape(policy),
        "title": html.escape(title),
        "notes": html.escape(". ".join(note[:1].upper() + note[1:] for note in drawn.notes)) + ".",
        "count": f"{len(drawn.words):,}",
        "style": style,
        "data": _data(drawn),
        "script": script,
    }
    # In one pass: a word of the map that looks like a place of the page stays a word.
    return _PLACE.sub(lambda place: filled[place[1]], body)


def _data(drawn: WordMap) -> str:
    """The words and where they are, as JSON that no ``</script>`` can end."""
    places = np.rint(drawn.places * _STEPS).astype(np.int64)
    values: dict[str, Any] = {
        "words": list(drawn.words),
        "x": places[:, 0].tolist(),
        "y": (_STEPS - places[:, 1]).tolist(),  # A screen counts downward.
        "steps": _STEPS,
        "groups": drawn.groups.tolist(),
        "names": list(drawn.group_names),
        "near": drawn.neighbors.tolist(),
        "counts": None if drawn.counts is None else drawn.counts.tolist(),
    }
    written = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return written.replace("<", "\\u003c").encode("utf-8", "replace").decode()
