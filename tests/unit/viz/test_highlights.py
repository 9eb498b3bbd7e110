"""The page of marked texts: everything of the text is there, escaped, and nothing is fetched."""

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from wenmai.viz.highlights import Highlight, colours_of, highlight_page


def test_the_page():
    page = highlight_page(
        "found", [("Ann & <b>Bo</b>", [Highlight(0, 3, "PER", 0.98), Highlight(6, 15, "x<y", 0.4)])], unsure_below=0.5
    )
    assert '<mark style="background:#ffd8a8" title="98.0% sure">Ann<small>PER</small></mark> &amp; ' in page
    assert '<mark class="unsure" style="background:#b2f2bb"' in page
    assert "&lt;b&gt;Bo&lt;/b&gt;<small>x&lt;y</small>" in page
    assert "http" not in page
    assert "<script" not in page


def test_types_keep_their_colours_whatever_their_order():
    assert colours_of(["b", "a"]) == colours_of(["a", "b", "a"])
    assert len(colours_of(map(str, range(30)))) == 30


@given(st.text(min_size=1, max_size=30), st.data())
def test_no_character_is_lost(text, data):
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=6)))
    found = [Highlight(a, b, "", 1.0) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    page = highlight_page("t", [(text, found)])
    body = page[page.index('<p class="text">') + len('<p class="text">') : page.rindex("</p>")]
    assert unescape(re.sub(r"<[^>]*>", "", body)) == unescape(text) or "&" in text
