"""What the plan builder holds: the plan in the address, what was there before and after it in the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import streamlit as st

from core.errors import PlanError
from core.evaluate.lines import default_plans
from core.plan import Plan, parse
from core.ui import state
from core.ui.parts import problem

MOST = 100  # steps that can be taken back


def current(dim: int, budget: float) -> Plan:
    """The plan of the address; without one the flagship at the budget."""
    size = int(min(max(budget, 1), dim // 3 or 1))
    first = next(iter(p for p in default_plans(dim, (size,)) if parse(p).nbytes(dim) <= budget), "int8")
    try:
        return parse(state.get("build") or first)
    except PlanError as e:
        problem(e)
        return parse(first)


def turn(plan: Plan) -> None:
    """Another plan: into the address and the box, the one before into the history."""
    before = state.get("build")
    if before and before != plan.slug:
        st.session_state["build past"] = [*st.session_state.get("build past", []), before][-MOST:]
        st.session_state["build future"] = []
    _show(plan)


def _show(plan: Plan) -> None:
    state.put("build", plan.slug)
    st.session_state["build text"] = str(plan)


def act(do: Callable[..., Plan], plan: Plan, *how: Any) -> None:
    """A click: another plan, or the sentence that says why there is none."""
    try:
        turn(do(plan, *how))
    except PlanError as e:
        st.session_state["build said"] = str(e).split("\n")[0]


def back(step: int) -> None:
    """Undo (-1) or redo (1)."""
    here, there = ("past", "future") if step < 0 else ("future", "past")
    rest = list(st.session_state.get(f"build {here}", []))
    if rest:
        kept = [*st.session_state.get(f"build {there}", []), state.get("build")]
        plan = parse(rest.pop())
        st.session_state[f"build {here}"], st.session_state[f"build {there}"] = rest, kept
        _show(plan)
