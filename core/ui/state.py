"""What a page is about lives in its address: it survives a reload, a second reader and the way back."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from core.ui.theme import Look, look

HOUSE = Path(__file__).resolve().parents[2]


def get(name: str, default: str = "") -> str:
    """A part of the address, kept when the reader changes pages (navigation drops what no widget holds)."""
    value = st.query_params.get(name) or st.session_state.get(f"kept {name}", default)
    put(name, value)
    return str(value)


def put(name: str, value: str) -> None:
    """Set it, or drop it when empty."""
    st.session_state[f"kept {name}"] = value
    if value:
        if st.query_params.get(name) != value:
            st.query_params[name] = value
    else:
        st.query_params.pop(name, None)


def theme() -> Look:
    """The theme the browser shows."""
    return look(st.context.theme.type)


def go(page: str, **address: str | list[str]) -> None:
    """Open another page, with these parts of its address."""
    st.switch_page(str(HOUSE / f"pages/{page}.py"), query_params=address)
