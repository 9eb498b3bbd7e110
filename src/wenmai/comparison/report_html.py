"""The report page: one HTML file that needs no network, no script and no font but the reader's own."""

from __future__ import annotations

from importlib.resources import files

from wenmai.comparison.page.calibration import abstention, calibration
from wenmai.comparison.page.correction import correction
from wenmai.comparison.page.curves import learning_curves
from wenmai.comparison.page.factors import segmentations
from wenmai.comparison.page.label_errors import label_errors
from wenmai.comparison.page.ledger import duplicates, failures, health, reproduce
from wenmai.comparison.page.markup import Markup, join, tag
from wenmai.comparison.page.model import classes, confusions, errors, features
from wenmai.comparison.page.outside import outside
from wenmai.comparison.page.scores import choice, costs, opening, scores
from wenmai.comparison.page.thresholds import thresholds
from wenmai.comparison.page.training import training
from wenmai.comparison.results import Results

# Even markup that should not be there could then load nothing and run nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

_CONTENTS = (
    ("correction", "Corrections"),
    ("scores", "Scores"),
    ("costs", "Costs"),
    ("choice", "Choice"),
    ("outside", "Outside"),
    ("segmentation", "Segmentation"),
    ("curves", "More labels"),
    ("training", "Training"),
    ("classes", "Classes"),
    ("thresholds", "Thresholds"),
    ("confusion", "Confusions"),
    ("calibration", "Calibration"),
    ("abstention", "Abstention"),
    ("features", "Features"),
    ("errors", "Errors"),
    ("label-errors", "Label errors"),
    ("health", "Data"),
    ("duplicates", "Duplicates"),
    ("failed", "Failed"),
    ("reproduce", "Reproduce"),
)


def html(results: Results, *, redact: bool = False) -> str:
    """The comparison as one page.

    Charts need the extra ``report``; without it the page says so in one line and stands without them.

    Args:
        results: the comparison.
        redact: leave out every text of the data, and the features learnt from them, for pages that leave the house.
    """
    sections = [
        correction(results),
        scores(results),
        costs(results),
        choice(results),
        outside(results),
        segmentations(results),
        learning_curves(results),
        training(results),
        classes(results),
        thresholds(results),
        confusions(results),
        calibration(results),
        abstention(results),
        features(results, redact=redact),
        errors(results, redact=redact),
        label_errors(results, redact=redact),
        health(results),
        duplicates(results),
        failures(results),
        reproduce(results),
    ]
    written = join(sections)
    body = tag(
        "body",
        tag("a", "Skip to the scores", href="#content", class_="skip"),
        opening(results),
        _contents(written),
        tag("main", written, id="content", tabindex=-1),
        _footer(results),
    )
    return f"<!DOCTYPE html>\n{tag('html', _head(results), body, lang='en')}\n"


def _head(results: Results) -> Markup:
    style = files("wenmai.comparison.page").joinpath("page.css").read_text(encoding="utf-8")
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("link", rel="icon", href="data:,"),
        tag("title", f"{results.data.name} · wenmai comparison"),
        tag("style", Markup(style)),
    )


def _contents(written: str) -> Markup:
    links = [tag("a", name, href=f"#{anchor}") for anchor, name in _CONTENTS if f'<section id="{anchor}"' in written]
    return tag("nav", tag("ul", *(tag("li", link) for link in links)), aria_label="Contents")


def _footer(results: Results) -> Markup:
    made = f"Made by wenmai {results.environment.versions.get('wenmai', '')}".rstrip()
    return tag("footer", tag("p", f"{made}. Every score stands with its interval; results.json holds all numbers."))
