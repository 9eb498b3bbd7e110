from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from wenmai.text.alignment import apply_edits
from wenmai.text.markup import is_page, markup_edits, visible_text


def stripped(text: str) -> str:
    return apply_edits(text, markup_edits(text))


WORDS = st.sampled_from(["好", "phone", "a &amp; b", "1 &lt; 2", "&eacute;t&eacute;", "&#x4e2d;", "x > y"])
ELEMENTS = st.recursive(
    WORDS,
    lambda inner: st.tuples(
        st.sampled_from(["p", "div", "b", "span", "em", "li", "SECTION"]),
        st.sampled_from(["", " class='x'", ' title="a > b"', " data-a=1 hidden"]),
        st.lists(inner, max_size=3).map(" ".join),
    ).map(lambda parts: f"<{parts[0]}{parts[1]}>{parts[2]}</{parts[0]}>"),
    max_leaves=6,
)
ASIDES = st.sampled_from(
    ["<!-- <p>no</p> -->", "<script>if (a<b) {}</script>", "<style>p > a {}</style>", "<br/>", "<hr>"]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.one_of(ELEMENTS, ASIDES), max_size=5).map("".join))
def test_well_formed_html_gives_the_text_that_selectolax_sees(html: str) -> None:
    tree = LexborHTMLParser(f"<body>{html}</body>")
    tree.strip_tags(["script", "style", "template"])
    assert tree.body is not None
    assert "".join(stripped(html).split()) == "".join(tree.body.text().split())


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a<br>b", "a b"),
        ("un<b>believ</b>able", "unbelievable"),
        ("<p class=x>y</p>", " y "),
        ('<a title="<p>">x</a>', "x"),
        ("<!DOCTYPE html><p>x", "  x"),
        ("a<script>b", "a b"),
        ("a<!--b", "ab"),
        ("&copy=1 &hearts; &#x2764;", "&copy=1 ♥ ❤"),
        ("text <br", "text <br"),
        ("<foo>kept</foo>", "<foo>kept</foo>"),
        ("<<b>x", "<x"),
    ],
)
def test_tags_and_entities(html: str, text: str) -> None:
    assert stripped(html) == text


@pytest.mark.parametrize("part", ["<a ", '<a "', "<!--", "<script>", "<a b='", "&#", "</", '<p a="x" '])
def test_no_markup_takes_quadratic_time(part: str) -> None:
    started = time.process_time()
    stripped(part * 20_000)
    assert time.process_time() - started < 5


def test_pages_are_told_from_text_with_tags() -> None:
    assert is_page("<!DOCTYPE html><html><body>x</body></html>")
    assert not is_page("a<br>b <i>c</i>")


def test_the_visible_text_of_a_page_leaves_out_what_no_reader_sees() -> None:
    assert (
        visible_text("<html><head><title>t</title></head><body><p>a</p><script>b</script><p>c</p></body></html>")
        == "a\nc"
    )
