"""Linear classifiers over counted n-grams: naive Bayes, TF-IDF + logistic regression, TF-IDF + linear SVM.

    logit(class) = Σ_features value(feature) · weight(feature, class) + bias(class)

- Maron, M. E. (1961). Automatic indexing: an experimental inquiry. Journal of the ACM 8(3).
- Salton, G., Buckley, C. (1988). Term-weighting approaches in automatic text retrieval. IP&M 24(5).
- Joachims, T. (1998). Text categorization with support vector machines. ECML.
- Wang, S., Manning, C. D. (2012). Baselines and bigrams. ACL: why these are hard to beat on short text.

Letters of the shapes: N texts, F features, C classes or labels, K columns of weights (1 where two classes share one).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import BundleError
from wenmai.core.schema import Language
from wenmai.data.dataset import Inputs
from wenmai.models.calibration import class_logits, cross_fitted_sharpness, fit_sharpness
from wenmai.models.contract import Arrays, Attribution, Examples, Head, ModelConfig, Parts, Preset, Run
from wenmai.models.features import CountConfig, CountFeatures
from wenmai.models.learners import Learner, LinearSVM, Logistic, NaiveBayes, solve
from wenmai.models.state import Expected, checked
from wenmai.text.pipeline import PipelineConfig
from wenmai.text.segment import CharacterSegment, SubwordSegment, WordSegment
from wenmai.text.tokenizer import TokenizerConfig

if TYPE_CHECKING:
    from wenmai.kernels.rows import CountRows

LONGEST_SUBWORD = 12
"""Characters, in text without spaces: a longer token would be a clause of somebody's own."""
TRIED_PENALTIES = (0.1, 1.0, 10.0)


class LinearConfig(ModelConfig):
    """What is counted, and which learner weighs it."""

    features: CountConfig = CountConfig()
    learner: Learner = Logistic()

    def build(self, parts: Parts) -> LinearClassifier:
        """The unfitted classifier."""
        return LinearClassifier(self, parts)


class LinearClassifier:
    """Counted features, one matrix of weights."""

    def __init__(self, config: LinearConfig, parts: Parts) -> None:
        self.config = config
        self.head: Head = parts.head
        self.features = CountFeatures(config.features, parts.pipeline)
        self.weights = np.zeros((0, 1), np.float32)
        self.bias = np.zeros(1, np.float32)
        self.sharpness = np.ones(1, np.float32)

    def fit(self, train: Examples, dev: Examples | None, run: Run) -> tuple[str, ...]:
        """Count the training texts and solve for the weights.

        An SVM's margins become probabilities by the dev rows; by thirds of the training rows where there are none.
        """
        rows = self.features.fit(train.data, run)
        with run.stage("solve"):
            solution = solve(self.config.learner, rows, train.targets, self.head, run)
        self.weights, self.bias = solution.weights, solution.bias
        if isinstance(self.config.learner, LinearSVM):
            with run.stage("calibrate"):
                self.sharpness = self._fitted_sharpness(rows, train, dev, run)
        return solution.notes

    def outputs(self, inputs: Inputs) -> NDArray[np.float64]:
        """Logits [N, C]."""
        rows, columns, values = self.features.rows(inputs.text)
        sums = np.empty((len(inputs), self.weights.shape[1]))
        for column in range(self.weights.shape[1]):
            sums[:, column] = np.bincount(rows, values * self.weights[columns, column], len(inputs))
        return class_logits((sums + self.bias) * self.sharpness, self.head)

    def attribute(self, text: str, output: int) -> Attribution:
        """Each n-gram's share of the logit, against the mean of the other classes, spread over its pieces."""
        found = self.features.occurrences([text])
        _, columns, values = self.features.rows([text])
        at = np.searchsorted(columns, found.columns)
        occurrences = np.bincount(at, minlength=len(columns))
        share = (values / np.maximum(occurrences, 1) * self._against_rest(columns, output))[at] / found.lengths
        spoken = np.zeros(int(found.offsets[-1]))
        for step in range(self.config.features.ngrams[1]):
            inside = found.lengths > step
            np.add.at(spoken, found.positions[inside] + step, share[inside])
        spans = self.features.spans(text)
        return Attribution(spans, spoken)

    def top_features(self, output: int, count: int) -> list[tuple[str, float]]:
        """The n-grams with the largest weight for a class, against the mean of the others."""
        weights = self._against_rest(np.arange(len(self.weights)), output)
        count = min(count, len(weights))
        best = np.argpartition(-weights, count - 1)[:count] if count else np.zeros(0, np.int64)
        best = best[np.lexsort((best, -weights[best]))]
        return [(self.features.name(int(column)), float(weights[column])) for column in best]

    def arrays(self) -> Arrays:
        """``weights`` [F, K], ``bias`` [K], ``sharpness`` [1], and the arrays of the features."""
        return {"weights": self.weights, "bias": self.bias, "sharpness": self.sharpness, **self.features.arrays()}

    def restore(self, arrays: Arrays) -> None:
        """Take the arrays that `arrays` gave."""
        columns = 1 if self.head.kind == "classes" and self.head.size == 2 else self.head.size
        expected: dict[str, Expected] = {
            "weights": (np.float32, (None, columns)),
            "bias": (np.float32, (columns,)),
            "sharpness": (np.float32, (1,)),
            "keys": (np.uint64, (None,)),
            "feature_weights": (np.float32, (None,)),
            "words": (np.uint8, (None,)),
        }
        self.features.restore(checked(arrays, expected))
        self.weights, self.bias, self.sharpness = arrays["weights"], arrays["bias"], arrays["sharpness"]
        if len(self.weights) != len(self.features.keys):
            raise BundleError(f"there are weights for {len(self.weights)} of {len(self.features.keys)} features")

    def _fitted_sharpness(
        self, rows: CountRows, train: Examples, dev: Examples | None, run: Run
    ) -> NDArray[np.float32]:
        if dev is None:
            return cross_fitted_sharpness(self.config.learner, rows, train.targets, self.head, run)
        sums = self.features.transform(dev.data, run).times(self.weights) + self.bias
        return fit_sharpness(class_logits(np.asarray(sums, np.float64), self.head), dev.targets, self.head)

    def _against_rest(self, columns: NDArray[np.int64], output: int) -> NDArray[np.float64]:
        """The weights [len(columns)] of one class, in units of the logit, less the mean of the other classes'."""
        weights: NDArray[np.float64] = self.weights[columns].astype(np.float64) * self.sharpness
        if self.head.kind == "labels":
            return weights[:, output]
        if weights.shape[1] == 1:
            return weights[:, 0] if output == 1 else -weights[:, 0]
        others = (weights.sum(axis=1) - weights[:, output]) / (weights.shape[1] - 1)
        against: NDArray[np.float64] = weights[:, output] - others
        return against


def naive_bayes_words(language: Language) -> Preset:
    """Counts of words."""
    model = LinearConfig(features=_word_counts("counts"), learner=NaiveBayes())
    return Preset(model, _words(language))


def naive_bayes_characters(language: Language) -> Preset:
    """Counts of one to three characters."""
    model = LinearConfig(features=_characters("counts"), learner=NaiveBayes(alpha=0.1))
    return Preset(model, _by_character(language))


def naive_bayes_subwords(language: Language) -> Preset:
    """Counts of one or two subwords, by a tokenizer that is trained on the same rows."""
    model = LinearConfig(features=_subword_counts("counts"), learner=NaiveBayes())
    return Preset(model, _by_subword(language))


def logistic_words(language: Language) -> Preset:
    """TF-IDF over words; how strongly to penalise is chosen on dev."""
    return _with_penalties(LinearConfig(features=_word_counts("tfidf"), learner=Logistic()), _words(language))


def logistic_characters(language: Language) -> Preset:
    """TF-IDF over one to three characters; how strongly to penalise is chosen on dev."""
    return _with_penalties(LinearConfig(features=_characters("tfidf"), learner=Logistic()), _by_character(language))


def logistic_subwords(language: Language) -> Preset:
    """TF-IDF over one or two subwords; how strongly to penalise is chosen on dev."""
    return _with_penalties(LinearConfig(features=_subword_counts("tfidf"), learner=Logistic()), _by_subword(language))


def svm_words(language: Language) -> Preset:
    """TF-IDF over words; how strongly to penalise is chosen on dev."""
    return _with_penalties(LinearConfig(features=_word_counts("tfidf"), learner=LinearSVM()), _words(language))


def svm_characters(language: Language) -> Preset:
    """TF-IDF over one to three characters; how strongly to penalise is chosen on dev."""
    return _with_penalties(LinearConfig(features=_characters("tfidf"), learner=LinearSVM()), _by_character(language))


def svm_subwords(language: Language) -> Preset:
    """TF-IDF over one or two subwords; how strongly to penalise is chosen on dev."""
    return _with_penalties(LinearConfig(features=_subword_counts("tfidf"), learner=LinearSVM()), _by_subword(language))


def _word_counts(weighting: Literal["counts", "tfidf"]) -> CountConfig:
    """Words that one text alone contains tell nothing of others, and may be a person's name or number."""
    return CountConfig(weighting=weighting, min_documents=2)


def _characters(weighting: Literal["counts", "tfidf"]) -> CountConfig:
    return CountConfig(ngrams=(1, 3), weighting=weighting, min_documents=2)


def _subword_counts(weighting: Literal["counts", "tfidf"]) -> CountConfig:
    """Pairs too: a pair of subwords is often one word that the tokenizer was too small for."""
    return CountConfig(ngrams=(1, 2), weighting=weighting, min_documents=2)


def _words(language: Language) -> PipelineConfig:
    return PipelineConfig(segment=WordSegment(language=language))


def _by_character(language: Language) -> PipelineConfig:
    return PipelineConfig(segment=CharacterSegment())


def _by_subword(language: Language) -> PipelineConfig:
    # BPE, because Unigram takes ten times as long to train on Chinese, which has no spaces (docs/models/tfidf-lr.md).
    longest = None if language == "en" else LONGEST_SUBWORD
    tokenizer = TokenizerConfig(kind="bpe", vocabulary_size=8000, longest_token=longest)
    return PipelineConfig(segment=SubwordSegment(), tokenizer=tokenizer)


def _with_penalties(model: LinearConfig, pipeline: PipelineConfig) -> Preset:
    candidates = tuple(model.but(learner=model.learner.but(C=value)) for value in TRIED_PENALTIES)
    return Preset(model, pipeline, candidates)
