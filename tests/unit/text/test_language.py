from __future__ import annotations

import pytest

from wenmai.core.schema import Language
from wenmai.text.language import detect_language


@pytest.mark.parametrize(
    ("texts", "language"),
    [
        (["屏幕很好，电池不行", "iPhone 还可以"], "zh"),
        (["The screen is fine. " * 9, "Peking (北京) is a city"], "en"),
        (["很好", "very good phone"], "mixed"),
        ([], "en"),
        (["", "123 !!"], "en"),
        (["𠮷野家"], "zh"),
    ],
)
def test_the_language_is_told_by_the_letters(texts: list[str], language: Language) -> None:
    assert detect_language(texts) == language


def test_a_sample_is_enough() -> None:
    assert detect_language(iter(["好" * 10_000] * 1000 + ["english"] * 1000)) == "zh"
