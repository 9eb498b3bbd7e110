from pathlib import Path

import pytest

from wenmai.core.machine import computes_bfloat16


@pytest.mark.parametrize(
    ("listed", "native"),
    [
        ("processor: 0\nflags\t\t: fpu avx512f avx512_bf16 sse\n", True),
        ("flags\t\t: fpu amx_bf16 amx_tile\n", True),
        ("Features\t: fp asimd bf16\n", True),
        ("flags\t\t: fpu avx512f avx2\n", False),
        ("model name: made of bf16\n", False),
        ("", False),
    ],
)
def test_bfloat16_is_looked_up_and_not_assumed(monkeypatch, listed, native):
    monkeypatch.setattr(Path, "read_text", lambda _: listed)
    assert computes_bfloat16() is native


def test_a_system_that_does_not_say_has_none(monkeypatch):
    def missing(_):
        raise FileNotFoundError

    monkeypatch.setattr(Path, "read_text", missing)
    assert computes_bfloat16() is False
