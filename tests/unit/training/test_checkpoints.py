import errno
import json

import numpy as np
import pytest

from wenmai.core.errors import FitError
from wenmai.training.checkpoints import Checkpoints, Standing

KEY = {"recipe": "a", "seed": "0"}


def arrays(step):
    return {"weights/w": np.full(3, step, np.float32), "step/w": np.float32(step).reshape(())}


@pytest.fixture
def kept(tmp_path):
    checkpoints = Checkpoints(tmp_path / "kept", KEY)
    for step in (1, 2, 3):
        checkpoints.save(Standing(step=step, epoch=step, best=0.5), arrays(step))
    return checkpoints


def test_the_newest_comes_back_and_only_the_last_two_stay(kept):
    standing, found = kept.newest()
    assert standing == Standing(step=3, epoch=3, best=0.5)
    assert {name: array.tolist() for name, array in found.items()} == {"weights/w": [3, 3, 3], "step/w": 3}
    names = sorted(path.name for path in kept.folder.iterdir())
    assert names == ["00000002.json", "00000002.safetensors", "00000003.json", "00000003.safetensors"]
    assert kept.notes == []


def test_no_folder_is_no_checkpoint(tmp_path):
    assert Checkpoints(tmp_path / "none", KEY).newest() is None


@pytest.mark.parametrize("ending", [".json", ".safetensors"])
@pytest.mark.parametrize("damage", ["cut", "flipped", "emptied", "removed"])
def test_a_damaged_one_is_passed_over_for_the_one_before(kept, ending, damage):
    file = (kept.folder / "00000003").with_suffix(ending)
    content = bytearray(file.read_bytes())
    if damage == "removed":
        file.unlink()
    else:
        content[len(content) // 2] ^= 1
        file.write_bytes({"cut": content[: len(content) // 2], "flipped": content, "emptied": b""}[damage])
    standing, found = kept.newest()
    assert standing.step == 2
    assert found["weights/w"].tolist() == [2, 2, 2]
    if not (ending == ".json" and damage == "removed"):  # then it never was one
        assert [note[:41] for note in kept.notes] == ["the checkpoint 00000003 was passed over: "]


def test_every_byte_of_the_json_is_under_its_sum(kept):
    file = kept.folder / "00000003.json"
    values = json.loads(file.read_text())
    values["standing"]["best"] = 0.9
    file.write_text(json.dumps(values))
    assert kept.newest()[0].step == 2


def test_where_all_are_damaged_there_is_none(kept):
    for file in kept.folder.glob("*.safetensors"):
        file.write_bytes(b"x")
    assert kept.newest() is None
    assert len(kept.notes) == 2


def test_those_of_another_recipe_are_not_used_and_that_is_said(kept):
    other = Checkpoints(kept.folder, {**KEY, "seed": "1"})
    assert other.newest() is None
    assert other.notes == ["trained from the start: the checkpoints are of other seed"]


def test_what_a_killed_process_left_half_written_is_removed(kept):
    for name in (".00000004.safetensors.abc", ".00000004.json.abc", "00000004.safetensors"):
        (kept.folder / name).write_bytes(b"half")
    assert kept.newest()[0].step == 3
    kept.save(Standing(step=5), arrays(5))
    names = sorted(path.stem for path in kept.folder.iterdir())
    assert names == ["00000003", "00000003", "00000005", "00000005"]


@pytest.mark.parametrize(
    "place", ["wenmai.training.checkpoints.save_arrays", "wenmai.training.checkpoints.write_atomic"]
)
def test_a_full_disk_is_said_and_the_last_one_stays_whole(kept, monkeypatch, place):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(place, full)
    with pytest.raises(FitError, match=r"step 4 could not be written \(No space left on device\)") as error:
        kept.save(Standing(step=4), arrays(4))
    assert error.value.where == str(kept.folder)
    monkeypatch.undo()
    assert kept.newest()[0].step == 3


def test_a_full_disk_in_the_middle_of_a_write_leaves_nothing_half(kept, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    before = sorted(path.name for path in kept.folder.iterdir())
    monkeypatch.setattr("wenmai.core.io.os.fsync", full)
    with pytest.raises(FitError, match="make room, then go on with --resume"):
        kept.save(Standing(step=4), arrays(4))
    assert sorted(path.name for path in kept.folder.iterdir()) == before
