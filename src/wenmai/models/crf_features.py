"""What a CRF over counted features reads of sentences: their tokens, further columns, and the words of a dictionary."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from wenmai.core.errors import FitError
from wenmai.core.schema import TagColumns
from wenmai.core.tags import TagRules
from wenmai.data.dataset import Dataset, Inputs
from wenmai.models import tagging
from wenmai.models.contract import Arrays
from wenmai.models.dictionary_features import DICTIONARY_TEMPLATES, DICTIONARY_VIEWS, KnownWords
from wenmai.models.state import Expected, checked
from wenmai.models.string_table import expected, packed, unpacked
from wenmai.models.token_features import TokenFeatures
from wenmai.models.token_views import templates_of, templates_of_factors, view_of

_FACTORS, _LEXICON = "factors", "lexicon"


class SentenceFeatures:
    """The features of the tokens of sentences, by templates.

    Args:
        templates: of the tokens; factor_templates: of each further column.
        words: of a person's dictionary; where there are any, those of the training rows are looked for too.
    """

    def __init__(self, templates: Sequence[str], factor_templates: Sequence[str], words: Sequence[str]) -> None:
        self._own, self._factor_templates = templates, factor_templates
        self._known = KnownWords(words) if words else None
        self.factors: tuple[str, ...] = ()
        self.counted = self._templates()

    def fit(
        self, data: Dataset, tags: NDArray[np.int64], names: Sequence[str], rules: TagRules, min_count: int
    ) -> NDArray[np.int32]:
        """Number the features of training rows that occur often enough; those of each token [S, M].

        Args:
            data: the rows; tags: [S] their numbers; names: of the tags; rules: which belong to one word.

        Raises:
            FitError: when there is a dictionary, and the tags cut no words.
        """
        rows, columns = tagging.training_tokens(data), data.schema.columns
        if isinstance(columns, TagColumns) and self._factor_templates:
            self.factors = columns.factors
        self.counted = self._templates()
        beside = dict(self._named(tagging.training_factors(data, self.factors)))
        if self._known is not None:
            if not rules.continues.any():
                raise FitError(
                    "a dictionary says where words begin and end, and these tags stand for single tokens",
                    remedy="Leave out the dictionary",
                )
            beside |= self._known.learn(rows, np.split(tags, tagging.offsets_of(rows)[1:-1]), names, rules)
        return self.counted.fit(rows, min_count, beside)

    def transform(self, inputs: Inputs) -> NDArray[np.int32]:
        """The features [S, M] of the tokens of a batch; raises `UsageError` where a further column is missing."""
        rows = tagging.tokens_of(inputs)
        beside = dict(self._named(tagging.factors_of(inputs, self.factors)))
        if self._known is not None:
            beside |= self._known.seen(rows)
        return self.counted.transform(rows, beside)

    def arrays(self) -> Arrays:
        """The features, the names of the further columns, and the words of the training rows."""
        arrays = self.counted.arrays()
        if self.factors:
            arrays |= packed(_FACTORS, self.factors)
        if self._known is not None:
            arrays |= packed(_LEXICON, self._known.lexicon)
        return arrays

    def restore(self, arrays: Arrays, others: dict[str, Expected]) -> None:
        """Take what `arrays` gave, which stands among others; raises `BundleError` where any is not as expected."""
        named = expected(_FACTORS) if _FACTORS in arrays else {}
        if named:
            found = checked({name: arrays[name] for name in named if name in arrays}, named)
            self.factors = tuple(unpacked(_FACTORS, found))
            self.counted = self._templates()
        learnt = {} if self._known is None else expected(_LEXICON)
        self.counted.restore(checked(arrays, {**others, **self.counted.expected(), **named, **learnt}))
        if self._known is not None:
            self._known.restore(unpacked(_LEXICON, arrays))

    def _named(self, values: Sequence[tagging.TokenLists]) -> list[tuple[str, tagging.TokenLists]]:
        return [(view_of(number), rows) for number, rows in enumerate(values)]

    def _templates(self) -> TokenFeatures:
        named = templates_of(self._own) | templates_of_factors(self._factor_templates, self.factors)
        if self._known is not None:
            named |= templates_of(DICTIONARY_TEMPLATES, DICTIONARY_VIEWS)
        return TokenFeatures(named)
