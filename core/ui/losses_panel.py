"""Where the recall goes: the picture, the same in figures, and in one sentence what to do about it."""

from __future__ import annotations

import streamlit as st

from core import words
from core.ui.browser import Screen
from core.ui.charts import CONFIG
from core.ui.data import Data
from core.ui.losses_charts import Part, describe, waterfall
from core.ui.losses_words import HEADS, finding, heading, reached, row
from core.ui.parts import draw, head, note, small, table
from core.ui.theme import Look
from core.ui.work import asked


def panel(source: Data, plan: str, k: int, target: float | None, screen: Screen, look: Look) -> None:
    """The loss ledger of a plan on this data."""
    params = {"vectors": source.vectors, "plan": plan, "k": k, "seed": 0}
    found = asked("losses", params, f"Measuring where {plan} loses")
    if not found or "steps" not in found:
        return
    parts, queries = [Part.of(step) for step in found["steps"]], int(found["queries"])
    aside = f"steps switched on one after another, {words.plural(queries, 'query', 'queries')}"
    draw(head(heading(parts, k), aside), note(finding(parts)))
    st.plotly_chart(
        waterfall(parts, look=look, target=target, narrow=screen.narrow),
        key="losses chart",
        theme=None,
        config=CONFIG,
        alt=describe(parts),
    )
    draw(table(HEADS[: 2 if screen.narrow else 5], [row(p, screen.narrow) for p in parts[1:]], "tv-losses"))
    draw(
        small(
            f"95 % intervals, paired bootstrap over {words.count(queries)} held-out queries. The parts add up to the "
            "whole for every query. Their order is part of the figures: steps act on one another."
        ),
        *([note(reached(parts[-1].after, target))] if target is not None else []),
    )
