"""The frame of every page: title, logo, theme, navigation. The pages themselves are in pages/."""

from __future__ import annotations

import streamlit as st

from core.errors import ThinvecError
from core.ui import state
from core.ui.parts import problem
from core.ui.style import css

st.set_page_config(page_title="Thinvec", page_icon=str(state.HOUSE / "assets/mark.svg"), layout="wide")
st.html(css(state.theme()))
st.logo(str(state.HOUSE / f"assets/logo{'-dark' if state.theme().name == 'dark' else ''}.svg"), size="large")
page = st.navigation(
    [
        st.Page(state.HOUSE / "pages/start.py", title="Start", default=True),
        st.Page(state.HOUSE / "pages/corpus.py", title="Corpus"),
        st.Page(state.HOUSE / "pages/frontier.py", title="Frontier"),
        st.Page(state.HOUSE / "pages/budget.py", title="Budget"),
        st.Page(state.HOUSE / "pages/search.py", title="Search"),
        st.Page(state.HOUSE / "pages/map.py", title="Map"),
        st.Page(state.HOUSE / "pages/codecs.py", title="Codecs"),
        st.Page(state.HOUSE / "pages/evidence.py", title="Evidence"),
    ],
    position="top",
)
st.session_state["page"] = page.title
if refused := st.session_state.pop("refused", ""):
    problem(refused)
try:
    page.run()
except ThinvecError as e:
    problem(e)
