"""Texts become vectors in a job: ask for it, watch it, stop it; whoever opens the page sees the same progress."""

from __future__ import annotations

import streamlit as st

from core.ui import services, state, work
from core.ui.data import ENCODER, Data
from core.ui.parts import draw, note, problem, title


def start(source: Data, encoder: str) -> None:
    """Ask for the vectors of these texts."""
    services.submit("encode", {"corpus": source.corpus, "encoder": encoder})


def panel(source: Data) -> None:
    """What stands where vectors are missing; the demo is encoded without being asked."""
    encoder = ENCODER if source.demo else (state.get("encoder") or ENCODER)
    run = services.jobs().identify("encode", {"corpus": source.corpus, "encoder": encoder})
    job = services.jobs().get(run)
    if job is None and source.demo:
        start(source, encoder)
        job = services.jobs().get(run)
    if job and job.active:
        title("Turning texts into vectors.")
        st.fragment(watch, run_every="1s")(run)
        return
    title("These texts have no vectors yet.")
    if job and job.state in ("cancelled", "interrupted"):
        draw(note(f"{job.state.capitalize()} at {job.fraction:.0%}. Encode again; finished batches are kept."))
    elif job and job.state == "failed":
        problem(job.error)
    if not source.demo:
        st.text_input(
            "Encoder",
            encoder,
            key="encoder",
            help="minilm, a sentence-transformers name, or a folder with a model",
            on_change=lambda: state.put("encoder", st.session_state["encoder"]),
            width=348,
        )
    st.button("Encode", type="primary", key="encode", on_click=start, args=(source, encoder))


def watch(run: str) -> None:
    """Progress in words, and a way to stop."""
    job = services.jobs().get(run)
    if job is None or not job.active:
        st.rerun()
    text = "Waiting for the run before it" if job.state == "queued" else job.stage or "Starting"
    work.waiting(run, job.fraction, f"{text}. You can leave this page.", "cancel")
