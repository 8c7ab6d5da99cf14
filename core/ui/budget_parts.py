"""The parts of the Budget page: the search as it goes on, the recommendation, and the evidence for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from core import catalogue as told
from core import words
from core.types import Result, Trial
from core.ui import advice_card, ledger_panel, losses_panel, rerank_panel, services, state, work
from core.ui.advice_card import Card
from core.ui.browser import Screen
from core.ui.data import Data
from core.ui.parts import draw, small
from core.ui.theme import Look


@dataclass(frozen=True)
class Search:
    """A search for a plan, as far as it is. card: what would be advised now; whole: by all rows and queries."""

    active: bool
    card: Card | None = None
    whole: bool = False
    tried: Sequence[Mapping[str, Any]] = field(default_factory=tuple)


def searched(source: Data, budget: Mapping[str, Any], k: int) -> Search:
    """The search for this budget; it starts by itself, and says how far it is."""
    params = {"vectors": source.vectors, "budget": dict(budget), "k": k, "seed": 0, "source": told.source()}
    work.asked("advise", params, "Looking for the best plan")
    active = work.active("advise", params)
    found = work.known("advise", params) or {}  # read last: of a search that has ended meanwhile it is the whole answer
    return Search(active, found.get("card"), bool(found.get("whole")), found.get("tried", ()))


def provenance(search: Search, source: Data) -> str:
    """How much was tried, on what, and how far that goes."""
    meta = source.meta
    tried = len({t["plan"] for t in search.tried})
    asked = words.plural(meta["q"], "held-out query", "held-out queries")
    where = f"{source.title}, {words.plural(meta['n'], 'document')}, {asked}"
    if search.active and not search.tried:
        return f"The first plans are being tried on samples of {where}."
    if search.active and not search.whole:
        return f"{words.plural(tried, 'plan')} tried so far on samples of {where}. The figures below are of a sample."
    said = f"Best of {words.plural(tried, 'plan')} tried on {where}; the last few were measured in full."
    return said + (" Chosen on one half of the queries, reported on the other." if search.card else "")


def recommended(card: Card, budget: Mapping[str, Any], source: Data, k: int, screen: Screen, look: Look) -> None:
    """The plan with its bars, and where to go with it."""
    with st.container(border=True, key="advice"):
        draw(advice_card.verdict(card, {**budget, "dim": source.meta["dim"]}), small(card["why"]))
        if said := advice_card.unseen(card):
            draw("<hr>", said)
        with st.container(horizontal=True, key="go"):
            if st.button("Search with it", type="primary", key="search"):
                state.go("search", data=source.id, a=card["plan"])
            if st.button("Open on the frontier", key="open"):
                state.go("frontier", data=source.id, plan=card["plan"])


def evidence(card: Card, budget: Mapping[str, Any], source: Data, k: int, screen: Screen, look: Look) -> None:
    """Where the recall goes, what looking again would bring back, and every byte."""
    assert source.vectors
    target = budget.get("recall")
    losses_panel.panel(source, card["plan"], k, target, screen, look)
    rerank_panel.panel(source, card["plan"], k, target, screen, look)
    if result := measured(source, card["plan"], k):
        ledger_panel.panel(result, int(card["rows"]), look, screen, budget)


def measured(source: Data, plan: str, k: int) -> Result | None:
    """The whole measurement of the plan, where there is one."""
    assert source.vectors
    return services.result(Trial(source.vectors, plan, k))


def beside(search: Search) -> None:
    """Rivals, what would change the answer, what was refused, and what was tried."""
    if search.card is not None:
        with st.container(border=True, key="rivals"):
            draw(advice_card.runners_up(search.card))
        if search.card["changes"]:
            with st.container(border=True, key="changes"):
                draw(advice_card.changes(search.card))
        with st.container(border=True, key="refused"):
            draw(advice_card.refused(search.card))
    if search.active and search.tried:
        with st.container(border=True, key="tried"):
            draw(advice_card.tried(search.tried))
