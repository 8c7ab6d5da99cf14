"""A report in a real browser, from disk and with the network off: it draws, fits a phone, prints in the light."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.report import Facts, page
from core.report.gallery import index, put
from core.report.subject import one_line

playwright = pytest.importorskip("playwright.sync_api")

from tests.test_browser import CHROMIUM, chromium, expect  # noqa: E402
from tests.test_report import HOSTILE, facts, store, vectors  # noqa: E402

__all__ = ["chromium", "facts", "store", "vectors"]  # fixtures
pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium")
PAPER, NIGHT = "rgb(255, 255, 255)", "rgb(15, 19, 24)"


@pytest.fixture(scope="module")
def report(facts: Facts, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(page(facts), encoding="utf-8")
    return path.as_uri()


class Window:
    """A page without a network; it fails its test when it asked for anything or when its console complains."""

    def __init__(self, chromium: Any) -> None:
        self.chromium, self.contexts, self.wrong = chromium, list[Any](), list[str]()

    def __call__(self, url: str, width: int, scheme: str) -> Any:
        context = self.chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        context.set_offline(True)
        self.contexts.append(context)
        shown = context.new_page()
        shown.on("pageerror", lambda e: self.wrong.append(str(e)))
        shown.on("console", lambda m: self.wrong.append(m.text) if m.type in ("error", "warning") else None)
        shown.on("dialog", lambda d: self.wrong.append(d.message))
        shown.on("request", lambda r: None if r.url.startswith(("file:", "data:")) else self.wrong.append(r.url))
        shown.goto(url)
        return shown


@pytest.fixture
def window(chromium: Any) -> Iterator[Window]:
    made = Window(chromium)
    yield made
    for context in made.contexts:
        context.close()
    assert not made.wrong


def background(shown: Any) -> list[str]:
    """Of the page and of every figure."""
    colour = "e => getComputedStyle(e).backgroundColor"
    return [shown.locator("body").evaluate(colour), *shown.locator(".main-svg").evaluate_all(f"es => es.map({colour})")]


@pytest.mark.parametrize(("width", "scheme", "colour"), [(1280, "light", PAPER), (420, "dark", NIGHT)])
def test_it_draws_from_disk_with_the_network_off(
    window: Window, report: str, width: int, scheme: str, colour: str
) -> None:
    shown = window(report, width, scheme)
    expect(shown.locator(".js-plotly-plot")).to_have_count(4)
    expect(shown.locator("[data-figure=recall] .scatterlayer .point").first).to_be_visible()
    assert shown.evaluate("document.documentElement.scrollWidth") <= width
    assert {c for c in background(shown) if c != "rgba(0, 0, 0, 0)"} == {colour}
    assert one_line(HOSTILE) in shown.title()
    expect(shown.locator("header bdi")).to_have_text(one_line(HOSTILE))
    widths = shown.locator(".main-svg").evaluate_all("es => es.map(e => e.getBoundingClientRect().right)")
    assert max(widths) <= width


def test_it_follows_the_window_and_the_light(window: Window, report: str) -> None:
    shown = window(report, 1280, "light")
    chart = shown.locator("[data-figure=recall] .main-svg").first
    expect(chart).to_have_attribute("width", "820")
    shown.set_viewport_size({"width": 420, "height": 900})
    expect(chart).to_have_attribute("width", "388")
    shown.emulate_media(color_scheme="dark")
    expect(chart).to_have_css("background-color", NIGHT)


def test_paper_is_light_and_has_no_button(window: Window, report: str) -> None:
    shown = window(report, 420, "dark")
    expect(shown.get_by_role("button", name="Print or save as PDF")).to_be_visible()
    shown.emulate_media(media="print")
    expect(shown.locator("[data-figure=recall] .main-svg").first).to_have_attribute("width", "820")
    assert {c for c in background(shown) if c != "rgba(0, 0, 0, 0)"} == {PAPER}
    expect(shown.get_by_role("button", name="Print or save as PDF")).to_be_hidden()
    assert shown.pdf().startswith(b"%PDF")
    shown.emulate_media(media="screen")
    expect(shown.locator("[data-figure=recall] .main-svg").first).to_have_css("background-color", NIGHT)


def test_a_gallery_opens_its_reports(window: Window, facts: Facts, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text(index([put(facts, tmp_path)]), encoding="utf-8")
    shown = window((tmp_path / "index.html").as_uri(), 420, "light")
    assert shown.evaluate("document.documentElement.scrollWidth") <= 420
    shown.get_by_role("heading", level=2).get_by_role("link").click()
    expect(shown.locator("[data-figure=recall] .scatterlayer .point").first).to_be_visible()
