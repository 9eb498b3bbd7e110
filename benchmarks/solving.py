"""From sparse rows to weights."""

from __future__ import annotations

import numpy as np

from benchmarks.data import reviews
from benchmarks.record import Table, median_seconds
from wenmai.models.contract import Run
from wenmai.models.features import CountConfig, CountFeatures
from wenmai.models.learners import LinearSVM, Logistic, NaiveBayes, solve
from wenmai.tasks.classify import Classify
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import CharacterSegment


def measure() -> Table:
    """Against scikit-learn's solvers on the same rows."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.naive_bayes import MultinomialNB
    from sklearn.svm import LinearSVC

    table = Table(
        "Solving",
        ["learner", "wenmai, 1 thread", "wenmai, 2 threads", "scikit-learn", "ratio at 1", "ratio at 2", "same labels"],
        "make bench-solving",
        "TF-IDF characters 1–3 of the demo's training reviews, the same rows for both (wenmai's as counts of five "
        "bytes a cell, scikit-learn's as float32 CSR). The last column is the share of test rows with the same label.",
    )
    parts = reviews()
    task = Classify.of(parts.train)
    features = CountFeatures(
        CountConfig(ngrams=(1, 3), min_documents=2), Pipeline(PipelineConfig(segment=CharacterSegment()))
    )
    rows, targets = features.fit(parts.train, Run(threads=2)), task.targets(parts.train)
    test, matrix = features.transform(parts.test, Run()), rows.to_csr()
    for learner, estimator in (
        (NaiveBayes(), MultinomialNB()),
        (Logistic(), LogisticRegression(max_iter=300)),
        (LinearSVM(), LinearSVC(random_state=0)),
    ):
        ours = [
            median_seconds(lambda: solve(learner, rows, targets, task.head(), Run(threads=threads)), runs=3)  # noqa: B023
            for threads in (1, 2)
        ]
        theirs = median_seconds(lambda: estimator.fit(matrix, targets), runs=3)  # noqa: B023
        solution = solve(learner, rows, targets, task.head(), Run())
        said = (test.times(solution.weights) + solution.bias)[:, 0] > 0
        same = np.mean(said == (estimator.predict(test.to_csr()) == 1))
        ratios = [f"{theirs / seconds:.1f}×" for seconds in ours]
        table.add(learner.kind, f"{ours[0]:.2f} s", f"{ours[1]:.2f} s", f"{theirs:.2f} s", *ratios, f"{same:.2%}")
    return table
