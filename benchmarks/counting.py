"""From texts to weighted sparse rows."""

from __future__ import annotations

from benchmarks.data import reviews
from benchmarks.record import Table, median_seconds
from wenmai.models.contract import Run
from wenmai.models.features import CountConfig, CountFeatures
from wenmai.text.pipeline import Pipeline, PipelineConfig
from wenmai.text.segment import CharacterSegment, WordSegment


def measure() -> Table:
    """Against scikit-learn's TfidfVectorizer on the same texts."""
    import rjieba
    from sklearn.feature_extraction.text import TfidfVectorizer

    table = Table(
        "Counting features",
        ["features", "wenmai, 1 thread", "wenmai, 2 threads", "scikit-learn", "ratio at 1", "ratio at 2"],
        "make bench-counting",
        "TF-IDF rows of the demo's training reviews, from strings; wenmai's time includes cleaning, scikit-learn gets "
        "cleaned text. Both find the same features with the same values (tests/parity).",
        ["rjieba"],
    )
    train = reviews().train
    for name, counts, segment, vectorizer in (
        (
            "characters 1–3",
            CountConfig(ngrams=(1, 3), min_documents=2),
            CharacterSegment(),
            TfidfVectorizer(analyzer="char", ngram_range=(1, 3), lowercase=False, min_df=2),
        ),
        ("words", CountConfig(), WordSegment(language="zh"), TfidfVectorizer(analyzer=lambda text: rjieba.cut(text))),
    ):
        pipeline = Pipeline(PipelineConfig(segment=segment))
        cleaned = pipeline.cleaned(list(train.inputs().text))
        ours = [
            median_seconds(lambda: CountFeatures(counts, pipeline).fit(train, Run(threads=threads)))  # noqa: B023
            for threads in (1, 2)
        ]
        theirs = median_seconds(lambda: vectorizer.fit_transform(cleaned))  # noqa: B023
        ratios = [f"{theirs / seconds:.1f}×" for seconds in ours]
        table.add(name, f"{ours[0]:.2f} s", f"{ours[1]:.2f} s", f"{theirs:.2f} s", *ratios)
    return table
