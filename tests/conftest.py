"""Settings for every test."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

from wenmai.core.machine import PATIENT_THREADS

# Tests run in several processes: threads of theirs that wait for each other would wait for those of the others too. Set
# before anything reads it; who asks for threads in a test gets them.
os.environ.setdefault("OMP_NUM_THREADS", "1")

# Before torch is imported: other tests run at the same time.
os.environ.update({name: os.environ.get(name, value) for name, value in PATIENT_THREADS.items()})

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
