"""Settings for every test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

# In CI the same examples every time, so that a change is judged by itself; elsewhere new ones, which find more.
settings.register_profile(
    "wenmai", deadline=None, max_examples=60, print_blob=True, derandomize="CI" in os.environ, database=None
)
settings.load_profile("wenmai")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data sets; without WENMAI_DATA the test is skipped."""
    folder = os.environ.get("WENMAI_DATA")
    if not folder:
        pytest.skip("needs the real data sets: set WENMAI_DATA to their folder")
    return Path(folder)
