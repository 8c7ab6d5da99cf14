"""The app without a browser, for tests of pages: open one, read what it says, wait until it says more."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

MAIN = Path(__file__).parents[1] / "core/ui/main.py"


@pytest.fixture(scope="module", autouse=True)
def services() -> Iterator[None]:
    """Import it, and all that the pages of a module have started ends with its tests: jobs, the encoder of queries."""
    yield
    st.cache_resource.clear()


def opened(page: str = "frontier", **address: str) -> AppTest:
    """A page by its link."""
    at = AppTest.from_file(str(MAIN), default_timeout=60)
    for key, value in address.items():
        at.query_params[key] = value
    at.run()
    if page != "frontier":  # where a link with data leads by itself
        at.switch_page(f"../../pages/{page}.py").run()
    return at


def words(at: AppTest) -> str:
    """All that the page says in HTML of our own."""
    return " ".join(str(e.proto.body) for e in at.get("html"))


def until(at: AppTest, there: Callable[[str], bool], seconds: float = 120) -> str:
    """What the page says once `there` is true of it; no exception on the way."""
    end = time.monotonic() + seconds
    while not there(words(at)):
        assert not at.exception
        assert time.monotonic() < end, words(at)[-3000:]
        time.sleep(0.3)
        at.run()
    assert not at.exception
    return words(at)
