"""Do codebooks learned before still fit what came later? Bring a later batch; a plan's codes are tried on it."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any, NoReturn

import numpy as np
import streamlit as st

from core import words
from core.errors import PlanError, StoreError, ThinvecError
from core.evaluate.drift import FITS, KEPT, OPEN, WORTH, later
from core.evaluate.lines import default_plans
from core.plan import parse
from core.types import Interval, Vectors
from core.ui import drift_charts, services, state, work
from core.ui.browser import Screen, columns
from core.ui.charts import CONFIG
from core.ui.data import Data
from core.ui.parts import draw, head, line, note, problem, small, table
from core.ui.theme import Look

KINDS = ["npy", "npz", "parquet"]
ADDRESS = "drift_batch"
FIRST = "klt > wpq48"
NONE = (
    "No later batch yet. Bring vectors of documents that came later, made by the same model, as npy, npz or parquet: "
    "at least 40 rows, better a thousand."
)


def panel(source: Data, screen: Screen, look: Look, k: int) -> None:
    """The batch and the plan; then and now; the verdict."""
    assert source.vectors
    box = st.container() if screen.stacked else None
    left, right = columns(screen)
    with box or right, st.container(border=True, key="drift_bring"):
        draw(head("A later batch"))
        bring()
    with left:
        plan = chosen(source, k)
        batch = state.get(ADDRESS)
        if not batch:
            draw(note(NONE))
            return
        if not plan:
            return
        try:
            name, n = described(batch)
        except StoreError as e:
            problem(e)
            return
        params = {"vectors": source.vectors, "batch": batch, "plans": [plan], "k": k, "seed": 0}
        known = work.asked("drift", params, f"Trying {plan} on the later batch")
        if known and "verdict" in known:
            told(known, look, screen.narrow)
    with right:
        draw(line("Batch", name), line("Rows", words.count(n)))
        if known and "verdict" in known:
            usage(known, look)


def bring() -> None:
    """The box for a file, and what was wrong with the last one."""
    file = st.file_uploader(
        "Later vectors", KINDS, key=place(), help="npy, npz with docs, or parquet with a list column"
    )
    if file is not None:
        st.button("Use this batch", type="primary", key="drift_use", on_click=take)
    if said := st.session_state.pop("drift problem", None):
        problem(said)


def take() -> None:
    """Read the file and keep its rows; a problem is said on the next run of the page."""
    file = st.session_state[place()]
    try:
        rows = later(file.name, file.getvalue())
    except ThinvecError as e:
        st.session_state["drift problem"] = e
        return
    key = f"batch-{Vectors(rows, rows[:0]).fingerprint}"
    services.store().remember(key, lambda: {"rows": rows, "name": np.array(file.name)})
    st.session_state["drift uploads"] = st.session_state.get("drift uploads", 0) + 1
    state.put(ADDRESS, key)


def place() -> str:
    """The key of the upload box: a new one after each file that was taken."""
    return f"drift_file_{st.session_state.get('drift uploads', 0)}"


def described(batch: str) -> tuple[str, int]:
    """Name and number of rows of a batch. StoreError when it is not here."""
    kept = services.store().remember(batch, _missing)
    return str(kept["name"]), len(kept["rows"])


def _missing() -> NoReturn:
    raise StoreError("This link names a later batch that is not here. Bring it again.")


def chosen(source: Data, k: int) -> str:
    """The plan whose codebooks are tried; '' when it cannot be read."""
    assert source.vectors
    measured = [r.plan for r in services.all_measured(source.vectors, k)]
    also = [p for p in (st.query_params.get("drift_plan"), st.session_state.get("drift_plan")) if p]
    options = list(dict.fromkeys([FIRST, *also, *measured, *default_plans(source.meta["dim"])]))
    said = st.selectbox(
        "Codebooks of the plan", options, key="drift_plan", bind="query-params", accept_new_options=True, width=360
    )
    try:
        return str(parse(said or FIRST))
    except PlanError as e:
        problem(e)
        return ""


def told(d: Mapping[str, Any], look: Look, narrow: bool) -> None:
    """The verdict, recall on every side, and then and now in a table."""
    draw(f'<p class="tv-fact"><b class="{_tone(d["verdict"])}">{escape(d["said"])}</b></p>')
    rows = drift_charts.marks(d)
    draw(head(f"Recall@{d['k']}", f"{words.count(d['rows'])} rows searched on every side"))
    st.plotly_chart(
        drift_charts.recalls(rows, look=look, narrow=narrow), key="drift_chart", theme=None, config=CONFIG,
        alt=drift_charts.describe(rows),
    )  # fmt: skip
    draw(table(["", "Then", "Now"], facts(d, narrow)))
    draw(note(reading(d)))


def _tone(verdict: str) -> str:
    return "gained" if verdict == FITS else "" if verdict == OPEN else "lost"


def facts(d: Mapping[str, Any], narrow: bool) -> list[list[str]]:
    """Then and now: recall, error, clipped values, what a byte says; on a phone without intervals."""
    then, now = d["then"], d["now"]
    say = words.share if narrow else words.estimate
    mean = [sum(side["entropy"]) / len(side["entropy"]) for side in (then, now)]
    return [
        ["Recall", *(say(Interval(**side["recall"])) for side in (then, now))],
        ["Reconstruction error", *(say(Interval(**side["error"])) for side in (then, now))],
        ["Values clipped", *(f"{side['clipped']:.2%}" for side in (then, now))],
        ["Bits that a byte says, of 8", *(f"{m:.2f}" for m in mean)],
    ]


def reading(d: Mapping[str, Any]) -> str:
    """What the rows of the chart are."""
    alone = "" if d["alone"] else " Half of the batch is too few rows to learn from alone."
    return (
        f"Then: one in {KEPT} old rows was kept from learning, so that nothing is known by heart. Hollow: learned "
        "again with one half of the batch, tried on the other; bars are the interval of the gain over now, paired over "
        f"queries. Learning again is advised from {WORTH} of recall on, about twice what another seed changes.{alone} "
        "Every code is scanned exhaustively; the queries are the held-out ones of the corpus."
    )


def usage(d: Mapping[str, Any], look: Look) -> None:
    """How much each byte says, then and now."""
    draw("<hr>", head("Bits that each byte says", "line then, dots now"))
    then, now = d["then"]["entropy"], d["now"]["entropy"]
    st.plotly_chart(
        drift_charts.entropies(then, now, look=look), key="drift_bytes", theme=None, config=CONFIG,
        alt=f"Entropy of each of {len(then)} bytes of the codes, then and now.",
    )  # fmt: skip
    draw(small("Over as many rows then and now: fewer bits now mean that the new rows use fewer of the codewords."))
