import pytest

from wenmai.training import pacing
from wenmai.training.pacing import Pacer


@pytest.fixture
def clock(monkeypatch):
    class Clock:
        now = 100.0

    monkeypatch.setattr(pacing.time, "monotonic", lambda: Clock.now)
    return Clock


def walk(pacer, clock, share, seconds, reserve=0.0):
    """Steps of one length until the pacer says stop or the plan is done; the share that was done."""
    done = 0.0
    while done < 1 and not pacer.is_over(done):
        clock.now += seconds
        done += share
        pacer.observe(done, reserve)
    return done


def test_without_a_deadline_everything_is_done(clock):
    pacer = Pacer(None)
    assert walk(pacer, clock, 0.01, 50) == pytest.approx(1)
    assert pacer.end == 1
    assert not pacer.spent


def test_enough_time_changes_nothing(clock):
    pacer = Pacer(clock.now + 110)
    assert walk(pacer, clock, 0.01, 0.9) == pytest.approx(1)
    assert pacer.end == 1


def test_too_little_time_shortens_the_plan_so_that_there_is_time_for_what_comes_after(clock):
    pacer = Pacer(clock.now + 50)
    done = walk(pacer, clock, 0.001, 0.1, reserve=5.0)
    assert done == pytest.approx(pacer.end, abs=0.002)
    assert done == pytest.approx(0.40, abs=0.02)
    assert clock.now <= 145
    assert not pacer.spent


def test_a_sudden_slowness_ends_at_the_deadline(clock):
    pacer = Pacer(clock.now + 10)
    pacer.observe(0.1, 0)
    clock.now += 30
    assert pacer.is_over(0.1)
