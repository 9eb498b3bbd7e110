import pytest

from wenmai.models.loop_config import ScheduleConfig
from wenmai.training.schedule import share_of_rate


@pytest.mark.parametrize(
    ("shape", "floor", "expected"),
    [
        ("linear", 0.0, [0, 0.5, 1, 0.5, 0]),
        ("linear", 0.2, [0, 0.5, 1, 0.6, 0.2]),
        ("cosine", 0.0, [0, 0.5, 1, 0.5, 0]),
        ("constant", 0.0, [0, 0.5, 1, 1, 1]),
    ],
)
def test_the_rate_rises_and_goes_down(shape, floor, expected):
    schedule = ScheduleConfig(shape=shape, warmup=0.2, floor=floor)
    assert [share_of_rate(schedule, done) for done in (0, 0.1, 0.2, 0.6, 1)] == pytest.approx(expected)


def test_a_cosine_is_flat_at_its_ends():
    schedule = ScheduleConfig(shape="cosine", warmup=0)
    assert share_of_rate(schedule, 0) == 1
    assert share_of_rate(schedule, 0.1) > 0.97
    assert share_of_rate(schedule, 0.9) < 0.03


def test_past_the_end_it_stays_at_the_floor():
    assert share_of_rate(ScheduleConfig(floor=0.1), 1.3) == pytest.approx(0.1)
