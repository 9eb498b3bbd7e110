"""Recipe: pipeline, model, training settings and inputs; typed, frozen, JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import Field, SerializeAsAny

from wenmai.catalog import CATALOG, Catalog
from wenmai.core.config import Config
from wenmai.core.errors import ConfigError
from wenmai.core.schema import Language
from wenmai.models.contract import ClassWeight, ModelConfig, Preset
from wenmai.models.loop_config import LoopConfig
from wenmai.text.pipeline import PipelineConfig


class InputReference(Config):
    """Another bundle that a recipe builds on, by the content it must have."""

    name: Annotated[str, Field(pattern="^[a-z][a-z0-9_-]*$")]
    """What the model calls it: ``vectors``, ``encoder``, ``segmenter``; also the name of its folder in a bundle."""
    content: str
    """The fingerprint of that bundle."""


class TrainingConfig(Config):
    """How a model is trained, whatever the model.

    Attributes:
        class_weight: what the rows of a class count.
        loop: settings of the training loop; None for a model that fits itself.
    """

    class_weight: ClassWeight = "none"
    loop: LoopConfig | None = None


class Recipe(Config):
    """Everything that decides a bundle, but for the data and the seed."""

    member: str
    """The catalog's name of the model."""
    model: SerializeAsAny[ModelConfig]
    pipeline: PipelineConfig
    training: TrainingConfig = TrainingConfig()
    inputs: tuple[InputReference, ...] = ()

    @property
    def preset(self) -> Preset:
        """The recipe's model and pipeline as a preset without candidates."""
        return Preset(self.model, self.pipeline, loop=self.training.loop)


def recipe_for(rung: str, language: Language, *, catalog: Catalog = CATALOG) -> Recipe:
    """The recipe of ``entry`` or ``entry:preset`` with its default settings."""
    entry, _ = catalog.rung(rung)
    preset = catalog.preset(rung, language)
    training = TrainingConfig(loop=preset.loop)
    return Recipe(member=entry.name, model=preset.model, pipeline=preset.pipeline, training=training)


def parse_recipe(values: Mapping[str, Any], *, catalog: Catalog = CATALOG, where: str | None = None) -> Recipe:
    """A recipe from plain values; the model's settings are read by the config class that the catalog names.

    Raises:
        ConfigError: for an unknown model, an unknown setting, a value that does not fit.
    """
    member = values.get("member")
    if not isinstance(member, str):
        raise ConfigError("the recipe names no member", where=where, remedy="Give 'member', a name of the catalog")
    config = catalog.config(member)
    settings = values.get("model", {})
    if not isinstance(settings, Mapping):
        raise ConfigError("the recipe's 'model' is no mapping of settings", where=where)
    return Recipe.parse({**values, "model": config.parse(settings, where=where, within="model")}, where=where)
