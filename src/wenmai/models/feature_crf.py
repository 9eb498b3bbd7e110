"""Conditional random field over counted features: the tags of a whole sequence are weighed at once.

    score(tags) = Σ_t Σ_f∈features(t) weight(f, tag_t) + Σ_t transition(tag_t, tag_t+1)
    P(tags | tokens) = e^score(tags) / Z
    minimise  Σ_rows -ln P(tags | tokens) + ½ · penalty · ‖weights‖²

A feature has weights for the tags alone that it was seen with. What the scheme forbids has no share in Z.

- Lafferty, J., McCallum, A., Pereira, F. (2001). Conditional random fields. ICML.
- Sha, F., Pereira, F. (2003). Shallow parsing with conditional random fields. NAACL: limited-memory BFGS, chunking.

Letters of the shapes: S tokens, N rows, M templates, F features, P weights of features, K tags.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, field_validator

from wenmai.core.errors import BundleError
from wenmai.core.schema import Language
from wenmai.data.dataset import Inputs
from wenmai.models import tagging
from wenmai.models.contract import Arrays, Examples, Head, ModelConfig, Parts, Preset, Run
from wenmai.models.crf_features import SentenceFeatures
from wenmai.models.feature_crf_loss import FeatureWeights, fitted
from wenmai.models.state import Expected
from wenmai.models.token_views import FACTOR, templates_of
from wenmai.text.user_dictionary import parse_entry

if TYPE_CHECKING:
    from wenmai.kernels.crf import Chain

Floats = NDArray[np.float64]
WORD_TEMPLATES = (
    "lower[-2]", "lower[-1]", "lower[0]", "lower[1]", "lower[2]", "word[0]",
    "lower[-2]|lower[-1]", "lower[-1]|lower[0]", "lower[0]|lower[1]", "lower[1]|lower[2]", "lower[-1]|lower[1]",
    "lower[-1]|lower[0]|lower[1]", "suffix1[0]", "suffix2[0]", "suffix3[0]", "suffix4[0]", "prefix1[0]", "prefix2[0]",
    "prefix3[0]", "prefix4[0]", "shape[0]", "outline[-1]", "outline[0]", "outline[1]", "outline[-1]|outline[0]",
    "outline[0]|outline[1]", "suffix2[-1]|suffix2[0]", "suffix3[0]|lower[1]", "lower[-1]|suffix3[0]",
    "suffix3[-1]", "suffix3[1]", "suffix2[-1]|suffix2[0]|suffix2[1]",
)  # fmt: skip
CHARACTER_TEMPLATES = (
    "word[-2]", "word[-1]", "word[0]", "word[1]", "word[2]", "word[-2]|word[-1]", "word[-1]|word[0]", "word[0]|word[1]",
    "word[1]|word[2]", "word[-1]|word[1]", "word[-2]|word[-1]|word[0]", "word[-1]|word[0]|word[1]",
    "word[0]|word[1]|word[2]", "kind[-1]|kind[0]|kind[1]", "kind[0]",
)  # fmt: skip


FACTOR_TEMPLATES = (
    "factor[-2]", "factor[-1]", "factor[0]", "factor[1]", "factor[2]", "factor[-2]|factor[-1]", "factor[-1]|factor[0]",
    "factor[0]|factor[1]", "factor[1]|factor[2]", "factor[-2]|factor[-1]|factor[0]", "factor[-1]|factor[0]|factor[1]",
    "factor[0]|factor[1]|factor[2]", "lower[0]|factor[0]", "lower[-1]|factor[0]", "factor[-1]|lower[0]",
    "lower[0]|factor[1]", "factor[0]|lower[1]",
)  # fmt: skip
"""Windows, pairs and triples as Sha and Pereira (2003, table 1) have them of parts of speech; pairs with words."""


class FeatureCRFConfig(ModelConfig):
    """What is seen of a token, and how strongly weights are penalised.

    Attributes:
        templates: views of tokens around the one at hand, as ``word[0]`` or ``lower[-1]|lower[0]``.
        factor_templates: the same of further columns that the data name, as ``factor[-1]|factor[0]``; each column has
            all of them. Empty has further columns left unread.
        dictionary: words that may be looked for in the text, as entries of a jieba user dictionary: features say what
            could be one of them, or a word of the training rows, and training finds how far to believe that.
        min_count: features that occur less often are left out.
        penalty: of the squared weights, against the loss summed over all rows.
        max_iterations: steps of limited-memory BFGS.
    """

    templates: Annotated[tuple[str, ...], Field(min_length=1)] = WORD_TEMPLATES
    factor_templates: tuple[str, ...] = FACTOR_TEMPLATES
    dictionary: tuple[str, ...] = ()
    min_count: Annotated[int, Field(ge=1)] = 1
    penalty: Annotated[float, Field(gt=0)] = 1.0
    max_iterations: Annotated[int, Field(ge=1)] = 300

    @field_validator("templates")
    @classmethod
    def _readable(cls, templates: tuple[str, ...]) -> tuple[str, ...]:
        templates_of(templates)
        return _each_once(templates)

    @field_validator("factor_templates")
    @classmethod
    def _readable_of_factors(cls, templates: tuple[str, ...]) -> tuple[str, ...]:
        templates_of(templates, (FACTOR,))
        return _each_once(templates)

    @field_validator("dictionary")
    @classmethod
    def _entries(cls, entries: tuple[str, ...]) -> tuple[str, ...]:
        for entry in entries:
            parse_entry(entry)
        return entries

    def build(self, parts: Parts) -> FeatureCRF:
        """The unfitted tagger."""
        return FeatureCRF(self, parts.head)


class FeatureCRF:
    """Counted features, their weights, and a chain of tags."""

    def __init__(self, config: FeatureCRFConfig, head: Head) -> None:
        self.config, self.head = config, head
        self.rules = tagging.rules_of(head)
        words = [parse_entry(entry).word for entry in config.dictionary]
        self.features = SentenceFeatures(config.templates, config.factor_templates, words)
        self.pointers = np.zeros(1, np.int64)
        self.tags = np.zeros(0, np.int16)
        self.weights = np.zeros(0, np.float32)
        self.transitions = np.zeros((head.size, head.size), np.float32)

    @property
    def factors(self) -> tuple[str, ...]:
        """The further columns that it reads of each token."""
        return self.features.factors

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Number the features, then walk down the loss."""
        tags = tagging.training_tags(train, run)
        with run.stage("number features"):
            features = self.features.fit(train.data, tags, self.head.names, self.rules, self.config.min_count)
            seen = self._number_weights(features, tags)
        layout, offsets = FeatureWeights(features, self.pointers, self.tags), tagging.offsets_of(train.targets)
        settings = self.config.penalty, self.config.max_iterations
        weights, transitions, notes = fitted(layout, seen, (offsets, tags), self.rules, settings, run)
        self.weights, self.transitions = weights.astype(np.float32), transitions.astype(np.float32)
        return notes

    def outputs(self, inputs: Inputs) -> list[Floats]:
        """[T, 2] a row: the tag of each token, and how sure its span is."""
        rows = tagging.tokens_of(inputs)
        return tagging.said(self._emissions(inputs), tagging.offsets_of(rows), self._chain(), self.rules)

    def paths(self, inputs: Inputs) -> list[NDArray[np.int32]]:
        """The tag of each token, [T] a row."""
        from wenmai.kernels.crf_decoding import viterbi

        offsets = tagging.offsets_of(tagging.tokens_of(inputs))
        tags, _ = viterbi(self._emissions(inputs), offsets, self._chain())
        return np.split(tags, offsets[1:-1]) if len(offsets) > 1 else []

    def best(self, inputs: Inputs, count: int) -> list[list[tuple[NDArray[np.int32], float]]]:
        """The best sequences of tags of each row, with the logarithms of their probabilities."""
        rows = tagging.tokens_of(inputs)
        return tagging.ranked(self._emissions(inputs), tagging.offsets_of(rows), self._chain(), count)

    def marginals(self, inputs: Inputs) -> list[Floats]:
        """How probable each tag is at each token, a row [T, K]."""
        rows = tagging.tokens_of(inputs)
        return tagging.marginals(self._emissions(inputs), tagging.offsets_of(rows), self._chain())

    def top_features(self, output: int, count: int) -> list[tuple[str, float]]:
        """The features with the largest weight for a tag."""
        own = np.flatnonzero(self.tags == output)
        own = own[np.argsort(-self.weights[own], kind="stable")[:count]]
        features = np.searchsorted(self.pointers, own, side="right") - 1
        return [
            (self.features.counted.name(int(feature)), float(self.weights[at]))
            for feature, at in zip(features, own, strict=True)
        ]

    def arrays(self) -> Arrays:
        """Weights by feature and tag, transitions [K, K], and the arrays of the features."""
        return {
            "pointers": self.pointers,
            "tags": self.tags,
            "weights": self.weights,
            "transitions": self.transitions,
            **self.features.arrays(),
        }

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        expected: dict[str, Expected] = {
            "pointers": (np.int64, (None,)),
            "tags": (np.int16, (None,)),
            "weights": (np.float32, (None,)),
            "transitions": (np.float32, self.transitions.shape),
        }
        self.features.restore(arrays, expected)
        pointers, tags, weights = arrays["pointers"], arrays["tags"], arrays["weights"]
        if len(pointers) != len(self.features.counted) + 1 or pointers[0] != 0 or (np.diff(pointers) < 0).any():
            raise BundleError(f"the weights are not parted among the {len(self.features.counted)} features")
        if not pointers[-1] == len(tags) == len(weights) or ((tags < 0) | (tags >= self.head.size)).any():
            raise BundleError(f"the {len(weights)} weights do not fit their tags")
        self.pointers, self.tags, self.weights = pointers, tags, weights
        self.transitions = arrays["transitions"]

    def _number_weights(self, features: NDArray[np.int32], tags: NDArray[np.int64]) -> NDArray[np.int64]:
        """A weight for each feature and each tag that it was seen with; how often that was [P]."""
        size = self.head.size
        seen = [column[column >= 0].astype(np.int64) * size + tags[column >= 0] for column in features.T]
        parts, counts = zip(*(np.unique(part, return_counts=True) for part in seen), strict=True)
        pairs = np.concatenate(parts)
        self.pointers = np.searchsorted(pairs, np.arange(len(self.features.counted) + 1) * size).astype(np.int64)
        self.tags = (pairs % size).astype(np.int16)
        return np.concatenate(counts)

    def _chain(self) -> Chain:
        return tagging.legal_chain(self.rules, self.transitions.astype(np.float64))

    def _emissions(self, inputs: Inputs) -> Floats:
        from wenmai.kernels.token_scores import add_scores

        features = self.features.transform(inputs)
        scores = np.zeros((len(features), self.head.size))
        add_scores(features, self.pointers, self.tags, self.weights, 0, len(features), scores)
        return scores


def _each_once(templates: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(templates)) < len(templates):
        raise ValueError("each template may stand there once")
    return templates


def words(language: Language) -> Preset:
    """Words, their beginnings, endings and shapes, alone and with their neighbours."""
    return _preset(FeatureCRFConfig(), language)


def characters(language: Language) -> Preset:
    """Single characters and runs of two and three: for text that is annotated by the character."""
    return _preset(FeatureCRFConfig(templates=CHARACTER_TEMPLATES), language)


def _preset(model: FeatureCRFConfig, language: Language) -> Preset:
    return Preset(model, tagging.token_pipeline(language))
