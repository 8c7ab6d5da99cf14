"""What does each byte buy? Quality against bytes per vector on this corpus, and the plan you point at, explained."""

import streamlit as st

from core import words
from core.ui import (
    browser,
    builder,
    controls,
    data,
    encoding,
    everything,
    families,
    frontier_chart,
    panels,
    peers,
    report_button,
    run,
    selftest,
    sentences,
    state,
    tables,
)
from core.ui.charts import CONFIG
from core.ui.parts import draw, head, note, title
from core.ui.points import SHOWS


def choose(plan: str) -> None:
    state.put("plan", plan)


screen = browser.watch(choose)
top = st.container()
with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
    source = data.choose(top)
    k = controls.neighbours()
    shown = st.segmented_control(
        "Show", list(SHOWS.values()), default="Recall", required=True, key="show", bind="query-params"
    )
    budget = controls.budget(on_change=choose, args=("",))
    browser.copy_link()
if not source.vectors:
    with top:
        encoding.panel(source)
    st.stop()

left, right = browser.columns(screen)
chart = left.container()
below = st.container() if screen.stacked else left.container()
with chart:
    heading = st.container()
    shown_families = families.chips()
    unseen = run.unseen_rows()
with below:
    rows, own = st.container(), run.own_plans(choose)

show = next(key for key, title in SHOWS.items() if title == shown)
meta, look, health = source.meta, state.theme(), selftest.health()
first = run.sweep(source.vectors, meta["dim"], k, own, unseen)
rest = None if unseen else everything.swept(source.vectors, meta["dim"], k)
seen = panels.visible(run.together(first, rest) if rest else first, shown_families)
with below:
    compared = not unseen and peers.toggle(source.vectors, k)
    everything.panel(source.vectors, meta["dim"], k)
    with st.expander("Compose a plan", "build" in st.query_params, key="compose", on_change="rerun") as desk:
        if desk.open:
            builder.panel(source, screen, look, k, budget, choose)
found = peers.found(source.vectors, meta["dim"], k) if compared else []
points = [*run.points(seen, show, health), *peers.points([s for s in found if s.peer.family in shown_families], show)]
sound = panels.sound(seen, health)
selected = panels.selection(sound, seen, state.get("plan"), budget)
plan = selected.plan if selected else None
with top:
    title(panels.headline(seen, selected, k, meta["dim"], budget))
    draw(note(sentences.provenance(meta, source.title) + (sentences.UNSEEN if unseen else "")))
with heading:
    draw(head(*panels.axis_words(show, k)))
with chart:
    figure = frontier_chart.frontier(
        points,
        look=look,
        budget=budget,
        top=run.largest(seen, meta["dim"]),
        show=show,
        limit=seen.limit,
        selected=plan,
        exact=run.exact(seen, show),
        full=first.active or bool(rest and rest.active),
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
        run.watch(
            rest if rest and not first.active else first, panels.reading(points, show, bool(seen.limit), meta["q"])
        )
        if compared:
            peers.watch(source.vectors, meta["dim"], k, len(found))
with right, st.container(border=True, key="card", gap="xsmall"):
    best = peers.best(found, selected.bytes_per_vector) if selected else None
    picked = "" if plan == state.get("plan") else words.per_vector(budget)
    panels.card(selected, sound, source, look, best, health.broken(plan or ""), picked)
with rows:
    draw(tables.affordable(sound.results, budget, plan, k, seen.active, found))
    report_button.button(source, k, budget, limit=seen.limit, unseen=unseen)
