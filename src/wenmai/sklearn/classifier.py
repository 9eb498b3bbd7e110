"""TextClassifier: any member of the catalog that classifies, as an estimator of scikit-learn.

Letters of the shapes: N texts, C classes or labels.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.validation import check_is_fitted

from wenmai.bundle import Bundle
from wenmai.catalog import CATALOG, Catalog
from wenmai.core.schema import Language
from wenmai.data.dataset import Dataset, Inputs
from wenmai.data.duplicates import duplicate_groups
from wenmai.data.strata import classes_of, deal
from wenmai.models.contract import Attribution
from wenmai.recipe import Recipe, recipe_for, with_settings
from wenmai.sklearn.errors import ParameterError, value_errors
from wenmai.sklearn.labels import Answers, answers_of, holds_collections, weights_of
from wenmai.sklearn.parameters import Settings, dev_share, language_of, seed_of, threads_of, written_settings
from wenmai.sklearn.state import bundle_files, bundle_of
from wenmai.sklearn.texts import texts_of
from wenmai.tasks.classify import Classify
from wenmai.training import fit


class TextClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """A text classifier: ``X`` holds one string a row, ``y`` one label a row, or any number of labels a row.

    Args:
        model: a member of the catalog, with a preset or without: ``"tfidf-lr"``, ``"tfidf-svm:chars"``.
        language: ``"zh"``, ``"en"``, ``"mixed"``, or ``"auto"`` to tell it by the training texts.
        settings: changes to the preset's recipe, ``["model.learner.C=3"]`` or ``{"model.learner.C": 3}``.
        class_weight: ``"balanced"``, a dict from class to weight, or None.
        random_state: decides everything random; None takes a number from numpy's global generator.
        n_jobs: threads; None for 1, -1 for all processors.
        dev_size: the share (or number) of rows on which a member that stops early judges itself; the others learn
            from all rows. Each class in proportion; rows with the same text stay on one side.
        budget: seconds after which the fit gives up; None for no limit.
        catalog: where the model's name is looked up; None for wenmai's own members.

    Attributes:
        classes_: [C] the classes in ascending order; where rows carry several labels, the meaning of the columns.
        bundle_: what was trained, as `wenmai.fit` gives it: ``bundle_.save(path)`` makes a folder of it.
        language_: the language in which the texts were read.
        sparse_output_: whether ``predict`` gives a sparse matrix, as ``y`` was one.

    There is no ``n_features_in_``: texts are no columns of numbers.
    """

    def __init__(
        self,
        model: str = "tfidf-lr",
        *,
        language: str = "auto",
        settings: Settings = (),
        class_weight: str | dict[Any, float] | None = None,
        random_state: Any = None,
        n_jobs: int | None = None,
        dev_size: float | int | None = 0.1,
        budget: float | None = None,
        catalog: Catalog | None = None,
    ) -> None:
        self.model = model
        self.language = language
        self.settings = settings
        self.class_weight = class_weight
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.dev_size = dev_size
        self.budget = budget
        self.catalog = catalog

    def fit(self, X: Any, y: Any) -> Self:  # noqa: N803
        """Learn from texts and their labels.

        Args:
            X: [N] a list, an array or a Series of strings.
            y: [N] labels; or an indicator matrix [N, C] (dense, sparse, a data frame); or N collections of labels.

        Raises:
            ParameterError: for a parameter that does not fit; InputError, InputTypeError: for texts or labels that
                cannot be used; FittingError: when the model cannot be fitted. All are ValueError or TypeError too.
        """
        with value_errors():
            texts = texts_of(X)
            answers = answers_of(y, len(texts))
            language = language_of(self.language, texts)
            recipe = self._recipe(language, answers)
            seed, threads = seed_of(self.random_state), threads_of(self.n_jobs)
            train, dev = self._divided(answers.labelled(texts, language), recipe, seed)
            bundle = fit(
                recipe,
                train,
                dev,
                task=answers.task(),
                seed=seed,
                threads=threads,
                budget=self.budget,
                catalog=self._catalog,
            )
        self.classes_, self.sparse_output_ = answers.classes, answers.sparse
        self.language_, self.bundle_ = language, bundle
        return self

    def predict(self, X: Any) -> Any:  # noqa: N803
        """The class of each text [N]; where rows carry several labels, a matrix [N, C] of 0 and 1."""
        decided = self._task.decided(self.predict_proba(X))
        if not self._task.several:
            return self.classes_[decided]
        carried = decided.astype(np.int64)
        if not self.sparse_output_:
            return carried
        from wenmai.sklearn.matrices import sparse

        return sparse(carried)

    def predict_proba(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """The probability of each class [N, C]; of several labels each on its own."""
        return self._task.probabilities(self._outputs(X))

    def decision_function(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        """Logits [N, C]; of two classes the logit [N] of the second against the first."""
        outputs = self._outputs(X)
        if self._task.several or outputs.shape[1] > 2:
            return outputs
        against: NDArray[np.float64] = outputs[:, 1] - outputs[:, 0]
        return against

    def score(self, X: Any, y: Any, sample_weight: Any = None) -> float:  # noqa: N803
        """Accuracy; where rows carry several labels, the share of rows whose labels are all right.

        ``y`` may hold collections of labels where ``fit`` was given such.
        """
        if not holds_collections(y):
            return float(super().score(X, y, sample_weight))
        said = self.predict(X)
        dense = said.toarray() if self.sparse_output_ else said
        right = [set(self.classes_[row == 1].tolist()) == set(labels) for row, labels in zip(dense, y, strict=True)]
        return float(np.average(right, weights=sample_weight))

    def explain(self, text: str, label: Any = None) -> Attribution:
        """How much each word of a text spoke for a class, by default the one that wins.

        Raises:
            ParameterError: when the model has no way to tell, or ``label`` is no class.
        """
        check_is_fitted(self)
        with value_errors():
            return self.bundle_.explain(texts_of([text])[0], None if label is None else self._column(label))

    def top_features(self, label: Any, count: int = 20) -> list[tuple[str, float]]:
        """The features that speak most for a class, with their weights; empty for a model that cannot tell.

        Raises:
            ParameterError: when ``label`` is no class.
        """
        check_is_fitted(self)
        return self.bundle_.top_features(self._column(label), count)

    @property
    def _catalog(self) -> Catalog:
        return CATALOG if self.catalog is None else self.catalog

    @property
    def _task(self) -> Classify:
        check_is_fitted(self)
        task = self.bundle_.task
        assert isinstance(task, Classify)
        return task

    def _outputs(self, X: Any) -> NDArray[np.float64]:  # noqa: N803
        check_is_fitted(self)
        return np.asarray(self.bundle_.outputs(Inputs(texts_of(X))), np.float64)

    def _column(self, label: Any) -> int:
        found = np.flatnonzero(self.classes_ == label)
        if not len(found):
            raise ParameterError(
                f"there is no class {label!r}", remedy=f"Classes: {', '.join(map(repr, self.classes_.tolist()))}"
            )
        return int(found[0])

    def _recipe(self, language: Language, answers: Answers) -> Recipe:
        if not isinstance(self.model, str):
            raise ParameterError(f"model is {self.model!r}", remedy='Give the name of a member: "tfidf-lr:chars"')
        recipe = recipe_for(self.model, language, catalog=self._catalog)
        recipe = with_settings(recipe, written_settings(self.settings), catalog=self._catalog)
        if self.class_weight is None:
            return recipe
        weights = weights_of(self.class_weight, answers.classes)
        return recipe.but(training=recipe.training.but(class_weight=weights))

    def _divided(self, data: Dataset, recipe: Recipe, seed: int) -> tuple[Dataset, Dataset | None]:
        """Training rows, and dev rows for a model that stops by them."""
        share = dev_share(self.dev_size, len(data))
        if not recipe.model.stops_by_dev or not share:
            return data, None
        parts = deal(classes_of(data), duplicate_groups(data), (1 - share, share), np.random.default_rng(seed))
        dev = np.flatnonzero(parts == 1)
        return (data.select(np.flatnonzero(parts == 0)), data.select(dev)) if len(dev) else (data, None)

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "bundle_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.classifier_tags.multi_label = True
        return tags

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if isinstance(state.get("bundle_"), Bundle):
            state["bundle_"] = bundle_files(state["bundle_"])
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        files = state.get("bundle_")
        if files is not None:
            state = {**state, "bundle_": bundle_of(files, state.get("catalog") or CATALOG)}
        super().__setstate__(state)
