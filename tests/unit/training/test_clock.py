import pytest

from wenmai.bundle.history import Pace
from wenmai.training import clock as module
from wenmai.training.clock import Clock


def test_the_parts_and_what_is_left_add_up(monkeypatch):
    now = [0.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])
    clock = Clock()
    for part, seconds in (("forward", 3.0), ("backward", 4.0), ("step", 2.0), ("evaluation", 5.0), ("batches", 0.5)):
        with clock.part(part):
            now[0] += seconds
    now[0] += 0.5
    clock.tokens, clock.area = 900, 1000
    pace = clock.pace()
    assert pace.seconds == clock.seconds() == 15
    assert pace.other == pytest.approx(0.5)
    assert pace.padding == pytest.approx(0.1)
    assert pace.tokens_per_second == pytest.approx(90)
    assert pace.overhead == pytest.approx(0.1)
    assert clock.seconds("forward", "backward") == 7


def test_no_time_is_no_speed():
    assert (Pace().tokens_per_second, Pace().overhead) == (0, 0)


def test_what_went_before_counts_too(monkeypatch):
    now = [100.0]
    monkeypatch.setattr(module.time, "perf_counter", lambda: now[0])
    clock = Clock()
    clock.go_on(Pace(forward=3, backward=4, other=1, tokens=900, padding=0.1))
    with clock.part("forward"):
        now[0] += 2
    clock.tokens, clock.area = clock.tokens + 100, clock.area + 100
    pace = clock.pace()
    assert (pace.forward, pace.backward, pace.other, pace.seconds) == (5, 4, 1, 10)
    assert (pace.tokens, pace.padding) == (1000, pytest.approx(100 / 1100))


def test_going_on_after_nothing_but_empty_texts():
    clock = Clock()
    clock.go_on(Pace(forward=3, tokens=0, padding=1.0))
    assert (clock.tokens, clock.area) == (0, 0)
