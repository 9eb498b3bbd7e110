import json
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from wenmai.training.processes import Processes

PROGRAM = Path(__file__).parent / "two_processes.py"


def started(folder, rank=None, port=0):
    folder.mkdir(exist_ok=True)
    together = {"RANK": str(rank), "WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    return subprocess.Popen(
        [sys.executable, str(PROGRAM), str(folder)],
        stderr=subprocess.PIPE,
        text=True,
        env={"OMP_NUM_THREADS": "1", "PATH": "", **({} if rank is None else together)},
    )


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@pytest.mark.slow
def test_two_processes_find_the_weights_of_one(tmp_path):
    port = free_port()
    running = [started(tmp_path / "two", 0, port), started(tmp_path / "two", 1, port), started(tmp_path / "one")]
    complaints = [process.communicate(timeout=300)[1] for process in running]
    assert [process.returncode for process in running] == [0, 0, 0], complaints
    first, second, alone = (
        dict(np.load(tmp_path / name)) for name in ("two/0-of-2.npz", "two/1-of-2.npz", "one/0-of-1.npz")
    )
    for name, array in alone.items():
        np.testing.assert_array_equal(first[name], second[name])
        np.testing.assert_allclose(first[name], array, atol=1e-4)
    told, expected = (json.loads((tmp_path / name).read_text()) for name in ("two/0-of-2.json", "one/0-of-1.json"))
    np.testing.assert_allclose(told["losses"], expected["losses"], atol=1e-4)
    assert json.loads((tmp_path / "two/1-of-2.json").read_text())["evaluations"] == told["evaluations"]


def test_one_process_alone_needs_no_connection():
    alone = Processes.here(torch.device("cpu"))
    assert alone == Processes()
    assert alone.first
    assert alone.share(np.arange(5)).tolist() == [0, 1, 2, 3, 4]
    assert alone.agreed(1.5, 2.0, device=torch.device("cpu")) == [1.5, 2.0]
    assert alone.add_up([], 0.25) == 0.25


def test_every_row_is_one_process_s_and_no_share_has_only_long_texts():
    rows = np.arange(7)
    shares = [Processes(rank, 3).share(rows).tolist() for rank in range(3)]
    assert shares == [[0, 3, 6], [1, 4], [2, 5]]
