"""Results as a comparison of real reviews would leave them: six rungs and a failed one, measured on simulated answers.

Shapes: N rows, C classes.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np
import pytest

from wenmai.comparison.analyses.calibration import Judged, rung_calibration
from wenmai.comparison.findings import Findings
from wenmai.comparison.findings.calibration import Calibration
from wenmai.comparison.recommendation import recommend
from wenmai.comparison.results import (
    Candidate,
    ConfidentError,
    Confusion,
    DataSummary,
    DecidingSpan,
    Environment,
    Feature,
    Protocol,
    Results,
    RungResult,
)
from wenmai.data.health import ClassShare, Health, Lengths, Repeats
from wenmai.evaluation.costs import Costs
from wenmai.evaluation.report import ClassScores
from wenmai.metrics.labels import confusion
from wenmai.stats.bootstrap import Bootstrap, bootstrap_labels
from wenmai.stats.intervals import Estimate
from wenmai.stats.ties import tied_set
from wenmai.tasks.classify import Classify

LABELS = ("好评", "差评", "中评")
RESAMPLES = 200


@dataclass(frozen=True)
class Simulated:
    """A rung that knows the answer with some noise: the lower ``noise``, the better it scores."""

    name: str
    title: str
    noise: float
    milliseconds: float
    megabytes: float
    fit_seconds: float


SIMULATED = (
    Simulated("tfidf-lr:chars", "TF-IDF + logistic regression, characters 1–3", 0.62, 0.92, 21.4, 14.2),
    Simulated("tfidf-svm:chars", "TF-IDF + linear SVM, characters 1–3", 0.625, 0.71, 21.2, 9.8),
    Simulated("tfidf-lr:words", "TF-IDF + logistic regression, words", 0.68, 0.31, 4.6, 5.1),
    Simulated("tfidf-svm:words", "TF-IDF + linear SVM, words", 0.70, 0.29, 4.5, 4.4),
    Simulated("naive-bayes:words", "Multinomial naive Bayes, words", 0.80, 0.25, 2.2, 3.2),
    Simulated("majority", "Majority class", 0.0, 0.02, 0.006, 0.1),
)


def bootstrap(
    rung: Simulated, seed: int, rows: int = 1500, classes: int = 3
) -> tuple[np.ndarray, np.ndarray, Bootstrap]:
    """Gold [N], answers [N] and what they score; rungs share the difficulty of a row, as real ones do."""
    generator = np.random.default_rng(seed)
    gold = generator.choice(classes, rows, p=np.array([5, 4, 1] + [1] * (classes - 3)) / (7 + classes))
    shared = generator.normal(size=(rows, classes))
    own = np.random.default_rng(seed + len(rung.name)).normal(size=(rows, classes))
    if rung.name == "majority":
        probabilities = np.tile(np.linspace(0.6, 0.1, classes), (rows, 1))
    else:
        scores = np.eye(classes)[gold] * 2.0 + rung.noise * (shared + 0.25 * own)
        probabilities = np.exp(3 * scores)
    probabilities = probabilities / probabilities.sum(axis=1, keepdims=True)
    answered = np.log(probabilities) * 1.7 if "svm" in rung.name else probabilities
    return gold, probabilities.argmax(axis=1), bootstrap_labels(gold, answered, resamples=RESAMPLES)


def rung_result(rung: Simulated, labels: tuple[str, ...]) -> RungResult:
    gold, predicted, tested = bootstrap(rung, seed=1, classes=len(labels))
    _, _, dev = bootstrap(rung, seed=2, classes=len(labels))
    test, scores = tested.estimates(), dev.estimates()
    candidates = tuple(
        Candidate(settings={"C": c}, score=lowered(scores["macro_f1"], by), chosen=by == 0)
        for c, by in ((0.3, 0.021), (1.0, 0.0), (3.0, 0.006), (10.0, 0.013))
    )
    return RungResult(
        name=rung.name,
        title=rung.title,
        recipe_fingerprint=f"{hash_of(rung.name):016x}",
        candidates=() if rung.name == "majority" else candidates,
        dev=scores,
        test=test,
        per_class=tuple(
            ClassScores(
                label=label, precision=c.precision, recall=c.recall, f1=c.f1, support=c.support, predicted=c.predicted
            )
            for label, c in zip(labels, tested.classes, strict=True)
        ),
        confusion=Confusion(labels=labels, counts=confusion(gold, predicted, len(labels)).tolist()),
        costs=Costs(
            fit_seconds=rung.fit_seconds,
            latency_ms_p50=rung.milliseconds,
            latency_ms_p95=rung.milliseconds * 1.6,
            texts_per_second=7000 / rung.milliseconds,
            bytes_on_disk=int(rung.megabytes * 1e6),
        ),
        bundle=f"bundles/{rung.name.replace(':', '-')}",
        top_features=features(labels) if rung.name != "majority" else {},
        with_duplicates={"macro_f1": lowered(test["macro_f1"], -0.031)} if rung.name == "tfidf-svm:chars" else None,
    )


def calibration(labels: tuple[str, ...], rows: int = 400) -> Calibration:
    """Of answers that are surer than they ought to be."""
    task, found = Classify(labels=labels), []
    for rung in SIMULATED:
        generator = np.random.default_rng(len(rung.name))
        logits = generator.normal(size=(2, rows, len(labels))) * (rung.name != "majority") * 3
        gold = (logits + generator.gumbel(size=logits.shape)).argmax(axis=2)
        chosen, tested = (Judged.of(task, (1 + rung.noise) * logits[part], gold[part]) for part in (0, 1))
        found.append(rung_calibration(SimpleNamespace(name=rung.name), chosen, tested, seed=0))
    return Calibration(rungs=tuple(found))


def lowered(estimate: Estimate, by: float) -> Estimate:
    values = {name: min(1.0, getattr(estimate, name) - by) for name in ("value", "low", "high")}
    return Estimate(**values, level=estimate.level)


def hash_of(name: str) -> int:
    return int.from_bytes(name.encode().ljust(8, b"_")[:8], "big")


WORDS = {
    "好评": ("不错", "很好", "满意", "喜欢", "值得", "方便", " 好", "物流很快", "推荐", "质量好"),
    "差评": ("差", "失望", "退货", "不好", "垃圾", "太差", "不值", "客服态度", "坏了", "骗人"),
    "中评": ("一般", "还行", "凑合", "但是", "马马虎虎", "可以", "普通", "勉强", "中等", "将就"),
}


def features(labels: tuple[str, ...]) -> dict[str, tuple[Feature, ...]]:
    return {
        label: tuple(
            Feature(text=word, weight=6.4 / (1 + 0.23 * i)) for i, word in enumerate(WORDS.get(label, ("the",)))
        )
        for label in labels
    }


def span(text: str, piece: str, weight: float) -> DecidingSpan:
    start = text.index(piece)
    return DecidingSpan(start=start, end=start + len(piece), weight=weight)


def confident_errors() -> tuple[ConfidentError, ...]:
    first = "屏幕很好，音质也不错，就是电池用了三天就坏了，客服态度太差，失望。"
    second = "外观不错，手感很好，推荐给朋友的时候才发现屏幕有一条裂缝，联系退货等了半个月还没有消息，真的不会再来了。"
    third = "Great phone they said. 结果 <script>alert(1)</script> 一般般吧 & “凑合”用\u202e 🙂"
    return (
        ConfidentError(
            text=first,
            gold=("差评",),
            predicted=("好评",),
            probability=0.9931,
            spans=(
                span(first, "很好", 2.9),
                span(first, "不错", 2.1),
                span(first, "坏了", -1.4),
                span(first, "太差", -2.2),
            ),
            line=20_418,
        ),
        ConfidentError(
            text=second * 6,
            gold=("差评",),
            predicted=("好评",),
            probability=0.981,
            spans=(
                span(second, "不错", 2.4),
                span(second, "很好", 2.2),
                span(second, "推荐", 3.1),
                span(second, "退货", -1.8),
            ),
            line=311,
        ),
        ConfidentError(
            text=third, gold=("中评",), predicted=("差评",), probability=0.94, spans=(span(third, "一般", 1.0),)
        ),
    )


HEALTH = Health(
    name="商品评论.csv",
    rows=35_031,
    parts={"train": 14_262, "dev": 1500, "test": 1500},
    columns=("review", "label"),
    language="zh",
    classes={
        "好评": ClassShare(rows=17_702, share=0.5053),
        "差评": ClassShare(rows=13_928, share=0.3976),
        "中评": ClassShare(rows=3401, share=0.0971),
    },
    lengths=Lengths(min=1, p50=34, p95=190, max=3017),
    repeats=Repeats(
        distinct=17_827,
        repeated=17_204,
        conflicting=42,
        conflicting_examples=("商品评论.csv:17", "商品评论.csv:320"),
        near=311,
    ),
    empty_rows=0,
    crossing={"train, test": 0},
    out_of_vocabulary={"dev": 0.0123, "test": 0.0131},
    lost_characters=0,
    warnings=("49% of the rows repeat another row's text; they were kept on one side of every split.",),
)


@pytest.fixture(scope="session")
def calibrated(results: Results) -> Results:
    """The same with the calibration of every rung."""
    return with_calibration(results)


def with_calibration(results: Results) -> Results:
    return results.but(findings=Findings(calibration=calibration(results.data.labels)))


@pytest.fixture(scope="session")
def results() -> Results:
    """Six rungs that are done, one that failed."""
    return build(LABELS)


def build(labels: tuple[str, ...]) -> Results:
    rungs = tuple(rung_result(rung, labels) for rung in SIMULATED)
    ties = tied_set({rung.name: bootstrap(rung, seed=2, classes=len(labels))[2] for rung in SIMULATED}, "macro_f1")
    failed = RungResult(
        name="textcnn",
        title="TextCNN",
        status="failed",
        error="the budget was spent before the fit was done. Give a larger --budget.",
    )
    return Results(
        created="2026-11-21T11:40:05+00:00",
        command="wenmai compare ~/data/商品评论.csv --label label --models quick --seed 7",
        environment=Environment(
            versions={"python": "3.11.7", "wenmai": "0.1.0", "numpy": "2.4.6", "scikit-learn": "1.9.1"},
            system="Linux x86_64",
            processor="AMD EPYC",
            cores=2,
            memory_gib=23.5,
        ),
        seed=7,
        threads=2,
        data=DataSummary(
            name="商品评论.csv",
            data_fingerprint="9f1c5a7be2d04416",
            language="zh",
            labels=labels,
            rows={"train": 14_262, "dev": 1500, "test": 1500},
            health=HEALTH.model_dump(mode="json"),
        ),
        protocol=Protocol(
            metric="macro_f1",
            choice="dev",
            resamples=RESAMPLES,
            sentences=(
                "The test rows were locked away: choices were made on dev, and the test rows were scored once.",
                "Duplicates were removed before the split.",
            ),
        ),
        rungs=(*rungs, failed),
        recommendation=recommend(rungs, ties, "dev"),
        errors=confident_errors(),
    )
