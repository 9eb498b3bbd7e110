"""The sections about the data and the run: health, duplicates, rungs that failed, how to do it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from wenmai.comparison.page.figures import emphasis, ranked
from wenmai.comparison.page.markup import Child, Markup, join, tag
from wenmai.comparison.page.scores import rung_heading, settings_words
from wenmai.comparison.page.tables import Row, definitions, estimate_cell, folded, section, table
from wenmai.comparison.results import Results
from wenmai.comparison.wording import count, metric_name

LIST_SHOWN = 12
ROWS_SHOWN = 40
SENTENCES = ("warnings", "notes")
"""Fields that hold whole sentences, shown before everything else."""

UNSAID = frozenset({*SENTENCES, "name"})
"""Fields that stand elsewhere on the page."""

_TITLES = {
    "parts": "Rows of each part",
    "lengths": "Characters of a text",
    "repeats": "Repeated texts",
    "crossing": "Texts standing in two parts",
    "out_of_vocabulary": "Not seen in train",
    "lost_characters": "Characters lost in decoding",
    "truncation": "Rows that a rung cuts",
}
_SHARES = ("rate", "share", "shares", "out_of_vocabulary", "truncation")
_MANY_LABELS = 4
"""From this many entries on, a list of records is folded."""


def health(results: Results) -> Markup:
    """The health ledger: whatever was found about the data, warnings first."""
    ledger = results.data.health
    if not ledger:
        return Markup()
    said = [sentence for key in SENTENCES for sentence in ledger.get(key) or ()]
    rest = {key: value for key, value in ledger.items() if key not in UNSAID}
    found = {key: _records_in(value) for key, value in rest.items()}
    plain: list[tuple[str, Child]] = [
        (title_of(key), value_words(key, value)) for key, value in rest.items() if not found[key]
    ]
    records = [_records(title_of(key), rows) for key, rows in found.items() if rows]
    return section(
        "health",
        "The data",
        tag("ul", *(tag("li", str(sentence)) for sentence in said), class_="warnings") if said else None,
        definitions([(term, value) for term, value in plain if value is not None], class_="ledger"),
        *records,
    )


def title_of(key: str) -> str:
    """A field's name as words."""
    words = key.replace("_", " ").strip()
    return _TITLES.get(key, words[:1].upper() + words[1:])


def value_words(key: str, value: Any) -> str | None:
    """A value of the ledger in words; None where there is nothing to say."""
    if value is None or value in ({}, [], (), ""):
        return None
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        return count(value)
    if isinstance(value, float):
        return f"{value:.1%}" if key.endswith(_SHARES) else f"{value:,.4g}"
    if isinstance(value, Mapping):
        pairs = [(str(name), value_words(key, inner)) for name, inner in value.items()]
        return _listed([_pair(name, inner) for name, inner in pairs if inner is not None]) or None
    if isinstance(value, Sequence) and not isinstance(value, str):
        return _listed([value_words(key, inner) or "–" for inner in value])
    return str(value)


def _listed(items: list[str]) -> str:
    more = len(items) - LIST_SHOWN
    return " · ".join(items[:LIST_SHOWN]) + (f" … and {count(more)} more" if more > 0 else "")


def _pair(name: str, value: str) -> str:
    """``p95 190``; ``train, test: 3`` where the name would run into the value."""
    shown = name.replace("_", " ")
    return f"{shown}: {value}" if " " in shown else f"{shown} {value}"


def _records_in(value: Any) -> list[Mapping[str, Any]]:
    """The rows of a table that a value holds: a list of records, or records by name; none for anything else."""
    if isinstance(value, Mapping) and value and all(isinstance(item, Mapping) for item in value.values()):
        return [{"name": name, **item} for name, item in value.items()]
    if isinstance(value, list | tuple) and all(isinstance(item, Mapping) for item in value):
        return list(value)
    return []


def _records(title: str, records: Sequence[Mapping[str, Any]]) -> Markup:
    keys = list(dict.fromkeys(key for record in records for key in record))
    rows = []
    for record in records[:ROWS_SHOWN]:
        first, *cells = (value_words(key, record.get(key)) or "–" for key in keys)
        rows.append(Row(tag("bdi", first), cells))
    left = len(records) - len(rows)
    caption = title + (f", the first {len(rows)} of {count(len(records))}" if left else "")
    drawn = table(caption, [title_of(key) for key in keys], rows, class_="numbers")
    return folded(f"{title} ({count(len(records))})", drawn) if len(records) > _MANY_LABELS else drawn


def duplicates(results: Results) -> Markup:
    """What the scores would have pretended, had the duplicates been left in."""
    metric = results.protocol.metric
    rows = [
        Row(
            rung_heading(results, rung),
            [estimate_cell(metric, rung.test.get(metric)), estimate_cell(metric, rung.with_duplicates.get(metric))],
            emphasis(results, rung),
        )
        for rung in ranked(results)
        if rung.with_duplicates
    ]
    if not rows:
        return Markup()
    words = (
        "Texts that stand in the data more than once were kept on one side of the split. Left in, the same text would "
        "have been learnt and then asked for, and the scores would have pretended what the last column shows."
    )
    caption = f"{metric_name(metric)} on the test rows, and what it would have been with the duplicates left in"
    columns = ["Rung", f"{metric_name(metric)}, honest", "With duplicates left in"]
    return section(
        "duplicates",
        "What duplicates would have done",
        tag("p", words),
        table(caption, columns, rows, class_="numbers"),
    )


def failures(results: Results) -> Markup:
    """The rungs that could not be fitted, and why."""
    if not results.failed:
        return Markup()
    rows = [Row(rung.title, [tag("code", rung.error or "")]) for rung in results.failed]
    return section(
        "failed", "Rungs that failed", table("Rungs that failed, with their errors", ["Rung", "Error"], rows)
    )


def reproduce(results: Results) -> Markup:
    """The command, the seed, the versions, the machine and the fingerprints."""
    machine = results.environment
    versions = _listed_all(machine.versions)
    facts: list[tuple[str, Child]] = [
        ("Seed", count(results.seed)),
        ("Threads", count(results.threads)),
        ("Resamples behind each interval", count(results.protocol.resamples)),
        ("Data fingerprint", tag("code", results.data.data_fingerprint)),
        ("Machine", f"{machine.processor}, {machine.cores} cores, {machine.memory_gib:.0f} GiB, {machine.system}"),
        ("Versions", versions),
    ]
    rows = [
        Row(
            rung_heading(results, rung),
            [
                tag("code", rung.recipe_fingerprint or "–"),
                settings_words(rung.selected) if rung.candidates else "–",
                tag("code", rung.bundle) if rung.bundle else "not saved",
            ],
        )
        for rung in results.done
    ]
    done = table("Recipes and bundles", ["Rung", "Recipe", "Chosen settings", "Bundle"], rows) if rows else None
    return section("reproduce", "How to do it again", _commands(results), definitions(facts, class_="ledger"), done)


def _commands(results: Results) -> Markup:
    lines = [results.command]
    chosen = results.recommendation
    bundle = results.rung(chosen.name).bundle if chosen else None
    if bundle:
        lines += [f"wenmai verify {bundle}", f"wenmai predict {bundle} --file texts.txt"]
    return tag("pre", tag("code", join(f"{line}\n" for line in lines)), tabindex=0, aria_label="Commands")


def _listed_all(versions: Mapping[str, str]) -> str:
    return " · ".join(f"{name} {version}" for name, version in versions.items())
