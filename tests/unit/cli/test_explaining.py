from __future__ import annotations

from typing import Any

import numpy as np

from wenmai.cli.explaining import deciding, deciding_spans, described, marked, strongest
from wenmai.models.contract import Attribution

TEXT = "屏幕很好 not"
FOUND = Attribution([(0, 2), (2, 3), (3, 4), (5, 8)], np.array([0.1, 0.0, 2.0, -1.0]))


def test_words_are_ordered_by_their_weight() -> None:
    assert deciding(TEXT, FOUND) == [("好", 2.0), ("not", -1.0), ("屏幕", 0.1)]
    assert strongest(TEXT, FOUND).plain == "  words that decided: 好 +2.00, not -1.00, 屏幕 +0.10"
    assert strongest("x", Attribution([], np.zeros(0))).plain.endswith(": none")


def test_spans_are_in_the_order_of_the_text() -> None:
    assert deciding_spans(TEXT, FOUND)[1] == {"start": 3, "end": 4, "word": "好", "weight": 2.0}


def test_strong_and_weak_words_are_marked_apart() -> None:
    line = marked(TEXT, FOUND)
    assert line.plain == TEXT
    assert [(span.start, span.end, span.style) for span in line.spans] == [
        (3, 4, "bold black on green"),
        (5, 8, "red underline"),
    ]


def test_a_label_cannot_steer_the_terminal_and_takes_one_line() -> None:
    class Prediction:
        def to_dict(self) -> dict[str, object]:
            return {
                "label": "\x1b[31mred\nalarm",
                "score": 0.5,
                "probabilities": {"\x1b[31mred\nalarm": 0.5, "calm": 0.5},
            }

    bundle: Any = None
    lines = [line.plain for line in described(bundle, "text", Prediction(), explain=False)]
    assert lines == ["␛[31mred↵alarm  50.0%", "  ␛[31mred↵alarm 50.0%  calm 50.0%", "text"]


def test_a_text_cannot_steer_the_terminal() -> None:
    assert marked("\x1b[2J好", Attribution([(0, 1)], np.array([1.0]))).plain == "␛[2J好"
