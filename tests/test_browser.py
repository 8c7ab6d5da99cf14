"""A few journeys in a real browser, on a server of their own: what only a browser can show."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from core.store import Store
from core.types import Vectors
from tests.doctored import doctored

playwright = pytest.importorskip("playwright.sync_api")
expect = playwright.expect
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ROOT = Path(__file__).parents[1]
THINGS = ("apples", "bread", "dogs", "gardens", "ice", "kites", "lamps", "maps", "oceans", "rivers", "trains", "bells")
SLOW = 180_000  # milliseconds: first loads and jobs on two busy cores
expect.set_options(timeout=SLOW)

pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium")


def unit(x: np.ndarray) -> np.ndarray:
    return (x / np.linalg.norm(x, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    store = Store(tmp_path_factory.mktemp("home"))
    doctored(store, [("pq5x8, bytes and scores", True, "5 B, largest gap 1e-7"), ("opq5x8, bytes", False, "gap 0.5")])
    return store


@pytest.fixture(scope="module")
def large(store: Store) -> str:
    """Vectors whose sweep takes long enough to be interrupted."""
    rng = np.random.default_rng(3)
    rows = unit(rng.standard_normal((12_300, 96)) * 0.97 ** np.arange(96))
    return store.save_vectors(Vectors(rows[300:], rows[:150], rows[150:300], name="large", encoder="none"))


@pytest.fixture(scope="module")
def tiny(store: Store, small: Vectors) -> str:
    return store.save_vectors(small)


@pytest.fixture(scope="module")
def server(store: Store) -> Iterator[str]:
    yield from serve(store)


@pytest.fixture
def cold(store: Store) -> Iterator[str]:
    """A server of the test's own; name it before `page`, so that the page is closed before its server stops."""
    yield from serve(store)


def serve(store: Store) -> Iterator[str]:
    """The app on a free port, with nothing warmed up."""
    with socket.socket() as s:
        s.bind(("localhost", 0))
        port = s.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    env = os.environ | {"THINVEC_HOME": str(store.root)}
    process = subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://localhost:{port}"
    try:
        for _ in range(240):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health")
                break
            except OSError:
                time.sleep(0.25)
        yield url
    finally:
        process.terminate()
        process.wait(20)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


@pytest.fixture
def page(chromium: Any) -> Iterator[Any]:
    """A page that fails its test when the console reports an error; what Streamlit probes for below a page is none."""
    page, errors = window(chromium), []
    page.on("pageerror", lambda e: errors.append(str(e)))
    page.on(
        "console", lambda m: errors.append(m.text) if m.type == "error" and "_stcore" not in m.location["url"] else 0
    )
    yield page
    page.context.close()
    assert not errors


def window(chromium: Any, width: int = 1280, scheme: str = "light") -> Any:
    """A page of a browser that nobody has used before."""
    page = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme).new_page()
    page.set_default_timeout(SLOW)
    return page


def title(page: Any) -> Any:
    return page.locator("h1")


def still(page: Any) -> None:
    """Nothing is being drawn."""
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")


def finished(page: Any) -> None:
    expect(page.get_by_text("Grey band: the best measured")).to_be_visible()
    still(page)


def test_sweep_click_a_point_search_and_reload(page: Any, server: str, tiny: str) -> None:
    page.goto(f"{server}/frontier?data={tiny}")
    expect(page.locator(".scatterlayer .point").first).to_be_visible()
    finished(page)
    expect(title(page)).to_contain_text("of your 10 nearest neighbours; float32 takes 128.")
    before = page.locator(".tv-big").inner_text()
    point = page.locator(".scatterlayer .trace").nth(3).locator(".point").first
    box = point.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(page.locator(".tv-big")).not_to_have_text(before)
    chosen = page.locator(".tv-big").inner_text()
    expect(page).to_have_url(re.compile("plan="))
    page.reload()
    expect(page.locator(".tv-big")).to_have_text(chosen)
    page.get_by_role("button", name="Search with it").click()
    expect(title(page)).to_contain_text(f"{chosen} keeps")
    expect(page.locator(".tv-hit").first).to_be_visible()


def test_a_row_of_the_table_opens_its_plan(page: Any, server: str, tiny: str) -> None:
    page.goto(f"{server}/frontier?data={tiny}")
    finished(page)
    row = page.locator("[data-plan]").nth(3)
    plan = row.inner_text()
    row.click()
    expect(page.locator(".tv-big")).to_have_text(plan)


def test_families_are_chips_that_the_address_keeps(page: Any, server: str, tiny: str) -> None:
    page.goto(f"{server}/frontier?data={tiny}")
    finished(page)
    int4, chip = page.locator("[data-plan=int4]"), page.locator(".st-key-families").get_by_role("button", name="Scalar")
    expect(int4).to_be_visible()
    expect(chip).to_have_attribute("aria-pressed", "true")
    chip.click()
    expect(int4).to_have_count(0)
    expect(page).to_have_url(re.compile("families="))
    page.reload()
    finished(page)
    expect(int4).to_have_count(0)
    chip.click()
    expect(int4).to_be_visible()


def test_everything_is_swept_watched_and_stopped(page: Any, server: str, tiny: str) -> None:
    page.goto(f"{server}/frontier?data={tiny}")
    finished(page)
    page.get_by_text("Sweep everything").click()
    page.get_by_role("button", name="Measure them").click()
    expect(page.get_by_text(re.compile(r"Measuring \d+ of \d{2,} plans"))).to_be_visible()
    expect(page).to_have_url(re.compile("sweep=16-32"))
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text(re.compile(r"Cancelled after \d+ of \d{2,} plans"))).to_be_visible()
    expect(page.get_by_role("button", name="Run again")).to_be_visible()


def test_the_catalogue_opens_what_is_clicked(page: Any, server: str, tiny: str) -> None:
    page.goto(f"{server}/codecs?data={tiny}")
    expect(page.locator("[data-plan=pq]")).to_be_visible()
    expect(page.locator("tr.broken [data-plan=opq]")).to_be_visible()
    page.locator("[data-plan=opq]").click()
    expect(page.locator(".tv-big")).to_have_text("opq")
    expect(page.locator(".st-key-entry").get_by_role("alert")).to_contain_text("fails a self-test")
    expect(page).to_have_url(re.compile("codec=opq"))
    page.get_by_label("Find").fill("whole numbers")
    page.get_by_label("Find").press("Enter")
    expect(page.locator("[data-plan=opq]")).to_have_count(0)
    expect(page.locator("[data-plan=int]")).to_be_visible()
    page.set_viewport_size({"width": 420, "height": 900})
    page.wait_for_function(
        "() => { const [a, b] = ['entry', 'codes'].map((k) => document.querySelector(`.st-key-${k}`));"
        "return a && b && a.getBoundingClientRect().bottom <= b.getBoundingClientRect().top }"
    )
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 420


def test_reload_in_the_middle_of_a_run_then_cancel_and_run_again(page: Any, server: str, large: str) -> None:
    page.goto(f"{server}/frontier?data={large}&k=100")
    expect(page.get_by_text(re.compile(r"Measuring ([3-9]|\d\d) of \d+ plans"))).to_be_visible()
    page.reload()
    expect(page.get_by_text(re.compile(r"Measuring \d+ of \d+ plans"))).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(
        page.get_by_text(re.compile(r"Cancelled after \d+ of \d+ plans. What was measured is kept."))
    ).to_be_visible()
    expect(page.locator(".scatterlayer .point").nth(1)).to_be_visible()
    page.get_by_role("button", name="Run again").click()
    expect(page.get_by_text(re.compile(r"Measuring \d+ of \d+ plans"))).to_be_visible()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_role("button", name="Run again")).to_be_visible()


def test_charts_follow_the_theme_of_the_menu_and_the_window(page: Any, server: str, tiny: str) -> None:
    page.goto(f"{server}/frontier?data={tiny}")
    finished(page)
    page.get_by_test_id("stMainMenu").get_by_role("button").click()
    page.get_by_role("menuitemradio", name=re.compile("Dark")).click()
    chart = page.locator(".st-key-chart .main-svg").first
    expect(chart).to_have_css("background-color", "rgb(15, 19, 24)")
    expect(title(page)).to_have_css("color", "rgb(232, 236, 241)")
    page.keyboard.press("Escape")
    for width in (1280, 900, 700, 420):
        page.set_viewport_size({"width": width, "height": 900})
        if width < 1080:
            stacked(page)
        assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= width


def stacked(page: Any) -> None:
    """Wait until the card stands below the chart."""
    page.wait_for_function(
        """() => {
            const [chart, card] = ['chart', 'card'].map((k) => document.querySelector(`.st-key-${k}`));
            return chart && card && card.getBoundingClientRect().top > chart.getBoundingClientRect().bottom;
        }"""
    )


def test_upload_a_csv_and_encode_it(page: Any, server: str) -> None:
    rows = "\n".join(f'{i},"Note {i} about {word} and how it is kept."' for i, word in enumerate(WORDS))
    page.goto(f"{server}/corpus")
    page.locator("input[type=file]").set_input_files(
        {"name": "notes.csv", "mimeType": "text/csv", "buffer": f"number,note\n{rows}\n".encode()}
    )
    expect(page.get_by_text("First values of note")).to_be_visible()
    page.get_by_role("button", name="Use this file").click()
    expect(title(page)).to_have_text("These texts have no vectors yet.")
    expect(page.get_by_text(re.compile(r"^Note \d+ about")).first).to_be_visible()
    page.get_by_role("button", name="Encode", exact=True).click()
    expect(title(page)).to_contain_text("384 numbers each")
    page.goto(page.url.replace("/corpus", "/search"))
    box = page.get_by_label("Query")
    box.fill("a story about gardens")
    box.press("Enter")
    expect(title(page)).to_contain_text("of these 10")


def test_deep_links_on_a_cold_server(cold: str, page: Any, tiny: str) -> None:
    page.goto(f"{cold}/search?data={tiny}&a=int4&b=bin&n=5")
    expect(title(page)).to_contain_text("int4 keeps")
    expect(page.get_by_label(re.compile("Held-out query"))).to_have_value("5")
    page.goto(f"{cold}/frontier?data=0123456789abcdef")
    expect(page.get_by_text("This link names data that is not here.")).to_be_visible()


def test_the_demo_opens_by_itself(page: Any, server: str) -> None:
    page.goto(server)
    expect(title(page)).to_be_visible()
    expect(page.locator(".scatterlayer .point").first).to_be_visible()
    expect(page.get_by_text(re.compile("On the demo, .* documents"))).to_be_visible()


WORDS = [f"{colour} {thing}" for colour in ("red", "old", "small", "wet", "loud") for thing in THINGS]
