"""What every member of the lineage agrees on, whatever it is made of.

A `ModelConfig` builds a model from its `Parts`. A model that fits itself (counts, vectors, anything solved by a
library) is an `Estimator`; one whose weights the training loop finds is a `Network`. Every model turns `Inputs` into
outputs, gives its state as named arrays, and takes it back.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Annotated, Any, ClassVar, Literal, Protocol, runtime_checkable

from numpy.typing import NDArray
from pydantic import Field

from wenmai.core.config import Config
from wenmai.core.errors import FitError
from wenmai.core.progress import SILENT, Progress
from wenmai.core.tags import TagRules
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models.abilities import Attribution as Attribution
from wenmai.models.abilities import Beginning as Beginning
from wenmai.models.abilities import Explains as Explains
from wenmai.models.abilities import Prepares as Prepares
from wenmai.models.abilities import ShowsFeatures as ShowsFeatures
from wenmai.models.loop_config import LoopConfig
from wenmai.text.pipeline import Pipeline, PipelineConfig

if TYPE_CHECKING:
    from torch import nn

    from wenmai.batches.token_rows import TokenRows
    from wenmai.blocks.embeddings import Lexicon

Arrays = dict[str, NDArray[Any]]

Outputs = NDArray[Any] | list[Any]
"""What a model says of a batch, row by row: an array [N, …], or a list of N arrays where rows differ in length."""

ClassWeight = Literal["none", "balanced"] | dict[str, Annotated[float, Field(gt=0)]]
"""What the rows of a class count: all the same, every class the same in total, or so much a row by the class's name."""


@dataclass(frozen=True, slots=True)
class Head:
    """What the outputs of a model shall mean; the task asks for it, the model is built to give it.

    Attributes:
        kind: ``classes``: logits [N, size], one class a row; ``labels``: logits [N, size], each label on its own;
            ``value``: a real number [N]; ``ranks``: a number [N] by which the answers to a question are put in order,
            learnt from targets [N, 2], 1 for a right answer and 0 otherwise, and the number of the question;
            ``tags``: [T, 2] a row of T tokens, the number of each token's tag on the decoded path, and how sure the
            span is that it stands in (on its own, the tag); with intents, one more such pair before them for the
            intent; ``spans``: start and end logits [T, 2]; ``tokens``: next-token logits over a vocabulary;
            ``vectors``: [N, width].
        size: how many classes, labels or tags; 1 for a value, 0 where the model decides.
        names: their names, in the order of the outputs.
        rules: for ``tags``, which may follow which; None for tags that know no order.
        intents: for ``tags``, the classes of the whole sentence, one of which is told beside them; empty for none.
    """

    kind: Literal["classes", "labels", "value", "ranks", "tags", "spans", "tokens", "vectors"]
    size: int
    names: tuple[str, ...] = ()
    rules: TagRules | None = None
    intents: tuple[str, ...] = ()


class Source(Protocol):
    """A bundle that serves as an input of a recipe: vectors, an encoder, a segmenter."""

    @property
    def fingerprint(self) -> str:
        """Identifies the bundle's content."""

    def outputs(self, inputs: Inputs) -> Outputs:
        """What the bundle's model says of a batch."""


@dataclass(frozen=True, slots=True)
class Parts:
    """What a config needs besides itself to build its model."""

    pipeline: Pipeline
    head: Head
    inputs: Mapping[str, Source] = field(default_factory=dict)


class Keeper(Protocol):
    """Keeps how far a model that fits itself has come, so that a fit that was ended goes on."""

    def due(self) -> bool:
        """Whether it is time to keep something again."""

    def save(self, step: int, arrays: Arrays) -> None:
        """Keep everything that the fit needs to go on after so many steps.

        Raises:
            FitError: when it cannot be written.
        """

    def newest(self) -> tuple[int, Arrays] | None:
        """What was kept last of this very fit; None where there is nothing."""


@dataclass(frozen=True, slots=True)
class Run:
    """The circumstances of one fit.

    Attributes:
        seed: decides everything random.
        threads: how many may compute at a time.
        class_weight: how much the rows of a class count; ``balanced`` gives every class the same total.
        deadline: the moment (`time.monotonic`, seconds) when the budget is spent; None for no limit.
        progress: hears how far the fit has come.
        keeper: keeps checkpoints of a model that fits itself in steps; None keeps none.
    """

    seed: int = 0
    threads: int = 1
    class_weight: ClassWeight = "none"
    deadline: float | None = None
    progress: Progress = SILENT
    keeper: Keeper | None = None

    def check(self) -> None:
        """Stop here when the budget is spent.

        Raises:
            FitError: saying so.
        """
        if self.deadline is not None and time.monotonic() >= self.deadline:
            raise FitError("the budget was spent before the fit was done", remedy="Give a larger --budget")

    @contextmanager
    def stage(self, name: str, total: int | None = None) -> Iterator[None]:
        """A stage of the progress, which ends with the block however that ends; not begun when the budget is spent."""
        self.check()
        self.progress.begin(name, total)
        try:
            yield
        finally:
            self.progress.end()


@dataclass(frozen=True, slots=True)
class Examples:
    """Rows and what a model shall say of them, as the task encodes it; None where the data is unlabelled."""

    data: Dataset
    targets: Any


@runtime_checkable
class Model(Protocol):
    """Anything that a bundle can hold."""

    def outputs(self, inputs: Inputs) -> Outputs:
        """What the model says of a batch: independent of the batch's other rows."""

    def arrays(self) -> Arrays:
        """The whole state, by name."""

    def restore(self, arrays: Arrays) -> None:
        """Take a state that `arrays` gave.

        Raises:
            BundleError: when an array is missing, unexpected, or of the wrong shape.
        """


@runtime_checkable
class Estimator(Model, Protocol):
    """A model that fits itself: in closed form, or by a library."""

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Learn from examples; the notes that the person should read."""


@runtime_checkable
class Network(Model, Protocol):
    """A model whose weights the training loop finds step by step; `wenmai.models.network` has the one for text."""

    head: Head
    lexicon: Lexicon
    pipeline: Pipeline

    def network(self) -> nn.Module:
        """What is trained: a batch in, logits [B, C] out."""

    def draw(self, seed: int) -> None:
        """Take fresh weights, which the seed decides."""

    def encode(self, inputs: Inputs) -> TokenRows:
        """The texts as numbers."""

    def outputs_of(self, texts: TokenRows) -> Outputs:
        """What `outputs` gives, of texts that are encoded already."""


class ModelConfig(Config, ABC):
    """Base of every model's config."""

    random: ClassVar[bool] = False
    """Whether another seed gives another model, as drawn weights do; a comparison then fits it with several seeds."""
    tells_intents: ClassVar[bool] = False
    """Whether a tagger can tell the intent of a sentence beside its tags."""
    stops_by_dev: ClassVar[bool] = False
    """Whether the dev rows decide when its training stops; who has none then holds some training rows out for it."""

    @abstractmethod
    def build(self, parts: Parts) -> Model:
        """The unfitted model."""

    def beginning(self, inputs: Mapping[str, Source]) -> Beginning | None:
        """What a fit takes over from inputs that the fitted model then does without; None for nothing.

        Such an input is named in a field ``start``, as one that the model goes on to need is in a field ``input``.
        """
        return None

    def vector_inputs(self) -> tuple[str, ...]:
        """The inputs that are asked for nothing but the vectors of texts, which may therefore be remembered."""
        return ()


@dataclass(frozen=True, slots=True)
class Preset:
    """A named way to use a model: its config, how text reaches it, and what is worth trying on the dev rows.

    Attributes:
        model: the config that is used when nothing is chosen.
        pipeline: how text becomes pieces, for text in one language.
        candidates: the configs among which a comparison chooses on dev; empty where there is nothing to choose.
        loop: how the training loop shall train it; None for a model that fits itself.
    """

    model: ModelConfig
    pipeline: PipelineConfig
    candidates: tuple[ModelConfig, ...] = ()
    loop: LoopConfig | None = None
