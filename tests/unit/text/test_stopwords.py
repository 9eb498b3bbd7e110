from __future__ import annotations

from wenmai.text.stopwords import stop_words


def test_the_lists_hold_grammar_and_no_matter() -> None:
    chinese, english = stop_words("zh"), stop_words("en")
    assert {"的", "了", "我们", "，", "。", "#"} <= chinese
    assert {"the", "and", "don't", "it's", ".", "#"} - {"don't"} <= english
    assert not {"好", "不", "没", "没有", "不是", "很好"} & chinese
    assert not {"good", "bad", "not", "no", "don't", "never"} & english
    assert len(chinese) > 200
    assert len(english) > 150


def test_both_and_a_persons_own() -> None:
    assert stop_words("both", ("手机",)) == stop_words("zh") | stop_words("en") | {"手机"}
    assert stop_words("none") == frozenset()
