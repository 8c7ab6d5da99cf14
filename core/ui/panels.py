"""The parts of the Frontier page: its words, what is selected, and the selected plan's card."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import streamlit as st

from core import words
from core.evaluate.metrics import METRICS
from core.evaluate.peers import Standing
from core.plan import parse
from core.types import Result
from core.ui import cards, families, portrait_panel, sentences, services, state, verified
from core.ui.data import Data
from core.ui.parts import draw, head, problem, small
from core.ui.points import Point
from core.ui.run import Run
from core.ui.selftest import Health
from core.ui.theme import Look

MEANT = {
    1: "share of queries whose exact nearest neighbour the codes still find",
    10: "share of the exact ten that the codes still find",
    100: "share of the exact hundred that the codes still find",
}


def visible(run: Run, shown: frozenset[str]) -> Run:
    """The run with the results of those families alone that are switched on."""
    return replace(run, results=[r for r in run.results if families.wanted(r, shown)])


def sound(run: Run, health: Health) -> Run:
    """The run without the plans that fail a self-test: those are drawn grey and never advised."""
    return replace(run, results=[r for r in run.results if not health.broken(r.plan)])


def selection(run: Run, everything: Run, wanted: str, budget: float) -> Result | None:
    """The plan that was pointed at, among all there are, or else what is advised of the run at or under the budget."""
    return next((r for r in everything.results if r.plan == wanted), None) or services.advised(run.results, budget)


def headline(run: Run, chosen: Result | None, k: int, dim: int, budget: float) -> str:
    """The finding in one sentence."""
    if chosen is None and run.active:
        return "Measuring what each byte keeps."
    recall = float(chosen.recall.mean()) if chosen else None
    return sentences.headline(recall, chosen.bytes_per_vector if chosen else budget, k, dim, budget)


def axis_words(show: str, k: int) -> tuple[str, str]:
    """What the y axis is, and what that means."""
    if show == "recall":
        return f"Recall@{k}", MEANT.get(k, METRICS["recall"].explained(k))
    if show == "ndcg":
        return "Judged nDCG@10", "how well the first ten answers are ordered, by the corpus' own judgements"
    return "Queries per second", "one thread, one query at a time, log scale"


def reading(points: Sequence[Point], show: str, limit: bool, queries: int) -> str:
    """How to read the chart."""
    if show == "ndcg" and not points:
        return "This corpus has no judgements, so there is no judged quality to draw."
    if show == "speed":
        return "Measured beside float32 in the same run; other work on this machine moves these figures. Click a point."
    said = "Grey band: the best measured at each size. "
    said += f"Bars: 95 % intervals, paired bootstrap over {words.count(queries)} held-out queries."
    if limit and show == "recall":
        said += f" Dashed Gaussian line: {sentences.LIMIT[0].lower()}{sentences.LIMIT[1:]}"
    if any(p.library for p in points):
        said += " Filled: Thinvec’s own code. Hollow: a library’s."
    if any(p.broken for p in points):
        said += " Grey crosses fail a self-test."
    return f"{said} Click a point to open its plan."


def clicked(choose: Callable[[str], None]) -> None:
    """A click on a point selects its plan; a second click on it, which unselects in the chart, changes nothing."""
    picked = st.session_state["chart"].selection.points
    if picked and picked[0]["customdata"][3]:
        choose(picked[0]["customdata"][3])


def card(
    chosen: Result | None, run: Run, source: Data, look: Look, peer: Standing | None, broken: str, picked: str
) -> None:
    """The selected plan explained; beside the best library at no more bytes, where those were measured.

    picked: for what budget it was advised, in words; '' for a plan that was pointed at.
    """
    if chosen is None:
        draw(small("Selected plan"), small("The best plan at your budget opens here as soon as one is measured."))
        return
    if broken:
        problem(f"This plan fails a self-test, so its figures are not to be believed. {broken}")
    draw(cards.verdict(chosen, run.results, peer, picked))
    plan = parse(chosen.plan)
    draw("<hr>")
    portrait_panel.bit_budget(source, chosen.plan, look, chosen.fit_seconds, run.active)
    draw("<hr>", head("Byte ledger, per vector"))
    if st.session_state.setdefault("shared of", source.vectors) != source.vectors:  # other data: its own number of rows
        st.session_state["shared of"], st.session_state["shared"] = source.vectors, chosen.n
    rows = st.number_input(
        "Overhead shared by, vectors",
        1,
        10**10,
        chosen.n,
        key="shared",
        bind="query-params",
        help="Codebooks and maps are shared by all vectors: the more there are, the less each pays.",
    )
    draw(cards.ledger(chosen, int(rows or chosen.n), look))
    with st.container(horizontal=True):
        if st.button("Search with it", type="primary", key="search"):
            state.go("search", data=source.id, a=chosen.plan)
        if picked and st.button("Why this one", key="why"):
            state.go("budget", data=source.id)
    verified.panel(chosen)
    with st.expander("What its stages do"):
        draw(cards.stages(plan))
