"""Sparse matrices of the kind that scikit-learn's own estimators give."""

from __future__ import annotations

from typing import Any

from sklearn import get_config


def sparse(values: Any) -> Any:
    """A CSR matrix, or a CSR array where scikit-learn's setting ``sparse_interface`` asks for such."""
    from scipy.sparse import csr_array, csr_matrix

    kind = csr_array if get_config().get("sparse_interface") == "sparray" else csr_matrix
    return kind(values)
