"""What every page draws: blocks of our own HTML, its title, errors. All text is escaped here or in `blocks`."""

from __future__ import annotations

from html import escape

import streamlit as st

from core.errors import PlanError, ThinvecError
from core.ui.blocks import head, line, note, small, table

__all__ = ["draw", "head", "line", "note", "problem", "small", "table", "title"]


def draw(*blocks: str) -> None:
    """Show blocks of our own HTML."""
    st.html(f'<div class="tv">{"".join(blocks)}</div>')


def title(text: str) -> None:
    """The finding, at the head of a page; whatever it holds, plans too, is text."""
    st.html(f"<h1>{escape(text)}</h1>")


def problem(error: ThinvecError | str) -> None:
    """An error as one sentence in red; a plan's with its caret, in mono."""
    mono = " mono" if isinstance(error, PlanError) and error.text else ""
    st.html(f'<div class="tv" role="alert"><p class="tv-error{mono}">{escape(str(error))}</p></div>')
