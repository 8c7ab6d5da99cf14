"""Sweep everything: the whole catalogue at chosen budgets, as a job that any reader of the link can watch or stop."""

from __future__ import annotations

import re

import streamlit as st

from core import words
from core.evaluate.lines import EVERY
from core.ui import run, services, state
from core.ui.parts import draw, small
from core.ui.run import Run

FIRST = (16, 32, 48, 96, 192)


def sizes() -> tuple[int, ...]:
    """The budgets that were swept, from the address; () before that."""
    asked = {int(s) for s in re.findall(r"\d+", state.get("sweep"))}
    return tuple(b for b in EVERY if b in asked)


def swept(vectors: str, dim: int, k: int) -> Run | None:
    """The sweep that the address names, if it was ever started here."""
    if not (asked := sizes()):
        return None
    found = run.whole(vectors, dim, k, asked)
    return found if found.job or found.results else None


def panel(vectors: str, dim: int, k: int) -> None:
    """Budgets to choose from, what that comes to, and the button."""
    with st.expander("Sweep everything", bool(sizes()), key="every", on_change="rerun") as desk:
        if not desk.open:
            return
        offered = [b for b in EVERY if b < 4 * dim]
        first = [b for b in sizes() or FIRST if b in offered]
        chosen = st.pills("At these bytes per vector", offered, selection_mode="multi", default=first, key="budgets")
        if not chosen:
            draw(small("Choose at least one budget."))
            return
        asked = run.whole(vectors, dim, k, sorted(chosen))
        refused = asked.job.result.get("refused", {}) if asked.job else {}
        new = len(asked.plans) - len(asked.results) - len(refused)
        draw(
            small(f"{words.plural(len(asked.plans), 'plan')} of every stage in the catalogue, {new} not measured yet.")
        )
        left, right = st.columns(2)
        verb = "Measure them" if new > 0 else "Show them"
        left.button(verb, key="everything", type="primary", on_click=_start, args=(asked, sorted(chosen)))
        right.button("Show the usual plans", key="usual", on_click=state.put, args=("sweep", ""), disabled=not sizes())


def _start(asked: Run, chosen: list[int]) -> None:
    state.put("sweep", "-".join(map(str, chosen)))
    job = asked.job
    if job is None or not job.active:
        services.submit("frontier", asked.params)
