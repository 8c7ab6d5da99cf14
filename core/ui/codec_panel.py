"""The parts of the Codecs page: lights, the chosen stage's points among all others, and measuring it here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import plotly.graph_objects as go
import streamlit as st

from core import words
from core.catalogue import Entry, catalogue
from core.jobs import Job
from core.plan import parse
from core.types import Result
from core.ui import codec_cards, codec_life, selftest, sentences, services, state
from core.ui.charts import CONFIG, bytes_axis, figure, reach
from core.ui.codec_life import K, stages
from core.ui.data import Data
from core.ui.parts import draw, head, note, problem, small
from core.ui.points import Point, front
from core.ui.selftest import Health
from core.ui.theme import MARKS, Look


def best_of(results: Sequence[Result], budget: float) -> dict[str, Result]:
    """For each stage the best measured plan with it, at or under the budget."""
    found: dict[str, Result] = {}
    for r in sorted(results, key=lambda r: float(r.recall.mean())):
        if r.bytes_per_vector <= budget:
            found |= dict.fromkeys(stages(r.plan), r)
    return found


def headline(health: Health) -> str:
    """What the catalogue holds and how it stands."""
    entries = [e for e in catalogue().values() if e.kind in ("codec", "transform")]
    many = {kind: sum(e.kind == kind for e in entries) for kind in ("codec", "transform")}
    said = f"{words.plural(many['codec'], 'codec')} and {words.plural(many['transform'], 'transform')}"
    lights = [health.light(e.name) for e in entries]
    if failed := lights.count("failed"):
        return f"{said}; {failed} of them {'fails' if failed == 1 else 'fail'} a self-test."
    if health.job is None or health.job.active:
        return f"{said}; their self-tests are running."
    return f"{said}; every self-test holds." if health.job.state == "done" else f"{said}, not all of them tested."


def watch_tests(health: Health) -> None:
    """The progress of the self-tests, and the failures that concern every codec."""
    job = health.job
    general = [t for t in health.tests.get("", ()) if not t.passed]
    if general:
        problem("The arithmetic that all codecs stand on fails a self-test.")
        draw(codec_cards.tests(general))
    if job is None:
        return
    seen = len(job.result.get("tests", ()))

    def panel(run: str) -> None:
        now = services.jobs().get(run)
        if now is None or not now.active or len(now.result.get("tests", ())) >= seen + 8:
            st.rerun()
        text = "Self-tests wait for the processor." if now.state == "queued" else f"{now.stage}."
        st.progress(now.fraction, text=text)

    if job.active:
        st.fragment(panel, run_every="1s")(job.id)
    elif job.state != "done":
        problem(job.error or "The self-tests ended early.")
        st.button("Test again", key="test", on_click=selftest.again)


def card(e: Entry, source: Data, results: Sequence[Result], health: Health, look: Look, budget: float) -> None:
    """The chosen stage: what it is, whether it does its sums right, and what it keeps here."""
    light = health.light(e.name)
    draw(codec_cards.opening(e, light))
    if light == "failed":
        problem("It fails a self-test, so its figures are not to be believed.")
    own = [r for r in results if e.name in stages(r.plan)]
    draw("<hr>")
    codec_life.picture(e, source, own, budget, look)
    draw("<hr>", head("On this corpus", f"recall@{K} against bytes, {words.plural(len(own), 'plan')} with it"))
    if results:
        st.plotly_chart(
            place(e, results, look),
            key="place",
            theme=None,
            config=CONFIG,
            alt=f"Recall against bytes per vector: plans with {e.name} among all that were measured.",
        )
    measure_here(e, source, own)
    draw("<hr>", codec_cards.facts(e, source.meta["dim"]))
    draw("<hr>", head("Self-tests"), small(f"{e.name}: {codec_cards.SAID[light]}."))
    draw(codec_cards.tests(health.tests.get(e.name, ())))


def place(e: Entry, results: Sequence[Result], look: Look) -> go.Figure:
    """Its plans in their family's colour, the best so far as a band, all others as small grey dots."""
    values = services.estimates(results, "recall")
    points = [
        Point(r.plan, parse(r.plan).family, r.bytes_per_vector, values[r.plan]) for r in results if r.plan in values
    ]
    points = [p for p in points if p.plan != "f32"]
    own = [p for p in points if e.name in stages(p.plan)]
    rest = [p for p in points if e.name not in stages(p.plan)]
    best = front(points)
    top = reach(max([64.0, *(p.bytes for p in points)]))
    low = min([8.0, *(p.bytes for p in points)])
    band: dict[str, Any] = {"type": "scatter", "mode": "lines", "hoverinfo": "skip"}
    band |= {"x": [p.bytes for p in best], "y": [p.value.mean for p in best], "line": {"width": 9, "color": look.band}}
    axis = bytes_axis(look, low, top, True)
    return figure(
        look,
        [band, dots(rest, look, None), *(dots([p for p in own if p.family == f], look, f) for f in MARKS)],
        216,
        True,
        margin={"l": 30, "r": 8, "t": 6, "b": 40},
        xaxis=axis | {"tickvals": [t for t in axis["tickvals"] if t in (16, 64, 256, 1024)], "ticktext": None},
        yaxis={"range": [0, 1.04], "dtick": 0.2, "tickformat": ".1f"},
    )


def dots(points: Sequence[Point], look: Look, family: str | None) -> dict[str, Any]:
    """Markers with their plan on hover; without a family small and grey."""
    colour = look.family[family] if family else look.muted
    mark = {"symbol": MARKS[family].symbol, "size": MARKS[family].size - 1} if family else {"size": 4, "opacity": 0.45}
    said = "<b>%{customdata}</b><br>%{x:,} B, recall %{y:.2f}<extra></extra>"
    bars = {
        "type": "data",
        "symmetric": False,
        "array": [p.value.high - p.value.mean for p in points],
        "arrayminus": [p.value.mean - p.value.low for p in points],
        "width": 0,
        "thickness": 1.25,
        "color": colour,
        "visible": family is not None,
    }
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [p.bytes for p in points],
        "y": [p.value.mean for p in points],
        "error_y": bars,
        "customdata": [p.plan for p in points],
        "marker": {"color": colour, "line": {"width": 1 if family else 0, "color": look.page}, **mark},
        "hovertemplate": said,
    }


def measure_here(e: Entry, source: Data, own: Sequence[Result]) -> None:
    """A button that measures this stage on the corpus of the page, and how far that is."""
    plans = codec_life.proposed(e, source.meta["dim"])
    params: dict[str, Any] = {"vectors": source.vectors, "plans": plans, "k": K, "seed": 0}
    run = services.jobs().identify("frontier", params)
    job = services.jobs().get(run)
    seen = len(own)

    def panel(run_id: str) -> None:
        now = services.jobs().get(run_id)
        if now is None or not now.active or len(_own(e, source)) != seen:
            st.rerun()
        st.progress(now.fraction, text=said(now, len(plans)))
        st.button("Cancel", key="cancel", on_click=services.cancel, args=(run_id,))

    if job and job.active:
        st.fragment(panel, run_every="1s")(run)
        return
    if job and job.state == "failed":
        problem(job.error)
    for plan, why in (job.result.get("refused", {}) if job else {}).items():
        draw(note(f"{plan} was not measured: {why}"))
    if len(_own(e, source)) != seen:  # the run has ended since
        st.rerun()
    known = {r.plan for r in own}
    refused = job.result.get("refused", {}) if job else {}
    new = [p for p in plans if p not in known and p not in refused]
    with st.container(horizontal=True):
        if new:
            count = words.plural(len(new), "plan")
            st.button(f"Measure it here, {count}", key="measure", type="primary", on_click=_start, args=(params,))
        if own:
            best = max(own, key=lambda r: float(r.recall.mean()) / max(r.bytes_per_vector, 1) ** 0.2)
            if st.button("Show on Frontier", key="to frontier"):
                state.go("frontier", data=source.id, plan=best.plan, plans=best.plan)


def said(job: Job, total: int) -> str:
    """How far measuring is, in words."""
    if job.state == "queued":
        return sentences.progress(job.state, 0, total, job.eta, job.position)
    return f"{job.stage}." if job.stage else "Starting."


def _own(e: Entry, source: Data) -> list[Result]:
    assert source.vectors
    return [r for r in services.all_measured(source.vectors, K) if e.name in stages(r.plan)]


def _start(params: dict[str, Any]) -> None:
    services.submit("frontier", params)
