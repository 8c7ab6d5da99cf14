"""What one page says holds on the next: the plan picked, numbers of its own, a plan learned before."""

from __future__ import annotations

from html import escape

import pytest
import streamlit as st

from core.evaluate.answer import built_path
from core.evaluate.results import Results
from core.recommend import choose, default_plans
from core.store import Store, home
from core.types import Budget, Vectors
from tests.others import other
from tests.screen import opened, services, until, words

__all__ = ["services"]  # a fixture


@pytest.fixture(scope="module")
def data(small: Vectors) -> str:
    return Store(home()).save_vectors(other(small, 45))


def test_what_is_picked_is_what_the_budget_page_would_choose_of_it(data: str) -> None:
    at = opened(data=data, bytes="16")
    until(at, lambda w: "Bars: 95 %" in w)
    shown = [r for r in Results(Store(home())).all(data) if r.plan in default_plans(32)]
    best = max((r for r in shown if r.bytes_per_vector <= 16), key=lambda r: r.recall.mean())
    taken = choose(shown, Budget(bytes_per_vector=16)).plan
    assert taken != best.plan, "it takes no bytes whose worth cannot be seen"
    assert f'<p class="tv-big">{escape(taken)}</p>' in words(at)
    assert "Picked for 16 B" in words(at)
    at.button(key="why").click().run()
    assert "Picked for" not in words(at), "another page"
    assert at.query_params["bytes"] == "16"


def test_the_frontier_opens_behind_the_budget_and_keeps_its_own_number_of_vectors(data: str) -> None:
    until(opened(data=data), lambda w: "Byte ledger" in w)
    at = opened("budget", data=data, bytes="16")
    assert any(n.key == "rows_then" and n.value is None for n in at.number_input), "vectors there will be: not said yet"
    at.switch_page("../../pages/frontier.py").run()
    assert not at.exception
    assert at.number_input(key="shared").value == 600


def test_a_learned_plan_that_was_deleted_is_learned_again(data: str) -> None:
    until(opened("search", data=data, a="int3", b="bin"), lambda w: "int3 keeps" in w)
    built_path(Store(home()), data, "int3").unlink()
    st.cache_resource.clear()  # another server
    until(opened("search", data=data, a="int3", b="bin"), lambda w: "int3 keeps" in w)
