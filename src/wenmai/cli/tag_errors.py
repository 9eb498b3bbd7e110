"""What became of the gold spans, in lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wenmai.metrics.spans import SpanErrors

CONFUSED_SHOWN = 5


def span_error_lines(errors: SpanErrors, metric: str) -> list[str]:
    """Each fate of a gold span with how many had it, and the types that are taken for others most often."""
    if metric == "token_accuracy":
        lines = [f"Of the tokens, {errors.right:,} have the right tag and {errors.wrong_type:,} another."]
    else:
        total = errors.right + errors.wrong_type + errors.wrong_bounds + errors.wrong_both + errors.missed
        typed = "" if metric == "word_f1" else f"{errors.wrong_type:,} under another type, "
        both = "" if metric == "word_f1" else f"{errors.wrong_both:,} with other bounds and another type, "
        what = "words" if metric == "word_f1" else "spans"
        lines = [
            f"Of {total:,} gold {what}: {errors.right:,} right, {typed}{errors.wrong_bounds:,} with other bounds, "
            f"{both}{errors.missed:,} missed. Predicted where no {what[:-1]} is: {errors.invented:,}."
        ]
    shown = errors.confused[:CONFUSED_SHOWN]
    if shown:
        listed = ", ".join(f"{one.gold} as {one.predicted} ({one.count:,})" for one in shown)
        lines.append(f"Taken for another most often: {listed}.")
    return lines
