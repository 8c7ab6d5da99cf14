"""What do you bring? Choose the demo or upload, turn texts into vectors, and see what the data looks like."""

import streamlit as st

from core import words
from core.ui import browser, data, encoding, look_at, services, state, upload
from core.ui.parts import draw, note, small, title

screen = browser.watch(lambda plan: None)
top = st.container()
with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
    source = data.choose(top)
    browser.copy_link()
left, right = browser.columns(screen)
if screen.stacked:
    left, right = right, left

corpus = services.corpus(source.corpus) if source.corpus else None
with top:
    if source.vectors:
        meta = source.meta
        title(
            f"{words.plural(meta['n'], 'document')} as {meta['dim']} numbers each, "
            f"{words.size(4.0 * meta['dim'] * meta['n'])} as float32."
        )
        draw(note(look_at.sources(source, corpus)))
    else:
        encoding.panel(source)
with right:
    with st.container(border=True, key="facts"):
        look_at.facts(source, corpus)
        if source.vectors and st.button("See what each byte buys", type="primary", key="go"):
            state.go("frontier", data=source.id)
    with st.container(border=True, key="bring"):
        draw('<p class="tv-h">Bring your own</p>')
        upload.box()
with left:
    look_at.pictures(source, corpus, state.theme(), screen.narrow)
    look_at.sample(source, corpus)
    if corpus:
        draw(small("Texts are shown as they are; nothing in them is rendered."))
