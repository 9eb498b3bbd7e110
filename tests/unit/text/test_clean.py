from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from wenmai.core.errors import ConfigError
from wenmai.text.clean import CleanConfig, Cleaner, Rule

DEFAULT = Cleaner(CleanConfig())
CONFIGS = [
    CleanConfig(),
    CleanConfig.minimal(),
    CleanConfig(html="keep", mojibake=False, normalize="nfc", urls=True, numbers=True, punctuation="strip"),
    CleanConfig(simplify=True, lowercase=False, numbers=True),
    CleanConfig(
        rules=(Rule(pattern=r"^(\w)", replacement=r"\1\1"), Rule(pattern="x*"), Rule(pattern="\n", replacement="¶"))
    ),
    CleanConfig(normalize="none", punctuation="strip", urls=True),
]
CLEANERS = [Cleaner(config) for config in CONFIGS]

SNIPPETS = [
    "<b>",
    "</p>",
    "<br />",
    "<script>x<y</script>",
    "<!-- c -->",
    "<!--",
    "&amp;",
    "&lt;",
    "&#20013;",
    "&#0;",
    "&nope;",
    "I <3 you",
    "a < b",
    "ＡＢＣ",
    "，！？",
    "İ",
    "ß",
    "ﬁ",
    "e\u0301",
    "\u0301",
    "ΑΣ",
    "J\u030c",
    "가",
    "\u1100\u1161\u11a8",
    "ｶﾞ",
    "👩\u200d👩\u200d👧",
    "👍🏽",
    "✌️",
    "\u200b",
    "\ufeff",
    "\u00ad",
    "\x00",
    "\n",
    "\r\n",
    "\u3000",
    "\x85",
    " ",
    "  ",
    "å¥½æ\x9c\x8b",
    "Ã©",
    "â€œ",
    "ï¿½",
    "臺灣後來",
    "乾坤",
    "头发",
    "http://a.b/c?d=1.",
    "www.x.cn。",
    "3.5",
    "1,000",
    "don't",
    "<num>",
    "<url>",
    "…",
    "①",
    "½",
    "㍿",
    "﷽",
    "don’t-",
    "\u2028",
    "x_y",
    "\ud800",
]
TEXTS = st.lists(st.one_of(st.sampled_from(SNIPPETS), st.text(max_size=5)), max_size=8).map("".join)


@settings(max_examples=300, deadline=None)
@given(st.lists(TEXTS, max_size=5), st.sampled_from(CLEANERS))
def test_every_character_leads_somewhere_and_the_quick_way_agrees(texts: list[str], cleaner: Cleaner) -> None:
    cleaned = [cleaner.clean(text) for text in texts]
    assert cleaner.clean_many(texts) == [aligned.text for aligned in cleaned]
    for text, aligned in zip(texts, cleaned, strict=True):
        if aligned.starts is None or aligned.ends is None:
            assert len(aligned.text) == len(text)
            continue
        assert len(aligned.starts) == len(aligned.ends) == len(aligned.text)
        assert aligned.starts.dtype == aligned.ends.dtype == np.int32
        assert (np.diff(aligned.starts) >= 0).all()
        assert (np.diff(aligned.ends) >= 0).all()
        if len(aligned.text):
            assert aligned.starts[0] >= 0
            assert aligned.ends[-1] <= len(text)
            assert (aligned.starts <= aligned.ends).all()


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=20) | TEXTS)
@example("J\u030c")
@example("\u00b4")
@example("0-×")
@example("0-÷")
def test_cleaning_what_is_clean_changes_nothing(text: str) -> None:
    # HTML and mojibake are left out: "&amp;lt;" is text about a tag, once.
    plain = CleanConfig(html="keep", mojibake=False)
    numbers, words = plain.but(numbers=True, urls=True), plain.but(punctuation="strip")
    for cleaner in (Cleaner(config) for config in (plain, CleanConfig.minimal(), numbers, words)):
        once = cleaner.clean(text).text
        again = cleaner.clean(once)
        assert again.text == once
        assert again.starts is None


@settings(max_examples=100, deadline=None)
@given(st.text(st.characters(categories=("Ll", "Lo", "Nd")), max_size=20))
def test_characters_lead_to_the_characters_they_are_the_normal_form_of(text: str) -> None:
    aligned = Cleaner(CleanConfig(html="keep", mojibake=False, lowercase=False)).clean(text)
    for at, character in enumerate(aligned.text):
        start, end = aligned.span(at, at + 1)
        assert character in unicodedata.normalize("NFKC", text[start:end])


@pytest.mark.parametrize(
    ("original", "cleaned", "piece", "source"),
    [
        ("看ＡＢＣ！", "看abc!", "abc", "ＡＢＣ"),
        ("a &amp; b", "a & b", "&", "&amp;"),
        ("<p>Good <b>phone</b></p>", "good phone", "phone", "phone"),
        ("un<i>believ</i>able", "unbelievable", "believ", "believ"),
        ("ﬁne", "fine", "f", "ﬁ"),
        ("cafe\u0301 x", "café x", "é", "e\u0301"),
        ("İx", "i\u0307x", "x", "x"),
        ("a \t\n b", "a b", " ", " \t\n "),
        ("价格&#20013;等", "价格中等", "中", "&#20013;"),
        ("è¿\x99ä¸ª好吗", "这个好吗", "个", "ä¸ª"),
        ("the cafÃ© was nice", "the café was nice", "é", "Ã©"),
        ("thatâ€™s", "that’s", "’", "â€™"),
        ("ＡＢ<br>c", "ab c", "c", "c"),
    ],
)
def test_pieces_lead_to_the_right_characters(original: str, cleaned: str, piece: str, source: str) -> None:
    aligned = DEFAULT.clean(original)
    assert aligned.text == cleaned
    start, end = aligned.span(cleaned.index(piece), cleaned.index(piece) + len(piece))
    assert original[start:end] == source


@pytest.mark.parametrize(
    "text", ["i <3 you", "a < b > c", "x <y and y> z", "at&t", "r&d; ok", "<unk> <num>", "tom & jerry"]
)
def test_what_is_no_markup_stays(text: str) -> None:
    assert DEFAULT.clean(text) == DEFAULT.clean(text).__class__(text)


def test_a_text_that_needs_nothing_is_not_aligned_and_not_changed() -> None:
    for text in ("屏幕很好,电池不行", "the screen's fine, 100% so", ""):
        aligned = DEFAULT.clean(text)
        assert aligned.text == text
        assert aligned.starts is None
        assert aligned.ends is None


def test_numbers_and_urls_become_one_token_each() -> None:
    cleaner = Cleaner(CleanConfig(numbers=True, urls=True))
    aligned = cleaner.clean("价格3,500.5元 见https://shop.example.cn/a?b=1。mp3 h2o")
    assert aligned.text == "价格<num>元 见<url>。mp3 h2o"
    assert aligned.span(2, 7) == (2, 9)


def test_punctuation_is_stripped_but_not_inside_words_numbers_and_tokens() -> None:
    cleaner = Cleaner(CleanConfig(punctuation="strip", urls=True))
    assert (
        cleaner.clean("Don't, “state-of-the-art”: 3.5! www.a.cn 好，吗？ - x").text
        == "don't state-of-the-art 3.5 <url> 好 吗 x"
    )


def test_traditional_characters_become_simplified() -> None:
    assert Cleaner(CleanConfig(simplify=True)).clean_many(["臺灣的頭髮", "乾淨"]) == ["台湾的头发", "干净"]


def test_rules_run_in_order_on_each_text_alone() -> None:
    cleaner = Cleaner(
        CleanConfig(rules=(Rule(pattern=r"@(\w+)", replacement=r"用户"), Rule(pattern="用户$", replacement="")))
    )
    assert cleaner.clean_many(["@张三 好 @李四", "x"]) == ["用户 好", "x"]


def test_a_regular_expression_that_does_not_compile_is_shown() -> None:
    with pytest.raises(ConfigError) as caught:
        CleanConfig.parse({"rules": [{"pattern": "a(b"}]})
    assert "the regular expression 'a(b' does not compile: missing ), unterminated subpattern at character 2" in str(
        caught.value
    )


def test_a_replacement_that_names_a_missing_group_is_shown() -> None:
    with pytest.raises(ConfigError, match=r"the replacement '\\\\2' does not fit '\(a\)': invalid group reference 2"):
        CleanConfig.parse({"rules": [{"pattern": "(a)", "replacement": r"\2"}]})


def test_the_main_text_of_a_page_is_a_new_original() -> None:
    body = "This is the article that people came for. " * 10
    menu = "<nav><a href='/'>Home</a><a href='/x'>More</a></nav>"
    page = f"<html><body>{menu}<article><h1>Title</h1><p>{body}</p></article>"
    page += "<footer>Copyright</footer></body></html>"
    cleaner = Cleaner(CleanConfig(html="main"))
    original = cleaner.original(page)
    assert "article that people came for" in original
    assert "Copyright" not in original
    aligned = cleaner.clean(page)
    assert aligned.text == cleaner.clean_many([page, "x"])[0]
    at = aligned.text.index("article")
    start, end = aligned.span(at, at + 7)
    assert original[start:end] == "article"


def test_main_leaves_ordinary_text_to_the_stripping_of_tags() -> None:
    assert Cleaner(CleanConfig(html="main")).clean("a<br>b &amp; c").text == "a b & c"


def test_half_a_surrogate_pair_becomes_the_replacement_character() -> None:
    assert DEFAULT.clean_many(["a\ud800b"]) == ["a\ufffdb"]
