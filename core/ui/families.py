"""Families as chips, like a legend that can be switched: what is off is neither drawn nor listed."""

from __future__ import annotations

import streamlit as st

from core.plan import parse
from core.types import Result
from core.ui.theme import MARKS, Look


def chips() -> frozenset[str]:
    """The families that the reader wants to see; kept in the address while any is off."""
    chosen = st.pills(
        "Families",
        list(MARKS),
        selection_mode="multi",
        default=list(MARKS),
        format_func=lambda family: MARKS[family].words,
        key="families",
        bind="query-params",
        label_visibility="collapsed",
    )
    return frozenset(chosen)


def wanted(result: Result, families: frozenset[str]) -> bool:
    """Whether a result belongs to what is switched on; float32 is the yardstick and always does."""
    return result.plan == "f32" or parse(result.plan).family in families


def css(look: Look) -> str:
    """Each chip carries its family's marker in its colour."""
    rules = (
        f'.st-key-families button:nth-of-type({i})::before{{content:"{mark.sign}";color:{look.family[family]}}}'
        for i, (family, mark) in enumerate(MARKS.items(), 1)
    )
    return "".join(rules)
