from pathlib import Path

import pytest

from wenmai.catalog import CATALOG

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", CATALOG.entries)
def test_every_member_has_its_page(name):
    entry, page = CATALOG.entries[name], DOCS / f"models/{name}.md"
    assert page.is_file(), f"docs/models/{name}.md is missing"
    text = page.read_text(encoding="utf-8")
    assert str(entry.year) in text
    for preset in entry.presets:
        assert f"{name}:{preset}" in text


def test_no_page_is_of_a_member_that_there_is_not():
    pages = {page.stem for page in (DOCS / "models").glob("*.md")} - {"index"}
    assert pages == set(CATALOG.entries)
