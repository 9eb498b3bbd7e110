"""From which probability on labels are given, and what other thresholds would give: on the page and in Markdown."""

from __future__ import annotations

from wenmai.comparison.findings.thresholds import LabelThreshold, RungThresholds, Thresholds
from wenmai.comparison.page.figures import emphasis, ranked
from wenmai.comparison.page.markup import Markup, join, tag
from wenmai.comparison.page.model import CLASSES_SHOWN, subject
from wenmai.comparison.page.scores import rung_heading
from wenmai.comparison.page.tables import Row, estimate_cell, folded, section, table
from wenmai.comparison.results import Results, RungResult
from wenmai.comparison.wording import count, difference, metric_name, plural, score_with_interval
from wenmai.core import markdown
from wenmai.stats.intervals import Estimate

TITLE = "Decision thresholds"
COST = "cost"
OPEN_LABELS = 3
"""A longer table of labels is folded."""
FEW_NAMED = 8
BETTER = ", for the better"
_LABEL_COLUMNS = ["Label", "Given from", "Rows with it", "F1 at 0.5", "F1 from there on"]


def thresholds(results: Results) -> Markup:
    """What thresholds give beside 0.5: every rung, and each label of the recommended one."""
    found, chosen = results.findings.thresholds, subject(results)
    one = None if found is None or chosen is None else found.of(chosen.name)
    if found is None or chosen is None or one is None:
        return Markup()
    metrics = _metrics(results, found)
    rows = [
        Row(rung_heading(results, rung), [cell for metric in metrics for cell in _cells(metric, of)], look)
        for rung, of, look in _every(results, found)
    ]
    caption = f"Every rung on the test rows, at 0.5 and with thresholds searched {_where(results)}; differences paired"
    labels = _label_table(chosen, one)
    long = len(one.labels) > OPEN_LABELS
    return section(
        "thresholds",
        TITLE,
        *(tag("p", sentence) for sentence in _sentences(results, found, chosen, one)),
        table(caption, _columns(metrics), rows, class_="numbers"),
        folded(f"{chosen.title}: {plural(len(one.labels), 'label')}", labels) if long else labels,
    )


def thresholds_markdown(results: Results) -> str:
    """The same as Markdown."""
    found, chosen = results.findings.thresholds, subject(results)
    one = None if found is None or chosen is None else found.of(chosen.name)
    if found is None or chosen is None or one is None:
        return ""
    metrics = _metrics(results, found)
    rows = [
        [
            markdown.plain(rung.title),
            *(words for metric in metrics for words in _words(metric, of)),
        ]
        for rung, of, _ in _every(results, found)
    ]
    labels = [
        [
            markdown.plain(label.label),
            _given_from(label),
            count(label.positives),
            score_with_interval("f1", label.fixed),
            score_with_interval("f1", label.found),
        ]
        for label in _shown(one)
    ]
    said = " ".join(markdown.plain(sentence) for sentence in _sentences(results, found, chosen, one))
    parts = [f"## {TITLE}", said, markdown.table(_columns(metrics), rows), markdown.table(_LABEL_COLUMNS, labels)]
    return "\n\n".join(parts)


def _where(results: Results) -> str:
    return "on dev" if results.protocol.choice == "dev" else "by cross-validation"


def _metrics(results: Results, found: Thresholds) -> list[str]:
    """What is shown: the protocol's metric, the share of rows that are wholly right, the cost where there is one."""
    wanted = [results.protocol.metric, "exact_match" if results.data.several_labels else "accuracy"]
    wanted += [COST] if found.search.costs is not None else []
    return [metric for metric in wanted if all(metric in rung.difference for rung in found.rungs)]


def _every(results: Results, found: Thresholds) -> list[tuple[RungResult, RungThresholds, str]]:
    pairs = [(rung, found.of(rung.name)) for rung in ranked(results)]
    return [(rung, of, emphasis(results, rung)) for rung, of in pairs if of is not None]


def _sentences(results: Results, found: Thresholds, chosen: RungResult, one: RungThresholds) -> list[str]:
    """What labels are given by, what the other way would give, and which labels were left alone."""
    metric = COST if found.search.costs is not None else results.protocol.metric
    name = "the cost of a row" if metric == COST else metric_name(metric)
    what = "Labels are" if results.data.several_labels else f"{found.search.positive!r} is"
    gain = one.difference[metric]
    told = _told(gain, lower_is_better=metric == COST)
    if found.shipped == "fixed":
        said = (
            f"{what} given from a probability of 0.5 on. With thresholds searched {_where(results)} {name} of "
            f"{chosen.title} on the test rows would be {_written(metric, one.found[metric])} instead of "
            f"{_written(metric, one.fixed[metric])}: {_difference(metric, gain)}{told}."
        )
        said += _others(results, found, chosen, metric)
    else:
        said = (
            f"{what} given from {_from_where(one)} searched {_where(results)}, and all scores go by {_that(one)}. "
            f"At 0.5 {name} of {chosen.title} on the test rows would have been "
            f"{_written(metric, one.fixed[metric])} instead of {_written(metric, one.found[metric])}: "
            f"that changes it by {_difference(metric, gain)}{told}. "
            "Scores of the rows that they were searched on flatter every rung a little."
        )
    return [said, *_left_alone(results, one)]


def _from_where(one: RungThresholds) -> str:
    if len(one.labels) > 1:
        return "thresholds of their own,"
    return f"a probability of {one.labels[0].threshold:.3f} on,"


def _that(one: RungThresholds) -> str:
    return "them" if len(one.labels) > 1 else "it"


def _others(results: Results, found: Thresholds, chosen: RungResult, metric: str) -> str:
    """Whether another rung would gain so much by its thresholds that the choice may change, and how to have them."""
    cost = metric == COST
    gaining = [rung for rung in found.rungs if _told(rung.difference[metric], lower_is_better=cost) == BETTER]
    if not gaining:
        return ""
    best = min(gaining, key=lambda rung: rung.found[metric].value * (1 if cost else -1))
    own = found.of(chosen.name)
    assert own is not None
    values = (own.found[metric].value, best.found[metric].value)
    ahead = best.name != chosen.name and (values[1] < values[0] if cost else values[1] > values[0])
    said = ""
    if ahead:
        said = f" {results.rung(best.name).title} would reach {_written(metric, best.found[metric])} with its own."
    choose = ", and to choose among rungs that have them" if ahead else ""
    return f"{said} To ship thresholds{choose}, repeat the command with --thresholds dev."


def _told(gain: Estimate, *, lower_is_better: bool) -> str:
    if gain.low <= 0 <= gain.high:
        return ", no difference that these rows can tell"
    return BETTER if (gain.high < 0) == lower_is_better else ", for the worse"


def _left_alone(results: Results, one: RungThresholds) -> list[str]:
    few = [label.label for label in one.labels if not label.searched]
    if not few:
        return []
    named = ", ".join(few[:FEW_NAMED]) + (f" and {count(len(few) - FEW_NAMED)} more" if len(few) > FEW_NAMED else "")
    there = "the dev rows" if results.protocol.choice == "dev" else "the rows that choices are made on"
    whose = "It keeps" if len(few) == 1 else "They keep"
    return [f"Too few of {there} carry {named} to search for a threshold. {whose} 0.5."]


def _written(metric: str, estimate: Estimate) -> str:
    if metric != COST:
        return score_with_interval(metric, estimate)
    return f"{estimate.value:.3f} ({estimate.low:.3f}–{estimate.high:.3f})"


def _difference(metric: str, estimate: Estimate) -> str:
    return difference("log_loss", estimate) if metric == COST else f"{difference(metric, estimate)} points"


def _columns(metrics: list[str]) -> list[str]:
    names = {COST: "Cost a row"}
    heads = [names.get(metric) or metric_name(metric) for metric in metrics]
    return ["Rung", *(column for name in heads for column in (f"{name} at 0.5", "with thresholds", "difference"))]


def _words(metric: str, of: RungThresholds) -> tuple[str, str, str]:
    changed = difference("log_loss" if metric == COST else metric, of.difference[metric])
    return _written(metric, of.fixed[metric]), _written(metric, of.found[metric]), changed


def _cells(metric: str, of: RungThresholds) -> list[Markup]:
    """Value above interval, three times."""
    cells = []
    for words in _words(metric, of):
        value, _, ends = words.partition(" ")
        cells.append(join([tag("span", value, class_="value"), tag("small", ends.strip("()"))]))
    return cells


def _label_table(chosen: RungResult, one: RungThresholds) -> Markup:
    shown = _shown(one)
    rows = [
        Row(
            tag("bdi", label.label),
            [
                _given_from(label),
                count(label.positives),
                estimate_cell("f1", label.fixed),
                estimate_cell("f1", label.found),
            ],
        )
        for label in shown
    ]
    left = len(one.labels) - len(shown)
    rest = f"; {plural(left, 'rarer label')} in results.json" if left else ""
    caption = (
        f"{chosen.title}: where labels begin to be given, the rows with them where that was "
        f"searched, and their F1 on the test rows{rest}"
    )
    return table(caption, _LABEL_COLUMNS, rows, class_="numbers")


def _shown(one: RungThresholds) -> list[LabelThreshold]:
    """The commonest labels."""
    return sorted(one.labels, key=lambda label: -label.positives)[:CLASSES_SHOWN]


def _given_from(label: LabelThreshold) -> str:
    return f"{label.threshold:.3f}" if label.searched else "0.5, too few rows"
