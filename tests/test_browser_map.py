"""The map in a real browser: a click picks a point, the slider moves the loss and nothing else, a link restores it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from core.store import Store
from core.types import Corpus, Vectors

playwright = pytest.importorskip("playwright.sync_api")

from tests.test_browser import CHROMIUM, chromium, expect, page, server, store, title, window  # noqa: E402

__all__ = ["chromium", "page", "server", "store"]  # fixtures
pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium")
HOSTILE = "<img src=x onerror=document.title='broken'> **bold** 🧭 \u202eright to left\u202c"


@pytest.fixture(scope="module")
def tiny(store: Store, small: Vectors) -> str:
    texts = tuple(f"{HOSTILE} text {i} {'long' * 2000 if i == 5 else ''}" for i in range(600))
    kinds = {"kind": tuple(f"<b>{i % 9}" for i in range(600))}
    corpus = Corpus("hostile", texts, tuple(f"{HOSTILE} query {i}" for i in range(24)), columns=kinds)
    return store.save_vectors(small, store.save_corpus(corpus))


def drawn(page: Any) -> None:
    expect(page.get_by_text("The densest tenth")).to_be_visible()
    expect(page.get_by_text("Of the map by PCA")).to_be_visible()  # the last run is done: nothing moves now
    expect(page.get_by_test_id("stProgress")).to_have_count(0)
    expect(page.locator(".st-key-map_chart .js-plotly-plot")).to_have_count(1)
    expect(page.locator(".st-key-map_chart .gl-canvas")).to_have_count(3)


def at(page: Any, kind: int, number: int) -> tuple[float, float, float, float]:
    """Where a point of a trace is: on the screen, and in the plot; a plot that is being drawn anew is waited for."""
    found = page.wait_for_function(
        """([kind, number]) => {
            const plots = [...document.querySelectorAll('.st-key-map_chart .js-plotly-plot')];
            const plot = plots.find((p) => p.getBoundingClientRect().width && p._fullLayout);
            if (!plot) return false;
            const full = plot._fullLayout, trace = plot._fullData[kind], box = plot.getBoundingClientRect();
            const [x, y] = [full.xaxis.d2p(trace.x[number]), full.yaxis.d2p(trace.y[number])];
            return [box.left + x, box.top + y, x, y];
        }""",
        arg=[kind, number],
    )
    return tuple(found.json_value())


def test_a_click_picks_a_point_and_a_link_restores_the_view(page: Any, server: str, tiny: str) -> None:
    page.goto(f"{server}/map?data={tiny}&map_by=PCA")
    drawn(page)
    expect(title(page)).to_contain_text("At 8 bytes")
    before = at(page, 1, 30)
    page.mouse.move(*before[:2])
    page.mouse.click(*before[:2])
    expect(page.get_by_text("Selected document")).to_be_visible()
    expect(page).to_have_url(re.compile("map_pick=d"))
    slider = page.locator(".st-key-map_bytes").get_by_role("slider")
    slider.press("ArrowLeft")
    expect(title(page)).to_contain_text("At 4 bytes")
    assert at(page, 1, 30)[2:] == before[2:], "positions stay put"
    page.locator("[data-plan=b16]").click()
    expect(title(page)).to_contain_text("At 16 bytes")
    expect(page).to_have_url(re.compile("map_bytes=16"))
    picked = page.locator(".tv-picked").inner_text()
    page.reload()
    drawn(page)
    expect(title(page)).to_contain_text("At 16 bytes")
    expect(page.locator(".tv-picked")).to_have_text(picked)
    assert page.title() != "broken"
    page.locator(".tv-near [data-plan^=d]").first.click()
    expect(page.locator(".tv-picked")).not_to_have_text(picked)


def test_a_query_is_found_by_keyboard(page: Any, server: str, tiny: str) -> None:
    page.goto(f"{server}/map?data={tiny}&map_by=PCA&map_colour=kind")
    drawn(page)
    expect(page.locator(".tv-ramp .names")).to_contain_text("other")
    box = page.locator(".st-key-map_query").get_by_role("combobox")
    box.focus()
    page.keyboard.type("query 13")
    page.get_by_role("option", name=re.compile("query 13")).first.wait_for()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("map_pick=q13"))
    expect(page.locator(".tv-picked")).to_contain_text("query 13")


def test_decoded_vectors_land_beside_their_documents(page: Any, server: str, tiny: str) -> None:
    page.goto(f"{server}/map?data={tiny}&map_by=PCA&map_moved=true")
    drawn(page)
    expect(page.get_by_text("where the decoded vectors of 600 documents")).to_be_visible()


def test_the_map_on_a_phone_in_the_dark(chromium: Any, server: str, tiny: str) -> None:
    page = window(chromium, 420, "dark")
    page.goto(f"{server}/map?data={tiny}&map_by=PCA")
    drawn(page)
    page.wait_for_function(
        """() => {
            const [chart, card] = ['map_chart', 'map_card'].map((k) => document.querySelector(`.st-key-${k}`));
            const plot = chart && card && chart.querySelector('.js-plotly-plot');
            return plot && plot.clientHeight == 420
                && card.getBoundingClientRect().top > chart.getBoundingClientRect().bottom;
        }""",
    )
    width = page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth")
    page.context.close()
    assert width <= 420
