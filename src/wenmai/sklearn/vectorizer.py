"""TextVectorizer: texts to sparse rows of counts or TF-IDF, as scikit-learn's vectorizers, by compiled loops.

Letters of the shapes: N texts, F features.
"""

from __future__ import annotations

import math
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from wenmai.batches.ngram_keys import unpack_keys
from wenmai.core.errors import ConfigError
from wenmai.core.schema import Language
from wenmai.models.contract import Run
from wenmai.models.features import CountConfig, CountFeatures
from wenmai.models.linear import LinearConfig
from wenmai.models.state import Expected, checked
from wenmai.recipe import Recipe, parse_recipe, recipe_for, with_settings
from wenmai.sklearn.errors import ParameterError, value_errors
from wenmai.sklearn.matrices import sparse
from wenmai.sklearn.parameters import Settings, language_of, number, threads_of, whole, written_settings
from wenmai.sklearn.state import files_in, folder_of
from wenmai.sklearn.texts import texts_of, unlabelled
from wenmai.text.pipeline import Pipeline

if TYPE_CHECKING:
    from wenmai.kernels.rows import CountRows

_MEMBER = "tfidf-lr"
"""The member whose presets name the analyzers."""
_LONGEST = 3
_STATE: dict[str, Expected] = {
    "keys": (np.uint64, (None,)),
    "feature_weights": (np.float32, (None,)),
    "words": (np.uint8, (None,)),
}


class TextVectorizer(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types
    """Counted n-grams of words or characters, raw or weighted by TF-IDF.

    For the same tokens the matrix is that of ``CountVectorizer`` or ``TfidfVectorizer``, column for column. The words
    are those of wenmai: Chinese is segmented, cleaning folds widths, case and markup.

    Args:
        weighting: ``"tfidf"`` (rows of unit length) or ``"counts"``.
        analyzer: a preset of tfidf-lr: ``"words"``, ``"chars"``.
        language: ``"zh"``, ``"en"``, ``"mixed"``, or ``"auto"`` to tell it by the training texts.
        ngram_range: the shortest and the longest n-gram, at most 3.
        min_df: an n-gram that fewer texts (or a smaller share of them) contain is left out.
        max_df: an n-gram that more texts (or a larger share of them) contain is left out.
        max_features: only so many n-grams, the most frequent, are kept.
        sublinear_tf: count 1 + ln(n) for n occurrences.
        settings: changes to how texts are cleaned and cut, ``["pipeline.clean.lowercase=false"]`` or a dict.
        n_jobs: threads; None for 1, -1 for all processors.
        dtype: of the values, ``numpy.float32`` or ``numpy.float64``.

    Attributes:
        features_: the fitted `CountFeatures`.
        recipe_: how the texts are read.
        language_: the language in which they are read.
    """

    def __init__(
        self,
        weighting: str = "tfidf",
        *,
        analyzer: str = "words",
        language: str = "auto",
        ngram_range: tuple[int, int] = (1, 1),
        min_df: float | int = 1,
        max_df: float | int = 1.0,
        max_features: int | None = None,
        sublinear_tf: bool = False,
        settings: Settings = (),
        n_jobs: int | None = None,
        dtype: Any = np.float32,
    ) -> None:
        self.weighting = weighting
        self.analyzer = analyzer
        self.language = language
        self.ngram_range = ngram_range
        self.min_df = min_df
        self.max_df = max_df
        self.max_features = max_features
        self.sublinear_tf = sublinear_tf
        self.settings = settings
        self.n_jobs = n_jobs
        self.dtype = dtype

    def fit(self, X: Any, y: Any = None) -> Self:  # noqa: N803
        """Learn which n-grams there are.

        Args:
            X: [N] a list, an array or a Series of strings; y: ignored.

        Raises:
            ParameterError: for a parameter that does not fit; InputError, InputTypeError: for what are no texts;
                FittingError: when no n-gram is left. All are ValueError or TypeError too.
        """
        self._learn(X)
        return self

    def fit_transform(self, X: Any, y: Any = None) -> Any:  # noqa: N803
        """Learn which n-grams there are and give the rows [N, F] of the same texts, counted once."""
        return self._matrix(self._learn(X))

    def transform(self, X: Any) -> Any:  # noqa: N803
        """The rows [N, F] of other texts, in CSR form."""
        check_is_fitted(self)
        data = unlabelled(texts_of(X), self.language_)
        return self._matrix(self.features_.transform(data, Run(threads=threads_of(self.n_jobs))))

    def get_feature_names_out(self, input_features: Any = None) -> NDArray[Any]:
        """The n-grams [F], in the order of the columns; ``input_features`` is ignored, as texts have no columns."""
        check_is_fitted(self)
        return np.array([self.features_.name(int(at)) for at in np.argsort(self._columns)], object)

    @property
    def vocabulary_(self) -> dict[str, int]:
        """The column of each n-gram."""
        return {name: column for column, name in enumerate(self.get_feature_names_out().tolist())}

    @property
    def idf_(self) -> NDArray[np.float64]:
        """The inverse document frequency of each column [F]; 1 where counts are not weighted."""
        check_is_fitted(self)
        weights: NDArray[np.float64] = self.features_.weights[np.argsort(self._columns)].astype(np.float64)
        return weights

    def _learn(self, X: Any) -> CountRows:  # noqa: N803
        with value_errors():
            self._check_dtype()
            texts = texts_of(X)
            language = language_of(self.language, texts)
            recipe, counts = self._recipe(language), self._counts(len(texts))
            pipeline = Pipeline.fit(recipe.pipeline, [texts])
            features = CountFeatures(counts, pipeline)
            rows = features.fit(unlabelled(texts, language), Run(threads=threads_of(self.n_jobs)))
        recipe = recipe.but(model=LinearConfig(features=counts))
        self._take(language, recipe, features)
        return rows

    def _take(self, language: Language, recipe: Recipe, features: CountFeatures) -> None:
        self.language_, self.recipe_, self.features_ = language, recipe, features
        self._columns = _alphabetical(features)

    def _matrix(self, rows: CountRows) -> Any:
        """The rows with their columns in the order of the n-grams' names, as scikit-learn numbers them."""
        matrix = rows.to_csr()
        matrix.indices = self._columns[matrix.indices]
        matrix.has_sorted_indices = False
        matrix.sort_indices()
        return sparse(matrix.astype(self.dtype, copy=False))

    def _recipe(self, language: Language) -> Recipe:
        if not isinstance(self.analyzer, str):
            raise ParameterError(f"analyzer is {self.analyzer!r}", remedy='Give "words" or "chars"')
        recipe = recipe_for(f"{_MEMBER}:{self.analyzer}", language)
        settings = written_settings(self.settings)
        for setting in settings:
            if not setting.startswith("pipeline."):
                raise ParameterError(
                    f"{setting!r} is no setting of the pipeline",
                    remedy="Settings of a vectorizer begin with 'pipeline.'; for the counts give its own parameters",
                )
        return with_settings(recipe, settings)

    def _counts(self, texts: int) -> CountConfig:
        """The config of the counts.

        Raises:
            ParameterError: for what is no range of n-grams or no document frequency; ConfigError: for the rest.
        """
        low, high = self._orders()
        least, most = self._documents("min_df", texts), self._documents("max_df", texts)
        if most < least:
            raise ParameterError(
                f"max_df corresponds to fewer texts than min_df: {most:g} and {least:g} of {texts}",
                remedy="Raise max_df or lower min_df",
            )
        values = {
            "ngrams": (low, high),
            "weighting": self.weighting,
            "sublinear": self.sublinear_tf,
            "min_documents": max(1, math.ceil(least)),
            # Half a text more, so that rounding leaves none out.
            "max_share": self.max_df if whole(self.max_df) is None else min(1.0, (most + 0.5) / texts),
            "max_features": self.max_features,
        }
        try:
            return CountConfig.parse(values)
        except ConfigError as error:
            renamed = error.found.replace("'sublinear'", "'sublinear_tf'")
            raise ParameterError(renamed, remedy=error.remedy) from None

    def _orders(self) -> tuple[int, int]:
        given: Any = self.ngram_range
        if isinstance(given, tuple | list) and len(given) == 2:
            low, high = whole(given[0]), whole(given[1])
            if low is not None and high is not None and 1 <= low <= high <= _LONGEST:
                return low, high
        raise ParameterError(
            f"ngram_range is {given!r}", remedy=f"Give the shortest and the longest n-gram, from 1 to {_LONGEST}"
        )

    def _documents(self, name: str, texts: int) -> float:
        """How many texts ``min_df`` or ``max_df`` means: a whole number itself, a share of them otherwise."""
        value = getattr(self, name)
        count, share = whole(value), number(value)
        if count is not None and count >= 1:
            return float(count)
        if count is None and share is not None and 0 <= share <= 1 and (share or name == "min_df"):
            return share * texts
        raise ParameterError(f"{name} is {value!r}", remedy="Give a number of texts from 1, or a share from 0.0 to 1.0")

    def _check_dtype(self) -> None:
        try:
            fits = np.dtype(self.dtype) in (np.float32, np.float64)
        except TypeError:
            fits = False
        if not fits:
            raise ParameterError(f"dtype is {self.dtype!r}", remedy="Give numpy.float32 or numpy.float64")

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "features_")

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.string = True
        tags.input_tags.one_d_array = True
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []  # texts have none; the parameter says which the rows get
        return tags

    def __getstate__(self) -> dict[str, Any]:
        state = dict(super().__getstate__())
        if "features_" not in state:
            return state
        features, recipe = state.pop("features_"), state.pop("recipe_")
        del state["_columns"]
        with tempfile.TemporaryDirectory() as folder:
            features.pipeline.save(Path(folder))
            files = files_in(Path(folder))
        return {**state, "fitted": (recipe.model_dump(mode="json"), features.arrays(), files)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        state = dict(state)
        fitted = state.pop("fitted", None)
        super().__setstate__(state)
        if fitted is None:
            return
        values, arrays, files = fitted
        recipe = parse_recipe(values)
        with folder_of(files) as folder:
            pipeline = Pipeline.load(folder, recipe.pipeline)
        assert isinstance(recipe.model, LinearConfig)
        features = CountFeatures(recipe.model.features, pipeline)
        features.restore(checked(arrays, _STATE))
        self._take(self.language_, recipe, features)


def _alphabetical(features: CountFeatures) -> NDArray[np.int32]:
    """The place [F] of each feature among the n-grams' names in order, as scikit-learn numbers its columns.

    Symbols are numbered in the order of Unicode, so their numbers can be compared in place of the names; an n-gram
    stands before those that it begins.
    """
    symbols = unpack_keys(features.keys)
    leading = (symbols == 0).sum(axis=1)[:, None]
    at = np.arange(symbols.shape[1]) + leading
    aligned = np.where(at < symbols.shape[1], np.take_along_axis(symbols, at % symbols.shape[1], axis=1), 0)
    order = np.lexsort(aligned.T[::-1])
    columns = np.empty(len(order), np.int32)
    columns[order] = np.arange(len(order), dtype=np.int32)
    return columns
