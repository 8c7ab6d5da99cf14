"""Libraries beside our codecs: what faiss keeps at the same bytes, measured on request because it takes minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from core.evaluate import peers
from core.evaluate.intervals import intervals
from core.evaluate.peers import SIZES, Standing
from core.jobs import Job
from core.types import Interval
from core.ui import services, work
from core.ui.parts import draw, note
from core.ui.points import Point, peer_points


def params(vectors: str, k: int) -> dict[str, Any]:
    return {"vectors": vectors, "sizes": list(SIZES), "k": k, "seed": 0}


def job(vectors: str, k: int) -> tuple[str, Job | None]:
    """The run that measures peers, and what is known of it."""
    run = services.jobs().identify("peers", params(vectors, k))
    return run, services.jobs().get(run)


def start(vectors: str, k: int) -> None:
    """Ask for it, or ask again."""
    services.submit("peers", params(vectors, k))


def toggle(vectors: str, k: int) -> bool:
    """Whether peers are to be drawn; switched on for the first time, they are measured."""
    wanted = st.toggle(
        "Compare with faiss",
        key="faiss",
        bind="query-params",
        help="Measures faiss' product, residual, scalar and binary codes at the same bytes. Takes minutes, once.",
    )
    if wanted and job(vectors, k)[1] is None:
        start(vectors, k)
    return bool(wanted)


def found(vectors: str, dim: int, k: int) -> list[Standing]:
    """What was measured so far."""
    _, known = job(vectors, k)
    return _found(vectors, dim, k, int(known.result.get("done", 0)) if known else 0)


@st.cache_resource(show_spinner=False, max_entries=8)
def _found(vectors: str, dim: int, k: int, done: int) -> list[Standing]:
    """Read again when `done` has grown."""
    return peers.known(services.store(), vectors, SIZES, dim, k)


def points(found: Sequence[Standing], show: str) -> list[Point]:
    """Hollow points for the chart, by what it shows."""
    if show == "speed":
        kept, said = list(found), [Interval(*[s.queries_per_second] * 3) for s in found]
    else:
        kept = [s for s in found if len(getattr(s, show)) > 1]
        said = intervals([getattr(s, show) for s in kept]) if kept else []
    return peer_points(kept, said)


def best(found: Sequence[Standing], size: float) -> Standing | None:
    """The peer that keeps most at no more bytes."""
    fits = [s for s in found if s.peer.nbytes <= size]
    return max(fits, key=lambda s: float(s.recall.mean()), default=None)


def watch(vectors: str, dim: int, k: int, drawn: int) -> None:
    """The progress of measuring, with a way to stop it; the page is drawn again when more than `drawn` are known."""
    run, known = job(vectors, k)
    if known is None:
        return
    if len(found(vectors, dim, k)) != drawn:
        st.rerun()
    seen = known.result.get("done", 0)

    def panel(run_id: str) -> None:
        job = services.jobs().get(run_id)
        if job is None or not job.active or job.result.get("done", 0) != seen:
            st.rerun()
        text = "faiss waits for the processor." if job.state == "queued" else job.stage
        work.waiting(run_id, job.fraction, text, "stop peers", "Stop")

    if known.active:
        st.fragment(panel, run_every="1s")(run)
    elif known.state != "done":
        draw(note(known.error or "Measuring faiss ended early. What was measured is kept."))
        st.button("Measure faiss", key="more peers", on_click=start, args=(vectors, k))
