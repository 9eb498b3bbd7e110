"""Estimators with the interface of scikit-learn: any member of the catalog as a classifier, our counts as a vectorizer.

Beside the command line in the layers: estimators, and no logic of their own. Importing it imports scikit-learn.
"""

from __future__ import annotations

from wenmai.sklearn.classifier import TextClassifier
from wenmai.sklearn.vectorizer import TextVectorizer

__all__ = ["TextClassifier", "TextVectorizer"]
