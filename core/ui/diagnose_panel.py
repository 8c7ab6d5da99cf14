"""What do these vectors ask of a code? Findings with their advice, each to be checked by a measurement on demand."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import streamlit as st

from core.evaluate.held import FAILED, HELD
from core.ui import diagnose_charts, state, work
from core.ui.browser import Screen, columns
from core.ui.charts import CONFIG
from core.ui.data import Data
from core.ui.parts import draw, head, note
from core.ui.theme import Look

ADDRESS = "diagnose_checked"  # names of findings that were asked to be checked, in the address


def panel(source: Data, screen: Screen, look: Look, k: int) -> None:
    """Findings on the left; the pictures behind them on the right."""
    assert source.vectors
    params = {"vectors": source.vectors, "k": k, "seed": 0}
    known = work.asked("diagnose", params, "Looking at the vectors")
    if not known or "findings" not in known:
        return
    findings = known["findings"]
    draw(f'<p class="tv-fact">{escape(summed(findings))}</p>')
    left, right = columns(screen)
    with left:
        for finding in findings:
            shown(finding, params)
        st.button(
            "Check every advice", key="diagnose_all", type="primary", on_click=ask, args=(*names(findings),),
            disabled=set(names(findings)) <= checked(),
        )  # fmt: skip
        looked = "; ".join(known["looked"])
        draw(note(f"Looked at {looked}. Rows are of length 1 here; how long they were before is not known."))
    with right:
        pictures(known, look)


def summed(findings: list[dict[str, Any]]) -> str:
    """What to do, in one sentence: the first sentence of each advice about plans."""
    about = [f["advice"].split(". ")[0].rstrip(".") for f in findings if (f["check"] or {}).get("kind") == "plans"]
    return "; ".join([about[0], *(a[0].lower() + a[1:] for a in about[1:])]) + "." if about else ""


def names(findings: list[dict[str, Any]]) -> list[str]:
    """Those that there is a measurement for."""
    return [f["name"] for f in findings if f["check"]]


def checked() -> set[str]:
    """The findings that the address asks to be checked."""
    return set(filter(None, state.get(ADDRESS).split("-")))


def ask(*more: str) -> None:
    """Have these checked as well."""
    state.put(ADDRESS, "-".join(sorted(checked() | set(more))))


def shown(finding: Mapping[str, Any], params: Mapping[str, Any]) -> None:
    """One finding: its verdict, the advice, the figures, and whether it holds."""
    name, check = finding["name"], finding["check"]
    figures = " · ".join(f"{escape(f['name'])} <b>{escape(f['said'])}</b>" for f in finding["figures"])
    text, button = st.columns([6, 1], vertical_alignment="bottom")
    with text:
        draw(
            head(finding["title"]),
            f"<p>{escape(finding['verdict'])} {advice(finding['advice'])}</p>",
            f'<p class="tv-small">{figures}</p>',
        )
    if not check:
        return
    if name not in checked():
        title = f"Measure whether “{finding['title']}” holds"
        button.button("Check", key=f"diagnose_check_{name}", help=title, on_click=ask, args=(name,))
        return
    plans = [check["first"], check["second"]] if check["kind"] == "plans" else []
    found = work.asked("diagnose", {**params, "plans": plans, "check": check}, "Measuring what the advice claims")
    if found and "said" in found:
        kind = {HELD: "gained", FAILED: "lost"}.get(found["held"], "")
        draw(f'<p class="tv-note"><span class="{kind}">{escape(found["said"])}</span></p>')


def advice(text: str) -> str:
    """What to do stands out; what was tried, and why, does not."""
    first, stop, rest = text.partition(". ")
    return f"<b>{escape(first + stop.strip())}</b> {escape(rest)}"


def pictures(known: Mapping[str, Any], look: Look) -> None:
    """Variance, then how hard neighbourhoods are for queries and documents, then N_k."""
    curve = known["prefix"]
    draw(head("Variance in the first dimensions", "is the order worth anything?"))
    st.plotly_chart(
        diagnose_charts.prefixes(curve, look=look, narrow=True), key="diagnose_prefix", theme=None, config=CONFIG,
        alt=diagnose_charts.describe_prefixes(curve),
    )  # fmt: skip
    lid = known["lid"]
    top = max(max(lid[kind]["shares"]) for kind in lid)
    end = max(lid[kind]["edges"][-1] for kind in lid)
    draw(head("Local intrinsic dimension", "higher is harder"))
    for kind, colour in (("queries", look.ink), ("documents", look.muted)):
        figure = diagnose_charts.bars(lid[kind], f"around {kind}", look=look, colour=colour, top=top, end=end)
        alt = diagnose_charts.describe_bars(lid[kind], f"the local intrinsic dimension around {kind}")
        st.plotly_chart(figure, key=f"diagnose_lid_{kind}", theme=None, config=CONFIG, alt=alt)
    draw(head(f"How often a document is among the {known['k']} nearest of another"))
    often = known["occurrences"]
    figure = diagnose_charts.bars(often, f"N{known['k']} of documents", look=look, colour=look.muted)
    alt = diagnose_charts.describe_bars(often, "how often a document is near to another")
    st.plotly_chart(figure, key="diagnose_hubs", theme=None, config=CONFIG, alt=alt)
