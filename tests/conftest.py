"""Settings for every test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

settings.register_profile("wenmai", deadline=None, max_examples=60, print_blob=True)
settings.load_profile("wenmai")


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of the real data sets; without WENMAI_DATA the test is skipped."""
    folder = os.environ.get("WENMAI_DATA")
    if not folder:
        pytest.skip("needs the real data sets: set WENMAI_DATA to their folder")
    return Path(folder)
