"""Bundle: a recipe, what it learnt, and what is needed to use it."""

from __future__ import annotations

import hashlib
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from wenmai.bundle.history import History
from wenmai.core.config import Config
from wenmai.core.errors import UsageError
from wenmai.core.schema import Schema
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.contract import Attribution, Explains, Model, Outputs, Parts, Prepares, ShowsFeatures, Source
from wenmai.recipe import Recipe
from wenmai.tasks.contract import Prediction, Task, concatenate
from wenmai.tasks.tag import TagWords
from wenmai.tasks.tag_segmenter import TaggerSegmenter
from wenmai.text.pipeline import Pipeline
from wenmai.text.segment import BundleSegment, CharacterSegment, GivenSubwords, Segmenter, SubwordSegment
from wenmai.text.user_words import UserWordSegmenter

if TYPE_CHECKING:
    from wenmai.blocks.inference import InferencePrecision

BATCH_ROWS = 1024
_LONE_SURROGATES = re.compile("[\ud800-\udfff]")


class Provenance(Config):
    """Where a bundle comes from: what it was trained on, by which seed and software. Holds no row of the data."""

    data: str
    """The name of the data set, without its folder."""
    data_fingerprint: str
    """Of the training rows."""
    source_fingerprint: str | None = None
    """Of the whole data set that was divided, as `Dataset.source_fingerprint`; None where the rows were given alone."""
    rows: int
    seed: int
    seconds: float
    """Wall time of the fit."""
    versions: dict[str, str]
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Bundle:
    """One trained member of the lineage.

    Attributes:
        recipe: what decided it; schema: what columns it was trained on; task: what its outputs mean.
        pipeline: how text reaches the model; model: the fitted network or estimator.
        inputs: the bundles that it builds on, by the names the recipe gives them.
        provenance: where it comes from; history: how its training went, where it was trained step by step.
    """

    recipe: Recipe
    schema: Schema
    task: Task
    pipeline: Pipeline
    model: Model
    provenance: Provenance
    inputs: Mapping[str, Bundle] = field(default_factory=dict)
    history: History | None = None

    def predict(self, data: str | Sequence[str] | Inputs | Dataset) -> list[Prediction]:
        """What the model says of texts, one prediction each.

        Args:
            data: a text, several, a batch of inputs (pairs, tokens), or a data set.
        """
        batches = data.batches() if isinstance(data, Dataset) else [_as_inputs(data)]
        return list(self.stream(batches))

    def stream(self, batches: Iterable[Inputs]) -> Iterator[Prediction]:
        """Predictions of batches as they come, holding one batch at a time."""
        for batch in batches:
            for start in range(0, len(batch), BATCH_ROWS):
                part = self.task.prepared(batch[start : start + BATCH_ROWS], self.pipeline)
                yield from self.task.predictions(self.task.outputs(self.model, part), part)

    def outputs(self, inputs: Inputs | Dataset) -> Outputs:
        """The model's raw outputs, row by row."""
        batches = inputs.batches(BATCH_ROWS) if isinstance(inputs, Dataset) else _slices(inputs)
        prepared = (self.task.prepared(batch, self.pipeline) for batch in batches)
        return concatenate([self.task.outputs(self.model, batch) for batch in prepared])

    @property
    def explains(self) -> bool:
        """Whether `explain` can say which pieces decided."""
        return isinstance(self.model, Explains)

    def explain(self, text: str, output: int | None = None) -> Attribution:
        """How much each word of a text spoke for an output, by default the one that wins.

        Pieces smaller than a word are added up over the word they stand in.

        Raises:
            UsageError: when the model has no way to tell.
        """
        if not isinstance(self.model, Explains):
            raise UsageError(
                f"{self.recipe.member} cannot say which words decided", remedy="It reads nothing of the text"
            )
        if output is None:
            output = self.task.winner(self.outputs(Inputs([text])))
        attribution = self.model.attribute(text, output)
        if not isinstance(self.recipe.pipeline.segment, CharacterSegment | SubwordSegment):
            return attribution
        return _by_word(attribution, self.pipeline.original(text), self._word_segmenter)

    def top_features(self, output: int, count: int = 20) -> list[tuple[str, float]]:
        """What the model looks for, strongest first; empty for a model that cannot tell."""
        return self.model.top_features(output, count) if isinstance(self.model, ShowsFeatures) else []

    def prepared(self, precision: InferencePrecision) -> Bundle:
        """The bundle with its network answering in another precision.

        Args:
            precision: ``bfloat16`` where the processor computes in it, or ``int8``, both quicker than ``float32``; what
                is said deviates a little. What is saved is the same.

        Raises:
            UsageError: when it is no network.
        """
        if isinstance(self.model, Prepares):
            return replace(self, model=self.model.prepared(precision))
        raise UsageError(
            f"{self.recipe.member} is no network: there is one precision that it answers in", remedy="Leave it out"
        )

    def save(self, path: str | Path, *, replace: bool = False) -> Path:
        """Write the bundle as a folder, whole or not at all; see `wenmai.bundle.folder.save_bundle`."""
        from wenmai.bundle.folder import save_bundle

        return save_bundle(self, Path(path), replace=replace)

    @cached_property
    def fingerprint(self) -> str:
        """16 hexadecimal digits of everything that decides what the bundle says."""
        digest = hashlib.sha256()
        for config in (self.recipe, self.schema, self.task):
            digest.update(config.to_json().encode())
        arrays = self.model.arrays()
        for name in sorted(arrays):
            digest.update(f"{name} {arrays[name].dtype} {arrays[name].shape}".encode())
            digest.update(np.ascontiguousarray(arrays[name]).data)
        for content in _learnt(self.pipeline):
            digest.update(content)
        for name in sorted(self.inputs):
            digest.update(f"{name} {self.inputs[name].fingerprint}".encode())
        return digest.hexdigest()[:16]

    @cached_property
    def _word_segmenter(self) -> Segmenter:
        from wenmai.text.segment import WordSegment, build_segmenter

        return build_segmenter(WordSegment(language=self.schema.language))


def injected_segmenter(recipe: Recipe, inputs: Mapping[str, Source]) -> Segmenter | None:
    """The segmenter that a recipe takes from another bundle; None where its pipeline has its own.

    Raises:
        UsageError: when the recipe names no such input, or when that bundle cannot segment.
    """
    segment = recipe.pipeline.segment
    if not isinstance(segment, BundleSegment):
        return None
    bundle = inputs.get(segment.input)
    if bundle is None:
        raise UsageError(f"the pipeline segments by the input {segment.input!r}, which the recipe does not have")
    found = _segmenter_of(bundle, segment.input)
    return UserWordSegmenter(found, segment.user_words, segment.dictionary) if segment.user_words else found


def _segmenter_of(bundle: Source, name: str) -> Segmenter:
    if isinstance(bundle, Bundle) and isinstance(bundle.task, TagWords):
        return TaggerSegmenter(bundle.task, bundle.model, bundle.pipeline)
    model = getattr(bundle, "model", bundle)
    if not isinstance(model, Segmenter):
        raise UsageError(
            f"the input {name!r} cannot segment text",
            remedy="Give a tagger that was trained on words: segmented text, or tags B, M, E and S",
        )
    return model


def begun(recipe: Recipe, inputs: Mapping[str, Source]) -> tuple[Recipe, Pipeline | None]:
    """The recipe with what its model takes over from inputs written down, and the pipeline that comes with that.

    Raises:
        UsageError: when an input is not what the model can start from, or the recipe asks for another pipeline.
    """
    beginning = recipe.model.beginning(inputs)
    if beginning is None:
        return recipe, None
    given, asked = beginning.pipeline, recipe.pipeline
    own = given.config.but(max_pieces=asked.max_pieces or given.config.max_pieces)
    if not isinstance(asked.segment, GivenSubwords) and asked != own:
        raise UsageError(
            "the pipeline is that of the encoder that the fit starts from, and the recipe asks for another",
            remedy="Leave the pipeline as the preset has it; pipeline.max_pieces may be set",
        )
    pipeline = Pipeline(own, vocabulary=given.vocabulary, tokenizer=given.tokenizer)
    return recipe.but(model=beginning.config, pipeline=own), pipeline


def build_model(recipe: Recipe, task: Task, pipeline: Pipeline, inputs: Mapping[str, Source]) -> Model:
    """The unfitted model of a recipe for a task."""
    return recipe.model.build(Parts(pipeline, task.head(), inputs))


def _learnt(pipeline: Pipeline) -> Iterator[bytes]:
    """The content of the files that hold what a pipeline learnt, each after its name."""
    if pipeline.vocabulary is None and pipeline.tokenizer is None:
        return
    with tempfile.TemporaryDirectory() as folder:
        pipeline.save(Path(folder))
        for file in sorted(Path(folder).iterdir()):
            yield file.name.encode()
            yield file.read_bytes()


def _as_inputs(data: str | Sequence[str] | Inputs) -> Inputs:
    if isinstance(data, Inputs):
        return data
    if isinstance(data, Mapping) or hasattr(data, "columns"):  # which would give its keys one after the other
        raise UsageError(f"the text is {_described(data)}", remedy="Give the texts of one column, as a list of strings")
    if not isinstance(data, Iterable):
        raise UsageError(f"the text is {_described(data)}", remedy="Give a string or a list of strings")
    texts = [data] if isinstance(data, str) else list(data)
    for number, text in enumerate(texts, 1):
        if not isinstance(text, str):
            raise UsageError(
                f"text {number} is {_described(text)}, not a string", remedy="Give a string or a list of strings"
            )
    return Inputs(texts)


def _described(value: Any) -> str:
    return "None" if value is None else f"of type {type(value).__name__}"


def _slices(inputs: Inputs) -> Iterator[Inputs]:
    return (inputs[start : start + BATCH_ROWS] for start in range(0, len(inputs), BATCH_ROWS))


def _by_word(attribution: Attribution, text: str, segmenter: Segmenter) -> Attribution:
    """Weights of small pieces added up over the words that contain their first characters."""
    spans = segmenter.spans(_LONE_SURROGATES.sub("\ufffd", text))  # which no segmenter can read
    if not spans or not attribution.spans:
        return attribution
    starts = np.array([start for start, _ in spans])
    at = np.searchsorted(starts, [start for start, _ in attribution.spans], side="right") - 1
    weights: NDArray[np.float64] = np.bincount(np.maximum(at, 0), attribution.weights, len(spans)).astype(np.float64)
    return Attribution(spans, weights)
