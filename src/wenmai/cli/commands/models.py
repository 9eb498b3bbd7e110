"""wenmai models: the lineage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from wenmai.cli.options import OUTPUT, Format, FormatOption, TextLanguage
from wenmai.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.tree import Tree

    from wenmai.catalog import Entry


def models(
    name: Annotated[
        str | None,
        typer.Argument(metavar="NAME", help="One model, or one preset of it: tfidf-lr:chars.", show_default=False),
    ] = None,
    tree: Annotated[bool, typer.Option("--tree", help="Draw which grew out of which.", rich_help_panel=OUTPUT)] = False,
    language: Annotated[
        TextLanguage,
        typer.Option("--language", metavar="zh|en|mixed", help="Show the settings for text in this language."),
    ] = TextLanguage.ZH,
    output: FormatOption = Format.TABLE,
) -> None:
    """List the models: year, ancestor, tasks, presets, paper; with NAME, one and its settings.

    The settings are lines of `path=value`, as --set takes them.
    """
    from wenmai.catalog import CATALOG

    if tree and (name is not None or output is not Format.TABLE):
        raise UsageError("--tree draws the whole lineage", remedy="Leave out the name and --format")
    if name is not None:
        _show_one(name, language, output)
    elif tree:
        from wenmai.cli.output import show

        show(_tree())
    else:
        _list(list(CATALOG.entries.values()), output)


def _list(entries: list[Entry], output: Format) -> None:
    from wenmai.catalog import CATALOG
    from wenmai.cli.output import Column, show, show_table, write_csv, write_json

    if output is Format.JSON:
        write_json({"models": [_described(one) for one in entries], "ladders": dict(CATALOG.ladders)})
        return
    if output is Format.CSV:
        fields = ("name", "title", "year", "ancestor", "tasks", "presets", "summary", "paper")
        write_csv(
            fields,
            (
                [" ".join(value) if isinstance(value, list) else value for value in map(_described(one).get, fields)]
                for one in entries
            ),
        )
        return
    columns = [Column("model"), Column("year", number=True), Column("presets", wrap=True), Column("ancestor")]
    columns += [Column("tasks"), Column("paper", wrap=True)]
    show_table(
        "The lineage, oldest idea first",
        columns,
        [
            (one.name, str(one.year), ", ".join(one.presets), one.ancestor or "–", ", ".join(one.tasks), one.paper)
            for one in entries
        ],
    )
    show("")
    show_table(
        "Ladders for --models: the rungs that learn the task at hand",
        [Column("ladder"), Column("rungs", wrap=True)],
        [(ladder, ", ".join(rungs)) for ladder, rungs in CATALOG.ladders.items()],
    )


def _tree() -> Tree:
    from rich.text import Text
    from rich.tree import Tree

    from wenmai.catalog import CATALOG

    root = Tree(Text("The lineage", style="bold"))
    entries = CATALOG.entries

    def grow(node: Tree, ancestor: str | None) -> None:
        for one in entries.values():
            if (one.ancestor if one.ancestor in entries else None) == ancestor:
                line = Text.assemble((one.name, "bold"), f"  {one.year}  {one.title}: {one.summary}")
                grow(node.add(line), one.name)

    grow(root, None)
    return root


def _show_one(name: str, language: TextLanguage, output: Format) -> None:
    from wenmai.catalog import CATALOG
    from wenmai.cli.output import Column, show, show_table, write_csv, write_json

    entry, chosen = CATALOG.rung(name)
    presets = [chosen] if ":" in name else list(entry.presets)
    settings = {preset: dict(_settings(f"{entry.name}:{preset}", language)) for preset in presets}
    if output is Format.JSON:
        write_json({**_described(entry), "settings": settings})
        return
    if output is Format.CSV:
        rows = ([preset, path, value] for preset, paths in settings.items() for path, value in paths.items())
        write_csv(("preset", "path", "value"), rows)
        return
    show_table(
        entry.title,
        [Column(""), Column("", wrap=True)],
        [
            ("model", entry.name),
            ("what it does", entry.summary),
            ("paper", f"{entry.paper} ({entry.year})"),
            ("ancestor", entry.ancestor or "none"),
            ("tasks", ", ".join(entry.tasks)),
            ("presets", ", ".join(entry.presets)),
        ],
    )
    for preset, paths in settings.items():
        tried = _tried(f"{entry.name}:{preset}", language)
        show("", f"{entry.name}:{preset}, for text in {language.value}, set by --set:")
        show(*(f"  {path}={value}" for path, value in paths.items()))
        if tried:
            show(f"  tried by `compare` and `train`, and chosen on the dev rows: {tried}")


def _settings(rung: str, language: TextLanguage) -> Iterator[tuple[str, str]]:
    import json

    from wenmai.recipe import recipe_for

    values = recipe_for(rung, language.value).model_dump(mode="json")
    for part in ("model", "pipeline", "training"):
        for path, value in _flat(values[part], part):
            yield path, value if isinstance(value, str) and value else json.dumps(value, ensure_ascii=False)


def _flat(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _flat(inner, f"{path}.{key}")
    else:
        yield path, value


def _tried(rung: str, language: TextLanguage) -> str:
    from wenmai.catalog import CATALOG

    candidates = CATALOG.preset(rung, language.value).candidates
    flat = [dict(_flat(one.model_dump(mode="json"), "model")) for one in candidates]
    differing = [path for path in (flat[0] if flat else ()) if len({repr(one.get(path)) for one in flat}) > 1]
    return "; ".join(f"{path} {', '.join(str(one.get(path)) for one in flat)}" for path in differing)


def _described(entry: Entry) -> dict[str, Any]:
    return {
        "name": entry.name,
        "title": entry.title,
        "summary": entry.summary,
        "year": entry.year,
        "paper": entry.paper,
        "ancestor": entry.ancestor,
        "tasks": list(entry.tasks),
        "presets": list(entry.presets),
    }
