import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from wenmai.core.machine import computes_bfloat16, peak_resident_bytes


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


def test_the_peak_of_memory_is_this_process_s_own():
    before = peak_resident_bytes()
    held = np.ones(1 << 25)  # 256 MiB
    assert before <= peak_resident_bytes()
    assert peak_resident_bytes() >= held.nbytes
    del held
    program = "from wenmai.core.machine import peak_resident_bytes; print(peak_resident_bytes())"
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout
    assert 1 << 20 < int(told) < 1 << 27  # A child may inherit its parent's largest in `ru_maxrss`.


def test_the_peak_where_the_status_does_not_say(monkeypatch):
    monkeypatch.setattr(Path, "read_text", lambda *_: "Name: python")
    assert peak_resident_bytes() > 1 << 20
