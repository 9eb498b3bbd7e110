"""Whether the recommended rung's probabilities can be believed, and what leaving the least sure rows to a person gains.

Of both, the section of the page and that of the Markdown.
"""

from __future__ import annotations

import numpy as np

from wenmai.comparison.findings.calibration import LEAST_TOLD, CoverageChoice, ReliabilityRow, RungCalibration
from wenmai.comparison.page.figures import NARROW, WIDE, emphasis, figure, ranked
from wenmai.comparison.page.markup import Markup, join, tag
from wenmai.comparison.page.model import subject
from wenmai.comparison.page.scores import rung_heading
from wenmai.comparison.page.tables import Row, estimate_cell, folded, section, table
from wenmai.comparison.results import Results, RungResult
from wenmai.comparison.wording import count, difference, interval, score, score_with_interval
from wenmai.core import markdown
from wenmai.stats.intervals import Estimate
from wenmai.viz.reliability import Shares, coverage_plot, reliability_plot

TITLE = "How far its probabilities can be trusted"
SILENT_TITLE = "Leaving the least sure to a person"
SPOKEN_OF = 0.9
"""The confidence, and the coverage, that sentences speak of."""
FEWEST_ROWS = 30
"""Of a point of the curve that is drawn: of fewer rows it says nothing."""
_SHARE, _PLAIN = "accuracy", "brier"
_COLUMNS = [
    "Rung",
    "Calibration error",
    "By chance alone",
    "Too sure by",
    "Brier score",
    "Temperature",
    "Error with it",
]
_COVERAGE_COLUMNS = ["To be answered", "Sure from", "Answered on test", "Right among them", "Gain"]


def calibration(results: Results) -> Markup:
    """What the recommended rung says against what is so, and the calibration of every rung."""
    chosen, found = _subject(results)
    if chosen is None or found is None:
        return Markup()
    rows = [
        Row(rung_heading(results, rung), _calibration_cells(one), emphasis(results, rung))
        for rung, one in _every(results)
    ]
    caption = (
        "Calibration of every rung on the test rows, best scores first; small: the intervals. The temperature was "
        f"fitted {_where(results)}; no bundle uses it"
    )
    return section(
        "calibration",
        TITLE,
        *(tag("p", sentence) for sentence in _sentences(results, chosen, found)),
        _reliability_figure(results, chosen, found),
        folded(f"{chosen.title}: what it says and what is so", _reliability_table(results, chosen, found)),
        table(caption, _COLUMNS, rows, class_="numbers"),
    )


def calibration_markdown(results: Results) -> str:
    """The same as Markdown."""
    chosen, found = _subject(results)
    if chosen is None or found is None:
        return ""
    said = " ".join(markdown.plain(sentence) for sentence in _sentences(results, chosen, found))
    rows = [
        [
            markdown.plain(rung.title),
            score_with_interval(_SHARE, one.error),
            f"{one.error_by_chance:.1%}",
            difference(_SHARE, one.too_sure),
            score_with_interval(_PLAIN, one.brier),
            f"{one.temperature:.2f}",
            score_with_interval(_SHARE, one.error_with_temperature),
        ]
        for rung, one in _every(results)
    ]
    return f"## {TITLE}\n\n{said}\n\n{markdown.table(_COLUMNS, rows)}"


def abstention(results: Results) -> Markup:
    """Accuracy against coverage of the recommended rung, where to set the limit, and the other rungs beside it."""
    chosen, found = _subject(results)
    if chosen is None or found is None:
        return Markup()
    rows = [Row(*_coverage_cells(one)) for one in found.coverages]
    caption = (
        f"{chosen.title}: confidences from which on about a share of the rows is answered, set {_where(results)}, and "
        "what came of it on the test rows"
    )
    return section(
        "abstention",
        SILENT_TITLE,
        *(tag("p", sentence) for sentence in _silent_sentences(results, chosen, found)),
        _command(chosen, found),
        _coverage_figure(results, chosen, found),
        table(caption, _COVERAGE_COLUMNS, rows, class_="numbers"),
        folded("Every rung", _area_table(results)),
    )


def abstention_markdown(results: Results) -> str:
    """The same as Markdown."""
    chosen, found = _subject(results)
    if chosen is None or found is None:
        return ""
    said = " ".join(markdown.plain(sentence) for sentence in _silent_sentences(results, chosen, found))
    rows = [
        [
            f"{one.wanted:.0%}",
            f"{one.threshold!r}",
            score_with_interval(_SHARE, one.coverage),
            "–" if one.accuracy is None else score_with_interval(_SHARE, one.accuracy),
            "–" if one.gain is None else difference(_SHARE, one.gain),
        ]
        for one in found.coverages
    ]
    return f"## {SILENT_TITLE}\n\n{said}\n\n{markdown.table(_COVERAGE_COLUMNS, rows)}"


def _subject(results: Results) -> tuple[RungResult | None, RungCalibration | None]:
    chosen, findings = subject(results), results.findings.calibration
    return chosen, None if chosen is None or findings is None else findings.of(chosen.name)


def _every(results: Results) -> list[tuple[RungResult, RungCalibration]]:
    findings = results.findings.calibration
    assert findings is not None
    found = [(rung, findings.of(rung.name)) for rung in ranked(results)]
    return [(rung, one) for rung, one in found if one is not None]


def _where(results: Results) -> str:
    return "on dev" if results.protocol.choice == "dev" else "by cross-validation"


def _sentences(results: Results, chosen: RungResult, found: RungCalibration) -> list[str]:
    """What a percentage of it is worth, whether it promises too much, and whether a temperature would help."""
    spoken = min(found.reliability, key=lambda one: abs(one.confidence - SPOKEN_OF))
    worth = f"{spoken.accuracy.value:.0%} ({spoken.accuracy.low * 100:.0f}–{spoken.accuracy.high * 100:.0f})"
    if results.data.several_labels:
        first = f"Of the labels to which {chosen.title} gives about {spoken.confidence:.0%}, {worth} are right."
    else:
        first = f"When {chosen.title} says about {spoken.confidence:.0%}, it is right in {worth} of the cases."
    error = (
        f"Its calibration error, how far what it says is from what is so on average, is "
        f"{score_with_interval(_SHARE, found.error)}; one that is never wrong about itself would show "
        f"{found.error_by_chance:.1%} on so many rows, by chance."
    )
    return [f"{first} {_lean(found.too_sure)} {error}", _temperature_sentence(results, found)]


def _lean(too_sure: Estimate) -> str:
    points = f"{100 * abs(too_sure.value):.1f} points"
    low, high = sorted((100 * abs(too_sure.low), 100 * abs(too_sure.high)))
    if too_sure.low > 0:
        return f"On the whole it promises too much, by {points} ({low:.1f}–{high:.1f})."
    if too_sure.high < 0:
        return f"On the whole it promises too little, by {points} ({low:.1f}–{high:.1f})."
    return "On the whole it promises neither too much nor too little, as far as these rows can tell."


def _temperature_sentence(results: Results, found: RungCalibration) -> str:
    gain = difference(_SHARE, found.temperature_gain)
    if not found.advises_temperature:
        return f"A temperature fitted {_where(results)} would not notably better it: the error changes by {gain} there."
    return (
        f"Dividing its logits by a temperature of {found.temperature:.2f}, fitted {_where(results)}, would better its "
        f"probabilities: the error changes by {gain} points there, each fold judged by a temperature of the others. On "
        f"the test rows it would be {score_with_interval(_SHARE, found.error_with_temperature)}. The bundle is left as "
        "it was fitted."
    )


def _silent_sentences(results: Results, chosen: RungResult, found: RungCalibration) -> list[str]:
    choice = min(found.coverages, key=lambda one: abs(one.wanted - SPOKEN_OF))
    everything = found.curve[-1].accuracy
    right = "all labels of a row are right" if results.data.several_labels else "the answer is right"
    first = f"Of all answers of {chosen.title}, {right} in {score_with_interval(_SHARE, everything)}."
    if choice.accuracy is None or choice.gain is None or choice.coverage.value > 1 - 1e-9:
        return [f"{first} Its confidences do not tell a tenth of the rows from the others."]
    left = 1 - choice.coverage.value
    what = "the accuracy of the rest"
    if results.data.several_labels:
        what = "the share of the rest that get all labels right"
    verb = "raises" if choice.gain.low > 0 else "lowers" if choice.gain.high < 0 else "hardly changes"
    doubt = "" if choice.gain.low > 0 or choice.gain.high < 0 else ", as far as these rows can tell"
    return [
        f"Letting a person read the least sure {left:.0%} {verb} {what} from "
        f"{score(_SHARE, everything.value)} to {score(_SHARE, choice.accuracy.value)} "
        f"({interval(_SHARE, choice.accuracy)}){doubt}. "
        f"The area under the curve of errors against answers (AURC) is {score_with_interval(_SHARE, found.area)}; were "
        f"every error less sure than every right answer, it would be {found.best_area:.1%}."
    ]


def _command(chosen: RungResult, found: RungCalibration) -> Markup | None:
    choice = min(found.coverages, key=lambda one: abs(one.wanted - SPOKEN_OF))
    if chosen.bundle is None:
        return None
    line = f"wenmai predict {chosen.bundle} --file texts.csv --unsure-below {choice.threshold!r}"
    return tag("pre", tag("code", line), tabindex=0, aria_label="Command that marks unsure rows")


def _calibration_cells(one: RungCalibration) -> list[Markup | str]:
    return [
        estimate_cell(_SHARE, one.error),
        f"{one.error_by_chance:.1%}",
        _difference_cell(one.too_sure),
        estimate_cell(_PLAIN, one.brier),
        f"{one.temperature:.2f}",
        estimate_cell(_SHARE, one.error_with_temperature),
    ]


def _difference_cell(estimate: Estimate | None) -> Markup:
    """A difference above its interval, in points."""
    if estimate is None:
        return tag("span", "–", class_="none")
    value, _, ends = difference(_SHARE, estimate).partition(" ")
    return join([tag("span", value, class_="value"), tag("small", ends.strip("()"))])


def _coverage_cells(one: CoverageChoice) -> tuple[str, list[Markup | str]]:
    cells: list[Markup | str] = [
        tag("code", repr(one.threshold)),
        estimate_cell(_SHARE, one.coverage),
        estimate_cell(_SHARE, one.accuracy),
        _difference_cell(one.gain),
    ]
    return f"{one.wanted:.0%}", cells


def _area_table(results: Results) -> Markup:
    rows = []
    for rung, one in _every(results):
        choice = min(one.coverages, key=lambda choice: abs(choice.wanted - SPOKEN_OF))
        cells = [
            estimate_cell(_SHARE, one.curve[-1].accuracy),
            estimate_cell(_SHARE, choice.accuracy),
            estimate_cell(_SHARE, choice.coverage),
            estimate_cell(_SHARE, one.area),
            f"{one.best_area:.1%}",
        ]
        rows.append(Row(rung_heading(results, rung), cells, emphasis(results, rung)))
    caption = f"Every rung on the test rows: answering all, and answering about {SPOKEN_OF:.0%}"
    columns = ["Rung", "Right of all", f"Right at {SPOKEN_OF:.0%}", "Answered", "AURC", "AURC at best"]
    return table(caption, columns, rows, class_="numbers")


def _reliability_table(results: Results, chosen: RungResult, found: RungCalibration) -> Markup:
    rows = [
        Row(
            f"{one.lowest:.1%} to {one.highest:.1%}",
            [f"{one.confidence:.1%}", estimate_cell(_SHARE, one.accuracy), count(one.rows)],
        )
        for one in found.reliability
    ]
    what = "Labels of test rows" if results.data.several_labels else "Test rows"
    caption = f"{chosen.title}: {_bins(results)}, as far as they differ in confidence"
    return table(caption, ["It says", "On average", "It is so", what], rows, class_="numbers")


def _reliability_figure(results: Results, chosen: RungResult, found: RungCalibration) -> Markup | None:
    if len(found.reliability) < 2:
        return None
    bins = _shares([one.confidence for one in found.reliability], [one.accuracy for one in found.reliability])
    spoken = "; ".join(_spoken(one) for one in found.reliability)
    said, so = "it says", "it is so"
    return figure(
        lambda wide: reliability_plot(bins, width=WIDE * 5 // 8 if wide else NARROW, said=said, so=so),
        label=f"Reliability diagram of {chosen.title}: {spoken}.",
        caption=join(
            [
                f"Points below the dashed line promise too much. With {results.protocol.level:.0%} intervals; "
                f"{_bins(results)}."
            ]
        ),
    )


def _bins(results: Results) -> str:
    if results.data.several_labels:
        return f"bins of equal numbers of labels of rows that get {LEAST_TOLD:.0%} and more"
    return "bins of equal numbers of test rows"


def _spoken(one: ReliabilityRow) -> str:
    return f"says {one.confidence:.0%}, is so in {score_with_interval(_SHARE, one.accuracy)}"


def _coverage_figure(results: Results, chosen: RungResult, found: RungCalibration) -> Markup | None:
    rows = results.data.rows.get("test", 0)
    drawn = [one for one in found.curve if one.coverage * rows >= FEWEST_ROWS]
    if len(drawn) < 3:
        return None
    curve = _shares([one.coverage for one in drawn], [one.accuracy for one in drawn])
    marks = (0.5, 0.8, 0.9, 1.0)
    spoken = "; ".join(
        f"{one.coverage:.0%} answered, {score_with_interval(_SHARE, one.accuracy)} right" for one in drawn[::4]
    )
    return figure(
        lambda wide: coverage_plot(
            curve,
            width=WIDE if wide else NARROW,
            answered="share of rows answered, surest first",
            right="right among them",
            marks=marks if wide else marks[::3],
        ),
        label=f"Accuracy against coverage of {chosen.title}: {spoken}.",
        caption=join([f"The band is the {results.protocol.level:.0%} interval at each coverage by itself."]),
    )


def _shares(across: list[float], estimates: list[Estimate]) -> Shares:
    values, lows, highs = zip(*((one.value, one.low, one.high) for one in estimates), strict=True)
    return Shares(np.array(across), np.array(values), np.array(lows), np.array(highs))
