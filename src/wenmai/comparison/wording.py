"""How names and numbers are written in reports: one place, so that the page, the text and the sentence agree."""

from __future__ import annotations

from wenmai.stats.intervals import Estimate

METRIC_NAMES = {
    "accuracy": "Accuracy",
    "exact_match": "Exact match",
    "macro_f1": "Macro F1",
    "micro_f1": "Micro F1",
    "weighted_f1": "Weighted F1",
    "samples_f1": "Samples F1",
    "auc": "AUC",
    "log_loss": "Log loss",
    "spearman": "Spearman × 100",
    "pearson": "Pearson × 100",
    "rmse": "RMSE",
    "map": "MAP",
    "mrr": "MRR",
    "entity_f1": "F1 of spans",
    "entity_precision": "Precision of spans",
    "entity_recall": "Recall of spans",
    "word_f1": "F1 of words",
    "word_precision": "Precision of words",
    "word_recall": "Recall of words",
    "oov_recall": "Recall of new words",
    "iv_recall": "Recall of known words",
    "token_accuracy": "Accuracy of tokens",
    "oov_accuracy": "Accuracy of new tokens",
    "intent_accuracy": "Accuracy of intents",
    "sentence_accuracy": "Intent and slots right",
}
"""Metrics in the order of the tables; others follow under their own names."""

COUNTED = {"entity_f1": "spans", "token_accuracy": "tokens"}
"""By a task's metric, what its classes are classes of; rows where it is not named."""

KINDS = {"entity_f1": "type", "token_accuracy": "tag"}
"""By a task's metric, what its classes are called; classes where it is not named."""

CORRELATIONS = frozenset({"spearman", "pearson"})
"""Metrics that are no shares, written times a hundred as papers do."""

LOSSES = frozenset({"log_loss", "brier", "rmse"})
"""Metrics that are no shares, and better where lower."""


def metric_name(metric: str) -> str:
    """A metric's name in words."""
    return METRIC_NAMES.get(metric, metric.replace("_", " ").capitalize())


def class_columns(metric: str) -> list[str]:
    """The heads of a table of classes in a report."""
    kind, counted = KINDS.get(metric, "class"), COUNTED.get(metric, "rows")
    return [kind.capitalize(), "F1", "Precision", "Recall", f"Test {counted}", "Predicted"]


def class_heading(metric: str) -> str:
    """The heading above it."""
    return f"{KINDS[metric].capitalize()}s" if metric in KINDS else "Classes"


def score(metric: str, value: float, places: int = 1) -> str:
    """A value: a percentage, or a plain number where the metric is a loss."""
    if metric in LOSSES:
        return f"{value:.{places + 2}f}"
    sign = "" if metric in CORRELATIONS else "%"
    return f"{_minus(value * 100, places)}{sign}"


def interval(metric: str, estimate: Estimate, places: int = 1) -> str:
    """The two ends: ``90.5–91.9``; an approximate interval with ``≈`` before it."""
    mark = "≈ " if estimate.approximate else ""
    if metric in LOSSES:
        return f"{mark}{estimate.low:.{places + 2}f}–{estimate.high:.{places + 2}f}"
    to = " to " if estimate.low < 0 else "–"
    return f"{mark}{_minus(estimate.low * 100, places)}{to}{_minus(estimate.high * 100, places)}"


def score_with_interval(metric: str, estimate: Estimate, places: int = 1) -> str:
    """A value and its interval: ``91.2% (90.5–91.9)``."""
    return f"{score(metric, estimate.value, places)} ({interval(metric, estimate, places)})"


def difference(metric: str, estimate: Estimate) -> str:
    """A difference and its interval, in points of the percentage: ``−1.2 (−1.9 to −0.4)``."""
    scale, places = (1.0, 3) if metric in LOSSES else (100.0, 1)
    value, low, high = (_signed(number * scale, places) for number in (estimate.value, estimate.low, estimate.high))
    return f"{value} ({'≈ ' if estimate.approximate else ''}{low} to {high})"


def milliseconds(value: float) -> str:
    """A time of milliseconds to two or three digits: ``0.31 ms``, ``1.2 s``."""
    return f"{_digits(value)} ms" if value < 999.5 else f"{_digits(value / 1000)} s"


def seconds(value: float) -> str:
    """A time of seconds: ``0.8 s``, ``42 s``, ``3 min 5 s``, ``1 h 4 min``."""
    if value < 59.5:
        return f"{_digits(value)} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"


def size(count: int) -> str:
    """A number of bytes: ``812 kB``, ``1.4 MB``."""
    value = float(count)
    for unit in ("B", "kB", "MB", "GB"):
        if value < 999.5 or unit == "GB":
            return f"{value:.0f} {unit}" if unit == "B" else f"{_digits(value)} {unit}"
        value /= 1000
    raise AssertionError("unreachable: the last unit always returns")


def count(number: float) -> str:
    """A count with a comma between thousands: ``12,345``."""
    return f"{number:,.0f}"


def plural(number: int, noun: str, several: str | None = None) -> str:
    """A count and its noun: ``1 rung``, ``2 rungs``, ``3 classes``."""
    return f"{count(number)} {noun if number == 1 else several or noun + 's'}"


def label_list(labels: tuple[str, ...]) -> str:
    """The labels of a row; a row may carry none."""
    return ", ".join(labels) if labels else "none"


def _digits(value: float) -> str:
    """Two or three significant digits, never in exponents."""
    # The limits lie where rounding reaches the next power of ten: 9.96 is "10", not "10.0".
    if value >= 9.95:
        return f"{value:,.0f}"
    if value >= 0.995:
        return f"{value:.1f}"
    return f"{value:.2f}" if value >= 0.01 else f"{value:.3f}"


def _minus(value: float, places: int) -> str:
    """A number with a true minus sign; what rounds to nothing has none."""
    text = f"{abs(value):.{places}f}"
    return f"−{text}" if value < 0 and float(text) else text


def _signed(value: float, places: int) -> str:
    text = f"{abs(value):.{places}f}"
    if float(text) == 0:
        return text
    return ("−" if value < 0 else "+") + text
