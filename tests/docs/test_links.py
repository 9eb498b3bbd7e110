"""Links lead to pages, files and headings that are there; the two READMEs show the same numbers."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from wenmai.catalog import CATALOG

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = [ROOT / name for name in ("README.md", "README.zh-CN.md", "CONTRIBUTING.md", "CHANGELOG.md")]
PAGES += sorted(DOCS.rglob("*.md"))

FENCED = re.compile(r"^```.*?^```$", re.M | re.S)
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ +(.+)$", re.M)


def prose(page: Path) -> str:
    return FENCED.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """The headings of a page as mkdocs and GitHub write them in addresses."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in HEADING.findall(prose(page))
    }


def table_numbers(page: Path) -> list[list[str]]:
    """The numbers of each row of a page's tables, their names left aside."""
    rows = [line for line in prose(page).splitlines() if line.startswith("|")]
    return [numbers for row in rows if (numbers := re.findall(r"\d[\d.,]*", re.sub(r"`[^`]*`", "", row)))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    for link in LINK.findall(prose(page)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), f"{page.name}: {link} is not there"
        if anchor:
            assert anchor in anchors(target), f"{page.name}: {link} names no heading of {target.name}"


def test_every_page_stands_in_the_navigation() -> None:
    listed = set(re.findall(r"[\w/-]+\.md", (ROOT / "mkdocs.yml").read_text("utf-8")))
    assert listed == {page.relative_to(DOCS).as_posix() for page in DOCS.rglob("*.md")}


def test_both_readmes_show_the_same_numbers() -> None:
    english, chinese = (table_numbers(ROOT / name) for name in ("README.md", "README.zh-CN.md"))
    assert len(english) > 6
    assert english == chinese


def test_both_readmes_name_the_same_commands() -> None:
    texts = [(ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md")]
    for command in ("make demo", "make test", "wenmai compare", "wenmai predict", "wenmai verify"):
        assert all(command in text for text in texts), command


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_pages_name_no_place_of_one_machine(page: Path) -> None:
    found = re.search(r"(?<![\w.])/(?:work|tmp|root|home|opt|mnt)/\S*", page.read_text("utf-8"))
    assert found is None, f"{page.name}: {found[0] if found else ''}"


@pytest.mark.parametrize("name", CATALOG.entries)
def test_a_page_of_a_member_has_all_that_it_should(name: str) -> None:
    entry, text = CATALOG.entries[name], (DOCS / f"models/{name}.md").read_text("utf-8")
    assert text.startswith(f"# {entry.title}\n")
    for heading in ("## Idea", "## Formula", "## Paper", "## Example", "## When it wins"):
        assert f"\n{heading}\n" in text, heading
    assert entry.paper.partition(" (")[0] in " ".join(text.split())
    assert re.search(r"\d\d\.\d \(\d\d\.\d–\d\d\.\d\)", text), "a score with its interval"
