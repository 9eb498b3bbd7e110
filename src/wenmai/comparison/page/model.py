"""The sections about the recommended rung: its classes, its confusions, what it looks for, where it is wrong."""

from __future__ import annotations

import numpy as np

from wenmai.comparison.page.figures import ranked
from wenmai.comparison.page.marks import marked
from wenmai.comparison.page.markup import Markup, join, tag
from wenmai.comparison.page.tables import Row, estimate_cell, folded, scrolling, section, table
from wenmai.comparison.results import ConfidentError, Confusion, Results, RungResult
from wenmai.comparison.wording import class_columns, class_heading, count, label_list, plural

CONFUSION_CLASSES = 20
"""A larger matrix cannot be read; the classes that are confused most stand for it."""

CLASSES_SHOWN = 60
"""Classes of a per-class table on the page; ``results.json`` has them all."""

REDACTED = "Texts of the data are left out of this page."


def subject(results: Results) -> RungResult | None:
    """The rung that the detail sections are about: the recommended one."""
    return results.rung(results.recommendation.name) if results.recommendation else None


def classes(results: Results) -> Markup:
    """Precision, recall and F1 of every class: of the recommended rung, and folded of the others."""
    chosen = subject(results)
    if chosen is None or not chosen.per_class:
        return Markup()
    others = [rung for rung in ranked(results) if rung.name != chosen.name and rung.per_class]
    return section(
        "classes",
        "Labels" if results.data.several_labels else class_heading(results.protocol.metric),
        tag("p", f"Of {chosen.title}, the recommended rung, on the test rows."),
        _class_table(chosen, results.protocol.metric),
        *(folded(rung.title, _class_table(rung, results.protocol.metric)) for rung in others),
    )


def _class_table(rung: RungResult, metric: str) -> Markup:
    # Largest classes first: they are what most rows meet.
    shown = sorted(rung.per_class, key=lambda scores: -scores.support)[:CLASSES_SHOWN]
    rows = [
        Row(
            tag("bdi", scores.label),
            [
                estimate_cell("f1", scores.f1),
                estimate_cell("precision", scores.precision),
                estimate_cell("recall", scores.recall),
                count(scores.support),
                count(scores.predicted),
            ],
        )
        for scores in shown
    ]
    left = len(rung.per_class) - len(shown)
    rest = f"; {plural(left, 'smaller class', 'smaller classes')} in results.json" if left else ""
    caption = f"{rung.title}: every class with its intervals{rest}"
    columns = class_columns(metric)
    return table(caption, columns, rows, class_="numbers")


def confusions(results: Results) -> Markup:
    """Which classes the recommended rung takes for which."""
    chosen = subject(results)
    if chosen is None or chosen.confusion is None:
        return Markup()
    kept = _most_confused(chosen.confusion)
    total = len(chosen.confusion.labels)
    partial = (
        f" The {len(kept)} most confused of {total} classes; results.json has them all." if len(kept) < total else ""
    )
    words = f"Rows are what a text is, columns what it was taken for. Shades are shares of a row.{partial}"
    return section("confusion", "Confusions", tag("p", words), _matrix(chosen.confusion, kept, chosen.title))


def _most_confused(confusion: Confusion) -> list[int]:
    counts = np.array(confusion.counts)
    wrong = counts.sum(axis=0) + counts.sum(axis=1) - 2 * counts.diagonal()
    kept = np.argsort(-wrong, kind="stable")[:CONFUSION_CLASSES]
    return sorted(kept.tolist())


def _matrix(confusion: Confusion, kept: list[int], title: str) -> Markup:
    labels = [confusion.labels[i] for i in kept]
    few = len(kept) <= 6
    heads = [tag("th", tag("span", tag("bdi", label)), scope="col") for label in labels]
    rows = []
    for i, label in zip(kept, labels, strict=True):
        whole = sum(confusion.counts[i])
        cells = [_cell(confusion.counts[i][j], whole, diagonal=i == j, share_shown=few) for j in kept]
        rows.append(tag("tr", tag("th", tag("bdi", label), scope="row"), *cells))
    caption = f"{title}: test rows by true class (rows) and predicted class (columns)"
    grid = tag(
        "table",
        tag("caption", caption),
        tag("thead", tag("tr", tag("th", "is ↓  taken for →", scope="col"), *heads)),
        tag("tbody", *rows),
        class_="confusion" if few else "confusion many",
    )
    return scrolling(caption, grid)


def _cell(number: int, whole: int, *, diagonal: bool, share_shown: bool) -> Markup:
    share = number / whole if whole else 0.0
    content = join([tag("span", count(number)), tag("small", f"{share:.0%}") if share_shown else None])
    look = "right" if diagonal else "wrong" if number else "wrong zero"
    return tag("td", content, class_=look, style=f"--heat:{share:.3f}")


def features(results: Results, *, redact: bool = False) -> Markup:
    """What the recommended rung looks for in each class."""
    chosen = subject(results)
    if chosen is None or not chosen.top_features:
        return Markup()
    if redact:
        return section("features", "What it looks for", tag("p", REDACTED, class_="note"))
    groups = []
    for label, found in list(chosen.top_features.items())[:CLASSES_SHOWN]:
        strongest = max((abs(feature.weight) for feature in found), default=1.0) or 1.0
        items = [
            tag(
                "li",
                tag("bdi", _visible(feature.text)),
                tag("small", f"{feature.weight:.2f}"),
                style=f"--share:{max(0.0, feature.weight / strongest):.3f}",
            )
            for feature in found
        ]
        groups.append(tag("div", tag("h3", tag("bdi", label)), tag("ol", *items, lang=_language(results))))
    words = f"The features that speak most for each class in {chosen.title}, with their weights, strongest first."
    return section("features", "What it looks for", tag("p", words), tag("div", *groups, class_="features"))


def _visible(text: str) -> str:
    """A feature with its spaces written as open boxes, for a character n-gram may be hardly anything else."""
    return text.replace(" ", "␣") if text != text.strip() else text


def errors(results: Results, *, redact: bool = False) -> Markup:
    """The test rows that the recommended rung got wrong while most sure, with the deciding words marked."""
    chosen = subject(results)
    if chosen is None or not results.errors:
        return Markup()
    title = "Where it is sure and wrong"
    if redact:
        return section("errors", title, tag("p", REDACTED, class_="note"))
    words = join(
        [
            f"The test rows that {chosen.title} got wrong with the highest probability. Marked words spoke ",
            tag("mark", "for", class_="for4"),
            " the predicted label, underlined ones ",
            tag("mark", "against", class_="against4"),
            " it. Some of these labels may be wrong in the data.",
        ]
    )
    cases = [_error(error, _language(results)) for error in results.errors]
    return section("errors", title, tag("p", words), tag("ol", *cases, class_="cases"))


def _error(error: ConfidentError, language: str | None) -> Markup:
    verdict = join(
        [
            tag("span", "taken for ", tag("b", tag("bdi", label_list(error.predicted)))),
            tag("span", f" at {error.probability:.1%}", class_="sure"),
            tag("span", ", labelled ", tag("b", tag("bdi", label_list(error.gold)))),
            tag("span", f", line {count(error.line)}", class_="line") if error.line is not None else None,
        ]
    )
    return tag(
        "li",
        tag("p", verdict, class_="verdict"),
        tag("blockquote", marked(error.text, error.spans), lang=language, dir="auto"),
        None if error.second is None else tag("blockquote", marked(error.second, ()), lang=language, dir="auto"),
    )


def _language(results: Results) -> str | None:
    return None if results.data.language == "mixed" else results.data.language
