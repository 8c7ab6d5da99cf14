"""A link to data that is no longer here: what was measured on it is shown, and cannot be added to."""

from __future__ import annotations

import re

import streamlit as st

from core import words
from core.types import Result
from core.ui import frontier_chart, services, state, tables
from core.ui.charts import CONFIG
from core.ui.parts import draw, note, title
from core.ui.points import points_of

K = (10, 1, 100)


def panel(name: str) -> bool:
    """Show the results that are kept of vectors with this fingerprint; whether there are any."""
    results = kept(name)
    if not results:
        return False
    first, look = results[0], state.theme()
    title("The data of this link is gone; these figures were measured on it.")
    draw(
        note(
            f"{words.plural(first.n, 'document')}, {first.dim} dimensions, "
            f"{words.plural(len(first.recall), 'query', 'queries')}, vectors {name}. "
            "Bring the same vectors on the Corpus page and every figure can be measured again."
        )
    )
    points = points_of(results, services.estimates(results, "recall"), {})
    figure = frontier_chart.frontier(points, look=look, budget=48, top=max(p.bytes for p in points))
    alt = frontier_chart.describe(points, "recall")
    st.plotly_chart(figure, key="gone", theme=None, config=CONFIG, alt=alt)
    draw(tables.affordable(results, max(r.bytes_per_vector for r in results), None, first.k, False))
    return True


def kept(name: str) -> list[Result]:
    """Results on these vectors, of the first k that has any; [] for anything that is no fingerprint."""
    if not re.fullmatch("[0-9a-f]{16}", name):
        return []
    return next((found for k in K if (found := services.all_measured(name, k))), [])
