"""What would a reader see? The same query answered by float32 and by two plans, side by side."""

import streamlit as st

from core import words
from core.ui import ask, browser, data, encoding, services
from core.ui.parts import draw, note, title

screen = browser.watch(lambda plan: None)
top = st.container()
with st.container(horizontal=True, vertical_alignment="bottom", key="controls"):
    source = data.choose(top)
    if source.vectors:
        vectors = services.vectors(source.vectors)
        texts = services.corpus(source.corpus) if source.corpus else None
        pair = ask.plans(vectors, source.vectors)
    browser.copy_link()
if not source.vectors:
    with top:
        encoding.panel(source)
    st.stop()
if texts:
    services.query_encoder(vectors.encoder).warm()

asked = ask.query(source, vectors, texts)
found = ask.columns(source, vectors, texts, asked, pair, screen.narrow) if asked else []
with top:
    title(ask.finding(found))
    draw(
        note(
            f"{source.title}, {words.plural(len(vectors.docs), 'document')}. Moves, losses and gains are against the "
            "exact order of float32. One query is an anecdote; recall is over all held-out queries."
        )
    )
if not asked:
    draw(note("Type a query to see what each plan finds."))
