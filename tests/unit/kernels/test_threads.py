"""Work side by side, by torch's threads and by our own."""

import os
import subprocess
import sys
import threading
import time

import pytest

from wenmai.kernels import threads as module
from wenmai.kernels.threads import in_threads


@pytest.fixture(params=["torch", "own"])
def team(request, monkeypatch):
    """Once with the threads that torch keeps, once with those of the module."""
    if request.param == "own":
        monkeypatch.setattr(module, "_team_of_torch", lambda: None)
    else:
        pytest.importorskip("torch")
        if module._team_of_torch() is None:
            pytest.skip("this torch brings no OpenMP of GNU")
    return request.param


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_results_stand_in_the_order_of_the_parts(team, threads):
    assert in_threads(threads, lambda part: part * part, list(range(50))) == [part * part for part in range(50)]
    assert in_threads(threads, str, []) == []


def test_two_parts_stand_side_by_side(team):
    both = threading.Barrier(2, timeout=30)
    assert sorted(in_threads(2, lambda part: both.wait() * 0 + part, [1, 2])) == [1, 2]


def test_what_goes_wrong_is_raised(team):
    def work(part):
        if part == 3:
            raise KeyError("three")
        return part

    with pytest.raises(KeyError, match="three"):
        in_threads(2, work, [1, 2, 3, 4])
    assert in_threads(2, work, [1, 2]) == [1, 2]


def test_work_within_work_ends(team):
    inner = lambda part: sum(in_threads(2, lambda one: one + part, [1, 2]))  # noqa: E731
    assert in_threads(1, inner, [10, 20]) == [23, 43]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_copy_of_the_process_has_threads_of_its_own():
    code = (
        "import os\n"
        "from wenmai.kernels.threads import in_threads\n"
        "in_threads(2, str, [1, 2])\n"
        "child = os.fork()\n"
        "if not child:\n"
        "    os._exit(0 if in_threads(2, str, [1, 2]) == ['1', '2'] else 1)\n"
        "print(os.waitpid(child, 0)[1])\n"
    )
    began = time.monotonic()
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert ran.stdout.strip() == "0"
    assert time.monotonic() - began < 60
