from __future__ import annotations

import platform
from pathlib import Path

import pytest

from wenmai.comparison.environment import describe_command, describe_environment, repeated_command


def test_the_environment_names_versions_and_the_machine_and_nobody() -> None:
    found = describe_environment()
    assert found.versions["python"] == platform.python_version()
    assert {"wenmai", "numpy", "scikit-learn"} <= set(found.versions)
    assert found.cores >= 1
    assert found.memory_gib > 0
    said = found.to_json()
    assert str(Path.home()) not in said
    assert "/" not in found.system


def test_a_command_is_quoted_and_shows_no_home() -> None:
    home = Path("/home/李明")
    arguments = ["/opt/tools/bin/wenmai", "compare", "/home/李明/my data.csv", "--out=/home/李明/run", "a b"]
    assert describe_command(arguments, home) == "wenmai compare ~/'my data.csv' '--out=~/run' 'a b'"


def test_a_home_at_the_root_leaves_paths_alone() -> None:
    assert describe_command(["wenmai", "/data/a.csv"], Path("/")) == "wenmai /data/a.csv"


@pytest.mark.parametrize(
    ("command", "repeated"),
    [
        ("wenmai compare a.csv --out run", "wenmai compare a.csv --corrections 'my run/l.csv'"),
        ("wenmai compare '~/my data/a.csv' --resume", "wenmai compare ~/'my data/a.csv' --corrections 'my run/l.csv'"),
        ("__main__.py compare a.csv --out=x --corrections=b", "wenmai compare a.csv --corrections 'my run/l.csv'"),
        ("wenmai compare --corrections b a.csv --seed 3", "wenmai compare a.csv --seed 3 --corrections 'my run/l.csv'"),
    ],
)
def test_a_command_is_repeated_in_a_new_folder(command: str, repeated: str) -> None:
    assert repeated_command(command, ("--corrections", "my run/l.csv")) == repeated
