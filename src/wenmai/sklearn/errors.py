"""wenmai's errors as scikit-learn expects them: each is the `ValueError` or `TypeError` of its estimators too.

::

    UsageError ── ParameterError(ValueError)    a parameter that does not fit, found in fit
    DataError  ┬─ InputError(ValueError)        texts or labels that cannot be used as they are
               └─ InputTypeError(TypeError)     something that is no text where a text is expected
    FitError   ── FittingError(ValueError)      a model that could not be fitted on these rows
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from wenmai.core.errors import DataError, FitError, MissingExtraError, UsageError


class ParameterError(UsageError, ValueError):
    """A parameter of an estimator that does not fit; parameters are checked in ``fit``, not when they are set."""


class InputError(DataError, ValueError):
    """Texts or labels that cannot be used as they are."""


class InputTypeError(DataError, TypeError):
    """Something that is no text where a text is expected."""


class FittingError(FitError, ValueError):
    """A model that could not be fitted on these rows."""


@contextmanager
def value_errors() -> Iterator[None]:
    """Errors of wenmai as their counterparts above; one that asks for a package to be installed stays as it is."""
    try:
        yield
    except (ParameterError, InputError, InputTypeError, FittingError, MissingExtraError):
        raise
    except UsageError as error:
        raise ParameterError(error.found, where=error.where, remedy=error.remedy) from error
    except DataError as error:
        raise InputError(error.found, where=error.where, remedy=error.remedy) from error
    except FitError as error:
        raise FittingError(error.found, where=error.where, remedy=error.remedy) from error
