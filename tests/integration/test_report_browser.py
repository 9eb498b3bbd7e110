"""The report page in a real browser: nothing fetched, nothing said on the console, nothing wider than a phone."""

from __future__ import annotations

import importlib.util
import itertools
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from wenmai.comparison.report_html import html

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no chromium is installed")

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    "--remote-debugging-pipe",
]

PHONE, DESK = 390, 1280
LIMIT_SECONDS = 30
LIMIT_BYTES = 400_000


class Browser:
    """A headless chromium spoken to by the DevTools protocol over two pipes: no port, no driver, no package."""

    def __init__(self, profile: Path) -> None:
        to_browser, self._to = os.pipe()
        self._from, from_browser = os.pipe()
        # The browser reads commands from its descriptor 3 and writes to 4, whatever numbers the pipes have here.
        plumbing = f'exec 3<&{to_browser} 4>&{from_browser}; exec "$@"'
        command = ["bash", "-c", plumbing, "browser", str(CHROMIUM), *FLAGS, f"--user-data-dir={profile}"]
        self._process = subprocess.Popen(
            command, pass_fds=(to_browser, from_browser), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        os.close(to_browser)
        os.close(from_browser)
        os.set_blocking(self._from, False)
        self._numbers = itertools.count(1)
        self._rest = b""
        self._session: str | None = None
        self.events: list[dict[str, Any]] = []

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Ask for something and wait for the answer; events that come meanwhile are kept."""
        number = next(self._numbers)
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._to, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") == number:
                assert "error" not in answer, f"{method}: {answer['error']}"
                result: dict[str, Any] = answer["result"]
                return result
            self.events.append(answer)

    def open_tab(self) -> None:
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self._session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Network", "Log", "Runtime"):
            self.call(f"{domain}.enable")

    def show(self, page: Path, *, width: int, scheme: str = "light", media: str = "screen") -> None:
        """Load a page at a width, in light or dark."""
        self.call(
            "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 700
        )
        features = [{"name": "prefers-color-scheme", "value": scheme}]
        self.call("Emulation.setEmulatedMedia", media=media, features=features)
        self.events.clear()
        self.call("Page.navigate", url=page.as_uri())
        until = time.monotonic() + LIMIT_SECONDS
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            assert time.monotonic() < until, "the page did not load"
            self.evaluate("1")

    def evaluate(self, script: str) -> Any:
        return self.call("Runtime.evaluate", expression=script, returnByValue=True)["result"].get("value")

    def said(self, *methods: str) -> list[dict[str, Any]]:
        return [event["params"] for event in self.events if event.get("method") in methods]

    def close(self) -> None:
        self._session = None
        try:
            self.call("Browser.close")
            self._process.wait(timeout=LIMIT_SECONDS)
        except (AssertionError, OSError, subprocess.TimeoutExpired):
            self._process.kill()
            self._process.wait()
        os.close(self._to)
        os.close(self._from)

    def _next(self) -> dict[str, Any]:
        until = time.monotonic() + LIMIT_SECONDS
        while b"\0" not in self._rest:
            assert time.monotonic() < until, "the browser does not answer"
            assert self._process.poll() is None, f"the browser left with code {self._process.returncode}"
            try:
                self._rest += os.read(self._from, 1 << 16)
            except BlockingIOError:
                time.sleep(0.005)
        first, self._rest = self._rest.split(b"\0", 1)
        message: dict[str, Any] = json.loads(first)
        return message


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    browser = Browser(tmp_path_factory.mktemp("profile"))
    browser.open_tab()
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def simulated() -> ModuleType:
    """The results that the unit tests of the reports use, also with many classes."""
    place = Path(__file__).parent.parent / "unit" / "comparison" / "conftest.py"
    spec = importlib.util.spec_from_file_location("simulated_results", place)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look themselves up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module", params=["three classes", "many classes"])
def page(request: pytest.FixtureRequest, simulated: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Path:
    labels = simulated.LABELS
    if request.param == "many classes":
        labels += ("a_label_without_any_place_to_break_that_goes_on_and_on", *(f"类别{i}" for i in range(22)))
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(html(simulated.with_calibration(simulated.build(labels))), encoding="utf-8")
    assert path.stat().st_size < LIMIT_BYTES
    return path


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [PHONE, DESK])
def test_the_page_is_quiet_and_fits(browser: Browser, page: Path, width: int, scheme: str) -> None:
    browser.show(page, width=width, scheme=scheme)
    # The contents are unfolded too: what is hidden can be too wide as well.
    browser.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    requested = {event["request"]["url"] for event in browser.said("Network.requestWillBeSent")}
    assert {url for url in requested if not url.startswith("data:")} == {page.as_uri()}
    assert browser.said("Log.entryAdded", "Runtime.consoleAPICalled", "Runtime.exceptionThrown") == []
    assert browser.evaluate("document.documentElement.scrollWidth") <= width
    rights = "[...document.querySelectorAll('body > *, section > *, p')].map(e => e.getBoundingClientRect().right)"
    assert max(browser.evaluate(rights)) <= width


def test_charts_follow_the_scheme_and_the_width(browser: Browser, page: Path) -> None:
    ink = "getComputedStyle(document.querySelector('figure svg.{} text')).fill"
    shown = "[...document.querySelectorAll('figure svg')].filter(e => e.getBoundingClientRect().width > 0)"
    browser.show(page, width=DESK, scheme="light")
    light = browser.evaluate(ink.format("wide"))
    assert browser.evaluate(f"{shown}.every(e => e.classList.contains('wide'))")
    browser.show(page, width=PHONE, scheme="dark")
    assert browser.evaluate(f"{shown}.every(e => e.classList.contains('narrow')) && {shown}.length === 4")
    dark = browser.evaluate(ink.format("narrow"))
    assert light.startswith("rgb")
    assert light != dark
    # Type of 12 pixels in the chart must not shrink below what a phone's reader can make out.
    scale = browser.evaluate(f"{shown}.map(e => e.getBoundingClientRect().width / e.viewBox.baseVal.width)")
    assert min(scale) > 0.9


def test_no_text_in_a_chart_is_cut_off(browser: Browser, page: Path) -> None:
    script = """[...document.querySelectorAll('figure svg')].flatMap(svg => {
        const frame = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter(text => frame.width > 0 && text.textContent).filter(text => {
            const box = text.getBoundingClientRect();
            return box.left < frame.left - 1 || box.right > frame.right + 1 || box.bottom > frame.bottom + 1;
        }).map(text => text.textContent);
    })"""
    for width in (PHONE, DESK):
        browser.show(page, width=width)
        assert browser.evaluate(script) == []


def test_paper_is_light_and_wide_and_unfolded(browser: Browser, page: Path) -> None:
    browser.show(page, width=DESK, scheme="dark", media="print")
    assert browser.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    assert browser.evaluate("getComputedStyle(document.querySelector('nav')).display") == "none"
    assert browser.evaluate("getComputedStyle(document.querySelector('svg.narrow')).display") == "none"
    folded = "getComputedStyle(document.querySelector('details:not([open])'), '::details-content')"
    assert browser.evaluate(f"{folded}.contentVisibility") == "visible"


def test_regions_that_scroll_can_be_reached_by_keyboard(browser: Browser, page: Path) -> None:
    browser.show(page, width=PHONE)
    scrolling = """[...document.querySelectorAll('*')].filter(
        e => e.scrollWidth > e.clientWidth + 1 && getComputedStyle(e).overflowX === 'auto')"""
    assert browser.evaluate(f"{scrolling}.length") > 0
    assert browser.evaluate(f"{scrolling}.every(e => e.tabIndex === 0 && e.getAttribute('aria-label'))")
    browser.evaluate("document.querySelector('.skip').focus()")
    assert browser.evaluate("document.querySelector('.skip').getBoundingClientRect().top") >= 0


def test_texts_run_nothing(browser: Browser, page: Path) -> None:
    browser.show(page, width=DESK)
    assert browser.evaluate("document.scripts.length") == 0
    assert "<script>alert(1)</script>" in browser.evaluate("document.querySelector('.cases').textContent")
