"""The bundles that a comparison is given for rungs that build on them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wenmai.bundle import Bundle
from wenmai.interop.encoders import load_encoder
from wenmai.recipe import InputReference


def opened_inputs(inputs: Mapping[str, Bundle | str | Path]) -> dict[str, Bundle]:
    """The bundles themselves, loaded where folders are given: of bundles, or Hugging Face folders of encoders.

    Raises:
        UsageError: where there is no folder; BundleError: for one that holds no bundle, or a damaged one.
        DataError: for a Hugging Face folder that is damaged, or of a model that is not read.
    """
    return {name: given if isinstance(given, Bundle) else load_encoder(given) for name, given in inputs.items()}


def references(inputs: Mapping[str, Bundle]) -> tuple[InputReference, ...]:
    """The bundles by name and content, as a recipe names them."""
    parsed = [{"name": name, "content": bundle.fingerprint} for name, bundle in inputs.items()]
    return tuple(InputReference.parse(one, where=f"input {one['name']!r}") for one in parsed)
