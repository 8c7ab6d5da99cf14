"""The plan builder in a real browser: keys move sliders, bytes follow, a link restores it, a phone has room for it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

playwright = pytest.importorskip("playwright.sync_api")

from tests.test_browser import CHROMIUM, chromium, expect, page, server, still, store, tiny, window  # noqa: E402

__all__ = ["chromium", "page", "server", "store", "tiny"]  # fixtures
pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium")


def box(page: Any) -> Any:
    return page.get_by_label("Plan", exact=True)


def test_a_plan_is_composed_with_the_keyboard_and_used(page: Any, server: str, tiny: str) -> None:
    page.goto(f"{server}/codecs?data={tiny}&build=klt.wpq6")
    expect(box(page)).to_have_value("klt > wpq6")
    slider = page.locator(".st-key-build-first-1-size").get_by_role("slider")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(box(page)).to_have_value("klt > wpq8")
    expect(page.get_by_text("8 B per vector")).to_be_visible()
    expect(slider).to_be_focused()
    still(page)
    page.keyboard.press("ArrowRight")
    expect(box(page)).to_have_value("klt > wpq10")
    expect(page).to_have_url(re.compile("build=klt.wpq10"))
    page.get_by_role("button", name="Undo").focus()
    page.keyboard.press("Enter")
    expect(box(page)).to_have_value("klt > wpq8")
    expect(page).to_have_url(re.compile(r"build=klt\.wpq8"))
    page.reload()
    expect(box(page)).to_have_value("klt > wpq8")
    box(page).fill("klt > wqp8")
    box(page).press("Enter")
    expect(page.locator(".stExpander").get_by_role("alert")).to_contain_text("did you mean")
    box(page).fill("int5")
    box(page).press("Enter")
    expect(page.get_by_text("20 B per vector")).to_be_visible()
    page.get_by_role("button", name="Measure it", exact=True).click()
    expect(page.get_by_text("Rank", exact=True)).to_be_visible()
    page.get_by_role("button", name="Use it").click()
    expect(page).to_have_url(re.compile(r"frontier\?.*plans=int5"))
    expect(page.locator(".tv-big")).to_have_text("int5")


def test_the_builder_fits_a_phone_in_the_dark(chromium: Any, server: str, tiny: str) -> None:
    page = window(chromium, 420, "dark")
    page.goto(f"{server}/codecs?data={tiny}&build=pca16.int4--keep4.f16")
    expect(page.get_by_text("Then look again with")).to_be_visible()
    page.get_by_role("button", name="Add a stage").first.click()
    expect(page.locator(".st-key-build-put-first-klt")).to_be_visible()
    wide = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    page.context.close()
    assert wide <= 420


def test_pictures_are_drawn_in_the_card_and_in_the_list(page: Any, server: str, tiny: str) -> None:
    page.goto(f"{server}/codecs?data={tiny}&codec=pq&bytes=16")
    expect(page.locator(".st-key-entry .tv-strip img")).to_have_count(4)
    expect(page.get_by_text("Where the 128 bits go")).to_be_visible()
    sizes = page.locator(".st-key-entry .tv-strip img").evaluate_all("all => all.map((e) => e.naturalWidth)")
    assert min(sizes) > 0
    page.wait_for_timeout(2000)
    page.reload()
    expect(page.locator(".tv-mini").first).to_be_visible()
