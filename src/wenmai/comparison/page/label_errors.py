"""Likely label errors: what the recommended rung, fitted on the other rows, contradicts."""

from __future__ import annotations

from wenmai.comparison.findings.label_errors import LabelErrors, SuspectLabel, SuspectPair
from wenmai.comparison.page.markup import Markup, join, tag
from wenmai.comparison.page.model import REDACTED
from wenmai.comparison.page.tables import Row, section, table
from wenmai.comparison.results import Results
from wenmai.comparison.wording import count, label_list, plural
from wenmai.core import markdown

TITLE = "Likely label errors"
PAIRS_SHOWN = 12


def label_errors(results: Results, *, redact: bool = False) -> Markup:
    """The rows whose label looks wrong, by label and one by one."""
    found = results.findings.label_errors
    if found is None:
        return Markup()
    return section(
        "label-errors",
        TITLE,
        *(tag("p", sentence) for sentence in _sentences(results, found)),
        _pair_table(results, found) if found.pairs else None,
        None if not found.total else tag("p", REDACTED, class_="note") if redact else _rows(results, found),
    )


def label_errors_markdown(results: Results, *, redact: bool = False) -> str:
    """The same as Markdown."""
    found = results.findings.label_errors
    if found is None:
        return ""
    said = " ".join(markdown.plain(sentence) for sentence in _sentences(results, found))
    parts = [f"## {TITLE}", said]
    if found.pairs:
        rows = [[markdown.plain(_arrow(pair)), count(pair.rows)] for pair in found.pairs[:PAIRS_SHOWN]]
        parts.append(markdown.table(["Label → suggested", "Rows"], rows))
    if found.shown and not redact:
        lines = [
            f"- labelled **{markdown.plain(label_list(one.given))}** ({one.probability_given:.1%}), looks like "
            f"**{markdown.plain(label_list(one.suggested))}** ({one.probability_suggested:.1%}), {_place(one)}: "
            f"{markdown.plain(one.text)}"
            for one in found.shown
        ]
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _sentences(results: Results, found: LabelErrors) -> list[str]:
    """What was done, what came of it, and what to do with it."""
    if not found.rows:
        return [f"{note}." for note in found.notes]
    title = results.rung(found.rung).title
    parts = ", ".join(f"{count(rows)} in {part}" for part, rows in found.flagged.items() if rows)
    looks = f"the labels of {count(found.total)} look wrong ({parts})" if found.total else "no label looks wrong"
    if found.total == 1:
        looks = f"the label of one looks wrong ({parts})"
    said = [
        f"{title} was fitted {found.folds} times on four fifths of all rows and asked for the rest. Of the "
        f"{plural(found.rows, 'row')} examined, {looks}: another label is more probable than the given one, and more "
        "than it is on average for rows that carry it (confident learning, Northcutt et al. 2021)."
    ]
    if found.settled:
        were = "was" if found.settled == 1 else "were"
        said.append(f"{plural(found.settled, 'row')} more {were} looked at before, by the corrections, and left out.")
    said += [f"{note}." for note in found.notes]
    if found.total:
        said.append("These are candidates, not errors: a rare way of saying something looks the same to a model.")
    if found.file is not None and found.total:
        said.append(
            f"{found.file} in the run folder holds all of them. Write the right label into the column 'corrected', or "
            "the given one to confirm it, or - to take the row out. Then repeat the command with --corrections and the "
            "path of that file."
        )
    return said


def _arrow(pair: SuspectPair) -> str:
    if not pair.given:
        return f"{label_list(pair.suggested)} missing"
    if not pair.suggested:
        return f"{label_list(pair.given)} one too many"
    return f"{label_list(pair.given)} → {label_list(pair.suggested)}"


def _pair_table(results: Results, found: LabelErrors) -> Markup:
    rows = [Row(tag("bdi", _arrow(pair)), [count(pair.rows)]) for pair in found.pairs[:PAIRS_SHOWN]]
    left = len(found.pairs) - len(rows)
    rest = f"; {plural(left, 'rarer pair')} in results.json" if left else ""
    noun = "label in doubt" if results.data.several_labels else "label and what is suggested for it"
    return table(f"Rows by {noun}{rest}", ["Label → suggested", "Rows"], rows, class_="numbers narrow-table")


def _rows(results: Results, found: LabelErrors) -> Markup:
    language = None if results.data.language == "mixed" else results.data.language
    whole = "" if len(found.shown) == found.total else f" of {count(found.total)}"
    cases = [tag("li", _verdict(one), tag("blockquote", one.text, lang=language, dir="auto")) for one in found.shown]
    return join(
        [
            tag("h3", f"The clearest {count(len(found.shown))}{whole}, with how probable each label is"),
            tag("ol", *cases, class_="cases"),
        ]
    )


def _verdict(one: SuspectLabel) -> Markup:
    return tag(
        "p",
        "labelled ",
        tag("b", tag("bdi", label_list(one.given))),
        f" ({one.probability_given:.1%}), looks like ",
        tag("b", tag("bdi", label_list(one.suggested))),
        f" ({one.probability_suggested:.1%}), {_place(one)}",
        class_="verdict",
    )


def _place(one: SuspectLabel) -> str:
    """Where a row stands: its line where there is a file, and the part that it fell into."""
    where = f"row {count(one.row)}" if one.line is None else f"line {count(one.line)}"
    return f"{where}, {one.part}"
