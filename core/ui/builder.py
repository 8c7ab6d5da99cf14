"""The plan builder: stages to click and numbers to slide, the same plan as text beside them, its bytes, its quality."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import streamlit as st

from core import words
from core.errors import PlanError, ThinvecError
from core.evaluate.lines import default_plans
from core.plan import Plan, parse
from core.types import Result
from core.ui import builder_parts, cards, controls, services, state, work
from core.ui.browser import Screen
from core.ui.builder_cards import side
from core.ui.builder_state import back, current, turn
from core.ui.data import Data
from core.ui.part_charts import ledger_bar
from core.ui.parts import draw, head, line, note, problem, small
from core.ui.theme import Look


def panel(source: Data, screen: Screen, look: Look, k: int, budget: float, choose: Callable[[str], None]) -> None:
    """Compose a plan; `choose` is called with it on "Use it", after it has joined the page's own plans.

    The plan lives in the address (`build`), its history in the session. Only this part of the page is drawn again while
    it is worked on.
    """
    st.fragment(_panel, key="builder")(source, screen, look, k, budget, choose)


def _panel(source: Data, screen: Screen, look: Look, k: int, budget: float, choose: Callable[[str], None]) -> None:
    dim = source.meta["dim"]
    plan = _text(dim, budget)
    if said := st.session_state.pop("build said", ""):
        draw(note(said))
    side(plan, "first", dim, screen, "Stages")
    if plan.rerank:
        side(plan, "again", dim, screen, "Then look again with")
    here, there = (st.container(), st.container()) if screen.narrow else st.columns(2, gap="medium")
    try:
        with here:
            _bytes(plan, dim, look, budget)
    except ThinvecError as e:
        problem(e)
        return
    with there:
        _quality(plan, source, k, choose)


def _text(dim: int, budget: float) -> Plan:
    """The plan as text, undo and redo, something to start from; what cannot be read is answered with a caret."""
    plan = current(dim, budget)
    state.put("build", plan.slug)
    if controls.arrived("build text"):
        st.session_state["build text"] = controls.kept("build text", str(plan))

    def written() -> None:
        with suppress(PlanError):
            turn(parse(st.session_state["build text"]))

    def started() -> None:
        if picked := st.session_state["build start"]:
            turn(parse(picked))
            st.session_state["build start"] = None

    with st.container(horizontal=True, vertical_alignment="bottom", key="build_controls"):
        text = st.text_input("Plan", key="build text", on_change=written, width="stretch", max_chars=400)
        past, future = (bool(st.session_state.get(f"build {name}")) for name in ("past", "future"))
        st.button("Undo", key="build undo", on_click=back, args=(-1,), disabled=not past)
        st.button("Redo", key="build redo", on_click=back, args=(1,), disabled=not future)
        begin = list(dict.fromkeys([*default_plans(dim), *builder_parts.examples()]))
        st.selectbox(
            "Start from", begin, index=None, placeholder="an example", key="build start", on_change=started, width=230
        )
    try:
        return parse(text or "")
    except PlanError as e:
        problem(e)
        return plan


def _bytes(plan: Plan, dim: int, look: Look, budget: float) -> None:
    """What one vector takes, in closed form, and where it goes."""
    size, ledger = plan.nbytes(dim), plan.ledger(dim)
    over = f"{words.per_vector(size - budget)} over your budget" if size > budget else "within your budget"
    colours = [look.family[plan.family], look.ink, *[look.muted] * len(ledger)][: len(ledger)]
    draw(
        head(
            f"{words.per_vector(size)} per vector", f"{words.of_float(size, dim)}, {over} of {words.per_vector(budget)}"
        ),
        ledger_bar(ledger, colours),
        *(line(name.capitalize(), words.per_vector(v)) for name, v in ledger.items() if len(ledger) > 1),
    )


def _quality(plan: Plan, source: Data, k: int, choose: Callable[[str], None]) -> None:
    """What it keeps, once that is measured, and its place among what was."""
    assert source.vectors
    params = _asking(source, plan, k)
    active = work.active("frontier", params)  # before what is measured is read: a run that ends meanwhile has filed it
    found = services.measured(source.vectors, params["plans"], k)
    told = work.known("frontier", params) or {}
    if found:
        draw(standing(found[0], services.all_measured(source.vectors, k)))
    elif active:
        work.asked("frontier", params, f"Measuring {plan}")
    elif why := told.get("refused", {}).get(str(plan)):
        draw(note(f"It cannot be measured here: {why}"))
    else:
        draw(
            small(f"Not measured on {source.title} yet. Codebooks and maps, shared by all vectors, are known then too.")
        )

    def measure() -> None:  # the plan of the moment: a click may come before the button of the newest is drawn
        work.start("frontier", _asking(source, parse(state.get("build")), k))

    def joins() -> None:
        own = [p.strip() for p in str(st.session_state.get("plans", "")).split(";") if p.strip()]
        st.session_state["plans"] = "; ".join(dict.fromkeys([*own, str(parse(state.get("build")))]))

    with st.container(horizontal=True):
        if not found and not active:
            st.button("Measure it", key="build measure", type="primary", on_click=measure)
        if st.button("Use it", key="build use", on_click=joins, type="primary" if found else "secondary"):
            choose(str(plan))
            st.rerun()


def _asking(source: Data, plan: Plan, k: int) -> dict[str, Any]:
    """What a worker is asked, for one plan to be measured."""
    return {"vectors": source.vectors, "plans": [str(plan)], "k": k, "seed": 0}


def standing(r: Result, known: list[Result]) -> str:
    """Its recall with the interval, its rank among measured plans at no more bytes, and how far the best other is."""
    recall = services.estimates([r], "recall").get(r.plan)
    if recall is None:
        return small("One query was held out, so there is no interval to give.")
    others = [o for o in known if o.plan != r.plan and o.bytes_per_vector <= r.bytes_per_vector]
    rank = 1 + sum(float(o.recall.mean()) > recall.mean for o in others)
    said = [line(f"Recall@{r.k}", words.share(recall), words.bounds(recall), hint="95 % interval, paired bootstrap")]
    said.append(
        line("Rank", f"{rank} of {len(others) + 1}", f"measured at {words.per_vector(r.bytes_per_vector)} or less")
    )
    if others:
        best = max(others, key=lambda o: float(o.recall.mean()))
        said.append(cards.over(best.plan, *services.gap(r, best)))
    return "".join(said)
