from __future__ import annotations

from html.parser import HTMLParser

from hypothesis import given, settings
from hypothesis import strategies as st

from wenmai.comparison.page.markup import Markup, escape, join, tag


class Collector(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_any_text_comes_back_as_text_and_as_an_attribute(text: str) -> None:
    reader = Collector()
    reader.feed(tag("p", text, title=text))
    reader.close()
    assert [name for name, _ in reader.tags] == ["p"]
    assert reader.tags[0][1]["title"] == text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")
    assert reader.text == text.replace("\ufffe", "\ufffd").replace("\uffff", "\ufffd")


def test_what_html_cannot_write_becomes_a_replacement_mark() -> None:
    assert escape("a\x00b\ud800c\x1bd\te") == "a\ufffdb\ufffdc\ufffdd\te"
    escape("\udfff").encode()


def test_attributes() -> None:
    assert tag("td", "x", class_="a", aria_label="<b>", hidden=True, open=False, id=None, tabindex=0) == (
        '<td class="a" aria-label="&lt;b&gt;" hidden tabindex="0">x</td>'
    )
    assert tag("meta", name="viewport") == '<meta name="viewport">'


def test_markup_passes_and_text_does_not() -> None:
    assert join(["<", tag("b", "&"), None, Markup("<i>")]) == "&lt;<b>&amp;</b><i>"
