"""What is this for? One sentence, the demo's frontier as it is measured, and three doors."""

import streamlit as st

from core.ui import browser, data, panels, run, selftest, start, state
from core.ui.parts import draw, note, title

if st.query_params.get("data"):  # a link to figures, from before this page was there
    state.go("frontier", **{name: st.query_params.get_all(name) for name in st.query_params})
screen = browser.watch(lambda plan: state.go("frontier", data=data.FIRST, plan=plan))
top = st.container()
left, right = browser.columns(screen)
if screen.stacked:
    left, right = right, left
with top:
    title("How few bytes per vector can you get away with, and what do you lose?")
with right:
    start.doors()
with top, st.spinner("Opening the demo"):
    source = data.resolve(data.FIRST)
if not source.vectors:
    with left:
        draw(note(start.LATER))
    st.stop()
sweep = run.sweep(source.vectors, source.meta["dim"], start.K)
health = selftest.health()
sound = panels.sound(sweep, health)
chosen = panels.selection(sound, sweep, "", start.BUDGET)
with top:
    draw(note(start.finding(sound, chosen, source.meta)))
with left:
    start.picture(sweep, chosen, source.meta["dim"], health, state.theme(), screen)
