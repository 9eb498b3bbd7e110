"""The bundles that a comparison is given for rungs that build on them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from wenmai.bundle import Bundle
from wenmai.catalog import Catalog
from wenmai.interop.encoders import load_encoder
from wenmai.interop.huggingface_rules import FAMILIES
from wenmai.recipe import InputReference


def opened_inputs(inputs: Mapping[str, Bundle | str | Path]) -> dict[str, Bundle]:
    """The bundles themselves, loaded where folders are given: of bundles, or Hugging Face folders of encoders.

    Raises:
        UsageError: where there is no folder; BundleError: for one that holds no bundle, or a damaged one.
        DataError: for a Hugging Face folder that is damaged, or of a model that is not read.
    """
    return {name: given if isinstance(given, Bundle) else load_encoder(given) for name, given in inputs.items()}


def other_family(member: str, inputs: Mapping[str, Bundle], catalog: Catalog) -> tuple[str, ...]:
    """A note where a rung that is named for one family of encoders is given one of another.

    Only families that say in their folders what they are can be told; MiniLM, which calls itself a BERT, cannot.
    """
    families = {family.member for family in FAMILIES.values()}
    given = {bundle.recipe.member for bundle in inputs.values()} & families
    if member not in families or not given or member in given:
        return ()
    (found, *_) = sorted(given)
    theirs, ours = (catalog.entry(name).title if name in catalog.entries else name for name in (found, member))
    return (f"the encoder that was given is {theirs}, not {ours}: the figures are those of {theirs}",)


def references(inputs: Mapping[str, Bundle]) -> tuple[InputReference, ...]:
    """The bundles by name and content, as a recipe names them."""
    parsed = [{"name": name, "content": bundle.fingerprint} for name, bundle in inputs.items()]
    return tuple(InputReference.parse(one, where=f"input {one['name']!r}") for one in parsed)
