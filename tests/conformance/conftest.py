"""Tests of one rung run in one process, where its fits are kept: in several each would fit it again."""

from pathlib import Path

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items):
    """Group the tests of each rung, for ``--dist loadgroup``."""
    for item in items:
        rung = getattr(item, "callspec", None) and item.callspec.params.get("rung")
        if rung is not None and item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.xdist_group(f"{item.path.stem}-{rung}"))
