"""The first sections of the page: what to use, the scores, the costs, and how the choice was made."""

from __future__ import annotations

from typing import Any

from wenmai.comparison.page.figures import cost_figure, emphasis, interval_figure, ranked
from wenmai.comparison.page.markup import Child, Markup, tag
from wenmai.comparison.page.tables import Row, definitions, estimate_cell, folded, section, table
from wenmai.comparison.results import Cost, Recommendation, Results, RungResult
from wenmai.comparison.wording import (
    METRIC_NAMES,
    class_heading,
    count,
    difference,
    metric_name,
    milliseconds,
    plural,
    seconds,
    size,
)

_CHEAPEST: dict[Cost, str] = {
    "latency": "predict fastest, within a quarter or a millisecond",
    "size": "are smallest on disk, within a quarter or a megabyte",
    "train": "train fastest, within a quarter or a second",
    "memory": "need the least memory to train, within a quarter or 16 MB",
}
_LANGUAGES = {"zh": "Chinese", "en": "English", "mixed": "Chinese and English"}


def opening(results: Results) -> Markup:
    """The data's name, the recommendation in a sentence, and the facts behind it."""
    data, protocol = results.data, results.protocol
    recommendation = results.recommendation
    advice = recommendation.sentence if recommendation else "No rung could be fitted; the errors stand below."
    facts: list[tuple[str, Child]] = [(f"{name.capitalize()} rows", count(rows)) for name, rows in data.rows.items()]
    if data.labels:
        kinds = "Labels" if data.several_labels else class_heading(protocol.metric)
        facts.append((kinds, count(len(data.labels))))
    facts += [
        ("Language", _LANGUAGES[data.language]),
        ("Chosen by", f"{metric_name(protocol.metric)}, {choice_words(results)}"),
        ("Finished", results.created.replace("T", " ").replace("Z", " UTC").replace("+00:00", " UTC")),
    ]
    return tag(
        "header",
        tag("p", "wenmai ", tag("span", "文脉", lang="zh"), " · comparison", class_="eyebrow"),
        tag("h1", data.name, dir="auto"),
        # Word joiners keep an interval on one line.
        tag("p", advice.replace("–", "\u2060–\u2060"), class_="advice", id="recommendation"),
        definitions(facts, class_="facts"),
        *(tag("p", sentence, class_="protocol") for sentence in protocol.sentences),
    )


def choice_words(results: Results) -> str:
    """Where choices were made: ``on dev`` or ``5-fold cross-validation``."""
    protocol = results.protocol
    if protocol.choice == "dev":
        return "on dev"
    return f"{protocol.folds}-fold cross-validation" if protocol.folds else "cross-validation"


def metrics_shown(results: Results) -> list[str]:
    """The metrics of the tables: what choices went by first, then the usual order."""
    found = {metric for rung in results.scored for metric in rung.test}
    order = [results.protocol.metric, *METRIC_NAMES, *sorted(found)]
    return [metric for metric in dict.fromkeys(order) if metric in found]


def scores(results: Results) -> Markup:
    """Every rung's scores on the test rows."""
    if not results.scored:
        return Markup()
    metrics = metrics_shown(results)
    rows = [
        Row(
            rung_heading(results, rung, place),
            [estimate_cell(metric, rung.test.get(metric)) for metric in metrics],
            emphasis(results, rung),
        )
        for place, rung in enumerate(ranked(results), 1)
    ]
    caption = f"Scores on {plural(results.data.rows.get('test', 0), 'test row')}, best first; small: the intervals"
    return section(
        "scores",
        "Scores",
        interval_figure(results),
        table(caption, ["Rung", *(metric_name(metric) for metric in metrics)], rows, class_="numbers"),
        _approximate(results),
        _seeds(results),
        _notes(results),
    )


def _approximate(results: Results) -> Markup | None:
    """What the sign before some intervals means, where it stands anywhere."""
    if not any(estimate.approximate for rung in results.done for estimate in rung.dev.values()):
        return None
    words = "≈ before an interval: approximate, since rows of one fold share a fit; it tends to be too narrow."
    return tag("p", words, class_="note")


def _seeds(results: Results) -> Markup | None:
    """Every seed of the rungs that have several, with the one that is the bundle."""
    metric = results.protocol.metric
    rows = [
        Row(
            tag("span", f"{rung.title}, seed {one.seed}"),
            [
                estimate_cell(metric, one.dev.get(metric)),
                estimate_cell(metric, one.test.get(metric)),
                "yes" if one.shipped else "",
            ],
            emphasis(results, rung) if one.shipped else "other",
        )
        for rung in ranked(results)
        for one in rung.seeds
    ]
    if not rows:
        return None
    name = metric_name(metric)
    words = "Scores above are means over the seeds. The bundle is one seed's, chosen where choices are made."
    columns = ["Fit", f"{name} {choice_words(results)}", f"{name} on test", "Is the bundle"]
    return folded(
        "Every seed by itself", tag("p", words), table(f"{name} of every seed", columns, rows, class_="numbers")
    )


def _notes(results: Results) -> Markup | None:
    """What a person should know of the fits."""
    said = [tag("li", tag("b", f"{rung.title}: "), note) for rung in ranked(results) for note in rung.notes]
    return tag("ul", *said, class_="remarks") if said else None


def rung_heading(results: Results, rung: RungResult, place: int | None = None) -> Markup:
    """A rung's rank, title and standing."""
    standing = {"chosen": "recommended", "tied": "tied", "other": None}[emphasis(results, rung)]
    if rung.status == "outside":
        standing = f"outside, {standing}" if standing else "outside"
    badge = tag("span", standing, class_="badge") if standing else None
    named = tag("span", tag("span", rung.title, class_="title"), " " if badge else None, badge)
    if place is None:
        return named
    return tag("span", tag("span", f"{place} ", class_="rank"), named, class_="ranked")


def costs(results: Results) -> Markup:
    """What every rung costs to fit, to keep and to use."""
    rows = []
    for place, rung in enumerate(ranked(results), 1):
        if rung.costs is None:
            continue
        spent = rung.costs
        cells = [
            milliseconds(spent.latency_ms_p50),
            milliseconds(spent.latency_ms_p95),
            count(spent.texts_per_second),
            seconds(spent.fit_seconds),
            "–" if spent.cold_start_seconds is None else seconds(spent.cold_start_seconds),
            "–" if spent.peak_memory_bytes is None else size(spent.peak_memory_bytes),
            "not saved" if spent.bytes_on_disk is None else size(spent.bytes_on_disk),
        ]
        rows.append(Row(rung_heading(results, rung, place), cells, emphasis(results, rung)))
    if not rows:
        return Markup()
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
    caption = (
        "Time of one prediction with its pipeline included, throughput in batches, time of the fit, a fresh process to "
        "its first prediction, memory of the fit, size on disk"
    )
    return section("costs", "Scores and costs", cost_figure(results), table(caption, columns, rows, class_="numbers"))


def choice(results: Results) -> Markup:
    """The tied set, the differences from the best, and what was tried for each rung."""
    recommendation = results.recommendation
    tried = [_candidates(results, rung) for rung in ranked(results) if rung.candidates]
    if recommendation is None:
        return Markup()
    return section(
        "choice",
        "How the choice was made",
        tag("p", _tied_words(results, recommendation)),
        _differences(results, recommendation),
        tag("h3", "Settings that were tried") if tried else None,
        *tried,
    )


def _tied_words(results: Results, recommendation: Recommendation) -> str:
    titles = [results.rung(name).title for name in recommendation.tied]
    where = "the dev rows" if recommendation.measured_on == "dev" else "cross-validated train rows"
    measured = f"Differences are of {metric_name(recommendation.metric)}, paired row by row on {where};"
    tied = f"no other rung is tied with {titles[0]}."
    if len(titles) > 1:
        tied = (
            f"{', '.join(titles[:-1])} and {titles[-1]} are tied: judged all at once (model confidence set), these "
            "rows cannot tell them from the best; the intervals below are of each pair alone."
        )
    locked = "The test rows took no part in the choice."
    said = [measured, tied, _detectable_words(recommendation), _recommended_words(results, recommendation), locked]
    return " ".join(sentence for sentence in said if sentence)


def _recommended_words(results: Results, recommendation: Recommendation) -> str:
    """Why this one of several; nothing where there is only one."""
    chosen = results.rung(recommendation.name).title
    cheapest = f"of those that {_CHEAPEST[results.protocol.cost]}, it scores best."
    if recommendation.name not in recommendation.tied:
        return f"Outside predictions cannot be shipped. Of the fitted rungs {chosen} is recommended: {cheapest}"
    if len(recommendation.tied) == 1:
        return ""
    return f"Of these {chosen} is recommended: {cheapest}"


def _detectable_words(recommendation: Recommendation) -> str:
    if recommendation.minimum_detectable is None:
        return ""
    points = f"{100 * recommendation.minimum_detectable:.1f} points"
    return f"A true difference of {points} would have been found four times in five."


def _differences(results: Results, recommendation: Recommendation) -> Markup:
    rows = [
        Row(
            rung_heading(results, results.rung(name)),
            [difference(recommendation.metric, estimate), "yes" if name in recommendation.tied else "no"],
            emphasis(results, results.rung(name)),
        )
        for name, estimate in sorted(recommendation.differences.items(), key=lambda pair: -abs(pair[1].value))[::-1]
    ]
    if not rows:
        return Markup()
    best = results.rung(recommendation.best).title
    caption = f"Difference from the best, {best}, in points of {metric_name(recommendation.metric)}, with intervals"
    return table(caption, ["Rung", "Difference", "Tied with the best"], rows, class_="numbers")


def _candidates(results: Results, rung: RungResult) -> Markup:
    metric = results.protocol.metric
    rows = [
        Row(
            tag("code", settings_words(candidate.settings)),
            [estimate_cell(metric, candidate.score), "chosen" if candidate.chosen else ""],
            "chosen" if candidate.chosen else None,
        )
        for candidate in rung.candidates
    ]
    summary = f"{rung.title}: {plural(len(rows), 'setting')} tried"
    caption = f"{rung.title}: {metric_name(metric)} {choice_words(results)} of every setting tried"
    return folded(summary, table(caption, ["Settings", metric_name(metric), "Choice"], rows, class_="numbers"))


def settings_words(settings: dict[str, Any]) -> str:
    """Settings as ``name=value``; ``defaults`` where there are none."""
    return ", ".join(f"{name}={value}" for name, value in settings.items()) or "defaults"
