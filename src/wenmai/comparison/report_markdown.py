"""The report as Markdown: the same findings as the page, for an issue, a README or an e-mail."""

from __future__ import annotations

from wenmai.comparison.page.calibration import abstention_markdown, calibration_markdown
from wenmai.comparison.page.correction import correction_markdown
from wenmai.comparison.page.curves import learning_curves_markdown
from wenmai.comparison.page.factors import segmentations_markdown
from wenmai.comparison.page.figures import emphasis, ranked
from wenmai.comparison.page.label_errors import label_errors_markdown
from wenmai.comparison.page.ledger import SENTENCES, UNSAID, title_of, value_words
from wenmai.comparison.page.model import subject
from wenmai.comparison.page.outside import outside_markdown
from wenmai.comparison.page.scores import choice_words, metrics_shown, settings_words
from wenmai.comparison.page.thresholds import thresholds_markdown
from wenmai.comparison.page.training import training_markdown
from wenmai.comparison.results import Results, RungResult
from wenmai.comparison.wording import (
    KINDS,
    class_columns,
    class_heading,
    count,
    difference,
    label_list,
    metric_name,
    milliseconds,
    plural,
    score_with_interval,
    seconds,
    size,
)
from wenmai.core.markdown import code, plain, table
from wenmai.stats.intervals import Estimate

FEATURES_SHOWN = 8
CLASSES_SHOWN = 60
TEXT_SHOWN = 200


def markdown(results: Results, *, redact: bool = False) -> str:
    """The comparison as GitHub-flavoured Markdown.

    Args:
        results: the comparison.
        redact: leave out every text of the data, and the features learnt from them.
    """
    parts = [
        _opening(results),
        correction_markdown(results),
        _scores(results),
        _costs(results),
        _choice(results),
        outside_markdown(results),
        segmentations_markdown(results),
        learning_curves_markdown(results),
        training_markdown(results),
        _classes(results),
        thresholds_markdown(results),
        calibration_markdown(results),
        abstention_markdown(results),
        "" if redact else _features(results),
        "" if redact else _errors(results),
        label_errors_markdown(results, redact=redact),
        _health(results),
        _duplicates(results),
        _failures(results),
        _reproduce(results),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _opening(results: Results) -> str:
    advice = results.recommendation.sentence if results.recommendation else "No rung could be fitted."
    rows = ", ".join(f"{count(number)} {name}" for name, number in results.data.rows.items())
    kind = KINDS.get(results.protocol.metric)
    noun = ("label", None) if results.data.several_labels else (kind, None) if kind else ("class", "classes")
    classes = f"; {plural(len(results.data.labels), *noun)}" if results.data.labels else ""
    protocol = " ".join(plain(sentence) for sentence in results.protocol.sentences)
    return f"# {plain(results.data.name)}\n\n**{plain(advice)}**\n\nRows: {rows}{classes}. {protocol}"


def _name(results: Results, rung: RungResult) -> str:
    title = plain(rung.title) + (" (outside)" if rung.status == "outside" else "")
    return {"chosen": f"**{title}** (recommended)", "tied": f"{title} (tied)", "other": title}[emphasis(results, rung)]


def _cell(metric: str, estimate: Estimate | None) -> str:
    return "–" if estimate is None else score_with_interval(metric, estimate)


def _scores(results: Results) -> str:
    if not results.scored:
        return ""
    metrics = metrics_shown(results)
    rows = [
        [_name(results, rung), *(_cell(metric, rung.test.get(metric)) for metric in metrics)]
        for rung in ranked(results)
    ]
    said = f"On the test rows, best first, with {results.protocol.level:.0%} intervals."
    notes = [f"- {plain(rung.title)}: {plain(note)}" for rung in ranked(results) for note in rung.notes]
    parts = [
        f"## Scores\n\n{said}",
        table(["Rung", *map(metric_name, metrics)], rows),
        _seeds(results),
        "\n".join(notes),
    ]
    return "\n\n".join(part for part in parts if part)


def _seeds(results: Results) -> str:
    """Every seed of the rungs that have several."""
    metric = results.protocol.metric
    rows = [
        [
            f"{plain(rung.title)}, seed {one.seed}{' (the bundle)' if one.shipped else ''}",
            _cell(metric, one.dev.get(metric)),
            _cell(metric, one.test.get(metric)),
        ]
        for rung in ranked(results)
        for one in rung.seeds
    ]
    name = metric_name(metric)
    said = "Of rungs with several seeds the scores are means; each seed by itself:"
    return f"{said}\n\n{table(['Fit', f'{name} {choice_words(results)}', f'{name} on test'], rows)}" if rows else ""


def _costs(results: Results) -> str:
    rows = [
        [
            _name(results, rung),
            milliseconds(rung.costs.latency_ms_p50),
            milliseconds(rung.costs.latency_ms_p95),
            count(rung.costs.texts_per_second),
            seconds(rung.costs.fit_seconds),
            "–" if rung.costs.cold_start_seconds is None else seconds(rung.costs.cold_start_seconds),
            "–" if rung.costs.peak_memory_bytes is None else size(rung.costs.peak_memory_bytes),
            "–" if rung.costs.bytes_on_disk is None else size(rung.costs.bytes_on_disk),
        ]
        for rung in ranked(results)
        if rung.costs is not None
    ]
    columns = [
        "Rung",
        "One prediction, median",
        "95th percentile",
        "Texts a second",
        "Fit",
        "Cold start",
        "Memory",
        "On disk",
    ]
    return f"## Costs\n\n{table(columns, rows)}" if rows else ""


def _choice(results: Results) -> str:
    recommendation = results.recommendation
    if recommendation is None or not recommendation.differences:
        return ""
    best = plain(results.rung(recommendation.best).title)
    where = "on dev" if recommendation.measured_on == "dev" else "by cross-validation"
    said = f"Differences from the best, {best}, in points of {metric_name(recommendation.metric)}, paired {where}."
    rows = [
        [
            _name(results, results.rung(name)),
            difference(recommendation.metric, estimate),
            "yes" if name in recommendation.tied else "no",
        ]
        for name, estimate in recommendation.differences.items()
    ]
    return f"## Choice\n\n{said}\n\n{table(['Rung', 'Difference', 'Tied'], rows)}"


def _classes(results: Results) -> str:
    chosen = subject(results)
    if chosen is None or not chosen.per_class:
        return ""
    shown = sorted(chosen.per_class, key=lambda scores: -scores.support)[:CLASSES_SHOWN]
    rows = [
        [
            plain(scores.label),
            _cell("f1", scores.f1),
            _cell("precision", scores.precision),
            _cell("recall", scores.recall),
            count(scores.support),
            count(scores.predicted),
        ]
        for scores in shown
    ]
    columns = class_columns(results.protocol.metric)
    left = len(chosen.per_class) - len(shown)
    rest = f"\n\n{plural(left, 'smaller class', 'smaller classes')} in results.json." if left else ""
    return f"## {class_heading(results.protocol.metric)}\n\nOf {plain(chosen.title)}.\n\n{table(columns, rows)}{rest}"


def _features(results: Results) -> str:
    chosen = subject(results)
    if chosen is None or not chosen.top_features:
        return ""
    lines = [
        f"- **{plain(label)}**: " + ", ".join(f"{code(one.text)} {one.weight:.2f}" for one in found[:FEATURES_SHOWN])
        for label, found in list(chosen.top_features.items())[:CLASSES_SHOWN]
    ]
    return f"## What {plain(chosen.title)} looks for\n\n" + "\n".join(lines)


def _errors(results: Results) -> str:
    if not results.errors:
        return ""
    lines = []
    for error in results.errors:
        sides = [error.text] if error.second is None else [error.text, error.second]
        text = " ‖ ".join(side if len(side) <= TEXT_SHOWN else side[:TEXT_SHOWN] + " …" for side in sides)
        predicted, gold = plain(label_list(error.predicted)), plain(label_list(error.gold))
        line = "" if error.line is None else f", line {count(error.line)}"
        lines.append(
            f"- taken for **{predicted}** at {error.probability:.1%}, labelled **{gold}**{line}: {plain(text)}"
        )
    return "## Where it is sure and wrong\n\n" + "\n".join(lines)


def _health(results: Results) -> str:
    ledger = results.data.health
    lines = [f"- {plain(str(sentence))}" for key in SENTENCES for sentence in ledger.get(key) or ()]
    for key, value in ledger.items():
        words = None if key in UNSAID else value_words(key, value)
        if words is not None:
            lines.append(f"- {title_of(key)}: {plain(words)}")
    return "## The data\n\n" + "\n".join(lines) if lines else ""


def _duplicates(results: Results) -> str:
    metric = results.protocol.metric
    rows = [
        [_name(results, rung), _cell(metric, rung.test.get(metric)), _cell(metric, rung.with_duplicates.get(metric))]
        for rung in ranked(results)
        if rung.with_duplicates
    ]
    columns = ["Rung", f"{metric_name(metric)}, honest", "With duplicates left in"]
    return f"## What duplicates would have done\n\n{table(columns, rows)}" if rows else ""


def _failures(results: Results) -> str:
    lines = [f"- {plain(rung.title)}: {plain(rung.error or '')}" for rung in results.failed]
    return "## Rungs that failed\n\n" + "\n".join(lines) if lines else ""


def _reproduce(results: Results) -> str:
    machine = results.environment
    versions = ", ".join(f"{name} {version}" for name, version in machine.versions.items())
    facts = [
        f"- Command: {code(results.command)}",
        f"- Choices {choice_words(results)}; seed {results.seed}, {plural(results.threads, 'thread')}, "
        f"{count(results.protocol.resamples)} resamples",
        f"- Data {code(results.data.data_fingerprint)}",
        f"- {plain(machine.processor)}, {plural(machine.cores, 'core')}, {machine.memory_gib:.0f} GiB, "
        f"{plain(machine.system)}; {plain(versions)}",
    ]
    rows = [
        [
            plain(rung.title),
            code(rung.recipe_fingerprint) if rung.recipe_fingerprint else "–",
            plain(settings_words(rung.selected)) if rung.candidates else "–",
            code(rung.bundle) if rung.bundle else "–",
        ]
        for rung in results.done
    ]
    recipes = "\n\n" + table(["Rung", "Recipe", "Chosen settings", "Bundle"], rows) if rows else ""
    return "## How to do it again\n\n" + "\n".join(facts) + recipes
