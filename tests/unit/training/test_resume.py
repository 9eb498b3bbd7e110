import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).parent / "ended_and_resumed.py"


def ended(folder, seed, ends):
    ran = subprocess.run(
        [sys.executable, str(PROGRAM), str(folder), str(seed), str(ends)],
        capture_output=True,
        text=True,
        env={"OMP_NUM_THREADS": "1", "PATH": ""},
    )
    assert ran.returncode == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert found["ended"] == found["in_peace"]
    assert len(found["in_peace"]["history"]["points"]) > 10
    assert len(found["steps"]) > ends // 2
    return found["steps"]


def test_a_training_that_is_killed_goes_on_as_if_nothing_had_been(tmp_path):
    steps = ended(tmp_path, 0, 5)
    assert sorted(steps) == steps


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(4))
def test_it_may_be_killed_often(tmp_path, seed):
    steps = ended(tmp_path, seed, 60)
    assert len(set(steps)) > 10
