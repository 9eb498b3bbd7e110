"""The map of words in a real browser: quiet, legible with 5,000 words, and moved by wheel, keys, fingers and search."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from wenmai.apps.map_page import page
from wenmai.apps.vector_map import WordMap

WORDS = 5000
PHONE, DESK = 390, 1280


def report_browser() -> ModuleType:
    """The module that speaks to the browser."""
    place = Path(__file__).with_name("test_report_browser.py")
    spec = importlib.util.spec_from_file_location("report_browser", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


MODULE = report_browser()
pytestmark = pytest.mark.skipif(MODULE.CHROMIUM is None, reason="no chromium is installed")


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    browser = MODULE.Browser(tmp_path_factory.mktemp("profile"))
    browser.open_tab()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    generator = np.random.default_rng(0)
    groups = generator.integers(0, 20, WORDS)
    places = np.clip(generator.random((20, 2))[groups] + 0.06 * generator.standard_normal((WORDS, 2)), 0, 1)
    words = ["电池", "<b>bold</b>", *(f"word{number}" for number in range(WORDS - 2))]
    near = generator.integers(0, WORDS, (WORDS, 6))
    counts = np.arange(WORDS, 0, -1)
    drawn = WordMap(tuple(words), places, groups, tuple(f"group {n}" for n in range(20)), near, counts, ("made up",))
    path = tmp_path_factory.mktemp("map") / "map.html"
    path.write_text(page(drawn, "Words"), "utf-8")
    return path


def settled(browser: Any, script: str) -> Any:
    """What a script says after the next picture was drawn."""
    wait = f"new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done({script}))))"
    found = browser.call("Runtime.evaluate", expression=wait, returnByValue=True, awaitPromise=True)
    return found["result"].get("value")


def labels(browser: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = settled(browser, "wordMap.labels()")
    return found


def scale(browser: Any) -> float:
    return float(settled(browser, "wordMap.view().scale"))


def mouse(browser: Any, kind: str, x: float, y: float, **more: Any) -> None:
    browser.call("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)


def place(browser: Any, word: str) -> tuple[float, float]:
    """Where a word stands in the window."""
    script = "(() => { const box = document.getElementById('map').getBoundingClientRect(), at = wordMap.at('%s'); "
    x, y = settled(browser, script % word + "return [at[0] + box.left, at[1] + box.top]; })()")
    return x, y


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_page_is_quiet_fits_and_its_labels_do_not_touch(
    browser: Any, written: Path, width: int, scheme: str
) -> None:
    browser.show(written, width=width, scheme=scheme)
    shown = labels(browser)
    assert len(shown) > (40 if width == PHONE else 150)
    boxes = np.array([label["box"] for label in shown])
    assert boxes[:, 0].min() >= 0
    assert boxes[:, 2].max() <= width
    apart_x = (boxes[:, None, 0] >= boxes[None, :, 2]) | (boxes[None, :, 0] >= boxes[:, None, 2])
    apart_y = (boxes[:, None, 1] >= boxes[None, :, 3]) | (boxes[None, :, 1] >= boxes[:, None, 3])
    assert (apart_x | apart_y | np.eye(len(boxes), dtype=bool)).all()
    assert shown[0]["word"] == "电池", "the most important word is labelled first"
    requested = {event["request"]["url"] for event in browser.said("Network.requestWillBeSent")}
    assert requested == {written.as_uri()}
    assert browser.said("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown") == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    ink = browser.evaluate("getComputedStyle(document.body).color")
    paper = browser.evaluate("getComputedStyle(document.body).backgroundColor")
    dark = [sum(map(int, colour[4:-1].split(","))) < 3 * 128 for colour in (ink, paper)]
    assert dark == ([True, False] if scheme == "light" else [False, True])


def test_the_wheel_zooms_where_the_pointer_is_and_shows_more_labels(browser: Any, written: Path) -> None:
    browser.show(written, width=DESK)
    before, x_y = scale(browser), place(browser, "电池")
    for _ in range(5):
        mouse(browser, "mouseWheel", *x_y, deltaX=0, deltaY=-200)
    assert scale(browser) > 4 * before
    # The pointer stands on whole pixels, the word between them, and what lies between is magnified.
    assert place(browser, "电池") == pytest.approx(x_y, abs=5)
    assert "电池" in {label["word"] for label in labels(browser)}


def test_keys_move_and_zoom(browser: Any, written: Path) -> None:
    browser.show(written, width=DESK)
    browser.evaluate("document.getElementById('map').focus()")
    before, x_y = scale(browser), place(browser, "word7")
    for key in ("+", "-", "ArrowLeft", "ArrowDown"):
        browser.call("Input.dispatchKeyEvent", type="keyDown", key=key)
    assert scale(browser) == pytest.approx(before)
    assert place(browser, "word7") == pytest.approx((x_y[0] + 60, x_y[1] - 60), abs=1)
    browser.call("Input.dispatchKeyEvent", type="keyDown", key="0")
    assert place(browser, "word7") == pytest.approx(x_y, abs=1)


def test_two_fingers_zoom_and_one_moves(browser: Any, written: Path) -> None:
    browser.show(written, width=PHONE)
    browser.call("Emulation.setTouchEmulationEnabled", enabled=True, maxTouchPoints=2)
    before = scale(browser)

    def touch(kind: str, *points: tuple[float, float]) -> None:
        browser.call("Input.dispatchTouchEvent", type=kind, touchPoints=[{"x": x, "y": y} for x, y in points])

    touch("touchStart", (180, 400), (210, 400))
    for step in range(1, 7):
        touch("touchMove", (180 - 10 * step, 400), (210 + 10 * step, 400))
    touch("touchEnd")
    zoomed = scale(browser)
    assert zoomed > 2 * before
    x_y = place(browser, "word7")
    touch("touchStart", (200, 400))
    touch("touchMove", (230, 420))
    touch("touchMove", (260, 450))
    touch("touchEnd")
    browser.call("Emulation.setTouchEmulationEnabled", enabled=False)
    assert scale(browser) == pytest.approx(zoomed)
    assert place(browser, "word7") == pytest.approx((x_y[0] + 60, x_y[1] + 50), abs=1)


def test_a_word_is_found_and_told(browser: Any, written: Path) -> None:
    browser.show(written, width=DESK)
    browser.evaluate("document.getElementById('query').focus()")
    browser.call("Input.insertText", text="WORD77")
    assert browser.evaluate("document.getElementById('found').textContent") == "11 found"
    matches = browser.evaluate("[...document.querySelectorAll('#matches button')].map(one => one.textContent)")
    assert matches[0] == "word77"
    assert len(matches) == 8
    browser.evaluate("document.getElementById('search').requestSubmit()")
    box = browser.evaluate(
        "(box => [box.width / 2, box.height / 2])(document.getElementById('map').getBoundingClientRect())"
    )
    assert settled(browser, "wordMap.at('word77')") == pytest.approx(box, abs=1)
    assert labels(browser)[0]["word"] == "word77"
    told = browser.evaluate("document.getElementById('chosen').textContent")
    assert told.startswith("word77Group: group ")
    assert f"occurs {WORDS - 79:,} times" in told
    browser.evaluate("document.querySelector('#chosen button').click()")
    assert browser.evaluate("document.querySelector('#chosen strong').textContent") != "word77"


def test_a_tap_tells_a_word_and_a_group_can_stand_alone(browser: Any, written: Path) -> None:
    browser.show(written, width=DESK)
    x_y = place(browser, "<b>bold</b>")
    mouse(browser, "mousePressed", *x_y, button="left", clickCount=1)
    mouse(browser, "mouseReleased", *x_y, button="left", clickCount=1)
    assert browser.evaluate("document.getElementById('chosen').hidden") is False
    assert browser.evaluate("document.querySelector('#chosen b')") is None
    browser.evaluate("document.getElementById('map').focus()")
    browser.call("Input.dispatchKeyEvent", type="keyDown", key="Escape")
    assert browser.evaluate("document.getElementById('chosen').hidden") is True
    everything = len(labels(browser))
    browser.evaluate("document.querySelector('#legend button').click()")
    assert browser.evaluate("document.querySelector('#legend button').getAttribute('aria-pressed')") == "true"
    assert 0 < len(labels(browser)) < everything / 2
