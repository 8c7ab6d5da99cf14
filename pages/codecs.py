"""What is there to choose from? Every stage of the catalogue: its idea, bytes, self-tests, and what it keeps here."""

import streamlit as st

from core.catalogue import catalogue, grouped
from core.ui import (
    browser,
    builder,
    codec_cards,
    codec_life,
    codec_panel,
    controls,
    data,
    encoding,
    selftest,
    services,
    state,
)
from core.ui.parts import draw, note, title

FIRST = "wpq"


def choose(name: str) -> None:
    state.put("codec", name)


def use(plan: str) -> None:
    state.go("frontier", data=source.id, plan=plan, plans=st.session_state["plans"])


screen = browser.watch(choose, state.get("codec"))
top = st.container()
with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
    source = data.choose(top)
    find = st.text_input(
        "Find", key="find", bind="query-params", placeholder="rotation, Lloyd, binary …", type="search", width=260
    )
    budget = controls.budget()
    browser.copy_link()
if not source.vectors:
    with top:
        encoding.panel(source)
    st.stop()

chosen = catalogue().get(state.get("codec", FIRST)) or catalogue()[FIRST]
look, health = state.theme(), selftest.health(start=True)
results = services.all_measured(source.vectors, codec_life.K)
best = codec_panel.best_of(results, budget)
bench = st.container()
left, right = browser.columns(screen)
if screen.stacked:
    left, right = right, left
with top:
    title(codec_panel.headline(health))
    draw(
        note(
            f"Figures: the best measured plan with each stage at {budget:,} B or less, on {source.title}. "
            "Lights: self-tests against values known from theory."
        )
    )
with bench, st.expander("Compose a plan", "build" in st.query_params, key="compose", on_change="rerun") as desk:
    if desk.open:
        builder.panel(source, screen, look, codec_life.K, budget, use)
with left:
    codec_panel.watch_tests(health)
    shown = {group: [e for e in entries if e.mentions(find or "")] for group, entries in grouped().items()}
    pictures = codec_life.thumbnails(source, look)
    with st.container(key="codes"):
        for group, entries in shown.items():
            if entries:
                draw(codec_cards.listing(group, entries, chosen.name, health, best, pictures))
    if not any(shown.values()):
        draw(note(f"Nothing in the catalogue speaks of “{find}”."))
with right, st.container(border=True, key="entry", gap="xsmall"):
    codec_panel.card(chosen, source, results, health, look, budget)
