"""Controls that several pages have: what is chosen on one page is chosen on the next, and stands in its address."""

from __future__ import annotations

from typing import Any

import streamlit as st

BYTES = (8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1536)
K = (1, 10, 100)


def neighbours() -> int:
    """How many neighbours per query: the k of recall@k."""
    follow("k", K)
    k = st.segmented_control("Neighbours, k", K, default=10, required=True, key="k", bind="query-params")
    return int(kept("k", k))


def budget(label: str = "Budget, bytes per vector", **how: Any) -> int:
    """Bytes per vector that may be spent."""
    follow("bytes", BYTES)
    return int(kept("bytes", st.select_slider(label, BYTES, 48, key="bytes", bind="query-params", **how)))


def follow(key: str, allowed: tuple[Any, ...] | None = None) -> None:
    """Called before a widget that other pages have too: on a page's first run it starts where they left it.

    What the address says comes first. `kept` is called with the widget's value afterwards.
    """
    value = st.session_state.get(f"kept {key}")
    if arrived(key) and key not in st.query_params and value is not None and (allowed is None or value in allowed):
        st.session_state[key] = value


def arrived(key: str) -> bool:
    """Whether the page has changed since `kept` was called for this widget: what it showed there is gone."""
    return bool(st.session_state.get(f"page of {key}") != st.session_state.get("page"))


def kept(key: str, value: Any) -> Any:
    """Called with the widget's value: the next page starts there."""
    st.session_state[f"kept {key}"] = value
    st.session_state[f"page of {key}"] = st.session_state.get("page")
    return value
