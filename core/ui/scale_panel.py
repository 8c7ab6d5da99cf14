"""What is left of recall when the corpus grows: measured at several sizes on unseen rows, forecast beyond them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core import words
from core.errors import PlanError, StoreError
from core.evaluate.scale import Sized, known
from core.plan import parse
from core.ui import scale_charts, services, state, work
from core.ui.browser import Screen, columns
from core.ui.charts import CONFIG
from core.ui.data import Data
from core.ui.parts import draw, head, note, problem, small, table
from core.ui.run import plans_of
from core.ui.theme import Look

ROWS = 10_000_000
DEEP = (
    "The nearest 1 of {few} documents lies as deep in the tail of the scores as the nearest {k} of {many}: up to there "
    "recall of fewer neighbours, measured here, tells how recall@{k} goes on. "
)
MOST = 8  # plans in one picture


def panel(source: Data, screen: Screen, look: Look, k: int) -> None:
    """Plans and rows on top; the decline on the left, what is known by heart and memory on the right."""
    assert source.vectors
    with st.container(horizontal=True, vertical_alignment="bottom", key="scale-controls"):
        plans = asked(source.meta["dim"])
        rows = int(
            st.number_input(
                "Rows to forecast for",
                100,
                10**12,
                ROWS,
                key="scale_rows",
                bind="query-params",
                width=200,
                step=1_000_000,
            )
        )
    if not plans:
        return
    params: dict[str, Any] = {"vectors": source.vectors, "plans": plans, "k": k, "seed": 0}
    told = work.asked("scale", params, "Measuring at several sizes") or {}
    for plan, why in told.get("refused", {}).items():
        problem(f"{plan} was not measured: {why}")
    found = [measured(source.vectors, plan, k) for plan in plans if plan in told.get("done", ())]
    if not found:
        draw(small("The first plan is drawn as soon as it is measured."))
        return
    draw(f'<p class="tv-fact">{words.plain(summed(found, rows), 600)}</p>')
    left, right = columns(screen)
    with left:
        draw(head(f"Recall@{k} of documents that taught nothing", "band: 95 %, for the forecast too"))
        chart = scale_charts.decline(found, rows, look=look, narrow=screen.narrow)
        st.plotly_chart(chart, key="scale-chart", theme=None, config=CONFIG, alt=scale_charts.describe(found, rows))
        draw(note(" ".join([reading(found, k), *dict.fromkeys(s.index for s in found if s.index)])))
    with right:
        beside(found, rows, source.meta["dim"], look, screen)


def asked(dim: int) -> list[str]:
    """The plans of the address, or one of each family."""
    start = "; ".join(usual(dim))
    text = st.text_input(
        "Plans", start, key="scale_plans", bind="query-params", help="Separated by semicolons.", width="stretch"
    )
    try:
        plans = list(dict.fromkeys(plans_of(text or start)))
    except PlanError as e:
        problem(e)
        return []
    if len(plans) > MOST:
        problem(f"One picture holds {MOST} plans, got {len(plans)}. Leave some out.")
        return []
    return plans


def usual(dim: int) -> list[str]:
    """One plan of each family, and the one that was pointed at elsewhere."""
    size = max(2, dim // 8)
    some = [f"klt > wpq{size}", f"pq{size}x8", "bin", "int4", f"pca{max(2, dim // 4)} > int8"]
    chosen = state.get("plan")
    try:
        own = [str(parse(chosen))] if chosen else []
    except PlanError:
        own = []
    return list(dict.fromkeys([*own, *some]))


@st.cache_resource(show_spinner=False, max_entries=64)
def measured(vectors: str, plan: str, k: int) -> Sized:
    """What a run has left in the store; read once."""
    if found := known(services.store(), vectors, plan, k):
        return found
    raise StoreError(
        f"What was measured of {plan} is no longer in the store. Delete the folder of runs, and run again."
    )


def summed(found: Sequence[Sized], rows: float) -> str:
    """The finding: what the first plan keeps here and is forecast to keep, and who knows most by heart."""
    s = found[0]
    told, here = s.forecast(rows), s.measured[s.largest]
    far = s.outside(rows)
    said = (
        f"{s.plan} keeps {words.estimate(here)} of {words.count(s.largest)} documents that it has not seen; among "
        f"{scale_charts.counted(rows)}, {words.estimate(told)} is forecast{f', {far}' if far else ''}."
    )
    heavy = [s for s in found if not s.doubt and s.by_heart.mean > 0]
    if heavy:
        most = max(heavy, key=lambda s: s.by_heart.mean)
        said += f" {most.plan} knows most by heart: {words.difference(most.by_heart)} on rows that it has learned from."
    return said


def reading(found: Sequence[Sized], k: int) -> str:
    """How to read the chart."""
    s = max(found, key=lambda s: s.largest)
    deep = DEEP.format(k=k, few=words.count(s.largest), many=words.count(k * s.largest)) if k > 1 else ""
    return (
        f"Filled: measured on {words.count(s.learned)} documents that the codebooks have not seen, learned on as many "
        "others, both ways round; smaller sizes are random parts of them. Dashed, with an open mark: forecast for the "
        f"plan learned on all {words.count(s.documents)}; it starts higher by what it knows by heart, which it loses "
        f"as new documents come in. {deep}Further on the line is carried on, and grows unsure."
    )


def beside(found: Sequence[Sized], rows: float, dim: int, look: Look, screen: Screen) -> None:
    """Known by heart, and memory."""
    n = max(s.largest for s in found)
    draw(head("Known by heart", f"recall at {words.count(n)} rows"))
    draw(small("Open: rows that the codebooks have learned from. Filled: rows that they have not."))
    alt = "; ".join(f"{s.plan}: {words.difference(s.by_heart)}" for s in found)
    st.plotly_chart(
        scale_charts.heart(found, look=look, narrow=True),
        key="scale-heart",
        theme=None,
        config=CONFIG,
        alt=f"Recall of rows learned from less that of unseen rows. {alt}.",
    )
    lines = [[s.plan, words.difference(s.by_heart) if not s.doubt else "cannot be told apart"] for s in found]
    draw(table(["Plan", "Seen less unseen"], lines))
    sizes = [
        [s.plan, words.per_vector(s.bytes_per_vector), words.size(s.state_bytes), words.size(s.memory(rows))]
        for s in found
    ]
    sizes.append(["float32", words.per_vector(4 * dim), "", words.size(4.0 * dim * rows)])
    draw("<hr>", head(f"Memory at {scale_charts.counted(rows)} rows", "" if any(s.index for s in found) else "exact"))
    draw(table(["Plan", "Each", "Shared", "All"], sizes))
