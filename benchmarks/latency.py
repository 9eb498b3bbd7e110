"""One text at a time, in process, cleaning and segmentation included."""

from __future__ import annotations

import time

import numpy as np

from benchmarks.data import reviews, trained_on_reviews
from benchmarks.record import Table


def measure() -> Table:
    """Against scikit-learn's own pipeline of the same features and the same learner."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline

    table = Table(
        "Latency of one prediction",
        ["rung", "wenmai p50", "wenmai p95", "peer p50", "ratio", "to reach"],
        "make bench-latency",
        "Demo reviews of the test part, one text a call, in one process; wenmai returns label and probabilities, and "
        "its time includes cleaning and segmentation. The peer is scikit-learn's TfidfVectorizer + LogisticRegression, "
        "`predict_proba`, characters 1–3 (without cleaning), words by rjieba.",
        ["rjieba"],
    )
    import rjieba

    parts = reviews()
    texts = list(parts.test.inputs(0, 500).text)
    train, labels = list(parts.train.inputs().text), parts.train.answers()
    for rung, vectorizer in (
        ("tfidf-lr:chars", TfidfVectorizer(analyzer="char", ngram_range=(1, 3), min_df=2)),
        ("tfidf-lr:words", TfidfVectorizer(analyzer=lambda text: rjieba.cut(text))),
    ):
        bundle = trained_on_reviews(rung)
        peer = make_pipeline(vectorizer, LogisticRegression(max_iter=300)).fit(train, labels)
        ours, theirs = [], []
        for text in texts:  # in turn, so that both see the same machine
            began = time.perf_counter()
            bundle.predict(text)
            middle = time.perf_counter()
            peer.predict_proba([text])
            ours.append(middle - began)
            theirs.append(time.perf_counter() - middle)
        p50, p95, peer50 = (1000 * np.quantile(*pair) for pair in ((ours, 0.5), (ours, 0.95), (theirs, 0.5)))
        table.add(rung, f"{p50:.3f} ms", f"{p95:.3f} ms", f"{peer50:.3f} ms", f"{peer50 / p50:.1f}×", "≤ 1 ms p50")
    return table
