"""Study: what a comparison shall find out besides the scores and costs of its rungs."""

from __future__ import annotations

from wenmai.core.config import Config


class Study(Config):
    """Which analyses follow the rungs. What is cheap is on; what costs further fits is asked for."""

    duplicates: bool = True
    """What the scores would have pretended with the duplicates left in: one more fit, where there are any."""


USUAL = Study()
"""What is found out unless something else is asked for."""
