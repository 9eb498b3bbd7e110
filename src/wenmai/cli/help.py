"""Help pages: grouped, plain, legible at any width; the terminal and docs/cli.md show the same words."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Any

from typer.core import TyperCommand, TyperGroup

Record = tuple[str, str]
"""An argument, an option or a command, and what is said of it."""

_WIDEST_NAME = 34
_OTHER = "Options"
_LAST = ("version", "help")


def usage(command: Any) -> str:
    """What follows the command's name: ``[OPTIONS] BUNDLE [TEXT]...``."""
    if isinstance(command, TyperGroup):
        return "COMMAND [ARGUMENTS]..."
    arguments = []
    for one in command.params:
        if one.param_type_name == "argument":
            name = one.metavar if one.required else f"[{one.metavar}]"
            arguments.append(f"{name}..." if one.nargs != 1 else name)
    return " ".join(["[OPTIONS]", *arguments])


def sections(command: Any, context: Any) -> Iterator[tuple[str, list[Record]]]:
    """The titles of a help page, each with its records, in the order of the command's definition."""
    groups: dict[str, list[Record]] = {"Arguments": [], _OTHER: []}
    last: list[Record] = []
    for one in command.get_params(context):
        if one.param_type_name == "argument":
            groups["Arguments"].append((one.metavar, _described(one)))
        elif one.name in _LAST:
            last.append((_names(one), _described(one)))
        else:
            groups.setdefault(one.rich_help_panel or _OTHER, []).append((_names(one), _described(one)))
    yield from ((title, records) for title, records in groups.items() if records)
    if isinstance(command, TyperGroup):
        yield from _commands(command)
    yield "Help", last


def paragraphs(command: Any) -> list[str]:
    """The help text without its examples."""
    return (command.help or "").split("\n\n")


def _commands(group: TyperGroup) -> Iterator[tuple[str, list[Record]]]:
    panels: dict[str, list[Record]] = {}
    for name, command in group.commands.items():
        panel = getattr(command, "rich_help_panel", None) or "Commands"
        panels.setdefault(str(panel), []).append((name, paragraphs(command)[0]))
    yield from panels.items()


def _names(option: Any) -> str:
    names = "/".join([", ".join(sorted(option.opts, key=len)), *option.secondary_opts])
    return names if option.is_flag else f"{names} {option.metavar}"


def _described(parameter: Any) -> str:
    """The help of a parameter, with what it must have and what it is by default."""
    extra = []
    if isinstance(parameter.show_default, str):
        extra.append(f"default: {parameter.show_default}")
    elif parameter.show_default and parameter.default is not None and parameter.default is not False:
        default = parameter.default
        extra.append(f"default: {default.value if isinstance(default, enum.Enum) else default}")
    if parameter.required and parameter.param_type_name == "option":
        extra.append("required")
    return f"{parameter.help} [{'; '.join(extra)}]" if extra else str(parameter.help)


def _write(command: Any, context: Any, formatter: Any) -> None:
    formatter.write_usage(context.command_path, usage(command))
    formatter.write_paragraph()
    for number, paragraph in enumerate(paragraphs(command)):
        if number:
            formatter.write_paragraph()
        formatter.write_text(paragraph)
    for title, records in sections(command, context):
        with formatter.section(title):
            formatter.write_dl(records, col_max=_WIDEST_NAME if formatter.width > 2 * _WIDEST_NAME else 16)
    if command.epilog:
        formatter.write_paragraph()
        if "\n" in command.epilog:  # Examples stand as they are, to be copied.
            formatter.write(f"{command.epilog}\n")
        else:
            formatter.write_text(command.epilog)


class Command(TyperCommand):
    """A command with such a page."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        _write(self, ctx, formatter)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What follows the command's name."""
        return [usage(self)]


class Group(TyperGroup):
    """Commands with such a page."""

    def format_help(self, ctx: Any, formatter: Any) -> None:
        """Write the page."""
        _write(self, ctx, formatter)

    def collect_usage_pieces(self, ctx: Any) -> list[str]:
        """What follows the command's name."""
        return [usage(self)]
