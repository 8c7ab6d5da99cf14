"""Latency by the whole protocol: percentiles of each plan beside float32 flat, timed in the same minutes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

import streamlit as st

from core import words
from core.errors import PlanError
from core.evaluate.latency import CAVEAT, FLOAT, PERCENTILES, PROTOCOL
from core.evaluate.lines import default_plans
from core.plan import parse
from core.ui import latency_charts, services, state, work
from core.ui.browser import Screen, columns
from core.ui.charts import CONFIG
from core.ui.data import Data
from core.ui.parts import draw, head, line, note, problem, small
from core.ui.theme import Look

KEY = "latency_plans"
MOST = 6  # plans at once: each takes its turns
WAYS = ("One at a time", "In batches of 100")
BUSY = 0.5  # processes per core from which on other work moves the figures
SIZES = (48, 192)  # bytes per vector: where plans are looked for that are timed first


def panel(source: Data, screen: Screen, look: Look, k: int) -> None:
    """Choose plans, time them, read the percentiles."""
    assert source.vectors
    plans = chosen(source.vectors, source.meta["dim"], k)
    if not plans:
        draw(note("Choose a plan to time."))
        return
    again = state.get("latency_again", "0")
    params: dict[str, Any] = {"vectors": source.vectors, "plans": plans, "k": k, "seed": 0, "again": again}
    known = work.known("latency", params)
    if known is None and not work.active("latency", params):
        draw(note(f"Nothing is timed yet. It takes {words.wait(8.0 + 7 * len(plans)).removesuffix(' left')}."))
        st.button("Time them", type="primary", key="latency-start", on_click=work.start, args=("latency", params))
        return
    known = work.asked("latency", params, f"Timing {words.plural(len(plans), 'plan')} beside float32")
    if known and "timed" in known:
        shown(known, screen, look)
        st.button("Time them again", key="latency-more", on_click=_once_more, args=(params,))


def chosen(vectors: str, dim: int, k: int) -> list[str]:
    """The plans of the address, at most six; those that cannot be read are named."""
    measured = [r.plan for r in services.all_measured(vectors, k)]
    start = usual(vectors, k)
    told = [*st.query_params.get_all(KEY), *(st.session_state.get(KEY) or [])]
    options = list(dict.fromkeys([*start, *measured, *default_plans(dim), *told]))
    picked = st.multiselect(
        "Plans to time",
        options,
        start,
        key=KEY,
        bind="query-params",
        max_selections=MOST,
        accept_new_options=True,
    )
    plans = []
    for text in picked:
        try:
            plans.append(str(parse(text)))
        except PlanError as e:
            problem(e)
    return list(dict.fromkeys(plans))


def usual(vectors: str, k: int) -> list[str]:
    """The plan advised for 48 bytes, that for 192, and one that looks again."""
    known = services.all_measured(vectors, k)
    advised = [services.advised(known, size) for size in SIZES]
    found = [r.plan for r in advised if r] or ["klt > wpq48"]
    return list(dict.fromkeys([*found, "int8", "bin | keep4 > int8"]))


def shown(known: Mapping[str, Any], screen: Screen, look: Look) -> None:
    """Chart and table on the left, the machine and the protocol on the right."""
    timed = known["timed"]
    left, right = columns(screen)
    with left:
        way = st.segmented_control(
            "Asked", WAYS, default=WAYS[0], required=True, key="latency_way", bind="query-params"
        )
        batch = way == WAYS[1]
        figure = latency_charts.percentiles(timed, batch, look=look, narrow=screen.narrow)
        alt = latency_charts.describe(timed, batch)
        draw(head("Time per query", "milliseconds, log scale; lower is better"))
        st.plotly_chart(figure, key="latency-chart", theme=None, config=CONFIG, alt=alt)
        draw(table(timed, batch))
    with right, st.container(border=True, key="latency-card", gap="xsmall"):
        draw(small("Processor"), f'<p class="tv-fact">{escape(known["processor"])}</p>', *machine(known, batch))
        draw("<hr>", head("Protocol"), small(PROTOCOL), small(CAVEAT))


def machine(known: Mapping[str, Any], batch: bool) -> list[str]:
    """How much was timed, and how busy the machine was."""
    name = "batch" if batch else "single"
    counts = {t[f"{name}_timed"] for t in known["timed"]}
    lines = [
        line(
            "Timed per plan",
            words.plural(min(counts), "batch" if batch else "query", "batches" if batch else "queries"),
        )
    ]
    lines.append(line("Already busy, per core", f"{known['busy']:.1f}", hint="Mean load of the minute before the run"))
    if known["busy"] > BUSY:
        lines.append(
            small("Other work was going on: the tails are its doing. Time them again when the machine is idle.")
        )
    return lines


def table(timed: Sequence[Mapping[str, Any]], batch: bool) -> str:
    """Percentiles in milliseconds, the ratio to float32 flat, and what a query reads."""
    name = "batch" if batch else "single"
    heads = ["Plan", *(f"p{p}" for p in PERCENTILES), "× float32", "at p99", "Rows looked at", "Codes read"]
    top = "".join(f"<th{_wide(i)}>{escape(h)}</th>" for i, h in enumerate(heads))
    rows = []
    for t in timed:
        cells = [_ms(t[f"{name}_p{p}"]) for p in PERCENTILES]
        cells += [words.times(t[f"{name}_p{p}_ratio"]).removesuffix(" ×") for p in (50, 99)]
        cells += [words.count(t["looked"]), words.size(t["bytes_read"])]
        body = "".join(f"<td{_wide(i)}>{escape(c)}</td>" for i, c in enumerate(cells, 1))
        first = FLOAT if t["plan"] == FLOAT else f'<span class="tv-plan">{escape(t["plan"])}</span>'
        rows.append(f"<tr><td>{first}</td>{body}</tr>")
    return f"<table><thead><tr>{top}</tr></thead><tbody>{''.join(rows)}</tbody></table>"


def _ms(seconds: float) -> str:
    ms = 1e3 * seconds
    return (
        f"{ms:.0f} ms" if ms >= 100 else f"{ms:.1f} ms" if ms >= 10 else f"{ms:.2f} ms" if ms >= 0.1 else f"{ms:.3f} ms"
    )


def _wide(column: int) -> str:
    """On a phone a table keeps the plan, its median and the ratio."""
    return ' class="wide"' if column in (2, 3, 5, 6, 7) else ""


def _once_more(params: Mapping[str, Any]) -> None:
    """Ask the same question anew."""
    again = params["again"]
    more = str(int(again) + 1 if again.isdecimal() else 1)
    state.put("latency_again", more)
    work.start("latency", {**params, "again": more})
