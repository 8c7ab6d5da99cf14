"""The parts of the start page: what the demo shows, and the doors to the rest."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import streamlit as st

from core import words
from core.types import Result
from core.ui import frontier_chart, panels, run, state
from core.ui.browser import Screen
from core.ui.charts import CONFIG
from core.ui.data import FIRST
from core.ui.parts import draw, head, small
from core.ui.run import Run
from core.ui.selftest import Health
from core.ui.theme import Look

K, BUDGET, HEIGHT = 10, 48, 360
LATER = "The demo’s texts differ from those whose vectors are shipped. Open the Corpus page to encode them."
READING = (
    "Each point is a way to write a vector in so many bytes; up and to the left is better. Bars are 95 % intervals. "
    "The dashed line is what an ideal code would reach if the data were Gaussian."
)
DOORS = (
    (
        "Try the demo",
        "frontier",
        "Documentation strings of Python packages, already vectors. Every figure is measured, none is a brochure’s.",
    ),
    (
        "Upload text",
        "corpus",
        "csv, jsonl, txt, parquet or BEIR. It is encoded here, with held-out queries to judge by, and stays here.",
    ),
    (
        "Bring vectors",
        "corpus",
        "npy, npz or parquet from any model. State a budget, see what each byte buys, leave with a plan and its price.",
    ),
)


def doors() -> None:
    """Three ways in, a sentence each."""
    for name, page, what in DOORS:
        with st.container(border=True, gap="xsmall"):
            draw(small(what))
            kind: Any = "primary" if page == "frontier" else "secondary"
            if st.button(name, key=name, type=kind, width="stretch"):
                state.go(page, data=FIRST) if page == "frontier" else state.go(page)


def finding(sweep: Run, chosen: Result | None, meta: Mapping[str, Any]) -> str:
    """What the demo shows, in a sentence."""
    if chosen is None:
        return f"On the demo, {words.count(meta['n'])} documents, the first figures arrive within seconds."
    said = panels.headline(sweep, chosen, K, meta["dim"], BUDGET)
    return f"On the demo, {words.count(meta['n'])} documents and {words.count(meta['q'])} held-out queries: {said}"


def picture(sweep: Run, chosen: Result | None, dim: int, health: Health, look: Look, screen: Screen) -> None:
    """The frontier of the demo, as far as it is measured."""
    points = run.points(sweep, "recall", health)
    draw(head(*panels.axis_words("recall", K)))
    figure = frontier_chart.frontier(
        points,
        look=look,
        budget=BUDGET,
        top=run.largest(sweep, dim),
        limit=sweep.limit,
        selected=chosen.plan if chosen else None,
        full=sweep.active,
        width=screen.chart,
        narrow=screen.narrow,
        height=HEIGHT,
    )
    st.plotly_chart(figure, key="chart", theme=None, config=CONFIG, alt=frontier_chart.describe(points, "recall"))
    run.watch(sweep, READING)
