"""The whole app in a browser: every page by a cold link, on a phone, with hostile texts, for two people at once."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from core.store import Store
from core.types import Corpus, Vectors

playwright = pytest.importorskip("playwright.sync_api")

from tests.test_browser import CHROMIUM, chromium, cold, expect, page, server, still, store, title, window  # noqa: E402

__all__ = ["chromium", "cold", "page", "server", "store"]  # fixtures
pytestmark = pytest.mark.skipif(not Path(CHROMIUM).exists(), reason="needs Debian's chromium")

SCRIPT = "<script>document.title='broken'</script><img src=x onerror=document.title='broken'>"
HOSTILE = f"{SCRIPT} **bold** :red[red] $x^2$ 🧭 \u202eright\u202c"
PAGES = ("corpus", "frontier", "budget", "search", "map", "codecs", "evidence")
SECTIONS = ("The+data", "Two+plans", "Hard+cases", "Calibration", "Scale", "Latency", "Drift", "Method")
ADDRESSES = ["", *PAGES, *(f"evidence?about={s}" for s in SECTIONS[1:])]


@pytest.fixture(scope="module")
def hostile(store: Store, small: Vectors) -> str:
    """The small vectors under texts that would do harm wherever they are not plain text."""
    texts = tuple(f"{HOSTILE} text {i} {'x' * 100_000 if i == 7 else ''}" for i in range(600))
    kinds = {"<b>kind": tuple(f"=cmd|{i % 5}<i>" for i in range(600))}
    queries = tuple(f"{HOSTILE} query {i}" for i in range(24))
    return store.save_vectors(small, store.save_corpus(Corpus(HOSTILE, texts, queries, columns=kinds)))


def link(server: str, address: str, data: str) -> str:
    return f"{server}/{address}{'&' if '?' in address else '?'}data={data}"


def overflow(page: Any) -> int:
    """Pixels by which the page is wider than its window."""
    return int(
        page.evaluate(
            "Math.max(document.documentElement.scrollWidth, "
            "document.querySelector('[data-testid=stMain]').scrollWidth) - window.innerWidth"
        )
    )


def settled(page: Any) -> None:
    """Drawn, and nothing has gone wrong."""
    expect(title(page)).to_be_visible()
    still(page)
    expect(page.get_by_test_id("stException")).to_have_count(0)


@pytest.mark.parametrize("address", PAGES)
def test_a_cold_link_opens_every_page(cold: str, page: Any, hostile: str, address: str) -> None:
    page.goto(link(cold, address, hostile))
    settled(page)
    assert page.title() != "broken"


@pytest.mark.parametrize("address", ADDRESSES)
def test_every_page_on_a_phone_with_hostile_texts(chromium: Any, server: str, hostile: str, address: str) -> None:
    page = window(chromium, 420, "dark")
    page.goto(link(server, address, hostile))
    settled(page)
    expect(page.get_by_test_id("stSkeleton")).to_have_count(0)
    colour = page.get_by_test_id("stApp").evaluate("e => getComputedStyle(e).backgroundColor")
    wide, name, scripts = overflow(page), page.title(), page.locator("main script, main img[src='x']").count()
    page.context.close()
    assert (wide, scripts, colour) == (0, 0, "rgb(15, 19, 24)")
    assert name != "broken"


def test_an_unknown_link_is_answered_in_words(page: Any, server: str) -> None:
    for address in PAGES:
        page.goto(link(server, address, "..%2F..%2Fetc%2Fpasswd"))
        expect(page.get_by_text("This link names data that is not here.")).to_be_visible()


def test_a_budget_is_answered_and_its_link_restores_it(page: Any, server: str, hostile: str) -> None:
    page.goto(link(server, "budget?bytes=16", hostile))
    expect(page.get_by_text("Runners-up")).to_be_visible()
    expect(page.get_by_role("button", name="Report")).to_be_visible()  # the search has ended: its answer stays
    expect(title(page)).to_contain_text("bytes keep")
    found = title(page).inner_text()
    page.reload()
    expect(title(page)).to_have_text(found)


def test_two_people_never_see_each_others_data(
    chromium: Any, server: str, hostile: str, store: Store, small: Vectors
) -> None:
    other = store.save_vectors(Vectors(small.docs[:500], small.queries, name="private notes", encoder="none"))
    mine, theirs = window(chromium), window(chromium)
    mine.goto(link(server, "corpus", other))
    settled(mine)
    theirs.goto(link(server, "corpus", hostile))
    settled(theirs)
    theirs.get_by_role("combobox", name="Corpus").click()
    expect(theirs.get_by_role("option").first).to_be_visible()
    assert not any("private notes" in text for text in theirs.get_by_role("option").all_inner_texts())
    mine.reload()
    mine.goto(f"{server}/corpus?data={hostile}")
    settled(mine)
    mine.get_by_role("combobox", name="Corpus").click()
    expect(mine.get_by_role("option", name=re.compile("private notes"))).to_be_visible()
    mine.context.close()
    theirs.context.close()


def test_what_is_chosen_follows_from_page_to_page(page: Any, server: str, hostile: str) -> None:
    page.goto(link(server, "frontier?bytes=16&k=1", hostile))
    settled(page)
    page.get_by_test_id("stTopNavLink").filter(has_text="Budget").first.click()
    settled(page)
    expect(page).to_have_url(re.compile(f"/budget.*data={hostile}"))
    expect(page).to_have_url(re.compile("bytes=16"))
    expect(page).to_have_url(re.compile("k=1"))


def test_the_start_page_has_three_doors(page: Any, server: str) -> None:
    page.goto(server)
    settled(page)
    for door in ("Try the demo", "Upload text", "Bring vectors"):
        expect(page.get_by_role("button", name=door)).to_be_visible()
    page.get_by_role("button", name="Bring vectors").click()
    expect(page).to_have_url(re.compile("/corpus"))
