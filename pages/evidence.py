"""Why should I believe these figures? One question at a time: data, pairs, hard cases, scale, latency, drift."""

import streamlit as st

from core.ui import browser, controls, data, encoding, evidence, state
from core.ui.parts import draw, note, title

screen = browser.watch(lambda plan: state.put("plan", plan))
top = st.container()
with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
    source = data.choose(top)
    k = controls.neighbours()
    browser.copy_link()
asked = st.segmented_control(
    "Question", evidence.SECTIONS, default=evidence.FIRST, required=True, key="about", bind="query-params",
    label_visibility="collapsed",
)  # fmt: skip
section = evidence.section(asked)
with top:
    title(section.question)
    draw(note(f"{source.title}. {section.answer}"))
if section.measured and not source.vectors:
    encoding.panel(source)
    st.stop()
section.panel(source, screen, state.theme(), k)
