"""What does each byte buy? Quality against bytes per vector on this corpus, and the plan you point at, explained."""

import streamlit as st

from core.ui import browser, data, encoding, frontier_chart, panels, run, sentences, state, tables
from core.ui.charts import CONFIG
from core.ui.parts import draw, head, note, title
from core.ui.points import SHOWS

BUDGETS = [8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536]


def choose(plan: str) -> None:
    state.put("plan", plan)


screen = browser.watch(choose)
top = st.container()
with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
    source = data.choose(top)
    k = st.segmented_control("Neighbours, k", [1, 10, 100], default=10, required=True, key="k", bind="query-params")
    shown = st.segmented_control(
        "Show", list(SHOWS.values()), default="Recall", required=True, key="show", bind="query-params"
    )
    budget = st.select_slider(
        "Budget, bytes per vector", BUDGETS, 48, key="bytes", bind="query-params", on_change=choose, args=("",)
    )
    browser.copy_link()
if not source.vectors:
    with top:
        encoding.panel(source)
    st.stop()

left, right = browser.columns(screen)
chart = left.container()
below = st.container() if screen.stacked else left.container()
with below:
    rows, own = st.container(), run.own_plans(choose)

show = next(key for key, title in SHOWS.items() if title == shown)
meta, look = source.meta, state.theme()
sweep = run.sweep(source.vectors, meta["dim"], k, own)
points = run.points(sweep, show)
selected = panels.selection(sweep, state.get("plan"), budget)
plan = selected.plan if selected else None
with top:
    title(panels.headline(sweep, selected, k, meta["dim"], budget))
    draw(note(sentences.provenance(meta, source.title)))
with chart:
    draw(head(*panels.axis_words(show, k)))
    figure = frontier_chart.frontier(
        points,
        look=look,
        budget=budget,
        top=run.largest(sweep, meta["dim"]),
        show=show,
        limit=sweep.limit,
        selected=plan,
        exact=run.exact(sweep, show),
        full=sweep.active,
        width=screen.chart,
        narrow=screen.narrow,
    )
    st.plotly_chart(
        figure,
        key="chart",
        theme=None,
        config=CONFIG,
        selection_mode="points",
        on_select=lambda: panels.clicked(choose),
        alt=frontier_chart.describe(points, show),
    )
    with st.container(key="slot"):
        run.watch(sweep, panels.reading(points, show, bool(sweep.limit), meta["q"]))
with right, st.container(border=True, key="card", gap="xsmall"):
    panels.card(selected, sweep, source, look)
with rows:
    draw(tables.affordable(sweep.results, budget, plan, k, sweep.active))
